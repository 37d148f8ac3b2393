#!/usr/bin/env bash
# hosts_redis - reservations in one Redis: what one server is told by reservation-add its client is given by
# the other one, an address of DHCPv4, and an address and a prefix of DHCPv6; also by a server that starts
# later, and no more when it is deleted. Each server has leases of its own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crowd.sh"
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/pair.sh"

conf_of() {
    local hosts="hosts-database = { type = \"redis\"; host = \"$red\"; };"
    cat >"$dir/$1/berth.conf" <<CONF
Dhcp4 = {
    interfaces-config = { interfaces = ( "eth0" ); dhcp-socket-type = "udp"; };
    lease-database = { type = "memfile"; };
    control-sockets = ( { socket-type = "unix"; socket-name = "berth.sock"; } );
    loggers = ( { name = "kea-dhcp4"; severity = "INFO"; } );
    $hosts
    subnet4 = ( { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.2.10 - 192.0.2.99"; } ); } );
};
Dhcp6 = {
    interfaces-config = { interfaces = ( "eth0" ); };
    lease-database = { type = "memfile"; };
    loggers = ( { name = "kea-dhcp6"; severity = "INFO"; } );
    $hosts
    subnet6 = ( { id = 1; subnet = "2001:db8:1::/64"; interface = "eth0";
                  pools = ( { pool = "2001:db8:1::10 - 2001:db8:1::ff"; } );
                  pd-pools = ( { prefix = "2001:db8:a000::"; prefix-len = 56; delegated-len = 64; } ); } );
};
CONF
}

knows() { # SERVER FAMILY ADDRESS
    ctl "$1" "$2" reservation-get "{ \"subnet-id\": 1, \"ip-address\": \"$3\" }" | grep -q 'Host found'
}

does_not_know() {
    ! knows "$@"
}

reserve() { # SERVER FAMILY CLIENT RESERVATION
    local id="\"hw-address\": \"02:00:00:01:00:0$3\""
    [ "$2" = 4 ] || id="\"duid\": \"00:03:00:01:02:00:00:01:00:0$3\""
    check "$1 is told of a reservation of DHCPv$2" grep -q 'Host added' \
        <<<"$(ctl "$1" "$2" reservation-add "{ \"reservation\": { \"subnet-id\": 1, $id, $4 } }")"
}

begin_pair
for one in a b; do
    conf_of "$one"
    must crowd_server "$one"
done

reserve a 4 1 '"ip-address": "192.0.2.77"'
check "b knows of it" wait_for 2 knows b 4 192.0.2.77
check_is "its client gets it from b" "$(given4 1 b)" 192.0.2.77
check_is "another one gets another" "$(given4 2 b)" 192.0.2.10
reserve a 6 1 '"ip-addresses": [ "2001:db8:1::77" ], "prefixes": [ "2001:db8:a000:7::/64" ]'
check "b knows of it" wait_for 2 knows b 6 2001:db8:1::77
check_is "its client gets both from b" "$(given6 1 b)" "2001:db8:1::77 2001:db8:a000:7::/64"
check_is "another one gets others" "$(given6 2 b)" "2001:db8:1::10 2001:db8:a000::/64"

kill_server b
reserve a 4 3 '"ip-address": "192.0.2.78"'
reserve a 6 3 '"ip-addresses": [ "2001:db8:1::78" ]'
must crowd_server b
check_is "a server that starts later gives it, too" "$(given4 3 b)" 192.0.2.78
check_is "... of DHCPv6" "$(given6 3 b)" "2001:db8:1::78 2001:db8:a000:1::/64"

ctl b 4 reservation-del '{ "subnet-id": 1, "ip-address": "192.0.2.77" }' >/dev/null
check "what b is told to delete a forgets" wait_for 2 does_not_know a 4 192.0.2.77
check_is "and its client gets any address from a" "$(given4 1 a)" 192.0.2.10
check_is "nothing is complained about" "$(complaints)" ""
finish
