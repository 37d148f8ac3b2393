#!/usr/bin/env bash
# dhcpcd - directly and through a relay. It renews by itself at T1. Its folders /var/lib/dhcpcd and /run
# are file systems of its own: "ip netns exec" has given it a mount namespace.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients.sh"

client_start() {
    become "$1" sh -c '
        mount -t tmpfs tmpfs /var/lib/dhcpcd && mount -t tmpfs tmpfs /run &&
            exec dhcpcd -B -4 -f "$1" -c "$2" eth0' sh "$dir/dhcpcd.conf" "$hook"
}

client_renew() {
    :
}

client_release() {
    nsenter -t "$client" -m -n dhcpcd -4 -f "$dir/dhcpcd.conf" -k eth0 >>"$dir/client.log" 2>&1
}

hook_sets_address=
need dhcpcd dhcpcd-base
[ -d /var/lib/dhcpcd ] || skip "dhcpcd keeps its leases in another place than /var/lib/dhcpcd"
begin
printf 'clientid\nnoarp\nnodelay\nnodev\nnoipv4ll\noption routers\ntimeout 20\nscript %s\n' "$dir/hook" \
    >"$dir/dhcpcd.conf"
exercise_both_ways
