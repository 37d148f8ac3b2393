#!/usr/bin/env bash
# hostile - what must be refused, sent to a running server (hostile.c). What it counted is asked once
# more by berthctl, and the leases with long client identifiers are there after a restart.
. "$(dirname "$0")/lib.sh"

# hostile [GROUP]: shows what failed.
hostile() {
    HOSTILE_SOCKET=$BERTH_SOCKET HOSTILE_PID=$server HOSTILE_LEASES=$leases \
        within cli "$helpers/netns_hostile" "$@" >"$dir/hostile" 2>&1 && return
    head -n 60 "$dir/hostile"
    return 1
}

# Client identifiers that the file has with more than one address.
moved() {
    awk -F, 'NR > 1 && $3 != "" { if ($3 in at && at[$3] != $1) n++; at[$3] = $1 } END { print n + 0 }' "$leases"
}

begin
must make_wire
must address cli eth0 192.0.2.2/24
must set_mac srv srv0 02:00:00:00:00:01
must set_mac cli eth0 02:00:00:00:00:02
write_conf '"srv0"' <<CONF
    loggers = ( { name = "kea-dhcp4"; severity = "INFO"; }, { name = "kea-dhcp4.commands"; severity = "WARN"; } );
    subnet4 = ( { id = 1; subnet = "192.0.0.0/16"; pools = ( { pool = "192.0.8.0/21"; } ); } );
CONF
must start_server
check "every hostile message is refused, and the server lives" hostile
grep '^hostile-messages:' "$dir/hostile"
check_is "berthctl: every drop was counted, once" "$(stat pkt4-receive-drop)" "$(sed -n 's/^dropped //p' "$dir/hostile")"
check "the server stops cleanly" stop_server
must start_server
check "after a restart the long client identifiers are known" hostile hi-004
check_is "each with the address that it had" "$(moved)" 0
check "the server stops cleanly" stop_server
finish
