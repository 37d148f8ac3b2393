# lib.sh - what the scripts here share: network namespaces with virtual wires, a server in one of them,
# clients in others, and counting. Sourced by test_NAME.sh; meson says where the build is, and without
# meson it is taken to be ./build.
#
# Nothing here touches the machine: every namespace is the script's own, "ip netns exec" gives each
# command a mount namespace of its own, and all files are in one folder that goes away at the end.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${BERTH_BUILD:-$top/build}
berthd=$build/core/berthd
berthctl=$build/tools/berthctl
helpers=$build/tests/netns
kinds=$build/tests/loader
export BERTH_PLUGIN_PATH=${BERTH_PLUGIN_PATH:-$build/plugins}
export LSAN_OPTIONS=${LSAN_OPTIONS:-suppressions=$top/tests/lsan.supp:print_suppressions=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}

name=$(basename "$0" .sh)
name=${name#test_}
passed=0 failed=0
family=${family:-4} # a script of DHCPv6 sets 6 before it sources this
spaces=()
server=

# ---- counting --------------------------------------------------------------------------------------

ok() {
    passed=$((passed + 1))
    printf 'ok      %s\n' "$*"
}

not_ok() {
    failed=$((failed + 1))
    printf 'FAILED  %s\n' "$*"
}

# check WHAT COMMAND...: one test.
check() {
    local what=$1
    shift
    if "$@"; then ok "$what"; else not_ok "$what: $*"; fi
}

# check_not WHAT COMMAND...: the command has to fail.
check_not() {
    local what=$1
    shift
    if "$@"; then not_ok "$what: $* should have failed"; else ok "$what"; fi
}

# check_is WHAT GOT WANTED
check_is() {
    if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: it is '$2', not '$3'"; fi
}

# wait_for SECONDS COMMAND...: until it succeeds, or the time is over.
wait_for() {
    local until=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
    shift
    until "$@" 2>/dev/null; do
        [ "${EPOCHREALTIME/[.,]/}" -lt "$until" ] || return 1
        sleep 0.05
    done
}

# ---- the beginning and the end ----------------------------------------------------------------------

skip() {
    printf 'skipped: %s: %s\n' "$name" "$*"
    exit 77
}

# need COMMAND PACKAGE: skips the script where the command is not installed.
need() {
    command -v "$1" >/dev/null || skip "$1 is not installed (package $2)"
}

# What has to work for the test to mean anything.
must() {
    "$@" && return
    not_ok "preparing: $*"
    finish
}

begin() {
    [ "$(id -u)" = 0 ] || skip "network namespaces need root"
    need ip iproute2
    ip netns add "berth-$$-try" 2>/dev/null || skip "no network namespace can be made here"
    ip netns del "berth-$$-try"
    dir=$(mktemp -d /tmp/berth-XXXXXX)
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    chmod 755 "$dir"
    conf=$dir/berth.conf log=$dir/berthd.log
    mkdir "$dir/data" "$dir/log" "$dir/run"
    export KEA_DHCP_DATA_DIR=$dir/data KEA_LOG_FILE_DIR=$dir/log KEA_CONTROL_SOCKET_DIR=$dir/run
    export BERTH_SOCKET=$dir/run/berth.sock
    leases=$dir/data/kea-leases$family.csv
}

# Whatever still runs in the script's namespaces was started by it.
clean_up() {
    local space
    for space in "${spaces[@]}"; do
        ip netns pids "$space" 2>/dev/null | xargs -r kill -KILL 2>/dev/null
        ip netns del "$space" 2>/dev/null
    done
    wait 2>/dev/null
    rm -rf "$dir"
}

finish() {
    if [ "$failed" != 0 ] && [ -f "$log" ]; then
        printf -- '---- the end of %s:\n' "$log"
        tail -n 15 "$log" | cut -c 1-240
    fi
    printf '%s: %d passed, %d failed\n' "$name" "$passed" "$failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}

# ---- wires ------------------------------------------------------------------------------------------

# space NAME: a network namespace, called NAME within the script.
space() {
    ip netns add "berth-$$-$1" && spaces+=("berth-$$-$1") && ip -n "berth-$$-$1" link set lo up
}

# within NAME COMMAND...: in the namespace.
within() {
    local space=$1
    shift
    ip netns exec "berth-$$-$space" "$@"
}

# become NAME COMMAND...: the same in place of this shell, so that $! of a "become … &" is the command.
become() {
    local space=$1
    shift
    exec ip netns exec "berth-$$-$space" "$@"
}

# wire SPACE DEVICE SPACE DEVICE: a virtual cable.
wire() {
    ip -n "berth-$$-$1" link add "$2" type veth peer name "$4" netns "berth-$$-$3" &&
        ip -n "berth-$$-$1" link set dev "$2" up && ip -n "berth-$$-$3" link set dev "$4" up
}

address() {
    ip -n "berth-$$-$1" addr add "$3" dev "$2"
}

# A server "srv" with 192.0.2.1 on "srv0", and a client "cli" whose "eth0" is on the same wire.
make_wire() {
    space srv && space cli && wire srv srv0 cli eth0 && address srv srv0 192.0.2.1/24
}

# Beside it a relay "rly" between the server's "srv1" and the client "far".
make_relay() {
    space rly && space far && wire srv srv1 rly rly0 && wire rly rly1 far eth0 &&
        address srv srv1 10.9.0.1/24 && address rly rly0 10.9.0.2/24 &&
        address rly rly1 198.51.100.1/24 &&
        ip -n "berth-$$-srv" route add 198.51.100.0/24 via 10.9.0.2 &&
        within rly sysctl -qw net.ipv4.ip_forward=1
}

start_relay() {
    become rly dhcrelay -d -4 -pf "$dir/dhcrelay.pid" -id rly1 -iu rly0 10.9.0.1 >"$dir/dhcrelay.log" 2>&1 &
    wait_for 5 grep -q 'Sending on' "$dir/dhcrelay.log"
}

# The same wires for IPv6: "srv0" and the client's "eth0"; a relay between the server's "srv1" and "far".
# Link-local addresses are good at once.
make_wires6() {
    local space
    for space in srv cli rly far; do
        space "$space" && within "$space" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
            net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_ra=0 || return
    done
    wire srv srv0 cli eth0 && wire srv srv1 rly rly0 && wire rly rly1 far eth0 &&
        address srv srv0 2001:db8:1::1/64 && address srv srv1 2001:db8:9::1/64 &&
        address rly rly0 2001:db8:9::2/64 && address rly rly1 2001:db8:2::1/64 &&
        ip -n "berth-$$-srv" -6 route add 2001:db8:2::/64 via 2001:db8:9::2 &&
        within rly sysctl -qw net.ipv6.conf.all.forwarding=1
}

# start_relay6 [UPPER]: where to relay to; without, to the group ff02::1:2 of "rly0".
start_relay6() {
    become rly dhcrelay -d -6 -pf "$dir/dhcrelay.pid" -l rly1 -u "${1:+$1%}rly0" >"$dir/dhcrelay.log" 2>&1 &
    relay=$!
    wait_for 5 grep -q 'Sending on' "$dir/dhcrelay.log"
}

# set_mac SPACE DEVICE MAC
set_mac() {
    ip -n "berth-$$-$1" link set dev "$2" address "$3"
}

# ---- the server ---------------------------------------------------------------------------------------

# write_conf INTERFACES [OTHER_MAPS] <<…: a configuration; the input is what goes into Dhcp4 or Dhcp6. Leases are where
# $lease_database says; unless it does, in a file, with $store_keys.
write_conf() {
    local database=${lease_database:-"type = \"memfile\"; name = \"kea-leases$family.csv\"; ${store_keys:-}"}
    cat >"$conf" <<CONF
Dhcp$family = {
    interfaces-config = { interfaces = ( $1 ); };
    lease-database = { $database };
    control-sockets = ( { socket-type = "unix"; socket-name = "berth.sock"; } );
$(cat)
};
${2:-}
CONF
}

log_has() {
    grep -qE -- "$1" "$log"
}

is_running() {
    kill -0 "$server" 2>/dev/null
}

is_up() {
    ! is_running || log_has "DHCP${family}_STARTED"
}

# start_server OPTION...: in the namespace "srv"; fails when it does not come up.
start_server() {
    rm -f "$log"
    become srv "$berthd" -c "$conf" "$@" >"$log" 2>&1 &
    server=$!
    wait_for 30 is_up && is_running && log_has "DHCP${family}_STARTED"
}

# stop_server [SIGNAL]: the exit status is the server's, or 99 when a sanitizer had something to say.
stop_server() {
    local status
    kill "-${1:-TERM}" "$server"
    wait "$server"
    status=$?
    server=
    grep -E 'Sanitizer|runtime error' "$log" && return 99
    return "$status"
}

# is_served NAME: as the log says; the newest of its lines about the interface counts.
is_served() {
    grep -E "interface $1 is (not )?served" "$log" | tail -n 1 | grep -q BERTH_LINK_OPEN
}

is_not_served() {
    ! is_served "$1"
}

# sockets STATUS: "ready" or "retrying", as status-get has it.
sockets() {
    "$berthctl" -r status-get | grep -o "\"sockets\": *{ *\"status\": *\"$1\"" >/dev/null
}

# stat NAME: the value of a counter.
stat() {
    "$berthctl" -r statistic-get "{ \"name\": \"$1\" }" | sed -n "s/.*\"$1\": *\[ *\[ *\([0-9]*\).*/\1/p"
}

# last_row MAC: the newest row of the lease file with that hardware address.
last_row() {
    grep -F ",$1," "$leases" | tail -n 1
}

rows_of() {
    grep -cF ",$1," "$leases"
}

# field NUMBER ROW
field() {
    cut -d, -f"$1" <<<"$2"
}

# ask SPACE OPTION...: one message by tests/netns/ask.c; prints the answer, or "silence".
ask() {
    local space=$1
    shift
    within "$space" "$helpers/netns_ask" "$@"
}
