#!/usr/bin/env bash
# classes - real clients in a shared network whose subnets are for classes: each gets an address of its
# own, moves when the classes are turned round, and is known by what its relay said when it renews
# past it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients.sh"

hook_sets_address=

# write_classes CLASS CLASS: for whom the first subnet of the wire is, and the second.
write_classes() {
    write_conf '"srv0", "srv1"' <<CONF
    valid-lifetime = 60;
    cache-threshold = 0.0;
    store-extended-info = true;
    stash-agent-options = true;
    client-classes = (
        { name = "phones"; test = "option[60].text == 'phone'"; option-data = ( { name = "log-servers"; data = "192.0.2.9"; } ); },
        { name = "others"; test = "not member('phones')"; },
        { name = "wired"; test = "relay4[1].exists"; valid-lifetime = 40; }
    );
    shared-networks = ( { name = "office"; interface = "srv0"; subnet4 = (
        { id = 1; subnet = "192.0.2.0/24"; client-classes = ( "$1" ); pools = ( { pool = "192.0.2.10 - 192.0.2.99"; } ); },
        { id = 2; subnet = "203.0.113.0/24"; client-classes = ( "$2" ); pools = ( { pool = "203.0.113.10 - 203.0.113.99"; } );
          option-data = ( { name = "routers"; data = "203.0.113.1"; } ); } ); } );
    subnet4 = ( { id = 3; subnet = "198.51.100.0/24"; pools = ( { pool = "198.51.100.10 - 198.51.100.99"; } );
        option-data = ( { name = "routers"; data = "198.51.100.1"; } ); } );
CONF
}

# client SPACE OPTION...: leaves $client.
client() {
    local space=$1
    shift
    become "$space" udhcpc -f -i eth0 -s "$hook" -t 10 -T 1 -p "$dir/udhcpc.pid" "$@" >"$dir/client.log" 2>&1 &
    client=$!
}

# It renews at half of the lifetime, whatever T1 is, and when it is told to.
renew() {
    kill -USR1 "$(cat "$dir/udhcpc.pid")"
}

end_client() {
    kill "$client"
    wait "$client" 2>/dev/null
    ip -n "berth-$$-$1" addr flush dev eth0
}

has_subnet() {
    ip -n "berth-$$-$1" -4 -o addr show dev eth0 | grep -qF " $2."
}

lasts() {
    [ "$(field 4 "$(last_row "$1")")" = "$2" ]
}

start_relay_with_options() {
    become rly dhcrelay -d -4 -a -pf "$dir/dhcrelay.pid" -id rly1 -iu rly0 10.9.0.1 >"$dir/dhcrelay.log" 2>&1 &
    wait_for 5 grep -q 'Sending on' "$dir/dhcrelay.log"
}

need udhcpc udhcpc
need dhcrelay isc-dhcp-relay
begin
must make_wire
must make_relay
must address srv srv0 203.0.113.1/24
write_hook
write_classes phones others
must start_server
must start_relay_with_options

set_mac cli eth0 02:00:00:00:00:01
client cli -V phone
check "a phone is in the subnet of phones" wait_for 10 has_subnet cli 192.0.2
end_client cli

set_mac cli eth0 02:00:00:00:00:02
client cli -V desk
check "another client is in the other subnet of the wire" wait_for 10 has_subnet cli 203.0.113
rows=$(rows_of 02:00:00:00:00:02)
renew
check "and renews there" wait_for 10 has_more_rows 02:00:00:00:00:02 "$rows"

# Its subnet is for phones now: it is refused, and starts over in the other.
write_classes others phones
kill -HUP "$server"
wait_for 10 log_has DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS
renew
check "when the classes are turned round it moves" wait_for 20 has_subnet cli 192.0.2
end_client cli

set_mac far eth0 02:00:00:00:00:03
client far
check "behind a relay a class knows what the relay said" wait_for 10 lasts 02:00:00:00:00:03 40
rows=$(rows_of 02:00:00:00:00:03)
renew
check "the client renews past the relay" wait_for 10 has_more_rows 02:00:00:00:00:03 "$rows"
check "which the server hears directly" log_has 'DHCPREQUEST .*from 198\.51\.100\.[0-9]+ to 10\.9\.0\.1'
check "and is in the class still" lasts 02:00:00:00:00:03 40
check_is "as the lease says" "$(last_row 02:00:00:00:00:03 | grep -c 'relay-agent-info')" 1
end_client far

check "the server ends well" stop_server
finish
