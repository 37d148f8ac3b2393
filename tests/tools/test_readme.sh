#!/usr/bin/env bash
# test_readme - the C code of hooks/README.md: each block is a whole plugin, or the test of one. All are
# compiled without a warning, and every plugin is run by its test.
set -u
passed=0 failed=0

fail() {
    failed=$((failed + 1))
    echo "failed: $1"
    [ -z "${2:-}" ] || sed 's/^/    /' "$2"
}

[ "${BERTH_SANITIZED:-no}" = no ] || { echo "skipped: libberth is built with a sanitizer"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export PKG_CONFIG_PATH=$BERTH_BUILD/meson-uninstalled
flags="-std=gnu17 -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers -Werror"

# A block's first line is "/* NAME - what it is" or "/* test_NAME */".
awk -v dir="$work" '
    /^```c$/ {code = 1; first = 1; next}
    /^```/ {code = 0; next}
    code {
        if (first) {split($0, word, " "); file = dir "/" word[2] ".c"; first = 0}
        print > file
    }' "$BERTH_TOP/hooks/README.md"

plugins=0
for source in "$work"/*.c; do
    name=$(basename "$source" .c)
    [[ $name != test_* ]] || continue
    plugins=$((plugins + 1))
    # shellcheck disable=SC2046,SC2086
    if ! cc $flags -fPIC -shared -fvisibility=hidden -Wl,-z,defs -Wl,-z,now "$source" -o "$work/$name.so" \
        $(pkg-config --cflags --libs berth) 2> "$work/out"; then
        fail "the plugin $name can't be compiled" "$work/out"
    elif ! cc $flags "$work/test_$name.c" -o "$work/test_$name" \
        $(pkg-config --cflags --libs berth-test berth) 2> "$work/out"; then
        fail "the test of $name can't be compiled" "$work/out"
    elif ! BERTH_PLUGIN="$work/$name.so" LD_LIBRARY_PATH="$BERTH_BUILD/core" "$work/test_$name" \
        > "$work/out" 2>&1; then
        fail "the test of $name fails" "$work/out"
    else
        passed=$((passed + 1))
    fi
done
[ "$plugins" -ge 4 ] || fail "only $plugins plugins were found in the text"
echo "readme: $passed passed, $failed failed"
[ "$failed" = 0 ]
