#!/usr/bin/env bash
# systemd-networkd - an address and a prefix, directly and through a relay. It renews by itself at T1. It
# never sends CONFIRM: when its link has been away it begins anew with SOLICIT, and gets the same. At its
# end it gives everything back where it knows SendRelease; an older one, as in Debian 12, says nothing: its
# leases go on, and when it starts again it gets them again. It waits for udev unless /sys is read-only, and
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

releases() {
    grep -qF DHCPv6.SendRelease "$networkd"
}

check_ended() {
    local released na pd
    released=$(stat pkt6-release-received)
    end_client
    if releases; then
        check "$way: the address is released at its end" wait_for 10 is_over6 "$subnet" $NA
        check "$way: the prefix is released at its end" wait_for 10 is_over6 "$subnet" $PD
        return
    fi
    sleep 1
    check_is "$way: this version says nothing at its end" "$(stat pkt6-release-received)" "$released"
    check "$way: so its address stays its own" is_active6 "$subnet" $NA
    check "$way: and its prefix" is_active6 "$subnet" $PD
    na=$(count6 "$subnet" $NA) pd=$(count6 "$subnet" $PD)
    begin_client "$space"
    check "$way: when it starts again it asks for them again" wait_for 20 has_more6 "$subnet" "$na" "$pd"
    check_same
    end_client
}

exercise_networkd() {
    local way=$1 space=$2 subnet=$3 addr prefix solicited confirmed rebound
    : >"$dir/client.log"
    begin_client "$space"
    check_leased
    check "$way: the client has the prefix" wait_for 5 has_prefix "$space" "$prefix"
    check_renewed
    solicited=$(stat pkt6-solicit-received)
    rebound=$(stat pkt6-rebind-received)
    confirmed=$(confirms)
    flap "$space"
    check "$way: after a flap it begins anew" wait_for 20 has_solicited "$solicited"
    check_same
    check_is "$way: neither by REBIND nor by CONFIRM" "$(stat pkt6-rebind-received),$(confirms)" \
        "$rebound,$confirmed"
    check_ended
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
