#!/usr/bin/env bash
# test_examples - the configurations that we show people are good: etc/*.conf, and every block of
# configuration in the manuals of the plugins; each manual has one, and tells the plugin's limits.
set -u
passed=0 failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export BERTH_PLUGIN_PATH=$BERTH_BUILD/plugins

# good NAME FILE: accepted, and without a warning.
good() {
    if "$BERTH_BUILD/core/berthd" -t "$2" >"$work/out" 2>&1 && ! grep -q warning "$work/out"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $1"
        sed 's/^/    /' "$work/out"
    fi
}

for file in "$BERTH_TOP"/etc/*.conf; do
    good "etc/$(basename "$file")" "$file"
done

# A block is a fence without a language, with a key in its first line. "plugins" stands beside Dhcp4, other
# keys in it.
blocks() {
    awk -v prefix="$2" '
        /^```/ {inside = !inside && $0 == "```"; if (inside) n++; next}
        inside {print > (prefix "-" n)}' "$1"
}

# The script that the manual of run_script names.
export KEA_HOOK_SCRIPTS_PATH=$work/scripts
mkdir "$KEA_HOOK_SCRIPTS_PATH"
install -m 755 /dev/null "$KEA_HOOK_SCRIPTS_PATH/tell.sh"
for manual in "$BERTH_TOP"/plugins/*/README.md; do
    name=$(basename "$(dirname "$manual")")
    [ "$name" != common ] || continue # no plugin
    blocks "$manual" "$work/block-$name"
    compgen -G "$work/block-$name-*" >/dev/null && grep -q '^## Limits$' "$manual" && passed=$((passed + 1)) && continue
    failed=$((failed + 1))
    echo "failed: the manual of $name has no example, or no section Limits"
done
served='interfaces-config = { interfaces = ( "*" ); };'
for block in "$work"/block-*; do
    read -r key rest <"$block"
    [ "${rest:0:1}" = "=" ] || continue
    if [ "$key" = plugins ]; then
        { cat "$block" && echo "; Dhcp4 = { $served };"; } >"$work/conf"
    else
        { echo "Dhcp4 = { $served" && cat "$block" && echo '};'; } >"$work/conf"
    fi
    good "the manual of ${block##*/block-}: $key" "$work/conf"
done

echo "examples: $passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -ge 6 ]
