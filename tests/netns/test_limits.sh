#!/usr/bin/env bash
# limits - the plugin limits counts right whatever the store: over a swap from a file to Redis while it runs,
# with what another server of that Redis gives out and gets back, and after a kill. A subnet of DHCPv4 has a
# limit of addresses, a class of DHCPv6 one of prefixes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crowd.sh"
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/pair.sh"

conf_of() { # SERVER STORE
    cat >"$dir/$1/berth.conf" <<CONF
plugins = ( { name = "limits"; } );
Dhcp4 = {
    interfaces-config = { interfaces = ( "eth0" ); dhcp-socket-type = "udp"; };
    lease-database = { $2 };
    control-sockets = ( { socket-type = "unix"; socket-name = "berth.sock"; } );
    loggers = ( { name = "kea-dhcp4"; severity = "INFO"; } );
    subnet4 = ( { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.2.10 - 192.0.2.99"; } );
                  user-context = "{ \"limits\": { \"address-limit\": 3 } }"; } );
};
Dhcp6 = {
    interfaces-config = { interfaces = ( "eth0" ); };
    lease-database = { $2 };
    loggers = ( { name = "kea-dhcp6"; severity = "INFO"; } );
    client-classes = ( { name = "known"; test = "option[1].exists";
                         user-context = "{ \"limits\": { \"prefix-limit\": 2 } }"; } );
    subnet6 = ( { id = 1; subnet = "2001:db8:1::/64"; interface = "eth0";
                  pools = ( { pool = "2001:db8:1::10 - 2001:db8:1::ff"; } );
                  pd-pools = ( { prefix = "2001:db8:a000::"; prefix-len = 56; delegated-len = 64; } ); } );
};
CONF
}

at() { # SERVER CLIENT ASK...
    ask cli -g 192.0.2.254 -d "$(address_of "$1")" -m "$2" -w 500 "${@:3}"
}

# lease4 SERVER CLIENT: the address that it gets.
lease4() {
    local addr
    addr=$(at "$1" "$2" | sed -n 's/^DHCPOFFER \([^ ]*\) .*/\1/p')
    [ -n "$addr" ] && at "$1" "$2" -t 3 -r "$addr" -s "$(address_of "$1")" | sed -n 's/^DHCPACK \([^ ]*\) .*/\1/p'
}

gets() { # SERVER CLIENT
    local addr
    addr=$(lease4 "$1" "$2")
    [ -n "$addr" ] && held[$2]=$addr
}

gets_none() {
    [ -z "$(lease4 "$1" "$2")" ]
}

gives_back() { # SERVER CLIENT
    at "$1" "$2" -t 7 -c "${held[$2]}" -s "$(address_of "$1")" -w 50 >/dev/null
}

# What another server has done is known some milliseconds later.
gets_soon() {
    wait_for 2 gets "$@"
}

has_prefix() { # SERVER CLIENT
    given6 "$2" "$1" prefix-only | grep -q '2001:db8:a000:'
}

# But an address.
has_no_prefix() {
    [ -z "$(given6 "$2" "$1" prefix-only)" ] && given6 "$2" "$1" address-only | grep -q '2001:db8:1::'
}

is_alone() { # FAMILY: the server "a" in its store
    [ "$(BERTH_SOCKET=$dir/a/run/berth.sock "$berthctl" -r "-$1" status-get | grep -o '"alive": *true' | wc -l)" = 1 ]
}

swap_to() { # FAMILY TYPE KEY=VALUE...: of the server "a".
    local family=$1
    shift
    check "a's leases of DHCPv$family go to $1" grep -q '^Done' \
        <<<"$(BERTH_SOCKET=$dir/a/run/berth.sock "$berthctl" "-$family" backend swap "$@" 2>&1)"
}

begin_pair
declare -A held
conf_of a 'type = "memfile";'
must crowd_server a
check "the first address" gets a 1
check "the second" gets a 2
check "the first prefix" has_prefix a 1
for one in 4 6; do swap_to "$one" redis "host=$red" server-timeout=3; done
check "after the swap the third address" gets a 3
check "but no fourth" gets_none a 4
check "the second prefix" has_prefix a 2
check "but no third" has_no_prefix a 3
gives_back a 1
check "what is given back is there for another" gets a 4
check "once" gets_none a 5

conf_of b "type = \"redis\"; host = \"$red\"; server-timeout = 3;"
must crowd_server b
check "another server counts what the first has given" gets_none b 6
check "prefixes, too" has_no_prefix b 4
check "who has a lease keeps it there" gets b 3
gives_back b 3
check "what it gets back the first gives" gets_soon a 6
check "once" gets_none a 7
check "and the other knows that" wait_for 2 gets_none b 7
gives_back a 6
check "... and the other way" gets_soon b 8
check "once" wait_for 2 gets_none a 9

kill_server b
must crowd_server b
check "after a kill it counts the same" gets_none b 9
check "of prefixes, too" has_no_prefix b 5
check_not "there are two" is_alone 4
kill_server b
for one in 4 6; do check "the other counts as gone" wait_for 15 is_alone "$one"; done
for one in 4 6; do swap_to "$one" memfile "name=back$one.csv"; done
check "and are counted" gets_none a 9
check "prefixes, too" has_no_prefix a 5
gives_back a 2
check "one is given back" gets a 9
check "once" gets_none a 10
check_is "nothing is complained about" "$(complaints)" ""
finish
