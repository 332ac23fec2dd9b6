#!/bin/sh
# The sources stand as clang-format 14 would write them.
set -u
cd "${LECTERN_SRCDIR:-.}" || exit 99
formatter=$(command -v clang-format-14 || command -v clang-format || true)
case $("${formatter:-false}" --version 2>/dev/null) in
*" 14."*) ;;
*)
	echo "1..0 # SKIP clang-format 14 is not installed"
	exit 0
	;;
esac
echo 1..1
bad=$(find src ui tests -name '*.[ch]' -exec "$formatter" --dry-run -Werror {} + 2>&1 | grep 'error:' | cut -d: -f1 | sort -u)
if [ -z "$bad" ]; then
	echo "ok 1 - formatted"
else
	echo "$bad" | sed 's/^/# clang-format -i /'
	echo "not ok 1 - formatted"
fi
