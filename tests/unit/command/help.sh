#!/bin/sh
# Every command documents itself: --help, the manual page, and exit status 2 for wrong use.
set -u
lectern=$LECTERN_BUILDDIR/lectern
n=0
result() { # STATUS DESCRIPTION
	n=$((n + 1))
	[ "$1" = 0 ] && echo "ok $n - $2" || echo "not ok $n - $2"
}
commands=$("$lectern" help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ -n "$commands" ]
result $? "help lists the commands"
manual=$("$lectern" help --man)
for command in $commands; do
	"$lectern" "$command" --help | grep -q "^usage: lectern $command" &&
		printf '%s\n' "$manual" | grep -q "^\.SS lectern $command\$"
	result $? "$command has its help and its entry in the manual"
	"$lectern" "$command" --no-such-option >/dev/null 2>&1
	[ $? = 2 ]
	result $? "$command refuses an unknown option"
done
"$lectern" no-such-command >/dev/null 2>&1
[ $? = 2 ]
result $? "an unknown command is wrong use"
if command -v man >/dev/null; then
	warnings=$(printf '%s\n' "$manual" | LC_ALL=C.UTF-8 man --warnings -l - 2>&1 >/dev/null)
	[ -z "$warnings" ]
	result $? "the manual page is sound roff"
	for page in lectern lectern-lab lectern-robots; do
		(unset MANPATH; PATH=$LECTERN_BUILDDIR:$PATH man -w "$page") >/dev/null 2>&1
		result $? "man $page finds it once the build directory is in PATH"
	done
fi
echo "1..$n"
