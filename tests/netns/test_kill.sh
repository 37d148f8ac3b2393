#!/usr/bin/env bash
# kill - the server is killed (SIGKILL) while clients get, renew and release leases, and started again,
# 20 times, 200 with BERTH_SLOW set: every lease that was acknowledged is in the file, is renewed to the
# same address, no address belongs to two, and the server that starts has just the addresses that the file
# had. Every second kill comes soon after a clean-up was begun, and some have to meet it; every third time it is
# killed once more while it starts.
. "$(dirname "$0")/lib.sh"

all_series=1
[ -z "${BERTH_SLOW:-}" ] || all_series=10
relay=10.0.0.2
first=1
met=0

load() {
    within cli "$helpers/netns_load" "$1" "$dir/record" "$relay" 192.0.2.1 "$2"
}

# The files of the store in the order in which a start reads them: a clean-up may be under way.
store() {
    local file files="$leases.2 $leases.1"
    [ ! -e "$leases.completed" ] || files=$leases.completed
    for file in $files "$leases"; do
        [ ! -e "$file" ] || echo "$file"
    done
}

# Leases of the record that the store lacks, or has with another client, inactive, or ending earlier; clients
# that it has twice. The last line is how many active leases there are.
look_into_store() {
    awk -F'[, ]' -v now="$(date +%s)" '
        stored && NF < 12 { next } # torn: it was not acknowledged
        stored && $4 == 0 { delete client[$1]; next }
        stored { client[$1] = $2; expire[$1] = $5; state[$1] = $10; next }
        { what[$2] = $1; mac[$2] = $3; addr[$2] = $4; until[$2] = $5 }
        END {
            for (c in what) {
                a = addr[c]
                if (what[c] == "ack" && until[c] > now &&
                    (client[a] != mac[c] || state[a] != 0 || expire[a] < until[c] - 1))
                    print "lost:", mac[c], a, "until", until[c], "- the file has", client[a], state[a], expire[a]
            }
            for (a in client) {
                if (state[a] != 0) continue
                if (client[a] in owner) print "twice:", client[a], "has", owner[client[a]], "and", a
                owner[client[a]] = a
                active++
            }
            print active + 0
        }' stored=1 $(store) stored= "$dir/record"
}

kill_server() {
    kill -KILL "$server"
    wait "$server" 2>/dev/null
    server=
}

meets_cleanup() {
    [ -e "$leases.1" ] || [ -e "$leases.completed" ]
}

begin_cleanup() {
    "$berthctl" kea-lfc-start >/dev/null 2>&1
    sleep "0.0$((RANDOM % 2))$((RANDOM % 10))"
}

# Killed while it reads what it has written.
kill_while_starting() {
    become srv "$berthd" -c "$conf" >"$log" 2>&1 &
    server=$!
    sleep "0.0$((RANDOM % 6))"
    kill_server
}

# Prints what is wrong; nothing when all is well.
round() {
    local filler answer found said
    load fill "$first" >"$dir/fill" &
    filler=$!
    sleep "0.$((RANDOM % 4))$((RANDOM % 10 + 1))"
    is_running || echo "the server had ended"
    [ $(($1 % 2)) = 0 ] || begin_cleanup
    kill_server
    ! meets_cleanup || met=$((met + 1))
    wait "$filler" || echo "while it ran: $(cat "$dir/fill")"
    [ $(($1 % 3)) != 0 ] || kill_while_starting
    # While nobody writes: a clean-up would move rows from file to file under our eyes.
    found=$(look_into_store)
    start_server || { echo "it does not start again: $(tail -n 1 "$log")"; return; }
    echo "$found" | sed '$d' | head -n 3
    [ "$(stat assigned-addresses)" = "${found##*$'\n'}" ] ||
        echo "the file had ${found##*$'\n'} addresses, the server has $(stat assigned-addresses)"
    answer=$(load check "$first") || echo "$answer"
    said=$(grep -cE ' (ERROR|FATAL) ' "$log")
    [ "$said" = 0 ] || grep -E -m 3 ' (ERROR|FATAL) ' "$log"
    first=$(sed 's/.*next client //' "$dir/fill")
}

begin
must make_wire
must address cli eth0 192.0.2.2/24
must address cli eth0 "$relay/32"
must ip -n "berth-$$-srv" route add "$relay" dev srv0
store_keys='lfc-growth-rows = 5000;' # so that many a kill meets a clean-up
write_conf '"srv0"' <<CONF
    loggers = ( { name = "kea-dhcp4"; severity = "WARN"; }, { name = "kea-dhcp4.dhcp4"; severity = "INFO"; } );
    valid-lifetime = 36000;
    cache-threshold = 0.0;
    subnet4 = ( { id = 1; subnet = "10.0.0.0/8"; pools = ( { pool = "10.16.0.0/12"; } ); } );
CONF
# series: 20 rounds on one lease file, which ends with all of them.
series() {
    local n
    rm -f "$leases"* "$dir/record"
    first=1
    must start_server
    for ((n = 1; n <= 20; n++)); do
        round "$n" >"$dir/wrong" 2>&1
        check_is "series $1, round $n: $(cut -d, -f1,2 "$dir/fill")" "$(cat "$dir/wrong")" ""
    done
    check "series $1: every lease of every round is confirmed" load check 1
    check "series $1: the server stops cleanly" stop_server
}

for ((s = 1; s <= all_series; s++)); do series "$s"; done
check "$met of $((20 * all_series)) kills met a clean-up" [ "$met" -gt 0 ]
finish
