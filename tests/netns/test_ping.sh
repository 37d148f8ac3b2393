#!/usr/bin/env bash
# The plugin ping_check: an address that a host on the wire answers at is declined, and the client gets
# another one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients.sh"

client_start() {
    become "$1" udhcpc -f -i eth0 -s "$hook" -t 20 -T 1 -p "$dir/udhcpc.pid"
}

is_declined() {
    grep -qE "^$1,.*,1,[^,]*,[^,]*$" "$leases"
}

need udhcpc udhcpc
begin
must make_wire
write_hook
write_client_conf
sed -i 's/^Dhcp4/plugins = ( { name = "ping_check"; } );\n&/' "$conf"
check "the server starts" start_server
# The first address of the pool is in use already, without a lease.
must ip -n "berth-$$-cli" addr add 192.0.2.10/24 dev eth0
set_mac cli eth0 02:00:00:00:01:01
client_start cli >"$dir/client.log" 2>&1 &
check "it answers, and is declined" wait_for 20 is_declined 192.0.2.10
check "the client gets an address" wait_for 20 is_active 02:00:00:00:01:01
check_is "another one" "$(field 1 "$(last_row 02:00:00:00:01:01)")" 192.0.2.11
check "the log says so" grep -q "DHCP4_SERVER_INITIATED_DECLINE.*192.0.2.10" "$log"
check "the server stops cleanly" stop_server
finish
