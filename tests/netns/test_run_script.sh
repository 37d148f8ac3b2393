#!/usr/bin/env bash
# The plugin run_script: a real client gets, renews and releases a lease, and a script of the site is told,
# with nothing in its environment but that.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients.sh"

client_start() {
    become "$1" udhcpc -f -i eth0 -s "$hook" -t 10 -T 1 -p "$dir/udhcpc.pid"
}

write_script() {
    export KEA_HOOK_SCRIPTS_PATH=$dir/scripts
    mkdir "$KEA_HOOK_SCRIPTS_PATH"
    cat >"$KEA_HOOK_SCRIPTS_PATH/tell.sh" <<SCRIPT
#!/bin/sh
{ echo "POINT=\$1"; /usr/bin/env; echo; } >$dir/told.\$\$
/bin/cat $dir/told.\$\$ >>$dir/told
SCRIPT
    chmod 755 "$KEA_HOOK_SCRIPTS_PATH/tell.sh"
}

told() {
    grep -qxF -- "$1" "$dir/told" 2>/dev/null
}

need udhcpc udhcpc
begin
must make_wire
write_hook
write_script
write_client_conf
sed -i 's/^Dhcp4/plugins = ( { name = "run_script"; parameters = { name = "tell.sh"; }; } );\n&/' "$conf"
check "the server starts" start_server
set_mac cli eth0 02:00:00:00:01:01
client_start cli >"$dir/client.log" 2>&1 &
must wait_for 20 is_active 02:00:00:00:01:01
addr=$(field 1 "$(last_row 02:00:00:00:01:01)")
check "a new lease is told of" wait_for 10 told "LEASES4_AT0_ADDRESS=$addr"
check "and by whom it was asked for" told "QUERY4_HWADDR=02:00:00:00:01:01"
check "the interface" told "QUERY4_IFACE_NAME=srv0"
kill -USR1 "$(cat "$dir/udhcpc.pid")"
check "a renewal" wait_for 15 told "POINT=lease4_renew"
check "in its subnet" told "SUBNET4_NAME=192.0.2.0/24"
check_is "the server's own environment is not in it" "$(grep -cE '^(KEA_|BERTH_|HOME=)' "$dir/told")" 0
kill -USR2 "$(cat "$dir/udhcpc.pid")"
check "a release" wait_for 10 told "POINT=lease4_release"
check "of that address" wait_for 10 told "DELETED_LEASES4_AT0_ADDRESS=$addr"
check_is "none failed" "$(stat run-script-failed)" 0
chmod 644 "$KEA_HOOK_SCRIPTS_PATH/tell.sh"
check "a script that can't be executed is refused" grep -q "file not executable" <(within srv "$berthd" -t "$conf" 2>&1)
check "the server stops cleanly" stop_server
finish
