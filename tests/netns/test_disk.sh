#!/usr/bin/env bash
# disk - while the disk of the leases is full, fails to write or to sync, or its folder is gone, no lease is
# acknowledged, the log says so once, and what needs no write is answered; when the disk is well again the server
# serves by itself, and a kill then loses nothing. And a lease file of which a hundredth is damaged is served.
. "$(dirname "$0")/lib.sh"

next=100 # the next new client

write_disk_conf() {
    store_keys='lfc-interval = 0;'
    write_conf '"srv0"' <<CONF
    loggers = ( { name = "kea-dhcp4"; severity = "WARN"; }, { name = "kea-dhcp4.dhcp4"; severity = "INFO"; },
                { name = "kea-dhcp4.dhcpsrv"; severity = "INFO"; } );
    authoritative = true;
    valid-lifetime = 36000;
    cache-threshold = 0.25;
    subnet4 = ( { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.2.10 - 192.0.2.250"; } ); } );
CONF
}

# The data folder is a disk of its own, of 1 MB; it stays from start to start.
start_on_disk() {
    rm -f "$log"
    become srv env LD_PRELOAD="$helpers/netns_faults.so" BERTH_FAULTS="$dir/faults" "$berthd" -c "$conf" >"$log" 2>&1 &
    server=$!
    wait_for 10 is_up && is_running && log_has DHCP4_STARTED
}

# ---- clients ----

offered() { # CLIENT: the address
    ask cli -i eth0 -m "$1" -w 500 | sed -n 's/^DHCPOFFER \([^ ]*\) .*/\1/p'
}

request() { # CLIENT ADDRESS: the answer
    ask cli -i eth0 -m "$1" -t 3 -r "$2" -s 192.0.2.1 -w 500
}

# A client that was there before; a lease that is fresh is confirmed as it is stored.
reboot() { # CLIENT ADDRESS
    ask cli -i eth0 -m "$1" -t 3 -r "$2" -w 1000
}

gets_lease() { # CLIENT
    local addr answer
    addr=$(offered "$1")
    answer=$(request "$1" "$addr")
    [ "$answer" = "DHCPACK $addr from 192.0.2.1" ] && got=$addr
}

# Until one gets none: a disk that is full may have room for a row or two.
nobody_gets_more() {
    local last=$((next + 80))
    while gets_lease "$next"; do
        held[$next]=$got
        next=$((next + 1))
        [ "$next" -lt "$last" ] || return 1
    done
}

gets_one_again() {
    gets_lease "$next" && held[$next]=$got && next=$((next + 1))
}

all_hold() {
    local client
    for client in "${!held[@]}"; do
        [ "$(reboot "$client" "${held[$client]}")" = "DHCPACK ${held[$client]} from 192.0.2.1" ] ||
            { echo "client $client has lost ${held[$client]}"; return 1; }
    done
}

# ---- faults ----

begin_full() { dd if=/dev/zero of="$dir/data/filler" bs=4k 2>/dev/null; [ -s "$dir/data/filler" ]; }
end_full() { rm "$dir/data/filler"; }
begin_write() { touch "$dir/faults/write"; }
end_write() { rm "$dir/faults/write"; }
begin_sync() { touch "$dir/faults/sync"; }
end_sync() { rm "$dir/faults/sync"; }
begin_gone() { rm -rf "$dir/data"; }
end_gone() { mkdir "$dir/data"; }
begin_moved() { mv "$dir/data" "$dir/elsewhere"; }
end_moved() { mv "$dir/elsewhere" "$dir/data"; }

said() { # ID
    grep -c "$1" "$log"
}

is_unwell() {
    "$berthctl" -r status-get | grep -qE '"(degraded|down)"'
}

try() { # FAULT WHAT
    check "$2: it begins" "begin_$1"
    check "$2: no more leases are acknowledged" nobody_gets_more
    check_is "$2: nor to who asks again" "$(request "$next" "$(offered "$next")")" silence
    check "$2: addresses are offered" [ -n "$(offered "$next")" ]
    check_is "$2: foreign addresses are refused" "$(ask cli -i eth0 -m 7 -t 3 -r 10.0.0.1)" "DHCPNAK 0.0.0.0 from 192.0.2.1"
    check_is "$2: a lease that is stored is confirmed" "$(reboot 1 "${held[1]}")" "DHCPACK ${held[1]} from 192.0.2.1"
    check "$2: status-get says so" is_unwell
    check_is "$2: the log says so once" "$(said LEASE_FILE_FAILED)" 1
    "end_$1"
    check "$2: served again when it is over" wait_for 5 gets_one_again
    check_is "$2: the log says so once, too" "$(said LEASE_FILE_RECOVERED)" 1
    check_not "$2: status-get is content" is_unwell
    kill -KILL "$server"
    wait "$server" 2>/dev/null
    check "$2: it starts after a kill" start_on_disk
    check "$2: nothing is lost" all_hold
}

faults() {
    mkdir "$dir/faults"
    mount -t tmpfs -o size=1m tmpfs "$dir/data" || skip "no file system can be mounted here"
    write_disk_conf
    must start_on_disk
    declare -A held=()
    must gets_lease 1
    held[1]=$got
    try full "a full disk"
    try write "writing fails"
    try sync "syncing fails"
    check "the server stops cleanly" stop_server
    umount "$dir/data"
    must start_on_disk
    held=()
    must gets_lease 1
    held[1]=$got
    try gone "the folder is removed"
    try moved "the folder is moved away"
    check "the server stops cleanly" stop_server
}

# ---- damage ----

# A file of 20,000 rows where each hundredth, by chance, is cut, garbled or emptied of its address; and what is in it.
damaged_file() {
    awk -v now="$(date +%s)" -v listed="$dir/listed" -v sound="$dir/sound" '
        BEGIN {
            srand(4711)
            print "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id"
            for (i = 0; i < 20000; i++) {
                address = "10.1." int(i / 250) "." i % 250 + 1
                row = sprintf("%s,02:00:00:00:%02x:%02x,,36000,%d,1,0,0,,0,,0", address, int(i / 256), i % 256, now + 30000)
                if (rand() >= 0.01) { print row; print address >sound; continue }
                kind = int(rand() * 4)
                if (kind == 0) row = substr(row, 1, int(rand() * 30))
                if (kind == 1) sub(/,36000,/, ",\377\376,", row)
                if (kind == 2) sub(/^[^,]*/, "10.1.2.999", row)
                if (kind == 3) sub(/,36000,[0-9]*/, ",99999999999,0", row)
                print row
                print i + 2 >listed
            }
        }' >"$leases"
    cp "$leases" "$dir/leases.before"
}

# "row ignored" has one each, "more rows ignored" many and runs of them.
listed_lines() {
    sed -n "s|.*LEASE_LOAD_ROW_ERROR.* $leases:\([0-9]*\): row ignored.*|\1|p; s|.*DAMAGED_LINES.*, of lines ||p" "$log" |
        tr , '\n' | awk -F- '{ for (n = $1; n <= $NF; n++) print n }'
}

damage() {
    rm -f "$leases"*
    damaged_file
    write_conf '"srv0"' <<CONF
    loggers = ( { name = "kea-dhcp4"; severity = "INFO"; } );
    subnet4 = ( { id = 1; subnet = "10.1.0.0/16"; pools = ( { pool = "10.1.0.0/16"; } ); } );
CONF
    check "a lease file with 1 % damage: the server starts" start_server
    check_is "every sound row is used" "$(stat assigned-addresses)" "$(wc -l <"$dir/sound")"
    check "the others are listed with their line" diff <(listed_lines) "$dir/listed"
    check "and no others: $(wc -l <"$dir/listed") of them" [ "$(wc -l <"$dir/listed")" -gt 120 ]
    check "the file is kept aside" cmp "$leases.damaged" "$dir/leases.before"
    check "the server stops cleanly" stop_server
    check "it starts again" start_server
    check_is "and has the same leases" "$(stat assigned-addresses)" "$(wc -l <"$dir/sound")"
    check "the server stops cleanly" stop_server
}

unmount() {
    umount "$dir/data" 2>/dev/null
    clean_up
}

begin
trap unmount EXIT
must make_wire
faults
damage
finish
