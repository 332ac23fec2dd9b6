#!/bin/sh
# The classes that need's thresholds were chosen on still reach the targets, and the same seeds give the
# same cases.
set -u
need=${LECTERN_BUILDDIR:-.}/tests/bench/need
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
echo 1..3
ok() { # NAME COMMAND...
	name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok $((n += 1)) - $name"
	else
		sed 's/^/# /' "$work/out"
		echo "not ok $((n += 1)) - $name"
	fi
}
n=0
"$need" 1 10 >"$work/cases" || exit 99
"$need" 1 10 >"$work/again" || exit 99
report() { awk -f "${LECTERN_SRCDIR:-.}/tests/bench/need_report.awk" "$1"; }
ok "the targets are reached" report "$work/cases"
ok "the same seeds give the same cases" cmp "$work/cases" "$work/again"
# The report can fail: without what was detected it does.
awk -F '\t' -v OFS='\t' '$1 == "lectern" { $11 = $12 = $13 = "-" } 1' "$work/cases" >"$work/blind"
fails() { ! report "$work/blind"; }
ok "a detector that sees nothing is found out" fails
