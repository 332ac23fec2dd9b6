#!/bin/sh
# The sources stand as clang-format would write them: version 14 or 19 (Debian 12 and 13), which agree on them.
set -u
cd "${LECTERN_SRCDIR:-.}" || exit 99
formatter=$(command -v clang-format-14 || command -v clang-format || true)
case $("${formatter:-false}" --version 2>/dev/null) in
*" 14."* | *" 19."*) ;;
*)
	echo "1..0 # SKIP neither clang-format 14 nor 19 is installed"
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
