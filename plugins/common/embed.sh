#!/bin/sh
# embed.sh PLUGIN COMMON SCRIPT... - C source of every script of a plugin, `common` in front of each.
set -eu
plugin=$1
common=$2
shift 2
echo "#include \"plugins/$plugin/scripts.h\""
names=
for script; do
    name=$(basename "$script" .lua)
    names="$names $name"
    printf 'static const char %s_lua[] = {' "$name"
    cat "$common" "$script" | od -An -v -tu1 | sed 's/  */,/g; s/^,//; s/$/,/'
    echo '0};'
done
echo "const char *const ${plugin}_scripts[SCRIPTS] = {"
for name in $names; do
    printf '[SCRIPT_%s] = %s_lua,\n' "$(echo "$name" | tr '[:lower:]' '[:upper:]')" "$name"
done
echo '};'
