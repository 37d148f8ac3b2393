#!/usr/bin/env bash
# quickstart - the demonstration shows both families and leaves nothing behind; --serve serves the families
# that an interface has. On the build of this test, so nothing is built or installed.
. "$(dirname "$0")/lib.sh"

# quickstart BUILD ARGUMENT...: $! and $$ within are the same.
quickstart() {
    local build=$1
    shift
    TMPDIR=$dir/tmp BERTH_BUILD=$build BERTH_STATE=$dir/state "$top/tools/quickstart" "$@" >"$dir/out" 2>&1 &
    pid=$!
    wait "$pid"
}

says() {
    grep -qE -- "$1" "$dir/out"
}

# try SPACE ADDRESSES: the server that --serve makes of the interface eth0, until it answers or ends.
try() {
    local space=$1 addr
    shift
    space "$space" && within "$space" ip link add eth0 type veth peer name peer0 &&
        within "$space" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad' &&
        within "$space" ip link set peer0 up && within "$space" ip link set eth0 up || return
    for addr; do address "$space" eth0 "$addr" || return; done
    rm -rf "$dir/state"
    TMPDIR=$dir/tmp BERTH_BUILD=$build BERTH_STATE=$dir/state \
        become "$space" "$top/tools/quickstart" --serve eth0 >"$dir/out" 2>&1 &
    serving=$!
}

# served WHAT PATTERN...: all of them are said within a while; then Ctrl-C.
served() {
    local what=$1 pattern
    shift
    for pattern; do check "$what: $pattern" wait_for 10 says "$pattern"; done
    check "$what: berthd takes the configuration" "$berthd" -t "$dir/state/berth.conf"
    kill -TERM "$serving"
    wait "$serving" 2>/dev/null
    check_is "$what: nothing runs on" "$(ip netns pids "${spaces[-1]}")" ""
}

need dhcpcd dhcpcd-base
need python3 python3
begin
mkdir "$dir/tmp"

quickstart "$build"
check_is "the demonstration succeeds" $? 0
check "an IPv4 address" says '^The client has: +192\.0\.2\.[0-9]+/24$'
check "an IPv6 address" says '^ +2001:db8:1::1[0-9a-f]+$'
check "a prefix" says 'the prefix +2001:db8:100:.*/56$'
check "what the log says" says 'DHCP4_LEASE_ALLOC .* 192\.0\.2\.'
check "of the IPv6 address" says 'DHCP6_LEASE_ALLOC .* 2001:db8:1::'
check "of the prefix" says 'DHCP6_PD_LEASE_ALLOC .* 2001:db8:100:'
check "rows of the lease files" says '^ +2001:db8:100:.*,2,56,0,0,'
check "and a command" says 'A command answers: .*"result": 0'
check_is "no namespace is left" "$(ip netns list | grep -E "^berth-(server|client)-$pid")" ""
check_is "no file is left" "$(ls "$dir/tmp")" ""
[ "$failed" = 0 ] || cat "$dir/out"

must try both 192.0.2.1/24 2001:db8:7:8::1/64
served "both" 'serving 192\.0\.2\.128 to 192\.0\.2\.254 on eth0' 'serving 2001:db8:7:8::d:0 to 2001:db8:7:8::d:ffff' \
    DHCP4_STARTED DHCP6_STARTED 'BERTH_LINK_OPEN.* port 67' 'BERTH_LINK_OPEN.* port 547'

must try four 198.51.100.200/25
served "IPv4 alone" 'no global IPv6 address' 'serving 198\.51\.100\.201 to 198\.51\.100\.254' DHCP4_STARTED
check_not "IPv4 alone: no Dhcp6" grep -q Dhcp6 "$dir/state/berth.conf"

must try six 2001:db8:aaaa::5/56
served "IPv6 alone" 'no IPv4 address' 'serving 2001:db8:aaaa::d:0' DHCP6_STARTED
check_not "IPv6 alone: no Dhcp4" grep -q Dhcp4 "$dir/state/berth.conf"

must try none
wait "$serving"
check_is "an interface without addresses is refused" $? 1
check "with a reason" says 'has no address of a network that can be served'

quickstart "$build" --serve nowhere0
check_is "an interface that is not there is refused" $? 1
check "with a reason" says "there is no interface 'nowhere0'"

mkdir "$dir/bare" && ln -s "$build/core" "$dir/bare/core"
quickstart "$dir/bare"
check_is "a server that does not start ends it" $? 1
check "with a reason" says 'berthd did not start: .*plugin'
check_is "and still no file is left" "$(ls "$dir/tmp")" ""
finish
