#!/usr/bin/env bash
# dhclient - ISC's client, directly and through a relay. It renews by itself at T1.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients.sh"

options_of() {
    echo -4 -cf "$dir/dhclient.conf" -lf "$dir/$1.leases" -pf "$dir/$1.pid" -sf "$hook" eth0
}

client_start() {
    become "$1" dhclient -d $(options_of "$1")
}

client_renew() {
    :
}

client_release() {
    within "$1" dhclient -r $(options_of "$1") >>"$dir/client.log" 2>&1
}

hook_sets_address=yes
need dhclient isc-dhcp-client
begin
printf 'timeout 20;\nretry 5;\ninitial-interval 1;\nbackoff-cutoff 2;\n' >"$dir/dhclient.conf"
exercise_both_ways
