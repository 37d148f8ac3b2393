#!/usr/bin/env bash
# systemd-networkd - an address and a prefix, directly and through a relay. It renews by itself at T1; when
# its link has been away it begins anew, and gets the same. It waits for udev unless /sys is read-only, and
# its folders are file systems of its own: "ip netns exec" has given it a mount namespace.
family=6
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients6.sh"

networkd=/usr/lib/systemd/systemd-networkd

client_start() {
    become "$1" sh -c '
        mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /etc/systemd && mount -o remount,ro,bind /sys &&
            mkdir -p /run/systemd/netif /etc/systemd/network && cp "$1" /etc/systemd/network/eth0.network &&
            { chown -R systemd-network /run/systemd/netif || true; } &&
            SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console exec "$2"' \
        sh "$dir/eth0.network" "$networkd"
}

has_prefix() {
    ip -n "berth-$$-$1" -6 route show type unreachable | grep -qF "$2/56"
}

has_solicited() {
    [ "$(stat pkt6-solicit-received)" -gt "$1" ]
}

exercise_networkd() {
    local way=$1 space=$2 subnet=$3 addr prefix solicited
    : >"$dir/client.log"
    begin_client "$space"
    check_leased
    check "$way: the client has the prefix" wait_for 5 has_prefix "$space" "$prefix"
    check_renewed
    solicited=$(stat pkt6-solicit-received)
    flap "$space"
    check "$way: after a flap it asks" wait_for 20 has_solicited "$solicited"
    check_same
    end_client
    check_nothing_refused
}

[ -x "$networkd" ] || skip "systemd-networkd is not installed (package systemd)"
begin
cat >"$dir/eth0.network" <<CONF
[Match]
Name=eth0
[Network]
DHCP=ipv6
IPv6AcceptRA=no
LinkLocalAddressing=ipv6
[DHCPv6]
WithoutRA=solicit
PrefixDelegationHint=::/56
CONF
serve_both_ways
exercise_networkd direct cli 1
exercise_networkd relayed far 2
check "the server stops cleanly" stop_server
finish
