#!/bin/sh
# A file has one subject: at most 800 lines, a header 200; a function at most 100.
set -u
cd "${LECTERN_SRCDIR:-.}" || exit 99
echo 1..2
long=$(find src ui -name '*.c' -o -name '*.h' | while read -r file; do
	lines=$(wc -l <"$file")
	case $file in *.h) most=200 ;; *) most=800 ;; esac
	[ "$lines" -le "$most" ] || echo "# $file has $lines lines, more than $most"
done)
[ -z "$long" ] && echo "ok 1 - files" || printf '%s\nnot ok 1 - files\n' "$long"
# clang-format puts a function's opening and closing brace into the first column.
long=$(find src ui -name '*.c' -exec awk '
	FNR == 1 { start = 0 }
	/^{/ { start = FNR }
	/^}$/ && start { if (FNR - start > 100) printf "# %s:%d: a function of %d lines\n", FILENAME, start, FNR - start; start = 0 }
' {} +)
[ -z "$long" ] && echo "ok 2 - functions" || printf '%s\nnot ok 2 - functions\n' "$long"
