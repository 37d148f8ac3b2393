# clients6.sh - what any real client of DHCPv6 has to be able to do: an address and a prefix. Sourced by
# test_CLIENT6.sh, which defines
#   client_start SPACE     runs the client on eth0 of the namespace, in the foreground, to be put in the
#                          background here; it calls $hook when something happens
#   client_release SPACE   makes it give everything back
#   client_returns SPACE   its link was away: runs what makes it ask whether all is as it was
# What it asks for is in $wants: "both", or only an "address".

hook=
events=
client=
wants=both

# dhclient and dhcpcd call their scripts with other names of the same; dhcpcd sets the address itself.
write_hook() {
    hook=$dir/hook
    events=$dir/events
    cat >"$hook" <<HOOK
#!/bin/sh
address=\${new_ip6_address:-\$new_dhcp6_ia_na1_ia_addr1}
prefix=\${new_ip6_prefix:-\$new_dhcp6_ia_pd1_prefix1}
echo "\$reason \$address \$prefix dns=\$new_dhcp6_name_servers" >>$events
case "\$reason" in
BOUND6 | RENEW6 | REBIND6)
    [ -z "\$new_ip6_address" ] || ip -6 addr replace "\$new_ip6_address/128" dev "\$interface" ;;
esac
exit 0
HOOK
    chmod 755 "$hook"
    : >"$events"
}

# T1 comes after 4 seconds, and every renewal is written. Subnet 1 is the wire, 2 behind the relay.
write_client_conf() {
    write_conf '"srv0", "srv1"' "${1:-}" <<CONF
    valid-lifetime = 60;
    preferred-lifetime = 50;
    renew-timer = 4;
    rebind-timer = 40;
    cache-threshold = 0.0;
    option-data = ( { name = "dns-servers"; data = "2001:db8::53"; } );
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

# ---- the lease file ----------------------------------------------------------------------------------

NA=0 PD=2

# rows6 SUBNET TYPE: all of its rows, oldest first.
rows6() {
    awk -F, -v subnet="$1" -v type="$2" '$5 == subnet && $7 == type' "$leases"
}

last_row6() {
    rows6 "$@" | tail -n 1
}

count6() {
    rows6 "$@" | wc -l
}

is_active6() {
    last_row6 "$@" | awk -F, '{ good = $14 == 0 && $3 != 0 } END { exit !good }'
}

is_over6() {
    last_row6 "$@" | awk -F, '{ good = $14 != 0 || $3 == 0 } END { exit !good }'
}

# ---- the client --------------------------------------------------------------------------------------

has_address6() {
    ip -n "berth-$$-$1" -6 -o addr show dev eth0 | grep -qF " $2/"
}

has_link_local() {
    ip -n "berth-$$-$1" -6 -o addr show dev eth0 scope link -tentative | grep -q fe80
}

has_asked_again() {
    [ "$(stat pkt6-rebind-received)" -gt "$1" ]
}

# Whatever was received and not answered; a client may say the same twice.
refused6() {
    echo $(($(stat pkt6-receive-drop) - $(stat pkt6-drop-duplicate)))
}

begin_client() {
    : >"$events"
    wait_for 5 has_link_local "$1"
    client_start "$1" >>"$dir/client.log" 2>&1 &
    client=$!
}

end_client() {
    kill "${1:--TERM}" "$client" 2>/dev/null
    wait "$client" 2>/dev/null
}

# These use $way, $space and $subnet of who calls them, and set $addr and $prefix for him.
check_leased() {
    check "$way: an address is leased" wait_for 20 is_active6 "$subnet" $NA
    check "$way: a prefix is leased" wait_for 5 is_active6 "$subnet" $PD
    addr=$(field 1 "$(last_row6 "$subnet" $NA)")
    prefix=$(field 1 "$(last_row6 "$subnet" $PD)")
    check_is "$way: the address is of the right subnet" "${addr%::*}" "2001:db8:$subnet"
    check_is "$way: the prefix, too" "$(cut -c 1-11 <<<"$prefix"),$(field 9 "$(last_row6 "$subnet" $PD)")" \
        "2001:db8:${subnet}0,56"
    check "$way: the client has the address" wait_for 5 has_address6 "$space" "$addr"
}

check_renewed() {
    check "$way: they are renewed" wait_for 15 has_more6 "$subnet" "$(count6 "$subnet" $NA)" \
        "$(count6 "$subnet" $PD)"
}

check_same() {
    check "$way: and has its address" wait_for 10 has_address6 "$space" "$addr"
    check_is "$way: the same address to the end" "$(field 1 "$(last_row6 "$subnet" $NA)")" "$addr"
    check_is "$way: the same prefix to the end" "$(field 1 "$(last_row6 "$subnet" $PD)")" "$prefix"
}

check_nothing_refused() {
    check_is "$way: no message was refused" "$(refused6)" 0
    [ "$failed" = 0 ] || { printf -- '---- the client said:\n'; tail -n 40 "$dir/client.log"; cat "$events"; }
}

# exercise6 WAY SPACE SUBNET: leases from start to end, as seen in the lease file, at the client, and in
# its own events.
exercise6() {
    local way=$1 space=$2 subnet=$3 addr prefix asked
    : >"$dir/client.log"
    begin_client "$space"
    check_leased
    check "$way: the client says so" wait_for 5 grep -qE "^BOUND6 .*$addr" "$events"
    check "$way: and of the prefix" wait_for 5 grep -qE "^BOUND6 .*$prefix" "$events"
    check_renewed
    check "$way: the client took that" wait_for 5 grep -qE '^RENEW6' "$events"
    asked=$(stat pkt6-rebind-received)
    client_returns "$space"
    check "$way: after a flap it asks" wait_for 20 has_asked_again "$asked"
    check_same
    client_release "$space"
    check "$way: the address is released" wait_for 10 is_over6 "$subnet" $NA
    check "$way: the prefix is released" wait_for 10 is_over6 "$subnet" $PD
    end_client
    check_nothing_refused
}

# Who holds a prefix asks by REBIND, who has only an address by CONFIRM (RFC 9915 18.2.3, 18.2.12).
# Kea counts no CONFIRMs, and so do we; the log tells of them.
confirms() {
    grep -c 'CONFIRM (type 4) received' "$log"
}

has_confirmed() {
    [ "$(confirms)" -gt "$1" ]
}

exercise_confirm() {
    local way="$1, CONFIRM" space=$2 subnet=$3 addr confirmed
    wants=address
    begin_client "$space"
    check "$way: an address is leased" wait_for 20 is_active6 "$subnet" $NA
    addr=$(field 1 "$(last_row6 "$subnet" $NA)")
    check "$way: the client has the address" wait_for 5 has_address6 "$space" "$addr"
    confirmed=$(confirms)
    client_returns "$space"
    check "$way: after a flap it asks" wait_for 20 has_confirmed "$confirmed"
    check "$way: and has its address" wait_for 10 has_address6 "$space" "$addr"
    client_release "$space"
    check "$way: it is released" wait_for 10 is_over6 "$subnet" $NA
    end_client
    check_nothing_refused
}

# The link of the client goes away for a second.
flap() {
    ip -n "berth-$$-$1" link set dev eth0 down
    sleep 1
    ip -n "berth-$$-$1" link set dev eth0 up
}

has_more6() {
    [ "$(count6 "$1" $NA)" -gt "$2" ] && [ "$(count6 "$1" $PD)" -gt "$3" ]
}

serve_both_ways() {
    need dhcrelay isc-dhcp-relay
    must make_wires6
    write_hook
    write_client_conf
    check "the server starts" start_server
    check "the relay starts" start_relay6
}

exercise_both_ways6() {
    serve_both_ways
    exercise6 direct cli 1
    exercise6 relayed far 2
    exercise_confirm direct cli 1
    exercise_confirm relayed far 2
    check "the server stops cleanly" stop_server
    finish
}
