# clients.sh - what any real client has to be able to do. Sourced by test_CLIENT.sh, which defines
#   client_start SPACE    runs the client on eth0 of the namespace, in the foreground, to be put in
#                         the background here; it calls $hook when something happens
#   client_renew SPACE    makes it renew, or does nothing where it renews by itself at T1
#   client_release SPACE  makes it give its address back

hook=
events=

# Every client tells its script in its own way what has happened; dhcpcd sets the address itself.
write_hook() {
    hook=$dir/hook
    events=$dir/events
    cat >"$hook" <<HOOK
#!/bin/sh
echo "\${reason:-\$1} \${new_ip_address:-\$ip} \${interface}" >>$events
case "\${reason:-\$1}" in
bound | renew)
    ip addr replace "\$ip/\$mask" dev "\$interface"
    [ -z "\$router" ] || ip route replace default via "\${router%% *}" dev "\$interface" ;;
BOUND | RENEW | REBIND | REBOOT)
    [ -n "$hook_sets_address" ] || exit 0
    ip addr replace "\$new_ip_address/24" dev "\$interface"
    [ -z "\$new_routers" ] || ip route replace default via "\${new_routers%% *}" dev "\$interface" ;;
esac
exit 0
HOOK
    chmod 755 "$hook"
    : >"$events"
}

# T1 comes after 3 seconds, and every renewal is written.
write_client_conf() {
    write_conf '"srv0", "srv1"' <<CONF
    valid-lifetime = 60;
    renew-timer = 3;
    rebind-timer = 50;
    cache-threshold = 0.0;
    subnet4 = (
        { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.2.10 - 192.0.2.99"; } ); },
        { id = 2; subnet = "198.51.100.0/24"; pools = ( { pool = "198.51.100.10 - 198.51.100.99"; } );
          option-data = ( { name = "routers"; data = "198.51.100.1"; } ); }
    );
CONF
}

is_active() {
    local row
    row=$(last_row "$1")
    [ -n "$row" ] && [ "$(field 10 "$row")" = 0 ] && [ "$(field 4 "$row")" != 0 ]
}

was_released() {
    local row
    row=$(last_row "$1")
    [ -n "$row" ] && { [ "$(field 10 "$row")" != 0 ] || [ "$(field 4 "$row")" = 0 ]; }
}

has_more_rows() {
    [ "$(rows_of "$1")" -gt "$2" ]
}

has_address() {
    ip -n "berth-$$-$1" -4 -o addr show dev eth0 | grep -qF " $2/"
}

# A relay of ISC's repeats what a client sends past it to the server itself: a RELEASE comes twice, and
# the second is not the owner's any more.
refused() {
    echo $(($(stat pkt4-receive-drop) - $(stat pkt4-drop-duplicate) - $(stat pkt4-drop-lease-busy) - $(stat pkt4-drop-not-owner)))
}

# exercise WAY SPACE MAC PREFIX: a lease from start to end, as seen in the lease file, at the
# client, and in its own events.
exercise() {
    local way=$1 space=$2 mac=$3 prefix=$4 addr rows client
    set_mac "$space" eth0 "$mac"
    : >"$events"
    client_start "$space" >"$dir/client.log" 2>&1 &
    client=$!
    check "$way: a lease is written" wait_for 20 is_active "$mac"
    addr=$(field 1 "$(last_row "$mac")")
    check_is "$way: its address is of the right subnet" "${addr%.*}" "$prefix"
    check "$way: the client has the address" wait_for 5 has_address "$space" "$addr"
    check "$way: the client says so" wait_for 5 grep -qiE "^(bound|reboot) $addr" "$events"
    rows=$(rows_of "$mac")
    client_renew "$space"
    check "$way: it is renewed" wait_for 15 has_more_rows "$mac" "$rows"
    check_is "$way: to the same address" "$(field 1 "$(last_row "$mac")")" "$addr"
    check "$way: the client took that" wait_for 5 grep -qiE "^renew $addr" "$events"
    client_release "$space"
    check "$way: it is released" wait_for 10 was_released "$mac"
    kill "$client" 2>/dev/null
    wait "$client" 2>/dev/null
    check_is "$way: no message was refused" "$(refused)" 0
    [ "$failed" = 0 ] || { printf -- '---- the client said:\n'; tail -n 20 "$dir/client.log"; cat "$events"; }
}

exercise_both_ways() {
    need dhcrelay isc-dhcp-relay
    must make_wire
    must make_relay
    write_hook
    write_client_conf
    check "the server starts" start_server
    check "the relay starts" start_relay
    exercise direct cli 02:00:00:00:01:01 192.0.2
    exercise relayed far 02:00:00:00:01:02 198.51.100
    check "the server stops cleanly" stop_server
    finish
}
