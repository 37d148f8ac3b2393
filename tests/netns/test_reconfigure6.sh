#!/usr/bin/env bash
# reconfigure6 - RECONFIGURE and its key (RFC 9915 section 20.4) with dhcpcd: it accepts the key, checks the
# signature, and comes back with RENEW or, without a lease, INFORMATION-REQUEST, directly and through a relay. Of the clients of these tests it is
# the only one that does: dhclient looks for an exchange with the message's transaction id, which is 0,
# and systemd-networkd 252 has neither the option nor the message. T1 is half an hour away, so whoever
# renews within seconds was asked to.
family=6
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients6.sh"

client_start() {
    become "$1" sh -c '
        mount -t tmpfs tmpfs /var/lib/dhcpcd && mount -t tmpfs tmpfs /run &&
            exec dhcpcd -B -6 -d -f "$1" -c "$2" eth0' sh "$dir/$wants.conf" "$hook"
}

# write_server_conf DNS
write_server_conf() {
    write_conf '"srv0", "srv1"' <<CONF
    valid-lifetime = 7200;
    preferred-lifetime = 3600;
    renew-timer = 1800;
    rebind-timer = 2880;
    reconfigure-accept = true;
    reconfigure-on-change = true;
    cache-threshold = 0.0;
    option-data = ( { name = "dns-servers"; data = "$1"; always-send = true; } );
    subnet6 = (
        { id = 1; subnet = "2001:db8:1::/64"; interface = "srv0";
          pools = ( { pool = "2001:db8:1::1000 - 2001:db8:1::1fff"; } );
          pd-pools = ( { prefix = "2001:db8:100::"; prefix-len = 40; delegated-len = 56; } ); },
        { id = 2; subnet = "2001:db8:2::/64";
          pools = ( { pool = "2001:db8:2::1000 - 2001:db8:2::1fff"; } );
          pd-pools = ( { prefix = "2001:db8:200::"; prefix-len = 40; delegated-len = 56; } ); }
    );
CONF
}

is_more() {
    [ "$(stat "$1")" -gt "$2" ]
}

# asks TYPE: the command; it says how many it asks.
asks() {
    "$berthctl" -r reconfigure "{ \"subnet-id\": $subnet, \"msg-type\": \"$1\" }" |
        grep -q '"begun": *[1-9]'
}

# The client accepts one key and says so; what is asked of it then it does at once.
exercise_reconfigure() {
    local way=$1 space=$2 subnet=$3 addr prefix renewed sent
    : >"$dir/client.log"
    begin_client "$space"
    check_leased
    check "$way: it accepts its key" wait_for 5 grep -q 'accepted reconfigure key' "$dir/client.log"
    renewed=$(stat pkt6-renew-received)
    sent=$(stat pkt6-reconfigure-sent)
    check "$way: it is asked to renew" asks renew
    check "$way: it does" wait_for 10 is_more pkt6-renew-received "$renewed"
    check "$way: it has taken the message for genuine" grep -q 'RECONFIGURE6' "$dir/client.log"
    check "$way: the client has what it had" wait_for 5 grep -q "^RENEW6 .*$addr" "$events"
    sleep 3
    check_is "$way: and is asked no more" "$(stat pkt6-reconfigure-sent)" $((sent + 1))
}

exercise_change() {
    local way=$1 renewed
    renewed=$(stat pkt6-renew-received)
    write_server_conf "$2"
    kill -HUP "$server"
    check "$way: a changed option: it comes for it" wait_for 10 is_more pkt6-renew-received "$renewed"
    check "$way: and gets it" wait_for 5 grep -q "^RENEW6 .* dns=$2" "$events"
}

exercise() {
    local way=$1
    exercise_reconfigure "$1" "$2" "$3"
    exercise_change "$1" "$4"
    end_client
    check_nothing_refused
}

# A client that asks for options alone: it has no lease that could be renewed.
exercise_stateless() {
    local way=stateless subnet=1 informed
    wants=information
    begin_client "$1"
    check "$way: the client has its options" wait_for 20 grep -q '^INFORM6 .* dns=2001:db8::' "$events"
    check "$way: it accepts its key" wait_for 5 grep -q 'accepted reconfigure key' "$dir/client.log"
    informed=$(stat pkt6-infrequest-received)
    check "$way: it is asked" asks information-request
    check "$way: it asks again" wait_for 10 is_more pkt6-infrequest-received "$informed"
    : >"$events"
    write_server_conf "$2"
    kill -HUP "$server"
    check "$way: a changed option: it gets it" wait_for 10 grep -q "^INFORM6 .* dns=$2" "$events"
    end_client
    check_nothing_refused
}

need dhcpcd dhcpcd-base
need dhcrelay isc-dhcp-relay
[ -d /var/lib/dhcpcd ] || skip "dhcpcd keeps its leases in another place than /var/lib/dhcpcd"
begin
cat >"$dir/any.conf" <<CONF
duid
nodelay
nodev
noipv6rs
timeout 20
option dhcp6_name_servers, reconfigure_accept
script $dir/hook
interface eth0
CONF
{ cat "$dir/any.conf"; printf 'ia_na 1\nia_pd 2 -\n'; } >"$dir/both.conf"
{ cat "$dir/any.conf"; echo inform6; } >"$dir/information.conf"
must make_wires6
write_hook
write_server_conf 2001:db8::53
check "the server starts" start_server
check "the relay starts" start_relay6
exercise direct cli 1 2001:db8::54
exercise relayed far 2 2001:db8::55
: >"$dir/client.log"
exercise_stateless cli 2001:db8::56
check "the server stops cleanly" stop_server
finish
