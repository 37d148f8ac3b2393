# lib.sh - what the measurements here share: a release build, a virtual wire with a server on one side and
# berthperf on the other, the servers to compare, and medians. Sourced, not run.
#
# Results are numbers in files: $dir/result-NAME has a line a run, in the order of the runs.

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${BERTH_BUILD:-$bench/../../build-bench}
export BERTH_BUILD=$build
. "$bench/../../tools/common.sh"
hz=$(getconf CLK_TCK)
relay=192.0.2.2 relay6=2001:db8:1::2
pool="10.16.0.0 - 10.127.255.255"
pool6=2001:db8:1:0:1::/80 pd_pool6=3fff:100:: # a /32 of /56
profile_dir= redis_server=

# The folder of the build, with all that is measured; the rest of the tests is not built.
build_bench() {
    build_targets=bench build "$build" --buildtype=release -Db_lto=true || die "the build failed"
    . "$bench/../netns/lib.sh"
    export BERTH_PLUGIN_PATH=$build/plugins:$build/tests/bench
}

# A wire whose client's side is a relay; exits where there can't be one.
make_bench() {
    begin
    must make_wire
    must address cli eth0 "$relay/24"
    must ip -n "berth-$$-cli" addr add "$relay6/64" dev eth0 nodad
    must ip -n "berth-$$-srv" addr add 2001:db8:1::1/64 dev srv0 nodad
    [ "$(findmnt -no FSTYPE -T "$dir")" != tmpfs ] || die "$dir is in memory: what is synced there says nothing"
}

progress() {
    printf '%4ds  %s\n' "$SECONDS" "$*" >&2
}

# ---- servers ------------------------------------------------------------------------------------

# Of all that follows; in DHCPv6 also what berthperf asks for.
family=4 lease_type=address-only null_options=

# Berth's part of the configuration that differs from run to run; of the logger that berth_info names INFO is logged.
berth_store= berth_plugins= berth_info=

# logger NAME SEVERITY: into the file berth.log.
logger() {
    printf '{ name = "%s"; severity = "%s"; output-options = ( { output = "berth.log"; } ); }' "$1" "$2"
}

berth_loggers() {
    case $berth_info in
    kea-dhcp4) logger kea-dhcp4 INFO ;;
    "") logger kea-dhcp4 WARN ;;
    *) logger kea-dhcp4 WARN && echo , && logger "$berth_info" INFO ;;
    esac
}

berth_conf4() { # [INTERFACES]
    store_keys=$berth_store write_conf "${1-\"srv0\"}" "plugins = ( $berth_plugins );" <<CONF
    loggers = ( $(berth_loggers) );
    subnet4 = ( { id = 1; subnet = "10.0.0.0/8"; relay = { ip-addresses = ( "$relay" ); };
                  pools = ( { pool = "$pool"; } ); } );
CONF
}

berth_conf6() {
    write_conf '"srv0/2001:db8:1::1"' <<CONF
    loggers = ( { name = "kea-dhcp6"; severity = "WARN"; } );
    subnet6 = ( { id = 1; subnet = "2001:db8:1::/64"; pools = ( { pool = "$pool6"; } );
                  pd-pools = ( { prefix = "$pd_pool6"; prefix-len = 32; delegated-len = 56; } ); } );
CONF
}

# start_redis APPENDFSYNC: on a UNIX socket, as its package has it but that every write is in its log.
start_redis() {
    mkdir "$dir/redis"
    become srv redis-server --port 0 --unixsocket "$dir/redis/socket" --dir "$dir/redis" --save "" \
        --appendonly yes --appendfsync "$1" >"$dir/redis.log" 2>&1 &
    redis_server=$!
    wait_for 10 redis-cli -s "$dir/redis/socket" ping >/dev/null || die "redis-server: $(tail -n 2 "$dir/redis.log")"
}

# Redis waits for its disk where a sync takes more than two seconds, and so does everybody then.
end_redis() {
    local delayed
    delayed=$(redis-cli -s "$dir/redis/socket" info persistence | sed -n 's/^aof_delayed_fsync:\([0-9]*\).*/\1/p')
    [ "$delayed" = 0 ] || progress "redis-server waited for its disk $delayed times"
    kill -KILL "$redis_server"
    wait "$redis_server" 2>/dev/null
    redis_server=
    rm -rf "$dir/redis"
}

# redis_conf4 APPENDFSYNC: Berth's leases are in a Redis of their own.
redis_conf4() {
    local lease_database="type = \"redis\"; unix-socket = \"$dir/redis/socket\";"
    start_redis "$1" && berth_conf4
}

kea_conf4() { # THREADS
    cat >"$dir/kea.conf" <<CONF
{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ "srv0" ], "dhcp-socket-type": "udp" },
    "multi-threading": { "enable-multi-threading": $1, "thread-pool-size": 2, "packet-queue-size": 256 },
    "lease-database": { "type": "memfile", "persist": true, "name": "$dir/data/kea.csv", "lfc-interval": 0 },
    "valid-lifetime": 7200,
    "loggers": [ { "name": "kea-dhcp4", "severity": "WARN", "output_options": [ { "output": "$dir/kea.log" } ] } ],
    "subnet4": [ { "id": 1, "subnet": "10.0.0.0/8", "relay": { "ip-addresses": [ "$relay" ] },
        "pools": [ { "pool": "$pool" } ] } ] } }
CONF
}

kea_conf6() { # THREADS
    cat >"$dir/kea.conf" <<CONF
{ "Dhcp6": {
    "data-directory": "$dir/data",
    "interfaces-config": { "interfaces": [ "srv0/2001:db8:1::1" ] },
    "multi-threading": { "enable-multi-threading": $1, "thread-pool-size": 2, "packet-queue-size": 256 },
    "lease-database": { "type": "memfile", "persist": true, "name": "$dir/data/kea.csv", "lfc-interval": 0 },
    "valid-lifetime": 7200,
    "loggers": [ { "name": "kea-dhcp6", "severity": "WARN", "output_options": [ { "output": "$dir/kea.log" } ] } ],
    "subnet6": [ { "id": 1, "subnet": "2001:db8:1::/64", "pools": [ { "pool": "$pool6" } ],
        "pd-pools": [ { "prefix": "$pd_pool6", "prefix-len": 32, "delegated-len": 56 } ] } ] } }
CONF
}

perf6() { # OPTION...
    within cli "$build/tools/berthperf" -6 -e "$lease_type" -t 0 --json -g "$relay6" "$@" 2001:db8:1::1
}

perf4() { # OPTION...
    within cli "$build/tools/berthperf" -t 0 --json -g "$relay" "$@" 192.0.2.1
}

# One DISCOVER or SOLICIT of a client that is nobody else's.
answers() {
    "perf$family" -i -n 1 -d 0.05 -b mac=0a:00:00:00:00:01 >/dev/null 2>&1
}

# start KIND: does not wait. On what the lease files are just then.
start() {
    local command
    case $1 in
    berth) "berth_conf$family" && command=("$berthd" -c "$conf") ;;
    redis) redis_conf4 everysec && command=("$berthd" -c "$conf") ;;
    redis-always) redis_conf4 always && command=("$berthd" -c "$conf") ;;
    null | null-merging) command=("$build/tools/berthperf" "-$family" --null $null_options -q -p 3600) ;;
    kea) "kea_conf$family" false ;;
    kea-threads) "kea_conf$family" true ;;
    esac
    [ "${1#kea}" = "$1" ] ||
        command=(env KEA_PIDFILE_DIR="$dir" KEA_LOCKFILE_DIR="$dir" "kea-dhcp$family" -c "$dir/kea.conf")
    become srv "${command[@]}" >"$log" 2>&1 &
    server=$!
}

answers_or_ends() {
    ! is_running || answers
}

# begin_server KIND: until it answers.
begin_server() {
    start "$1"
    wait_for 120 answers_or_ends && is_running || die "$1 does not serve: $(tail -n 2 "$log")"
}

end_server() {
    kill -KILL "$server" 2>/dev/null
    wait "$server" 2>/dev/null
    server=
    [ -z "$redis_server" ] || end_redis
    rm -f "$dir"/data/* "$dir"/log/*
}

# cpu_ticks [PID]: of all threads; what the kernel does for a packet on the server's time is in it.
cpu_ticks() {
    awk '{ print $14 + $15 }' "/proc/${1:-$server}/stat"
}

rss_kb() {
    awk '/^VmRSS:/ { print $2 }' "/proc/$server/status"
}

# ---- load ---------------------------------------------------------------------------------------

# play NAME OPTION...: berthperf against the server; $dir/perf.json has what came of it.
play() {
    local name=$1 watcher= status
    shift
    if [ -n "$profile_dir" ]; then
        perf record -q -F 1999 -p "$server${redis_server:+,$redis_server}" -o "$profile_dir/$name.data" >/dev/null 2>&1 &
        watcher=$!
    fi
    "perf$family" "$@" >"$dir/perf.json" 2>"$dir/perf.err"
    status=$?
    [ -z "$watcher" ] || { kill -INT "$watcher" && wait "$watcher"; }
    [ "$status" = 0 ] || [ "$status" = 3 ] || die "berthperf against $name: $(tail -n 2 "$dir/perf.err")"
    [ "$(number drops)" = 0 ] || progress "$name: $(number drops) exchanges were dropped"
}

# profiles: what the watchers saw, as text.
profiles() {
    local data
    for data in "$profile_dir"/*.data; do
        [ ! -e "$data" ] || perf report -i "$data" --stdio --no-children --percent-limit 0.5 2>/dev/null |
            grep -v '^$' >"${data%.data}.txt"
    done
}

# number KEY...: of $dir/perf.json, each key looked for behind the one before.
number() {
    awk -v keys="$*" '
        { text = text $0 }
        END {
            n = split(keys, key, " ")
            for (i = 1; i <= n; i++) {
                if (!(at = index(text, "\"" key[i] "\":"))) exit 1
                text = substr(text, at + length(key[i]) + 3)
            }
            match(text, /[0-9.]+/)
            print substr(text, RSTART, RLENGTH)
        }' "$dir/perf.json"
}

# write_leases FILE N: as Kea 2.2 would; clients that berthperf does not play.
write_leases() {
    awk -v n="$2" -v end=$(($(date +%s) + 86400)) 'BEGIN {
        print "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context"
        for (i = 0; i < n; i++) {
            b = int(i / 65536); c = int(i / 256) % 256; d = i % 256
            mac = sprintf("02:00:00:%02x:%02x:%02x", b, c, d)
            printf "10.%d.%d.%d,%s,01:%s,86400,%d,1,0,0,,0,\n", 16 + b, c, d, mac, mac, end + i % 3600
        } }' >"$1"
    sync "$1"
}

# ---- numbers ------------------------------------------------------------------------------------

result() { # NAME VALUE
    echo "$2" >>"$dir/result-$1"
}

# calc FORMAT EXPRESSION
calc() {
    awk "BEGIN { printf \"$1\", ($2) }"
}

median_of() {
    sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

median() { # NAME
    median_of <"$dir/result-$1"
}

# ratio A B: the median of what the nth run of A is to the nth run of B.
ratio() {
    paste "$dir/result-$1" "$dir/result-$2" | awk '{ print $1 / $2 }' | median_of
}

# neighbours A B: runs were B, A, B, A, …: the median of each A to the B before and after it.
neighbours() {
    paste -d '\n' "$dir/result-$2" "$dir/result-$1" | awk '
        { v[NR] = $1 }
        END { for (i = 2; i <= NR; i++) print i % 2 ? v[i - 1] / v[i] : v[i] / v[i - 1] }' | median_of
}

# least NAME...: that with the least median; most NAME...
least() {
    for name; do echo "$(median "$name") $name"; done | sort -n | sed -n '1s/.* //p'
}

most() {
    for name; do echo "$(median "$name") $name"; done | sort -n | sed -n '$s/.* //p'
}

cpu_per_exchange() { # TICKS-BEFORE [PID]
    calc %.2f "($(cpu_ticks "${@:2}") - $1) / $hz * 1e6 / $(number rate done)"
}
