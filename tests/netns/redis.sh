# redis.sh - servers of Redis for the scripts with virtual clients: in a namespace "red" of their own, each
# with its data in a folder of its port. Sourced after crowd.sh.

red=10.8.0.100
declare -A redis_pid # of the port

# make_redis_wire SERVER...: each server's "eth1", and Redis in "red" behind a bridge.
make_redis_wire() {
    local one
    space red && ip -n "berth-$$-red" link add br1 type bridge && ip -n "berth-$$-red" link set br1 up &&
        address red br1 "$red/24" || return
    for one; do
        wire "$one" eth1 red "to-$one" && ip -n "berth-$$-red" link set "to-$one" master br1 &&
            address "$one" eth1 "$(address_of "$one" | sed 's/10\.9/10.8/')/24" || return
    done
}

# redis_up PORT OPTION...: a Redis whose data is in a folder of the port; started again with what is there.
redis_up() {
    local port=$1
    shift
    mkdir -p "$dir/redis-$port"
    become red redis-server --bind "$red" 127.0.0.1 --port "$port" --dir "$dir/redis-$port" \
        --appendonly yes --save '' --protected-mode no --maxmemory-policy noeviction "$@" \
        >>"$dir/redis-$port/log" 2>&1 &
    redis_pid[$port]=$!
    wait_for 10 redis_says "$port" PONG ping
}

# redis_says PORT WORD COMMAND...
redis_says() {
    local port=$1 word=$2
    shift 2
    redis_do "$port" "$@" | grep -q "$word"
}

# redis_do PORT COMMAND...: by a connection of bash's, since redis-cli may not be there.
redis_do() {
    within red timeout 3 bash -c 'exec 3<>/dev/tcp/127.0.0.1/$0 && echo "$*" >&3 && echo QUIT >&3 && cat <&3' "$@"
}

redis_kill() {
    kill -KILL "${redis_pid[$1]}"
    wait "${redis_pid[$1]}" 2>/dev/null || true
}

# redis_keep PORT NAME: a copy of its data as they are now, while it runs.
redis_keep() {
    rm -rf "$dir/kept-$2"
    cp -r "$dir/redis-$1/appendonlydir" "$dir/kept-$2"
}

# redis_put PORT NAME: those data in place of its own, or none without a name; it must be down.
redis_put() {
    rm -rf "$dir/redis-$1/appendonlydir"
    [ -z "${2:-}" ] || cp -r "$dir/kept-$2" "$dir/redis-$1/appendonlydir"
}
