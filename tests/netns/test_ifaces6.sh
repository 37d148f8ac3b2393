#!/usr/bin/env bash
# ifaces6 - the interfaces of DHCPv6: those that come late, get their link-local address late, vanish and
# come back; a unicast address that relays ask. Whoever asks here wants information, no lease.
family=6
. "$(dirname "$0")/lib.sh"

ifaces_conf() {
    write_conf "$1" <<'CONF'
    option-data = ( { name = "dns-servers"; data = "2001:db8::53"; } );
    subnet6 = ( { id = 1; subnet = "2001:db8:1::/64"; interface = "late0"; },
                { id = 2; subnet = "2001:db8:2::/64"; } );
CONF
}

# informs SPACE: one question; succeeds when it is answered.
informs() {
    within "$1" timeout 3 dhclient -6 -S -d -lf "$dir/none" -pf "$dir/none.pid" -sf /bin/true eth0 \
        >>"$dir/client.log" 2>&1
}

silent() {
    ! informs "$1"
}

late_wire() {
    wire srv late0 cli eth0 && ip -n "berth-$$-srv" link set dev late0 addrgenmode none &&
        ip -n "berth-$$-srv" -6 addr flush dev late0
}

comes_and_goes() {
    local how=$1
    check "$how: it starts without the interface" start_server
    check "$how: status-get says that it waits" wait_for 3 sockets retrying
    must late_wire
    sleep 0.5
    check "$how: an interface without a link-local address is not served" is_not_served late0
    address srv late0 fe80::1/64
    check "$how: one that is still tried is not used" is_not_served late0
    check "$how: with it, it is served" wait_for 5 is_served late0
    check "$how: a client is answered" wait_for 8 informs cli
    check "$how: status-get says so" wait_for 3 sockets ready
    ip -n "berth-$$-cli" link set dev eth0 down
    check "$how: no carrier, no service" wait_for 5 is_not_served late0
    ip -n "berth-$$-cli" link set dev eth0 up
    check "$how: and again" wait_for 5 is_served late0
    check "$how: in the group again" wait_for 8 informs cli
    ip -n "berth-$$-srv" link del dev late0
    check "$how: it vanishes" wait_for 5 is_not_served late0
    must late_wire
    address srv late0 fe80::2/64
    check "$how: another of its name is served" wait_for 5 is_served late0
    check "$how: a client is answered there" wait_for 8 informs cli
    ip -n "berth-$$-srv" link del dev late0
    check "$how: it stops cleanly" stop_server
}

relayed() {
    ifaces_conf "$1"
    must start_server
    must wait_for 5 is_served srv1
    check "$2" wait_for 8 "$3" far
    check "it stops cleanly" stop_server
}

need dhclient isc-dhcp-client
need dhcrelay isc-dhcp-relay
begin
must make_wires6
ip -n "berth-$$-srv" link del dev srv0
within srv sysctl -qw net.ipv6.conf.default.accept_dad=1 net.ipv6.conf.all.accept_dad=1
ifaces_conf '"late0"'
comes_and_goes "by name"
ip -n "berth-$$-srv" link set dev srv1 down
ifaces_conf '"*"'
comes_and_goes "by *"
ip -n "berth-$$-srv" link set dev srv1 up
ip -n "berth-$$-srv" -6 addr replace 2001:db8:9::1/64 dev srv1
must start_relay6 2001:db8:9::1
relayed '"srv1"' "a relay that asks an address that is not named has no answer" silent
relayed '"srv1/2001:db8:9::1"' "it has one when the address is named" informs
kill "$relay"
wait "$relay" 2>/dev/null
must start_relay6 ff05::1:3
relayed '"srv1"' "a relay may ask the group of servers" informs
finish
