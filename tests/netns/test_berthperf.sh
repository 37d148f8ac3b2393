#!/usr/bin/env bash
# berthperf - the load generator against itself, against the server, and against a responder that lies.
. "$(dirname "$0")/lib.sh"

berthperf=$build/tools/berthperf
responder=

# perf STATUS WHAT OPTION...: from the client's side; its output stays in $dir/perf.log.
perf() {
    local wanted=$1 what=$2 status
    shift 2
    within cli "$berthperf" "$@" >"$dir/perf.log" 2>&1
    status=$?
    check_is "$what: exit status" "$status" "$wanted"
    [ "$status" = "$wanted" ] || cat "$dir/perf.log"
}

# said TEXT: in the output of the last run.
said() {
    grep -qE -- "$1" "$dir/perf.log"
}

# number NAME: of the closing line of a run with --json.
number() {
    grep '"type": "end"' "$dir/perf.log" | grep -oP "\"$1\": \K[0-9]+" | head -n 1
}

# respond COMMAND...: in the server's place; end_responder ends it.
respond() {
    become srv "$@" >"$dir/responder.log" 2>&1 &
    responder=$!
    wait_for 5 grep -qE 'answering|ready' "$dir/responder.log"
}

end_responder() {
    kill "$responder"
    wait "$responder" 2>/dev/null
}

against_itself() {
    must respond "$berthperf" --null
    perf 0 "closed loop" -R 500 -n 5000 --json 192.0.2.1
    check_is "as many as asked for" "$(number done)" 5000
    check_is "each client holds an address" "$(number held)" 500
    perf 0 "in lumps" --merge -R 500 -n 5000 192.0.2.1
    perf 0 "open loop" -R 200 -r 2000 -n 1000 -d 3 --json 192.0.2.1
    check_is "as many as asked for" "$(number done)" 1000
    perf 0 "offers only" -i -R 10 -n 100 192.0.2.1
    check "no REQUEST" sh -c "! grep -q REQUEST-ACK '$dir/perf.log'"
    perf 0 "renewals" --mix renew=100 -R 100 -n 1000 --json 192.0.2.1
    check_is "nothing else is counted" "$(grep -c 'DISCOVER-OFFER' "$dir/perf.log")" 0
    perf 0 "a mix" --mix dora=50,do=10,renew=30,release=10 -R 300 -n 3000 192.0.2.1
    perf 0 "another port" -L 1067 -R 10 192.0.2.1
    check "it says what it did" kill "$responder"
    wait "$responder"
    check_is "a responder that is told to end: exit status" "$?" 0
    check "it counted OFFERs" grep -qE '^[0-9]{4,} OFFERs' "$dir/responder.log"
    perf 3 "nobody answers" -R 10 -d 0.2 192.0.2.1
    perf 3 "an avalanche that nobody answers" -R 10 -d 0.1 -p 0.5 --scenario avalanche 192.0.2.1
    check "it says who was not served" said '^10 clients never got an address'
    check "it asked again" said 'messages were sent again'
}

as_frames() {
    must respond "$berthperf" --null -I srv0
    perf 0 "frames" -I eth0 -R 300 -n 3000
    perf 0 "frames: a mix" -I eth0 --mix dora=60,renew=30,release=10 -R 300 -n 3000
    end_responder
}

# lie WHAT STATUS TEXT [OPTION...]: what berthperf says of it.
lie() {
    must respond "$helpers/netns_liar" "$1"
    perf "$2" "a responder with $1" -R 20 -n 60 -d 0.3 "${@:4}" 192.0.2.1
    check "a responder with $1: $3" said "$3"
    end_responder
}

# lie6 WHAT STATUS TEXT [OPTION...]: the same of DHCPv6.
lie6() {
    must respond "$helpers/netns_liar" -6 "$1"
    perf "$2" "DHCPv6: a responder with $1" -6 -R 20 -n 60 -d 0.3 "${@:4}" 2001:db8:1::1
    check "DHCPv6: a responder with $1: $3" said "$3"
    end_responder
}

against_a_liar() {
    lie xid 1 'has a transaction id that was never sent'
    lie client 1 'has the hardware address of another client'
    lie twice 1 'gives an address that another client holds'
    lie moved 1 'acknowledges another address than was offered'
    lie server 1 'is from another server than the offer'
    lie turns 1 'is from another server than the offer'
    lie turns 3 'answers were late or came twice' -1
    lie type 1 'is of a type that does not answer'
    lie nak 3 'dora 0 of 60'
    lie mute 3 'DISCOVER-OFFER .* [1-9]'
    lie double 0 'answers were late or came twice'
}

# ---- DHCPv6 ----------------------------------------------------------------------------------------

v6_against_itself() {
    must respond "$berthperf" -6 --null
    perf 0 "DHCPv6: addresses" -6 -R 500 -n 5000 --json 2001:db8:1::1
    check_is "DHCPv6: as many as asked for" "$(number done)" 5000
    check_is "DHCPv6: each client holds an address" "$(number held)" 500
    perf 0 "DHCPv6: prefixes through four relays" -6 -e prefix-only -A 4 -R 500 -n 3000 2001:db8:1::1
    perf 0 "DHCPv6: both, open loop" -6 -e address-and-prefix -R 200 -r 2000 -n 1000 -d 3 \
        --record "$dir/record" 2001:db8:1::1
    check_is "DHCPv6: a line an address" "$(grep -cE '^00:03:00:01:[0-9a-f:]{17},2001:db8::[0-9a-f]+,3600,[0-9.]+$' "$dir/record")" 1000
    check_is "DHCPv6: a line a prefix" "$(grep -cE '^00:03:00:01:[0-9a-f:]{17},3fff:[0-9a-f:]+::/56,3600,[0-9.]+$' "$dir/record")" 1000
    perf 0 "DHCPv6: a mix" -6 -e address-and-prefix --mix sarr=40,sa=10,renew=20,rebind=10,release=20 \
        -R 300 -n 3000 -g 2001:db8:7:1::1-2001:db8:7:9::1 2001:db8:1::1
    check "DHCPv6: RELEASEs are answered" said '^RELEASE-REPLY +[1-9]'
    perf 0 "DHCPv6: advertised only" -6 -i -R 10 -n 100 2001:db8:1::1
    check "DHCPv6: no REQUEST" sh -c "! grep -q REQUEST-REPLY '$dir/perf.log'"
    perf 0 "DHCPv6: rapid commit" -6 -c -R 10 -n 100 2001:db8:1::1
    check "DHCPv6: a SOLICIT gets a REPLY" said '^SOLICIT-REPLY +100'
    perf 0 "DHCPv6: another port, in lumps" -6 --merge -L 1547 -R 10 -n 1000 2001:db8:1::1
    perf 0 "DHCPv6: more clients than a transaction id can number" -6 -R 100000 -n 100000 -w 256 2001:db8:1::1
    perf 3 "DHCPv6: nobody hears the group" -6 -I eth0 -R 10 -d 0.2
    end_responder
}

v6_on_the_wire() {
    printf '02:00:00:00:00:01\n00:02:00:00:11:8b:01:02:03:04\n# nobody\n' >"$dir/ids"
    must respond "$berthperf" -6 --null -I srv0
    perf 0 "DHCPv6: clients on the wire" -6 -I eth0 -R 300 -n 3000
    perf 0 "DHCPv6: all servers, through a relay" -6 -I eth0 -A 1 -R 300 -n 3000 servers
    perf 0 "DHCPv6: clients from a list" -6 -I eth0 -M "$dir/ids" -n 10 --record "$dir/record"
    check_is "DHCPv6: a MAC address is a DUID" "$(grep -c '^00:03:00:01:02:00:00:00:00:01,' "$dir/record")" 5
    check_is "DHCPv6: a DUID is one" "$(grep -c '^00:02:00:00:11:8b:01:02:03:04,' "$dir/record")" 5
    perf 0 "DHCPv6: an avalanche" -6 -I eth0 -R 1000 --scenario avalanche
    end_responder
}

v6_against_a_liar() {
    lie6 xid 1 'has a transaction id that was never sent'
    lie6 client 1 'has the client identifier of another client'
    lie6 twice 1 'gives an address that another client holds'
    lie6 twice-prefix 1 'gives a prefix that another client holds' -e address-and-prefix
    lie6 moved 1 'acknowledges another address than was offered'
    lie6 moved-prefix 1 'acknowledges another prefix than was offered' -e address-and-prefix
    lie6 overlap 1 'overlaps another one' -e address-and-prefix
    lie6 server 1 'is from another server than the offer'
    lie6 turns 1 'is from another server than the offer'
    lie6 turns 3 'answers were late or came twice' -1
    lie6 type 1 'is of a type that does not answer'
    lie6 relay 1 'has another hop count, link address or peer address'
    lie6 times 1 'has T1 greater than T2'
    lie6 nak 3 '60 were refused with status NoAddrsAvail'
    lie6 mute 3 'SOLICIT-ADVERTISE .* [1-9]'
    lie6 double 0 'answers were late or came twice'
}

# ---- the server --------------------------------------------------------------------------------------

write_perf_conf() {
    write_conf '"srv0"' <<CONF
    subnet4 = (
        { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.2.10 - 192.0.2.249"; } ); },
        { id = 2; subnet = "10.0.0.0/16"; pools = ( { pool = "10.0.1.0 - 10.0.40.255"; } ); }
    );
CONF
}

# Leases that berthperf was promised, and has not given back, against the rows of the lease file.
promised() {
    awk -F, 'NR > 1 { last[$1] = $3 > 0 ? $1 " " $2 : "" } END { for (m in last) if (last[m]) print last[m] }' \
        "$dir/record" | sort
}

in_file() {
    awk -F, 'NR > 1 { last[$2] = $4 > 0 ? $2 " " $1 : "" } END { for (m in last) if (last[m]) print last[m] }' \
        "$leases" | sort
}

against_the_server() {
    write_perf_conf
    must start_server
    perf 0 "clients on the wire" -I eth0 -R 200 -n 600 --json
    check_is "each holds an address" "$(number held)" 200
    perf 0 "clients on the wire: renewals and releases" -I eth0 -R 200 -n 600 -d 3 \
        --mix dora=40,renew=40,release=20
    must within cli ip route add local 10.0.0.0/24 dev lo
    must ip -n "berth-$$-srv" route add 10.0.0.0/24 via 192.0.2.2
    perf 0 "several relays" -g 10.0.0.1-10.0.0.9 -b mac=02:00:00:01:00:00 -R 5000 -d 5 \
        --record "$dir/record" 192.0.2.1
    check_is "a line an ACK" "$(grep -c '^02:00:00:01:..:..,10\.0\.[0-9.]*,[1-9][0-9]*,[0-9.]*$' "$dir/record")" 5000
    perf 0 "an avalanche" -g 10.0.0.1 -b mac=02:00:00:01:00:00 -R 5000 -p 40 --scenario avalanche \
        192.0.2.1
    perf 0 "renewals in lumps" --merge -g 10.0.0.1 -b mac=02:00:00:01:00:00 -R 500 -n 2000 -d 5 \
        --mix renew=100 192.0.2.1
    perf 0 "releases" -g 10.0.0.1 -b mac=02:00:00:01:00:00 -R 5000 -n 10000 -d 5 \
        --mix dora=50,renew=30,release=20 --record "$dir/record" 192.0.2.1
    check "the server stops cleanly" stop_server
    promised >"$dir/promised"
    in_file | grep '^02:00:00:01' >"$dir/kept"
    check "every promise is in the lease file" sh -c \
        "[ -s '$dir/promised' ] && [ -z \"\$(comm -23 '$dir/promised' '$dir/kept')\" ]"
}

write_perf_conf6() {
    write_conf '"srv0", "srv0/2001:db8:1::1"' <<CONF
    subnet6 = (
        { id = 1; subnet = "2001:db8:1::/64"; interface = "srv0"; rapid-commit = true;
          pools = ( { pool = "2001:db8:1::1000 - 2001:db8:1::1fff"; } );
          pd-pools = ( { prefix = "2001:db8:100::"; prefix-len = 40; delegated-len = 56; } ); },
        { id = 2; subnet = "2001:db8:7::/48"; pools = ( { pool = "2001:db8:7:1::/80"; } );
          pd-pools = ( { prefix = "2001:db8:200::"; prefix-len = 40; delegated-len = 56; } ); }
    );
CONF
}

# The same of DHCPv6, an address and a prefix apart.
promised6() {
    awk -F, 'NR > 1 { last[$1, index($2, "/")] = $3 > 0 ? $1 " " $2 : "" }
        END { for (k in last) if (last[k]) print last[k] }' "$dir/record" | sort
}

in_file6() {
    awk -F, 'NR > 1 { last[$2, $7] = $3 > 0 ? $2 " " $1 ($7 == 2 ? "/" $9 : "") : "" }
        END { for (k in last) if (last[k]) print last[k] }' "$leases" | sort
}

v6_against_the_server() {
    local family=6 both="-6 -e address-and-prefix"
    leases=$dir/data/kea-leases6.csv
    write_perf_conf6
    must start_server
    perf 0 "DHCPv6: clients on the wire" $both -I eth0 -R 200 -n 600 --json
    check_is "DHCPv6: each holds an address and a prefix" "$(number held)" 200
    perf 0 "DHCPv6: rapid commit on the wire" $both -I eth0 -c -R 200 -b mac=02:00:00:02:00:00
    check "DHCPv6: in one exchange" said '^SOLICIT-REPLY +200 '
    perf 0 "DHCPv6: clients on the wire: all that they do" $both -I eth0 -R 200 -n 1000 -d 3 \
        --mix sarr=30,sa=10,renew=20,rebind=20,release=20
    perf 0 "DHCPv6: several relays, two in a row" $both -A 2 -g 2001:db8:7:1::1-2001:db8:7:9::1 \
        -b mac=02:00:00:01:00:00 -R 3000 -d 5 --record "$dir/record" 2001:db8:1::1
    check_is "DHCPv6: a line an address, and one a prefix" \
        "$(grep -cE '^00:03:00:01:02:00:00:01:..:..,2001:db8:(7:1|2..?:.*/56)' "$dir/record")" 6000
    perf 0 "DHCPv6: an avalanche" $both -g 2001:db8:7::1 -b mac=02:00:00:01:00:00 -R 3000 -p 40 \
        --scenario avalanche 2001:db8:1::1
    perf 0 "DHCPv6: all that clients do, in lumps" $both --merge -g 2001:db8:7::1 -b mac=02:00:00:01:00:00 -R 3000 \
        -n 9000 -d 5 --mix sarr=40,renew=20,rebind=20,release=20 --record "$dir/record" 2001:db8:1::1
    perf 3 "DHCPv6: a client that does not use the group" -6 -A 0 -d 0.3 2001:db8:1::1
    check "DHCPv6: the server stops cleanly" stop_server
    promised6 >"$dir/promised"
    in_file6 >"$dir/kept"
    check "DHCPv6: every promise is in the lease file" sh -c \
        "[ -s '$dir/promised' ] && [ -z \"\$(comm -23 '$dir/promised' '$dir/kept')\" ]"
}

begin
must make_wire
must address cli eth0 192.0.2.2/24
must ip -n "berth-$$-srv" addr add 2001:db8:1::1/64 dev srv0 nodad
must ip -n "berth-$$-cli" addr add 2001:db8:1::2/64 dev eth0 nodad
against_itself
as_frames
against_a_liar
v6_against_itself
v6_on_the_wire
v6_against_a_liar
against_the_server
v6_against_the_server
finish
