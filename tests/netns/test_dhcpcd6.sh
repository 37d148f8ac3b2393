#!/usr/bin/env bash
# dhcpcd -6 - an address and a prefix, directly and through a relay. It renews by itself at T1, and asks
# whether its leases still hold when its link has been away. Its folders /var/lib/dhcpcd and /run are
# file systems of its own: "ip netns exec" has given it a mount namespace.
family=6
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients6.sh"

client_start() {
    become "$1" sh -c '
        mount -t tmpfs tmpfs /var/lib/dhcpcd && mount -t tmpfs tmpfs /run &&
            exec dhcpcd -B -6 -d -f "$1" -c "$2" eth0' sh "$dir/$wants.conf" "$hook"
}

client_returns() {
    flap "$1"
}

client_release() {
    nsenter -t "$client" -m -n dhcpcd -6 -f "$dir/$wants.conf" -k eth0 >>"$dir/client.log" 2>&1
}

need dhcpcd dhcpcd-base
[ -d /var/lib/dhcpcd ] || skip "dhcpcd keeps its leases in another place than /var/lib/dhcpcd"
begin
cat >"$dir/address.conf" <<CONF
duid
nodelay
nodev
noipv6rs
timeout 20
script $dir/hook
interface eth0
ia_na 1
CONF
{ cat "$dir/address.conf"; echo 'ia_pd 2 -'; } >"$dir/both.conf"
exercise_both_ways6
