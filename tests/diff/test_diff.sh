#!/usr/bin/env bash
# diff - the same packets to Kea and to Berth, by the same configuration: confs/NAMEn.json and packets/NAMEn.txt
# (README.md). With names as arguments only these; "chance" is three pairs that chance.py makes, 40 with BERTH_SLOW set, and
# a number one of them. KEEP=FOLDER keeps the answers.
. "$(dirname "$0")/../netns/lib.sh"

export PYTHONDONTWRITEBYTECODE=1
here=$(cd "$(dirname "$0")" && pwd)
family=$1 name=diff$1
shift

# The clients' side "cli" has eth0 (clients) and rly0 (relays), the server's srv0 and srv1.
make_wires() {
    local space
    for space in srv cli; do
        space "$space" && within "$space" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
            net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_ra=0 || return
    done
    wire srv srv0 cli eth0 && wire srv srv1 cli rly0 &&
        set_mac srv srv0 02:00:00:fe:00:00 && set_mac srv srv1 02:00:00:fe:00:01 &&
        set_mac cli eth0 02:00:00:fd:00:00 && set_mac cli rly0 02:00:00:fd:00:01 &&
        make_addresses
}

# answer_arp PREFIX...: "cli" says that it has all addresses in them.
answer_arp() {
    local prefix
    for prefix in "$@"; do ip -n "berth-$$-cli" route add local "$prefix" dev lo || return; done
}

make_addresses() {
    address srv srv0 192.0.2.1/24 && address srv srv1 10.9.0.1/24 && address cli rly0 10.9.0.2/24 &&
        answer_arp 192.0.2.2/31 192.0.2.4/30 192.0.2.8/29 192.0.2.16/28 192.0.2.32/27 192.0.2.64/26 \
            192.0.2.128/25 198.51.100.0/24 203.0.113.0/24 10.9.0.4/30 10.9.0.8/29 10.9.0.16/28 10.9.0.32/27 \
            10.9.0.64/26 10.9.0.128/25 10.9.0.3/32 && ip -n "berth-$$-cli" route add 192.0.2.1/32 dev eth0 &&
        ip -n "berth-$$-srv" route add default via 10.9.0.2 &&
        address srv srv0 2001:db8:1::1/64 && address srv srv1 2001:db8:9::1/64 &&
        address cli rly0 2001:db8:9::2/64 && address cli eth0 2001:db8:1::2/64 &&
        ip -n "berth-$$-srv" -6 route add default via 2001:db8:9::2
}

# start PROGRAM: it has a /var/lib/kea of its own, which is $state here.
start() {
    state=$dir/$conf_name-${1##*/}
    log=$state.log
    mkdir -p "$state"
    become srv env KEA_DHCP_DATA_DIR=/var/lib/kea KEA_PIDFILE_DIR="$dir" KEA_LOCKFILE_DIR="$dir" \
        sh -c 'mount -t tmpfs tmpfs /var/lib && mkdir /var/lib/kea && mount --bind "$0" /var/lib/kea && exec "$@"' "$state" "$1" -c "$conf" >"$log" 2>&1 &
    server=$!
    wait_for 20 is_up && is_running && log_has "DHCP${family}_STARTED"
}

# ask_all PROGRAM: starts it, plays the list, stops it.
ask_all() {
    check "$conf_name: ${1##*/} starts" start "$1" || return
    check "$conf_name: all packets go to ${1##*/}" within cli python3 "$here/play.py" "$family" \
        "$list" "$state/answers.json"
    check "$conf_name: ${1##*/} stops" stop_server
    cp "$state/kea-leases$family.csv" "$state/leases.csv"
}

# Where Debian has Kea's libraries depends on the architecture.
hooks=$(cd /usr/lib/*/kea/hooks 2>/dev/null && pwd)

compare() {
    conf_name=$1 list=$here/packets/$1.txt
    [ -n "${1//[0-9]/}" ] || conf_name=chance$1-$family
    conf=$dir/$conf_name.json
    if [ "$conf_name" = "$1" ]; then
        sed "s|/usr/lib/kea/hooks|${hooks:-&}|" "$here/confs/$1.json" >"$conf" || return
    else
        list=$dir/$conf_name.txt
        check "$conf_name: is made" python3 "$here/chance.py" "$family" "$1" "$conf" "$list"
    fi
    ask_all "kea-dhcp$family"
    ask_all "$berthd"
    check "$conf_name: the answers are alike, but where the table says otherwise" \
        python3 "$here/compare.py" "$here/README.md" "$conf_name" "$dir/$conf_name-kea-dhcp$family" \
        "$dir/$conf_name-berthd"
    [ -z "${KEEP:-}" ] || cp -r "$dir/$conf_name"* "$KEEP"
}

need "kea-dhcp$family" "kea-dhcp$family-server"
need python3 python3
begin
must make_wires
[ $# -gt 0 ] || set -- $(cd "$here/confs" && ls -- *"$family.json" | sed 's/\.json$//')
if [ "$*" = chance ]; then
    first=${BERTH_SEED:-${BERTH_SLOW:+$((EPOCHSECONDS % 100000))}}
    set -- $(seq "${first:-1}" $((${first:-1} + ${BERTH_SLOW:+37} + 2)))
fi
for conf_name in "$@"; do
    compare "$conf_name"
done
finish
