#!/usr/bin/env bash
# test_kea_examples - the configurations that Kea 2.2 comes with (package kea-doc), unmodified: each is taken,
# or refused for what Berth does not have, and for nothing else.
set -u
passed=0 failed=0
examples=${KEA_EXAMPLES:-/usr/share/doc/kea/examples}
[ -d "$examples" ] || { echo "skipped: kea_examples: there is no $examples (package kea-doc)"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export BERTH_PLUGIN_PATH=$BERTH_BUILD/plugins

# What an example is refused for, as its errors say it.
refusals='
config-control: is not supported
dhcp4o6-port: is not supported
4o6-[a-z-]*: is not supported
there is no plugin .(lease_cmds|ha|mysql_cb|host_cache|radius).
the plugin /opt/lib/(security|charging).so: No such file
hosts-database: there is no type .postgresql.
hosts-database.cipher-list: unknown key
'
# Those that have such an error.
refused='all-keys all-keys-netconf config-backend dhcpv4-over-dhcpv6 ha-load-balancing-primary ha-hot-standby
    hooks hooks-radius mysql-reservations pgsql-reservations'

# as_expected NAME STATUS: of what is in $work/out.
as_expected() {
    case " $(echo $refused) " in
    *" $1 "*) [ "$2" = 1 ] && ! grep '^Error' "$work/out" | grep -qvEf <(grep . <<<"$refusals") ;;
    *) [ "$2" = 0 ] ;;
    esac
}

for file in "$examples"/kea4/*.json "$examples"/kea6/*.json; do
    "$BERTH_BUILD/core/berthd" -t "$file" >"$work/out" 2>&1
    status=$?
    if as_expected "$(basename "$file" .json)" "$status"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $file"
        sed 's/^/    /' "$work/out"
    fi
done

echo "kea_examples: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -ge 50 ]
