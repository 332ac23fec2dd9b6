#!/bin/sh
# cppcheck has nothing to say about the sources.
set -u
cd "${LECTERN_SRCDIR:-.}" || exit 99
command -v cppcheck >/dev/null || {
	echo "1..0 # SKIP cppcheck is not installed"
	exit 0
}
echo 1..1
found=$(cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability \
	--inline-suppr --suppress=missingInclude --suppress=unknownMacro --suppress=normalCheckLevelMaxBranches -D_GNU_SOURCE -D__GNUC__=12 -DCLEANUP\(x\)= \
	-I src -I . --error-exitcode=1 -j 2 src ui tests 2>&1) && {
	echo "ok 1 - cppcheck"
	exit 0
}
echo "$found" | sed 's/^/# /'
echo "not ok 1 - cppcheck"
