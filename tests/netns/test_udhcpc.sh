#!/usr/bin/env bash
# udhcpc - busybox' client, directly and through a relay.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/clients.sh"

client_start() {
    become "$1" udhcpc -f -i eth0 -s "$hook" -t 10 -T 1 -p "$dir/udhcpc.pid"
}

client_renew() {
    kill -USR1 "$(cat "$dir/udhcpc.pid")"
}

client_release() {
    kill -USR2 "$(cat "$dir/udhcpc.pid")"
}

hook_sets_address=
need udhcpc udhcpc
begin
exercise_both_ways
