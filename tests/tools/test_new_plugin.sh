#!/usr/bin/env bash
# test_new_plugin - what tools/new-plugin makes builds without a warning, passes its own test, and a
# server loads it. BERTH_BUILD is the build tree, BERTH_TOP the source tree.
set -u
passed=0 failed=0

check() { # check WHAT COMMAND…
    local what=$1
    shift
    if "$@" > "$work/out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $what: $*"
        sed 's/^/    /' "$work/out"
    fi
}

refuses() { # refuses TEXT COMMAND…
    local text=$1 out
    shift
    out=$("$@" 2>&1) && return 1
    echo "$out"
    [[ $out == *"$text"* ]]
}

has_no_warning() {
    ! grep -n 'warning:' "$1"
}

command -v meson > /dev/null || { echo "skipped: there is no meson"; exit 77; }
[ "${BERTH_SANITIZED:-no}" = no ] || { echo "skipped: libberth is built with a sanitizer"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
export PKG_CONFIG_PATH=$BERTH_BUILD/meson-uninstalled
tool=$BERTH_TOP/tools/new-plugin

check "makes a folder" "$tool" my_plugin "$work/my_plugin"
check "does not overwrite" refuses "exists already" "$tool" my_plugin "$work/my_plugin"
check "refuses a bad name" refuses "no name for a plugin" "$tool" ../evil "$work/evil"
check "leaves nothing behind then" test ! -e "$work/evil"
check "nothing is called example any more" refuses "" grep -rn example "$work/my_plugin"
check "can be set up" meson setup "$work/build" "$work/my_plugin"
check "builds" sh -c "meson compile -C '$work/build' > '$work/log' 2>&1"
check "builds without a warning" has_no_warning "$work/log"
check "passes its test" meson test -C "$work/build" --no-rebuild
check "its test was there" grep -q 'my_plugin: [1-9][0-9]* passed, 0 failed' \
    "$work/build/meson-logs/testlog.txt"
echo "new_plugin: $passed passed, $failed failed"
[ "$failed" = 0 ]
