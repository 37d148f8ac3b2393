#!/usr/bin/env bash
# swap - the leases go from store to store while clients come and renew: nobody is dropped, refused or
# forgotten, and after a kill the store that was gone over to has everything.
. "$(dirname "$0")/lib.sh"

berthperf=$build/tools/berthperf
declare -A redis # of the name
standing=100000 # leases that are there before

# use NAME: the configuration of a server whose leases are in that file.
use() {
    lease_database="type = \"memfile\"; name = \"$1\";"
    leases=$dir/data/$1
    write_conf '"srv0"' <<CONF
    valid-lifetime = 3600;
    subnet4 = ( { id = 1; subnet = "10.0.0.0/12"; pools = ( { pool = "10.0.0.0 - 10.15.255.255"; } ); } );
CONF
}

# The clients of the standing leases do not come.
make_leases() {
    awk -v n="$standing" -v end=$(($(date +%s) + 7200)) 'BEGIN {
        print "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id"
        for (i = 1; i <= n; i++)
            printf "10.8.%d.%d,0a:00:00:%02x:%02x:%02x,,7200,%d,1,0,0,h%d,0,,0\n", int(i / 256) % 256, i % 256, \
                int(i / 65536), int(i / 256) % 256, i % 256, end, i
    }' | sed 's/^10\.8\.\([0-9]*\)\.\([0-9]*\),0a:00:00:01/10.9.\1.\2,0a:00:00:01/' >"$leases"
}

# swap WHAT TYPE KEY=VALUE...: by berthctl, to its end.
swap() {
    local what=$1
    shift
    check "$what" sh -c "'$berthctl' backend swap $* >'$dir/swap.log' 2>&1"
    check "$what: it says so" grep -q '^Done: 1[0-9][0-9],[0-9]* leases copied' "$dir/swap.log"
    grep -q '^Done' "$dir/swap.log" || cat "$dir/swap.log"
}

swapped() {
    "$berthctl" backend status | grep -q '^last swap  done'
}

# Where it is done before the signal comes there is nothing to be seen.
interrupted() {
    local ctl status
    "$berthctl" backend swap memfile name=c.csv >"$dir/swap.log" 2>&1 &
    ctl=$!
    wait_for 10 grep -q '%' "$dir/swap.log"
    kill -INT "$ctl" 2>/dev/null
    wait "$ctl"
    status=$?
    if grep -q '^Done' "$dir/swap.log"; then
        echo "skipped: berthctl that is interrupted: the swap was faster"
    else
        check_is "berthctl that is interrupted: exit status" "$status" 130
        check "and says that it goes on" grep -q 'goes on in the server' "$dir/swap.log"
    fi
    check "it goes on" wait_for 20 swapped
    check "to where it was to" grep -q '"name": "c.csv"' <<<"$("$berthctl" -r config-get)"
}

start_redis() {
    rm -f "$dir/$1.sock"
    mkdir -p "$dir/$1"
    become srv redis-server --port 0 --unixsocket "$dir/$1.sock" --save '' --appendonly yes \
        --dir "$dir/$1" >"$dir/$1.log" 2>&1 &
    redis[$1]=$!
    wait_for 10 test -S "$dir/$1.sock"
}

kill_redis() {
    kill -9 "${redis[$1]}"
    wait "${redis[$1]}" 2>/dev/null
}

# dies_amid WHERE FROM: the leases stay where they are, and what has come to that Redis is filled again by
# the next swap.
dies_amid() {
    local ctl
    "$berthctl" backend swap redis "unix-socket=$dir/$1.sock" >"$dir/swap.log" 2>&1 &
    ctl=$!
    wait_for 10 grep -q '%' "$dir/swap.log"
    kill_redis "$1"
    wait "$ctl"
    check_is "$1 dies in the middle: exit status" "$?" 1
    # Where it dies before anything is copied, the command itself is refused.
    check "berthctl says so" grep -qE '^The leases stay in |the new store does not answer' "$dir/swap.log"
    check "the leases stay in $2" grep -q "$2" <<<"$("$berthctl" -r lease-backend-status && "$berthctl" -r config-get)"
    must start_redis "$1"
}

# refused KEY=VALUE...
refused() {
    "$berthctl" backend swap redis "$@" >"$dir/swap.log" 2>&1
    check_is "to $*: exit status" "$?" 1
}

from_redis_to_redis() {
    must start_redis second
    dies_amid second first.sock
    swap "from Redis to another Redis" redis "unix-socket=$dir/second.sock" command-timeout=10
    sleep 1
    swap "from Redis to the same one, by another key-prefix" redis "unix-socket=$dir/second.sock" command-timeout=10 key-prefix=other
    refused "unix-socket=$dir/second.sock" key-prefix=other
    check "the one that is in use" grep -q 'in use' "$dir/swap.log"
    sleep 1
    swap "and back to the first Redis" redis "unix-socket=$dir/first.sock" command-timeout=10
    kill_redis second
    sleep 1
}

with_redis() {
    command -v redis-server >/dev/null || {
        echo "skipped: to Redis and back: there is no redis-server"
        return
    }
    must start_redis first
    dies_amid first c.csv
    swap "from a file to Redis" redis "unix-socket=$dir/first.sock" command-timeout=10
    sleep 1
    from_redis_to_redis
    swap "from Redis to a file" memfile name=d.csv
    kill_redis first
}

# The file of the configuration gets the store that the leases have gone to; it stays a link, and as secret as it was.
written() {
    chmod 600 "$dir/etc/berth.conf"
    check "config-write" grep -q "written to $conf successful" <<<"$("$berthctl" -r config-write)"
    check "what the configuration is a link to has it" grep -q "name = \"$1\";" "$dir/etc/berth.conf"
    check "the link is there" [ -L "$conf" ]
    check_is "the mode is kept" "$(/usr/bin/stat -c %a "$dir/etc/berth.conf")" 600
    check "a copy beside it" grep -q '"size": [1-9]' <<<"$("$berthctl" -r config-write '{ "filename": "copy.conf" }')"
    check_is "is the same" "$(cmp "$dir/copy.conf" "$conf" 2>&1)" ""
    check_is "and no less secret" "$(/usr/bin/stat -c %a "$dir/copy.conf")" 600
    ln -s "$dir/etc/other.conf" "$dir/link.conf"
    check "in place of a link" grep -q '"size": [1-9]' <<<"$("$berthctl" -r config-write '{ "filename": "link.conf" }')"
    check_is "is the same, too" "$(cmp "$dir/link.conf" "$conf" 2>&1)" ""
    check_not "and not where the link has led to" [ -e "$dir/etc/other.conf" ]
    check "elsewhere nothing is written" grep -q 'not allowed to write config into /tmp/x.conf' \
        <<<"$("$berthctl" -r config-write '{ "filename": "/tmp/x.conf" }')"
}

# What berthperf was promised, against the rows of a file.
promised() {
    awk -F, 'NR > 1 { last[$1] = $3 > 0 ? $1 " " $2 : "" } END { for (m in last) if (last[m]) print last[m] }' \
        "$dir/record" | sort
}

in_file() {
    awk -F, 'NR > 1 { last[$2] = $4 > 0 ? $2 " " $1 : "" } END { for (m in last) if (last[m]) print last[m] }' \
        "$1" | sort
}

# What the server and the kernel have dropped, beside what berthperf has seen.
why_dropped() {
    local space
    cat "$dir/perf.log"
    grep -E ' (WARN|ERROR) |LEASE_REDIS|LEASE_BACKEND' "$log" | cut -c 1-240
    "$berthctl" -r statistic-get-all | grep -oE '"(pkt4-[a-z-]*drop[a-z-]*|v4-[a-z-]*fail[a-z-]*|pkt4-[a-z-]*(limit|queue)[a-z-]*)": *\[ *\[ *[1-9][0-9]*'
    for space in srv cli; do
        echo "$space: $(within "$space" grep ^Udp: /proc/net/snmp | tail -n 1)"
    done
}

under_load() {
    local perf status last=c.csv
    use a.csv
    make_leases
    must start_server
    within cli "$berthperf" -g 10.0.0.1 -b mac=02:00:00:01:00:00 -R 20000 -r 600 -p 40 -d 10 \
        --mix dora=60,renew=40 --record "$dir/record" 192.0.2.1 >"$dir/perf.log" 2>&1 &
    perf=$!
    sleep 2
    swap "from one file to another" memfile name=b.csv
    sleep 1
    interrupted
    sleep 1
    with_redis
    [ -f "$dir/data/d.csv" ] && last=d.csv
    wait "$perf"
    status=$?
    check_is "berthperf: nothing was dropped, refused or wrong" "$status" 0
    [ "$status" = 0 ] || why_dropped
    written "$last"
    kill -9 "$server"
    wait "$server" 2>/dev/null
    after_the_kill "$last"
}

# after_the_kill NAME: the file that was the last.
after_the_kill() {
    promised >"$dir/promised"
    in_file "$dir/data/$1" >"$dir/kept"
    check "there were clients" [ "$(wc -l <"$dir/promised")" -gt 2000 ]
    check_is "every promise is in the last file" "$(comm -23 "$dir/promised" "$dir/kept" | head -n 3)" ""
    check_is "and all that was there before" "$(grep -c '^0a:00:00:' "$dir/kept")" "$standing"
    check "a server starts with what was written" start_server
    check "with all of them" log_has "started with $(wc -l <"$dir/kept") leases"
    check "and stops" stop_server
    use a.csv
    check_not "the first file is refused" start_server
    check "saying by what" log_has 'a.csv: these leases were superseded by .*b.csv'
    wait "$server" 2>/dev/null
    server=
}

begin
mkdir "$dir/etc"
ln -s etc/berth.conf "$conf"
must make_wire
must address cli eth0 192.0.2.2/24
must within cli ip route add local 10.0.0.0/24 dev lo
must ip -n "berth-$$-srv" route add 10.0.0.0/24 via 192.0.2.2
under_load
finish
