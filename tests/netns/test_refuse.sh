#!/usr/bin/env bash
# refuse - bad input is refused with a clear message, by -t and at the start, and the leases that were
# there are there afterwards.
. "$(dirname "$0")/lib.sh"

good_subnet='subnet4 = ( { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.2.10 - 192.0.2.99"; } ); } );'

# says PATTERN OPTION FILE: berthd ends by itself with 1 and says so.
says() {
    local pattern=$1 status
    shift
    timeout 20 ip netns exec "berth-$$-srv" "${as[@]}" "$berthd" "$@" >"$log" 2>&1
    status=$?
    [ "$status" = 1 ] && grep -qE -- "$pattern" "$log" && ! grep -qE 'Sanitizer|runtime error' "$log" && return
    echo "exit status $status, and: $(tail -n 3 "$log")"
    return 1
}

# The words that start scripts look for.
is_refused() {
    says "failed to initialize Kea.*$1" -c "$conf"
}

is_refused_by_both() {
    check "$1: berthd -t says why" says "Error encountered: .*$2" -t "$conf"
    check "$1: the start says why" is_refused "$2"
}

refused_plugin() {
    write_conf '"srv0"' "plugins = ( { name = \"$1\"; } );" <<<"$good_subnet"
}

keep_leases() {
    printf '%s\n' 'address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id' \
        "192.0.2.10,02:00:00:00:00:09,,86400,$(($(date +%s) + 86400)),1,0,0,,0,,0" >"$leases"
    cp "$leases" "$dir/leases.before"
}

leases_are_there() {
    cmp "$leases" "$dir/leases.before"
}

plugins() {
    refused_plugin nosuch
    is_refused_by_both "a plugin that is not there" "berth.conf:[0-9]+.*there is no plugin 'nosuch'"
    refused_plugin exampel
    is_refused_by_both "a plugin whose name is mistyped" "did you mean 'example'"
    local BERTH_PLUGIN_PATH=$BERTH_PLUGIN_PATH:$kinds
    refused_plugin t_abi
    is_refused_by_both "a plugin made for another ABI" "plugin 't_abi': it was built for plugin interface 99"
    refused_plugin t_bare
    is_refused_by_both "a shared object that is no plugin" "does not export berth_plugin"
    refused_plugin t_start
    check "a plugin that can't start: -t does not start it" within srv "$berthd" -t "$conf" >"$log" 2>&1
    check "a plugin that can't start: the start says why" is_refused "plugin 't_start' can't start: no luck"
    refused_plugin t_prepare
    is_refused_by_both "a plugin that refuses its parameters" "plugin 't_prepare'.*not today"
}

values() {
    write_conf '"srv0"' <<<"$good_subnet valid-lifetme = 4000;"
    is_refused_by_both "an unknown key" 'berth.conf:[0-9]+.*valid-lifetme.*did you mean "valid-lifetime"'
    write_conf '"srv0"' <<<'subnet4 = ( { id = 1; subnet = "192.0.2.0/24"; pools = ( { pool = "192.0.3.10 - 192.0.3.99"; } ); } );'
    is_refused_by_both "a pool outside of its subnet" "192.0.3.10.*is not inside its subnet 192.0.2.0/24"
    write_conf '"srv0"' <<<'subnet4 = ( { id = 1; subnet = "192.0.2.0/24"; pools = (
        { pool = "192.0.2.10 - 192.0.2.99"; }, { pool = "192.0.2.99 - 192.0.2.120"; } ); } );'
    is_refused_by_both "pools that overlap" "192.0.2.99.*overlaps.*192.0.2.10"
    write_conf '"srv0"' <<<"$good_subnet valid-lifetime = \"long\";"
    is_refused_by_both "a value of the wrong type" 'berth.conf:[0-9]+.*valid-lifetime'
    write_conf '"srv0"' <<<"$good_subnet option-data = ( { name = \"routers\"; data = \"192.0.2.\"; } );"
    is_refused_by_both "an option that is no address" 'berth.conf:[0-9]+.*192\.0\.2\.'
    write_conf '"srv0"' <<<"subnet4 = ( { id = 1;"
    is_refused_by_both "half a file" 'berth.conf:[0-9]+'
    rm "$conf"
    is_refused_by_both "no file" 'berth.conf.*No such file'
}

# As root without the right to write anywhere.
folders() {
    local as=(setpriv --inh-caps -all --bounding-set -dac_override,-dac_read_search)
    write_conf '"srv0"' <<<"$good_subnet"
    chmod 555 "$dir/data"
    check "leases in a folder that can't be written" is_refused "$dir/data.*Permission denied"
    as=()
    chmod 755 "$dir/data"
    check "leases in a read-only file system" \
        within srv sh -c 'mount --bind "$1/data" "$1/data" && mount -o remount,bind,ro "$1/data" &&
            ! timeout 20 "$2" -c "$1/berth.conf" >"$1/berthd.log" 2>&1 &&
            grep -q "failed to initialize Kea.*Read-only file system" "$1/berthd.log"' sh "$dir" "$berthd"
    KEA_DHCP_DATA_DIR=$conf check "leases in what is no folder" is_refused "berth.conf.*(Not a directory|no folder)"
    KEA_DHCP_DATA_DIR=$dir/nowhere check "leases in a folder that is not there" is_refused "$dir/nowhere.*No such file"
}

second_server() {
    write_conf '"srv0"' <<<"$good_subnet"
    must start_server
    first=$server first_log=$log log=$dir/second.log
    sed 's/berth.sock/second.sock/' "$conf" >"$dir/second.conf"
    check "a second server on the same lease file" says "failed to initialize Kea.*$leases.*another" -c "$dir/second.conf"
    log=$first_log
    check_is "the first serves on" "$(ask cli -i eth0)" "DHCPOFFER 192.0.2.11 from 192.0.2.1"
    check "and stops cleanly" stop_server
}

as=()
need setpriv util-linux
begin
must make_wire
keep_leases
plugins
values
folders
check "no lease was lost by all this" leases_are_there
second_server
check "nor by this" leases_are_there
finish
