# crowd.sh - what the scripts with hundreds of virtual clients share: servers "a", "b", "c" on one wire,
# the clients (crowd.c) on the same, faults that a seed chooses, and the looks at the end. Sourced after
# lib.sh.
#
# A seed is one series of faults, not one history: real processes have their own time. Replay a failing
# one with BERTH_SEED=N; the history is then in /tmp/berth-crowd-N.txt, as it is after any failure.

# The quick suite plays one that is known; --slow another one each time.
seed=${BERTH_SEED:-${BERTH_SLOW:+$((EPOCHSECONDS % 100000))}}
seed=${seed:-4711}
RANDOM=$seed
declare -A pid_of
crowd_out= crowd_in= crowd_pid=

address_of() {
    case $1 in
    a) echo 10.9.0.1 ;;
    b) echo 10.9.0.2 ;;
    c) echo 10.9.0.3 ;;
    esac
}

# ---- chance: never in a subshell, where it would not go on from the seed ----------------------------

# pick NUMBER: 0 to NUMBER - 1, in $picked.
pick() {
    picked=$((RANDOM % $1))
}

# pick_word WORD...: one of them, in $picked.
pick_word() {
    pick $#
    shift "$picked"
    picked=$1
}

# ---- the network -------------------------------------------------------------------------------------

# make_crowd_wire SERVER...: each server's "eth0" and the clients' bridge "br0", where all of
# 192.0.2.0/24 is at home, as are the relay 192.0.2.254 and the clients of DHCPv6.
make_crowd_wire() {
    local one
    space cli && ip -n "berth-$$-cli" link add br0 type bridge mcast_snooping 0 &&
        ip -n "berth-$$-cli" link set br0 up && address cli br0 10.9.0.100/24 &&
        ip -n "berth-$$-cli" route add local 192.0.2.0/24 dev lo || return
    for one; do
        space "$one" && within "$one" sysctl -qw net.ipv6.conf.default.accept_dad=0 &&
            wire "$one" eth0 cli "to-$one" && ip -n "berth-$$-cli" link set "to-$one" master br0 &&
            address "$one" eth0 "$(address_of "$one")/24" &&
            ip -n "berth-$$-$one" route add 192.0.2.0/24 via 10.9.0.100 || return
        mkdir -p "$dir/$one/data" "$dir/$one/log" "$dir/$one/run" "$dir/$one/faults" || return
    done
}

# ---- the servers ---------------------------------------------------------------------------------------

# crowd_conf SERVER STORE4 STORE6 [PLUGINS]: more clients than addresses, and times of seconds.
crowd_conf() {
    cat >"$dir/$1/berth.conf" <<CONF
${4:-}
Dhcp4 = {
    interfaces-config = { interfaces = ( "eth0" ); dhcp-socket-type = "udp"; };
    lease-database = { $2 };
    control-sockets = ( { socket-type = "unix"; socket-name = "berth.sock"; } );
    loggers = ( { name = "kea-dhcp4"; severity = "WARN"; }, { name = "kea-dhcp4.dhcp4"; severity = "INFO"; } );
    valid-lifetime = 20;
    decline-probation-period = 40;
    expired-leases-processing = { reclaim-timer-wait-time = 2; hold-reclaimed-time = 20; };
    subnet4 = ( { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.2.10 - 192.0.2.173"; } );
        reservations = ( { hw-address = "02:ff:00:00:00:01"; ip-address = "192.0.2.171"; },
                         { hw-address = "02:ff:00:00:00:02"; ip-address = "192.0.2.172"; },
                         { hw-address = "02:ff:00:00:00:03"; ip-address = "192.0.2.173"; } ); } );
};
Dhcp6 = {
    interfaces-config = { interfaces = ( "eth0" ); };
    lease-database = { $3 };
    loggers = ( { name = "kea-dhcp6"; severity = "WARN"; } );
    valid-lifetime = 20; preferred-lifetime = 15;
    decline-probation-period = 40;
    expired-leases-processing = { reclaim-timer-wait-time = 2; hold-reclaimed-time = 20; };
    subnet6 = ( { id = 1; subnet = "2001:db8:1::/64"; interface = "eth0";
                  pools = ( { pool = "2001:db8:1::10 - 2001:db8:1::2f"; } );
                  pd-pools = ( { prefix = "2001:db8:a000::"; prefix-len = 58; delegated-len = 64; } ); } );
};
CONF
}

has_started() {
    grep -q DHCP4_STARTED "$dir/$1/log.now" || ! kill -0 "${pid_of[$1]}"
}

begin_server() {
    (
        export KEA_DHCP_DATA_DIR=$dir/$1/data KEA_LOG_FILE_DIR=$dir/$1/log KEA_CONTROL_SOCKET_DIR=$dir/$1/run
        export LD_PRELOAD=$helpers/netns_faults.so BERTH_FAULTS=$dir/$1/faults
        export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
        become "$1" "$berthd" -c "$dir/$1/berth.conf" >"$dir/$1/log.now" 2>&1
    ) &
    pid_of[$1]=$!
}

# crowd_server SERVER: starts it and waits until it serves.
crowd_server() {
    [ ! -e "$dir/$1/log.now" ] || cat "$dir/$1/log.now" >>"$dir/$1/log.all"
    begin_server "$1"
    wait_for 30 has_started "$1" && kill -0 "${pid_of[$1]}"
}

# signal_server SERVER SIGNAL
signal_server() {
    kill "-$2" "${pid_of[$1]}"
}

kill_server() {
    signal_server "$1" KILL
    wait "${pid_of[$1]}" 2>/dev/null || true
}

# stat_of SERVER NAME
stat_of() {
    BERTH_SOCKET=$dir/$1/run/berth.sock stat "$2"
}

# complaints [PATTERN [BUT]]: what no fault of ours explains, in any log of the servers.
complaints() {
    cat "$dir"/*/log.all "$dir"/*/log.now 2>/dev/null | grep -E "${1:- (ERROR|FATAL) |Sanitizer|runtime error}" |
        grep -vE "${2:-^$}" | sort | uniq -c | head -n 5
}

# ---- the clients ---------------------------------------------------------------------------------------

# crowd_begin CLIENTS CLIENTS6 SERVER...
crowd_begin() {
    local n=$1 n6=$2 one servers=()
    shift 2
    for one; do servers+=("$(address_of "$one")"); done
    mkfifo "$dir/crowd.in" "$dir/crowd.out" || return
    become cli "$helpers/netns_crowd" "$seed" "$n" "$n6" br0 192.0.2.254 "$dir/history" "${servers[@]}" \
        <"$dir/crowd.in" >"$dir/crowd.out" 2>"$dir/crowd.err" &
    crowd_pid=$!
    exec {crowd_in}>"$dir/crowd.in" {crowd_out}<"$dir/crowd.out"
    hear 20
    [ "$heard" = ready ]
}

tell() {
    echo "$*" >&"$crowd_in"
}

# hear SECONDS: the clients' next answer, in $heard.
hear() {
    heard=
    read -r -t "$1" -u "$crowd_out" heard
}

# heard_is PATTERN
heard_is() {
    [[ $heard == $1 ]]
}

# One fault is over: within 10 s (INV-16) clients are answered again.
recovered() {
    tell recover 10
    hear 20 || heard="no answer within 20 s"
    tell calm
}

# sweep SERVER...: each server renews what any of them has promised.
sweep() {
    local one
    for one; do
        tell sweep "$(address_of "$one")"
        hear 10
        check "server $one renews every promised lease: $heard" heard_is 'confirmed [1-9]*'
    done
}

# The clients' last word; what is broken is in it.
crowd_end() {
    local status
    tell end
    hear 5
    exec {crowd_in}>&- {crowd_out}<&-
    wait "$crowd_pid"
    status=$?
    [ "$status" = 0 ] && [ -z "${BERTH_SEED:-}" ] || cp "$dir/history" "/tmp/berth-crowd-$seed.txt"
    [ ! -s "$dir/crowd.err" ] || cat "$dir/crowd.err"
    check "seed $seed: $heard" [ "$status" = 0 ]
}
