#!/usr/bin/env bash
# crowd - 200 clients of DHCPv4 and 60 of DHCPv6 that obey the RFCs' timers, at one server with its leases
# in files, while it is killed, stopped for some seconds, killed while it starts, cut from its clients, or
# its disk does not take what is written or synced: none loses what it was promised, what is released then
# is nobody's before that is stored, and each is served again soon. 5 faults, 40 with BERTH_SLOW set;
# BERTH_SEED=N takes the faults of that seed.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crowd.sh"

faults=5
[ -z "${BERTH_SLOW:-}" ] || faults=40

# half_started: killed while it reads what it has written.
half_started() {
    begin_server a
    sleep "0.0$1"
    kill_server a
}

# Addresses are offered meanwhile, and none is given. Long enough for some who release, and others who ask.
without_disk() {
    pick_word write sync
    touch "$dir/a/faults/$picked"
    tell unstored
    sleep 5
    tell stored
    rm "$dir/a/faults/$picked"
}

# fault N [KIND]: one of them, as the seed has it, or that one.
fault() {
    local kind hold
    pick_word kill stop kill_twice cut disk
    kind=${2:-$picked}
    pick 40
    hold=$((picked / 10)).$((picked % 10))
    tell "outage $kind for $hold s"
    case $kind in
    kill*) kill_server a && sleep "$hold" ;;
    stop) signal_server a STOP && sleep 5 && signal_server a CONT ;;
    disk) without_disk && hold=5 ;;
    cut) ip -n "berth-$$-cli" link set to-a down && sleep "$hold" && ip -n "berth-$$-cli" link set to-a up ;;
    esac
    pick 10
    [ "$kind" != kill_twice ] || half_started "$picked"
    case $kind in kill*) crowd_server a ;; esac
    recovered
    check "fault $1, $kind for $hold s: $heard" heard_is 'recovered *'
    pick 20
    sleep "$((1 + picked / 10)).$((picked % 10))"
}

active_leases() {
    awk -F, 'NR > 1 && FNR > 1 { state[$1] = $10; if ($4 == 0) delete state[$1] }
        END { for (a in state) n += state[a] < 2; print n + 0 }' "$dir"/a/data/kea-leases4.csv.[21] \
        "$dir/a/data/kea-leases4.csv" 2>/dev/null
}

begin
must make_crowd_wire a
crowd_conf a 'type = "memfile"; lfc-growth-rows = 200;' 'type = "memfile"; lfc-growth-rows = 200;'
must crowd_server a
must crowd_begin 200 60 a
sleep 9.5
fault 1 disk # when the first ones release
for ((n = 2; n <= faults; n++)); do fault "$n"; done
sweep a
crowd_end
check_is "INV-13: the file has as many addresses as the server" "$(active_leases)" "$(stat_of a assigned-addresses)"
check "INV-07: releases were lost, and others not stored" heard_is '*[1-9]* releases lost and [1-9]*'
check_is "nothing is complained about but the disk" "$(complaints '' 'LEASE_FILE_FAILED')" ""
finish
