#!/bin/sh
# embed.sh COMMON SCRIPT... - C source of every script, `common` in front of each.
set -eu
common=$1
shift
echo '#include "plugins/lease_redis/scripts.h"'
names=
for script; do
    name=$(basename "$script" .lua)
    names="$names $name"
    printf 'static const char %s_lua[] = {' "$name"
    cat "$common" "$script" | od -An -v -tu1 | sed 's/  */,/g; s/^,//; s/$/,/'
    echo '0};'
done
echo 'const char *const lease_redis_scripts[SCRIPTS] = {'
for name in $names; do
    printf '[SCRIPT_%s] = %s_lua,\n' "$(echo "$name" | tr '[:lower:]' '[:upper:]')" "$name"
done
echo '};'
