# common.sh - what tools/quickstart and tools/check share: packages, building, saying what goes on.
# Sourced, not run. $top is the checkout.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)

build_packages="build-essential meson ninja-build pkg-config libglib2.0-dev libconfig-dev libltdl-dev libpcre2-dev
    libhiredis-dev"

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root: run it as root, or install sudo"
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = "install ok installed" ]
}

# need_packages NAME...: installs those that are missing, from Debian.
need_packages() {
    local missing=() name
    command -v dpkg-query >/dev/null || die "this is not Debian: install the packages of the README by hand"
    for name in "$@"; do
        is_installed "$name" || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "  installing ${missing[*]}"
    as_root apt-get update -q >"$log_dir/apt.log" 2>&1 || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" \
        >>"$log_dir/apt.log" 2>&1 ||
        die "apt-get could not install ${missing[*]}: $(grep -m1 '^E:' "$log_dir/apt.log" || tail -n1 "$log_dir/apt.log")"
}

# build DIR OPTION...: sets up (once) and builds all, or $build_targets; shows the compiler's words only when it fails.
build() {
    local dir=$1
    shift
    if [ ! -f "$dir/build.ninja" ]; then
        rm -rf "$dir"
        meson setup "$dir" "$top" "$@" >"$log_dir/build.log" 2>&1 || {
            tail -n 20 "$log_dir/build.log" >&2
            return 1
        }
    fi
    ninja -C "$dir" -j "$jobs" ${build_targets:-} >"$log_dir/build.log" 2>&1 || {
        grep -E 'error|warning|FAILED' "$log_dir/build.log" | head -40 >&2
        return 1
    }
}
