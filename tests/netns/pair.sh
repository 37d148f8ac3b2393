# pair.sh - what the scripts with two servers "a" and "b" of one Redis and single clients share. Sourced after
# redis.sh.

berthperf=$build/tools/berthperf

# The wires, and a Redis; no server yet.
begin_pair() {
    begin
    need redis-server redis-server
    must make_crowd_wire a b
    must make_redis_wire a b
    must redis_up 6379
    must wait_for 5 has_link_local
}

# ctl SERVER FAMILY COMMAND ARGUMENTS
ctl() {
    BERTH_SOCKET=$dir/$1/run/berth.sock "$berthctl" "-$2" -r "$3" "$4"
}

# given FAMILY CLIENT ARGUMENT...: the addresses and prefixes that it gets.
given() {
    local family=$1 client=$2
    shift 2
    rm -f "$dir/record"
    within cli "$berthperf" "-$family" -q -b "mac=02:00:00:01:00:0$client" -R 1 -n 1 --record "$dir/record" "$@" >/dev/null 2>&1
    tail -n +2 "$dir/record" | cut -d, -f2 | sort | xargs
}

given4() { # CLIENT SERVER
    given 4 "$1" -g 192.0.2.254 "$(address_of "$2")"
}

# Only the server that is on the wire answers.
given6() { # CLIENT SERVER [TYPE]
    local other=a
    [ "$2" = b ] || other=b
    ip -n "berth-$$-cli" link set "to-$other" down
    given 6 "$1" -e "${3:-address-and-prefix}" -I br0
    ip -n "berth-$$-cli" link set "to-$other" up
}

has_link_local() {
    ip -n "berth-$$-cli" -6 -o addr show dev br0 scope link -tentative | grep -q fe80
}
