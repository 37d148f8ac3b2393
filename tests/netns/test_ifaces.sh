#!/usr/bin/env bash
# ifaces - the server starts where none of its interfaces is there, and serves each as soon as it can:
# interfaces that come, that get their address later, that lose it, that vanish and come back.
. "$(dirname "$0")/lib.sh"

ifaces_conf() {
    write_conf "$1" <<CONF
    subnet4 = ( { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.2.10 - 192.0.2.199"; } ); } );
CONF
}

offers() {
    [ "$(ask cli -i eth0 -w 300)" = "DHCPOFFER 192.0.2.10 from 192.0.2.1" ]
}

comes_and_goes() {
    local how=$1
    check "$how: it starts without the interface" start_server
    check "$how: status-get says that it waits" wait_for 3 sockets retrying
    must wire srv late0 cli eth0
    sleep 0.3
    check "$how: an interface without an address is not served" is_not_served late0
    must address srv late0 192.0.2.1/24
    check "$how: with an address it is served" wait_for 5 is_served late0
    check "$how: a client is answered" wait_for 5 offers
    check "$how: status-get says so" wait_for 3 sockets ready
    ip -n "berth-$$-srv" addr del 192.0.2.1/24 dev late0
    check "$how: without its address it is not served any more" wait_for 5 is_not_served late0
    must address srv late0 192.0.2.1/24
    check "$how: the address comes back, and so does the service" wait_for 5 offers
    ip -n "berth-$$-srv" link set dev late0 down
    check "$how: down, it is not served" wait_for 5 is_not_served late0
    ip -n "berth-$$-srv" link set dev late0 up
    check "$how: up, it is" wait_for 5 offers
    ip -n "berth-$$-srv" link del late0
    check "$how: the interface vanishes, and the server stays" wait_for 5 is_not_served late0
    check "$how: the same process runs on" is_running
    must wire srv late0 cli eth0
    must address srv late0 192.0.2.1/24
    check "$how: it comes back with another index, and is served" wait_for 5 offers
    ip -n "berth-$$-srv" link del late0
    check "$how: the server stops cleanly" stop_server
}

begin
must space srv
must space cli
ifaces_conf '"late0"'
comes_and_goes "by name"
rm -f "$leases"
ifaces_conf '"*"'
comes_and_goes "by *"
rm -f "$leases"
ifaces_conf '"late0/192.0.2.1"'
comes_and_goes "by name and address"
finish
