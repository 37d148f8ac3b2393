#!/usr/bin/env bash
# dhclient -6 - ISC's client asks for an address and a prefix, directly and through a relay. It renews by
# itself at T1. It does not look at its link; started anew with its leases it asks whether they still hold.
family=6
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients6.sh"

options_of() {
    [ "$wants" = address ] && echo -6 -N || echo -6 -N -P
    echo -cf "$dir/dhclient.conf" -lf "$dir/$1.$wants.leases" -pf "$dir/$1.pid" -sf "$hook" eth0
}

client_start() {
    become "$1" dhclient -d -v $(options_of "$1")
}

client_returns() {
    end_client -KILL
    begin_client "$1"
}

client_release() {
    within "$1" dhclient -r -v $(options_of "$1") >>"$dir/client.log" 2>&1
}

need dhclient isc-dhcp-client
begin
: >"$dir/dhclient.conf"
exercise_both_ways6
