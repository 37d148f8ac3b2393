#!/usr/bin/env bash
# redis_faults - 200 clients of DHCPv4 and 60 of DHCPv6 that obey the RFCs' timers, at two servers that
# share their leases in Redis, and at three with Sentinel and two replicas, while servers, Redis and the
# master are killed and stopped, Redis comes back empty or with what it had some time ago, connections break
# in the middle of an answer, answers come at a byte a second, scripts are flushed, a server is cut off from
# Redis, is started with another clock than the others', or has its clock put by an hour while it runs; now and
# then two of these at once. Nobody loses what it was promised, and what is released while Redis is away is
# nobody's before that is stored.
# 13 faults, 100 with BERTH_SLOW set; BERTH_SEED=N takes the faults of that seed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crowd.sh"
. "$(dirname "$0")/redis.sh"

alone=9 watched=4
[ -z "${BERTH_SLOW:-}" ] || alone=70 watched=30
servers=()
grace=${BERTH_GRACE:-4} # seconds; with 0, BERTH_GRACE=0, INV-12 does not hold, and this script fails

# ---- Sentinel -------------------------------------------------------------------------------------------

sentinel_up() {
    local port=$1
    mkdir -p "$dir/sentinel-$port"
    cat >"$dir/sentinel-$port/conf" <<CONF
bind $red 127.0.0.1
port $port
protected-mode no
sentinel monitor mymaster $red 6379 2
sentinel down-after-milliseconds mymaster 1000
sentinel failover-timeout mymaster 4000
CONF
    become red redis-server "$dir/sentinel-$port/conf" --sentinel >"$dir/sentinel-$port/log" 2>&1 &
    redis_pid[$port]=$!
    wait_for 10 redis_says "$port" PONG ping
}

# The port of the master, as the Sentinels have it.
master() {
    redis_do 26379 SENTINEL get-master-addr-by-name mymaster | tr -d '\r' | sed -n 5p
}

# ---- faults: begin_KIND and end_KIND ---------------------------------------------------------------------

begin_kill_server() { kill_server "$victim"; }
end_kill_server() { crowd_server "$1"; }
begin_stop_server() { signal_server "$victim" STOP; }
end_stop_server() { signal_server "$1" CONT; }
# Two servers are less than the grace apart. It stays so until the next time.
begin_skew_server() {
    kill_server "$victim"
    pick 39
    echo "$((picked * 100 - 1900))" >"$dir/$victim/faults/clock"
}
end_skew_server() { crowd_server "$1"; }
# F4: an hour, to and fro; what was leased is told by a clock that does not step.
begin_step_server() {
    before=$(cat "$dir/$victim/faults/clock" 2>/dev/null)
    pick_word 3600000 -3600000
    echo "$picked" >"$dir/$victim/faults/clock"
}
end_step_server() { echo "${before:-0}" >"$dir/$1/faults/clock"; }
begin_partition() { ip -n "berth-$$-red" link set "to-$victim" down; }
end_partition() { ip -n "berth-$$-red" link set "to-$1" up; }
begin_kill_redis() { redis_kill 6379; }
end_kill_redis() { redis_up 6379; }
# Its data are gone, or those of when the fault before was over: the servers know better.
begin_empty_redis() { redis_kill 6379 && redis_put 6379; }
end_empty_redis() { redis_up 6379; }
begin_older_redis() { redis_kill 6379 && redis_put 6379 older; }
end_older_redis() { redis_up 6379; }
begin_stop_redis() { kill -STOP "${redis_pid[6379]}"; }
end_stop_redis() { kill -CONT "${redis_pid[6379]}"; }
begin_cut() { kill -USR1 "$cutter"; }
end_cut() { :; }
begin_slow_redis() { kill -USR2 "$cutter"; }
end_slow_redis() { kill -USR2 "$cutter"; }
begin_flush() { redis_do "$(store)" SCRIPT FLUSH >/dev/null 2>&1 || true; } # it may be killed, too
end_flush() { :; }
# It comes back as what it was, until the Sentinels tell it otherwise.
begin_kill_master() { old_master=$(master) && redis_kill "$old_master"; }
end_kill_master() { wait_for 15 is_other_master && redis_up "$old_master" "${replica_keys[@]}"; }
begin_stop_master() { old_master=$(master) && kill -STOP "${redis_pid[$old_master]}"; }
end_stop_master() { wait_for 15 is_other_master && kill -CONT "${redis_pid[$old_master]}"; }

is_other_master() {
    local port
    port=$(master)
    [ -n "$port" ] && [ "$port" != "$old_master" ]
}

store() {
    if [ "$mode" = sentinel ]; then master; else echo 6379; fi
}

# Whether nothing can be stored, from its beginning to its end.
keeps_nothing() {
    case $1 in slow_redis) return 1 ;; *_redis) return 0 ;; *) return 1 ;; esac
}

# Whether clients can still be served, by the other server.
is_outage() {
    case $1 in *redis | *master) return 0 ;; *) return 1 ;; esac
}

# begin_fault KIND: adds it to what is wrong.
begin_fault() {
    if is_outage "$1"; then tell "outage $1"; else tell "fault $1 $victim"; fi
    "begin_$1" || not_ok "the fault $1 can't be made"
    ! keeps_nothing "$1" || tell unstored
}

end_fault() {
    ! keeps_nothing "$1" || tell stored
    "end_$1" "$victim" || not_ok "the fault $1 can't be mended"
}

# fault N KIND...: one of them, or two of different things, of the same server if of any.
fault() {
    local number=$1 first second= hold
    shift
    pick_word "${servers[@]}"
    victim=$picked
    pick_word "$@"
    first=$picked
    pick 3
    [ "$picked" != 0 ] || { pick_word "$@" && second=$picked; }
    # Of one thing only one: it can't be killed while it is stopped.
    [ "${second##*_}" != "${first##*_}" ] || second=
    pick 25
    hold=$((picked / 10)).$((picked % 10))
    case $first$second in *stop*) hold=5 ;; esac
    begin_fault "$first"
    [ -z "$second" ] || begin_fault "$second"
    ! is_outage "$first" || tell outage both
    sleep "$hold"
    # A server that starts waits for its Redis.
    if [ -n "$second" ] && [[ $first = kill_server || $first = skew_server ]]; then
        end_fault "$second"
        end_fault "$first"
    else
        end_fault "$first"
        [ -z "$second" ] || end_fault "$second"
    fi
    recovered
    check "fault $number, $first${second:+ and $second} ($victim) for $hold s: $heard" heard_is 'recovered *'
    [ "$mode" = sentinel ] || redis_keep 6379 older
    sleep 1
}

# ---- the two settings ------------------------------------------------------------------------------------

# conf_of SERVER WHERE: the store's part is the same for both families.
conf_of() {
    local store="type = \"redis\"; $2; server-name = \"$1\"; guard-time = 20; expiry-grace = $grace; expiry-grace-foreign = $((grace / 2)); server-timeout = 4;"
    crowd_conf "$1" "$store" "$store"
}

# Their clocks differ by almost the grace.
start_all() {
    local one
    echo 1900 >"$dir/a/faults/clock"
    echo -1900 >"$dir/b/faults/clock"
    for one in "${servers[@]}"; do must crowd_server "$one"; done
}

same_stat() {
    local one first
    first=$(stat_of "${servers[0]}" "$1")
    for one in "${servers[@]}"; do
        [ -n "$first" ] && [ "$(stat_of "$one" "$1")" = "$first" ] || return 1
    done
}

# All of them in one look at each server.
same_stats6() {
    local one first= stats
    for one in "${servers[@]}"; do
        stats=$(BERTH_SOCKET=$dir/$one/run/berth.sock "$berthctl" -6 -r statistic-get-all |
            grep -oE '"subnet\[1\]\.(assigned|declined)-[a-z]+": *\[ *\[ *[0-9]+' | sort)
        [ -n "$stats" ] && [ "$stats" = "${first:-$stats}" ] || return 1
        first=$stats
    done
}

look_around() {
    sweep "${servers[@]}"
    check "INV-13: all servers count the same assigned addresses" wait_for 15 same_stat assigned-addresses
    check "INV-13: ... and the same declined ones" wait_for 15 same_stat declined-addresses
    crowd_end
    check "INV-13: ... and the same addresses and prefixes of DHCPv6" wait_for 15 same_stats6
    check_is "nothing is complained about" \
        "$(complaints 'FATAL|Sanitizer|runtime error|LEASE_REDIS_(DAMAGED|TWIN)|LEASES_TABLE_FULL')" ""
}

stop_all() {
    local one
    for one in "${servers[@]}"; do
        kill "${pid_of[$one]}"
        wait "${pid_of[$one]}"
        check_is "server $one stops cleanly" $? 0
    done
    for one in "${!redis_pid[@]}"; do redis_kill "$one"; done
    redis_pid=()
    rm -f "$dir"/*/log.* "$dir"/crowd.* "$dir"/[abc]/data/*
}

with_one_redis() {
    mode=alone servers=(a b)
    must redis_up 6379
    become red "$helpers/netns_cutter" "$red" 6400 6379 &
    cutter=$!
    for one in "${servers[@]}"; do conf_of "$one" "host = \"$red\"; port = 6400"; done
    start_all
    must crowd_begin 200 60 "${servers[@]}"
    tell skew 3800
    sleep 4
    redis_keep 6379 older
    for ((n = 1; n <= alone; n++)); do
        fault "$n" kill_server stop_server skew_server step_server partition kill_redis stop_redis empty_redis older_redis slow_redis cut flush
    done
    look_around
    stop_all
    kill "$cutter"
}

with_sentinel() {
    local port
    mode=sentinel servers=(a b c)
    replica_keys=(--min-replicas-to-write 1 --repl-diskless-sync-delay 0 --repl-ping-replica-period 1)
    rm -rf "$dir"/redis-*
    must redis_up 6379 "${replica_keys[@]}"
    for port in 6380 6381; do must redis_up "$port" --replicaof "$red" 6379 "${replica_keys[@]}"; done
    for port in 26379 26380 26381; do must sentinel_up "$port"; done
    for one in "${servers[@]}"; do
        conf_of "$one" "sentinels = ( \"$red:26379\", \"$red:26380\", \"$red:26381\" ); durability = \"replicas\"; replicas = 1"
    done
    start_all
    must crowd_begin 200 60 "${servers[@]}"
    tell skew 3800
    sleep 4
    for ((n = 1; n <= watched; n++)); do
        fault "$n" kill_master stop_master kill_server stop_server skew_server step_server partition flush
    done
    look_around
    stop_all
}

begin
need redis-server redis-server
must make_crowd_wire a b c
must make_redis_wire a b c
with_one_redis
with_sentinel
finish
