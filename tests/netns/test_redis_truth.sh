#!/usr/bin/env bash
# redis_truth - INV-15, HI-165, HI-169: a Redis that is empty, older or another one does not become the
# truth in silence. Below a server that runs what was lost is written back; a server that starts answers
# nobody before an operator's command or the end of the guard time, and then has what it had
# acknowledged. With 100 clients of DHCPv4 and 30 of DHCPv6, whose every promise is held against what
# they get.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crowd.sh"
. "$(dirname "$0")/redis.sh"

# conf_of SERVER PORT GUARD: "b" has another Redis, and no clients.
conf_of() {
    local store="type = \"redis\"; host = \"$red\"; port = $2; guard-time = $3; expiry-grace = 4; expiry-grace-foreign = 2; server-timeout = 4;"
    crowd_conf "$1" "$store" "$store"
}

# ctl FAMILY COMMAND: of the server "a".
ctl() {
    BERTH_SOCKET=$dir/a/run/berth.sock "$berthctl" "-$1" -r "$2"
}

# says TEXT: both families' store, in status-get.
says() {
    ctl 4 status-get | grep -q "$1" && ctl 6 status-get | grep -q "$1"
}

serves() {
    ctl "$1" status-get | grep -qE '"state": "(ready|degraded)"'
}

log_a() {
    grep -qE "$1" "$dir/a/log.now"
}

acks() {
    tell count
    hear 5
}

# replace [NAME]: Redis goes down and comes back with those data, or with none.
replace() {
    redis_kill 6379 && redis_put 6379 "${1:-}" && redis_up 6379
}

# is_mended: all that was lost is in Redis again, of both families.
is_mended() {
    local family
    for family in 4 6; do
        redis_do 6379 HLEN "{berth:$family}:leases" | grep -qE '^:[1-9]' &&
            redis_do 6379 HGET "{berth:$family}:meta" filling | grep -qE '^\$(-1|0)' || return 1
    done
}

# WHAT [NAME]: below a server that runs.
while_running() {
    tell outage "$1"
    replace "${2:-}" || not_ok "$1: Redis does not come back"
    recovered
    check "$1, while running: clients are served again: $heard" heard_is 'recovered *'
    check "$1, while running: what was lost is written back" wait_for 10 is_mended
    check "$1, while running: the server says so" log_a 'LEASE_REDIS_(CREATED|EPOCH)'
    sleep 2
}

# WHAT WHY [NAME]: while the server is down. It holds, and nobody is answered.
start_held() {
    local before
    tell outage "$1"
    kill_server a
    must replace "${3:-}"
    cat "$dir/a/log.now" >>"$dir/a/log.all"
    begin_server a
    check "$1, at a start: held, and status-get says why" wait_for 10 says "$2"
    acks
    before=$heard
    sleep 2
    acks
    check_is "$1, at a start: INV-15: nobody is answered" "$heard" "$before"
    check_not "$1, at a start: DHCPv4 is not ready" serves 4
    check_not "$1, at a start: DHCPv6 is not ready" serves 6
}

# WHAT: it serves, and has what it had acknowledged.
let_go() {
    check "$1: then it serves" wait_for 10 serves 4
    check "$1: ... DHCPv6, too" wait_for 10 serves 6
    recovered
    check "$1: clients are served: $heard" heard_is 'recovered *'
    check "$1: Redis has the leases" wait_for 10 is_mended
    sleep 1
}

accepted() {
    local family
    for family in 4 6; do
        check "$1: lease-redis-accept of DHCPv$family" grep -q '"result": 0' <<<"$(ctl "$family" lease-redis-accept)"
    done
    let_go "$1, accepted"
}

# The data set of a server that has nothing to do with ours.
foreign_data() {
    must redis_up 6390
    conf_of b 6390 2
    must crowd_server b
    sleep 1
    mkdir -p "$dir/redis-6390"
    redis_keep 6390 foreign
    kill_server b
    redis_kill 6390
}

# Another data set is no matter of time: it is left alone until the right one is back.
another_set() {
    local before
    redis_keep 6379 right
    tell outage another
    replace foreign || not_ok "another data set: Redis does not come back"
    check "another data set, while running: it is refused" wait_for 10 says 'this server has used another one'
    acks
    before=$heard
    sleep 3
    acks
    check_is "another data set, while running: nobody is answered" "$heard" "$before"
    check_is "another data set: nothing is written to it" "$(redis_do 6379 HLEN '{berth:4}:leases' | head -n 1 | tr -d '\r')" ":0"
    replace right || not_ok "the right data set: Redis does not come back"
    recovered
    check "the right data set again: clients are served: $heard" heard_is 'recovered *'
}

begin
need redis-server redis-server
must make_crowd_wire a b
must make_redis_wire a b
foreign_data
must redis_up 6379
conf_of a 6379 60
must crowd_server a
must crowd_begin 100 30 a
sleep 4
redis_keep 6379 first
sleep 3
while_running "an empty Redis"
redis_keep 6379 older
sleep 3
while_running "an older Redis" older
another_set
start_held "an empty Redis" "Redis is empty"
accepted "an empty Redis"
start_held "an older Redis" "holds an older state of the data set" first
accepted "an older Redis"
conf_of a 6379 8
start_held "an empty Redis without an operator" "Redis is empty"
let_go "the guard time is over"
sweep a
crowd_end
check_is "nothing is complained about" "$(complaints 'FATAL|Sanitizer|runtime error|LEASE_REDIS_(DAMAGED|TWIN)|LEASES_TABLE_FULL')" ""
finish
