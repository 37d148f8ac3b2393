#!/usr/bin/env bash
# test_rows - tests are named after the rows of tests/rows.txt: each row marked M is the name of a test or
# stands in tests/README.md with a reason, no test and no reason names a row that is not there, and the
# files that the reasons name exist.
set -u
tests=${1:-$BERTH_TOP/tests}
passed=0 failed=0

check_none() {
    if [ -z "$2" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $1:" $2
    fi
}

ids() {
    grep -oE '(V[46]|HI)-[0-9]{3}' | sort -u
}

# "V4-082 to V4-087" is each of them.
expand() {
    awk '{
        while (match($0, /(V4|V6|HI)-[0-9][0-9][0-9] to (V4|V6|HI)-[0-9][0-9][0-9]/)) {
            range = substr($0, RSTART, RLENGTH)
            for (i = substr(range, 4, 3) + 0; i <= substr(range, 14, 3) + 0; i++)
                printf "%s%03d\n", substr(range, 1, 3), i
            $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
        }
        print
    }'
}

rows_md() {
    sed -n '/^## Rows/,/^## What/p' "$tests/README.md" | grep '^| [VH]'
}

# A test of the scripts is named in its first line; one in C by a string.
named=$({
    grep -hE '^test ' "$tests"/v[46]/*.txt
    grep -rhoE --include='*.c' '"[^"]*(V[46]|HI)-[0-9]{3}[^"]*"' "$tests"
} | expand | ids)
listed=$(rows_md | cut -d'|' -f2 | expand | ids)
known=$(ids <"$tests/rows.txt")
must=$(grep -E '^[VH][46I]-[0-9]{3} M ' "$tests/rows.txt" | ids)

less() {
    comm -23 <(echo "$1") <(echo "$2")
}

check_none "rows that are neither tested nor listed in tests/README.md" \
    "$(less "$must" "$(printf '%s\n' "$named" "$listed" | sort -u)")"
check_none "tests are named after rows that are not in tests/rows.txt" "$(less "$named" "$known")"
check_none "tests/README.md lists rows that are not in tests/rows.txt" "$(less "$listed" "$known")"
check_none "rows without M, S or -" \
    "$(grep -vE '^#|^$' "$tests/rows.txt" | grep -vE '^(V[46]|HI)-[0-9]{3} [MS-] .' | ids)"
check_none "files that tests/README.md names are not there" \
    "$(rows_md | cut -d'|' -f3 | grep -oE '`[a-z0-9_]+/[a-z0-9_.]+`' | tr -d '`' | while read -r file; do
        [ -f "$tests/$file" ] || echo "$file"
    done)"
[ "$(wc -w <<<"$must")" -ge 200 ] || check_none "tests/rows.txt has few rows" "$must"

echo "rows: $passed passed, $failed failed"
[ "$failed" = 0 ]
