#!/usr/bin/env bash
# The plugin route: the system has a route for each prefix while its lease lasts, to the client on the
# wire or to the relay, and after a restart, and none of its own beside them.
family=6
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients6.sh"

plugin() {
    printf 'plugins = ( { name = "route"; parameters = { check-interval = 1; %s }; } );' "${1:-}"
}

client_start() {
    become "$1" dhclient -d -v -6 -P -lf "$dir/$1.leases" -pf "$dir/$1.pid" -sf "$hook" eth0
}

client_release() {
    within "$1" dhclient -r -v -6 -P -lf "$dir/$1.leases" -pf "$dir/$1.pid" -sf "$hook" eth0 \
        >>"$dir/client.log" 2>&1
}

# routes [TABLE] [PROTOCOL]: "PREFIX via HOP dev DEVICE" of each.
routes() {
    ip -n "berth-$$-srv" -6 route show table "${1:-main}" proto "${2:-147}" |
        sed -E 's/^([^ ]+ via [^ ]+ dev [^ ]+).*/\1/' | sort
}

routes_are() {
    [ "$(routes "${@:2}")" = "$1" ]
}

check_routes() {
    local what=$1
    shift
    wait_for 10 routes_are "$@" || true
    check_is "$what" "$(routes "${@:2}")" "$1"
}

prefix_of() {
    local row
    row=$(last_row6 "$1" $PD)
    echo "$(field 1 "$row")/$(field 9 "$row")"
}

link_local() {
    ip -n "berth-$$-$1" -6 -o addr show dev "$2" scope link | sed -E 's|.*inet6 ([^/]+)/.*|\1|'
}

serve() {
    write_client_conf "$(plugin "${1:-}")"
    must start_server
}

need dhclient isc-dhcp-client
need dhcrelay isc-dhcp-relay
begin
must make_wires6
write_hook
must ip -n "berth-$$-srv" -6 route add 2001:db8:f000::/48 via 2001:db8:9::2 metric 1024 proto static
must ip -n "berth-$$-srv" -6 route add 2001:db8:f001::/48 via 2001:db8:9::2 metric 1024 proto 147
serve
must start_relay6
check_routes "a route of ours that no lease backs is removed" ""
check_routes "another's is not" "2001:db8:f000::/48 via 2001:db8:9::2 dev srv1" main static

begin_client cli
direct_client=$client
must wait_for 20 is_active6 1 $PD
direct="$(prefix_of 1) via $(link_local cli eth0) dev srv0"
check_routes "to the client on the wire" "$direct"
begin_client far
far_client=$client
must wait_for 20 is_active6 2 $PD
relayed="$(prefix_of 2) via 2001:db8:9::2 dev srv1"
both=$(printf '%s\n%s' "$direct" "$relayed" | sort)
check_routes "to the relay" "$both"
check "the kernel sends what is for the prefix to the client" \
    grep -q "via $(link_local cli eth0) dev srv0" <(ip -n "berth-$$-srv" -6 route get "${direct%%/*}")

must stop_server
check_routes "they stay while the server is away" "$both"
ip -n "berth-$$-srv" -6 route flush proto 147
serve
check_routes "after the loss of all they come back with the leases" "$both"
ip -n "berth-$$-srv" -6 route del "$(prefix_of 1)"
check_routes "one that somebody removed comes back" "$both"
ip -n "berth-$$-srv" link set dev srv0 down
check_routes "the link goes down" "$relayed"
ip -n "berth-$$-srv" link set dev srv0 up
check_routes "and up" "$both"
write_client_conf "$(plugin "table = 100;")"
kill -HUP "$server"
check_routes "a reload with another table: there" "$both" 100
check_routes "and no more here" ""

kill "$far_client"
client_release far
check_routes "released by the relay's client" "$direct" 100
kill -KILL "$direct_client"
check "the server stops cleanly" stop_server
awk -F, -v OFS=, 'NR > 1 && $3 > 0 { $4 = $4 - 100 } { print }' "$leases" >"$dir/old.csv"
cp "$dir/old.csv" "$leases"
serve "table = 100;"
check_routes "an expired lease has no route" "" 100
check "the server stops cleanly" stop_server
finish
