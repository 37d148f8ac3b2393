#!/usr/bin/env bash
# extinfo - store-extended-info: what relays said stands in a lease as the real Kea has it. The same file
# configures both servers, one after the other, and the same client asks them by the same relay.
#
# Kea 2.2 says less: of DHCPv4 the option alone, where later ones have a map with it and its identifiers,
# and of DHCPv6 the list is called "relays", and the identifiers are not repeated. Then what both say is
# compared; with a Kea that has today's form, all of it.
. "$(dirname "$0")/lib.sh"

# write_json: the configuration of the family.
write_json() {
    local subnets='"subnet4": [ { "id": 2, "subnet": "198.51.100.0/24",
        "pools": [ { "pool": "198.51.100.10 - 198.51.100.99" } ] } ]'
    local unicast=
    [ "$family" = 4 ] || unicast=', "srv1/2001:db8:9::1"' # Kea hears no relay that sends to ff05::1:3
    [ "$family" = 4 ] || subnets='"subnet6": [ { "id": 2, "subnet": "2001:db8:2::/64",
        "pools": [ { "pool": "2001:db8:2::1000 - 2001:db8:2::1fff" } ] } ]'
    cat <<JSON
{ "Dhcp$family": {
    "interfaces-config": { "interfaces": [ "srv1"$unicast ] },
    "lease-database": { "type": "memfile", "name": "$leases", "lfc-interval": 0 },
    "control-socket": { "socket-type": "unix", "socket-name": "$dir/run/berth.sock" },
    "valid-lifetime": 3600,
    "store-extended-info": true,
    $subnets
} }
JSON
}

# It keeps its DUID in /var/lib/kea, whatever it is told; there it is a file system of its own.
start_kea() {
    become srv env KEA_PIDFILE_DIR="$dir" KEA_LOCKFILE_DIR="$dir" \
        sh -c 'mount -t tmpfs tmpfs /var/lib && mkdir /var/lib/kea && exec "$@"' sh \
        "kea-dhcp$family" -c "$conf" >"$log" 2>&1 &
    server=$!
    wait_for 10 log_has "DHCP${family}_STARTED"
}

relay_with_options() {
    if [ "$family" = 4 ]; then
        become rly dhcrelay -d -4 -a -pf "$dir/relay.pid" -id rly1 -iu rly0 10.9.0.1 \
            >"$dir/dhcrelay.log" 2>&1 &
    else
        become rly dhcrelay -d -6 -I -pf "$dir/relay.pid" -l rly1 -u 2001:db8:9::1%rly0 \
            >"$dir/dhcrelay.log" 2>&1 &
    fi
    relay=$!
    wait_for 5 grep -q 'Sending on' "$dir/dhcrelay.log"
}

has_link_local() {
    ip -n "berth-$$-far" -6 -o addr show dev eth0 scope link -tentative | grep -q fe80
}

has_row() {
    [ "$(wc -l <"$leases")" -gt 1 ]
}

# context: the user-context of the newest row. A comma in it is written as &#x2c.
context() {
    local columns
    columns=$(head -n 1 "$leases" | tr , '\n' | grep -nx user_context)
    tail -n 1 "$leases" | cut -d, -f"${columns%%:*}" | sed 's/&#x2c/,/g'
}

# ask_by_relay WHO: a client's exchange; leaves the context in $said.
ask_by_relay() {
    local client
    rm -f "$dir/client.leases"
    become far dhclient "-$family" -1 -d -lf "$dir/client.leases" -pf "$dir/client.pid" \
        -sf /bin/true eth0 >"$dir/client.log" 2>&1 &
    client=$!
    check "DHCPv$family: $1 gives a lease" wait_for 15 has_row
    kill "$client" 2>/dev/null
    wait "$client" 2>/dev/null
    said=$(context)
}

# what_both_say: the option of DHCPv4; of DHCPv6 hop, link, options and peer of each relay.
what_both_say() {
    if [ "$family" = 4 ]; then
        grep -oE '"0x[0-9A-F]+"'
    else
        grep -oE '"(hop|link|options|peer)": *("[^"]*"|[0-9]+)' | tr -d ' '
    fi
}

compare() {
    local kea berth said
    conf=$dir/kea$family.json leases=$dir/data/kea-leases$family.csv
    write_json >"$conf"
    check "DHCPv$family: the relay starts" relay_with_options
    [ "$family" = 4 ] || wait_for 5 has_link_local
    check "DHCPv$family: Kea starts" start_kea
    ask_by_relay Kea
    kea=$said
    check "DHCPv$family: Kea stops" stop_server
    rm -f "$leases"*
    check "DHCPv$family: Berth starts with Kea's file" start_server
    ask_by_relay Berth
    berth=$said
    check "DHCPv$family: Berth stops" stop_server
    kill "$relay"
    wait "$relay" 2>/dev/null
    printf '        Kea %s: %s\n        Berth: %s\n' "$("kea-dhcp$family" -v)" "$kea" "$berth"
    check "DHCPv$family: there is something to compare" grep -q 0x <<<"$(what_both_say <<<"$kea")"
    if grep -qE 'sub-options|relay-info' <<<"$kea"; then
        check_is "DHCPv$family: it is to the letter what Kea writes" "$berth" "$kea"
    else
        check_is "DHCPv$family: what this Kea says stands there alike" \
            "$(what_both_say <<<"$berth")" "$(what_both_say <<<"$kea")"
    fi
}

need kea-dhcp4 kea-dhcp4-server
need kea-dhcp6 kea-dhcp6-server
need dhclient isc-dhcp-client
need dhcrelay isc-dhcp-relay
begin
must make_wires6
must address srv srv1 10.9.0.1/24
must address rly rly0 10.9.0.2/24
must address rly rly1 198.51.100.1/24
must ip -n "berth-$$-srv" route add 198.51.100.0/24 via 10.9.0.2
must within rly sysctl -qw net.ipv4.ip_forward=1
for family in 4 6; do
    compare
done
finish
