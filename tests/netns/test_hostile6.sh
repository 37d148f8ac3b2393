#!/usr/bin/env bash
# hostile6 - what DHCPv6 must refuse, and what it must bear, sent to a running server (hostile6.c). What it
# counted is asked once more by berthctl.
family=6
. "$(dirname "$0")/lib.sh"

# hostile: shows what failed.
hostile() {
    HOSTILE_SOCKET=$BERTH_SOCKET HOSTILE_PID=$server \
        within cli "$helpers/netns_hostile6" "$@" >"$dir/hostile" 2>&1 && return
    head -n 60 "$dir/hostile"
    return 1
}

begin
must make_wires6
must address cli eth0 2001:db8:1::2/64
write_conf '"srv0"' <<CONF
    loggers = ( { name = "kea-dhcp6"; severity = "INFO"; }, { name = "kea-dhcp6.commands"; severity = "WARN"; } );
    subnet6 = ( { id = 1; subnet = "2001:db8:1::/64"; interface = "srv0"; pools = ( { pool = "2001:db8:1::1:0/112"; } );
                  pd-pools = ( { prefix = "2001:db8:100::"; prefix-len = 40; delegated-len = 56; } ); } );
CONF
must start_server
check "every hostile message is refused or borne, and the server lives" hostile
grep '^hostile6-messages:' "$dir/hostile"
check_is "berthctl: every drop was counted, once" "$(stat pkt6-receive-drop)" "$(sed -n 's/^dropped //p' "$dir/hostile")"
check "the server stops cleanly" stop_server
finish
