# lib.sh: what every integration test needs; read it with `. "$LECTERN_SRCDIR/tests/integration/lib.sh"`.
# Prints TAP.  Servers live in a private state directory, listen on loopback only, and end with the test.
set -u
: "${LECTERN_SRCDIR:?}" "${LECTERN_BUILDDIR:?}"
PATH=$LECTERN_BUILDDIR:$PATH:/usr/sbin:/usr/lib/postgresql/17/bin:/usr/lib/postgresql/15/bin
export PATH
test_count=0
test_failed=0
shared=$LECTERN_SRCDIR/../shared
[ -d "$shared/samples" ] || shared=

say() { printf '# %s\n' "$*"; }

# ok DESCRIPTION COMMAND... : one test, passed when the command succeeds; its output is shown when not.
ok() {
	description=$1
	shift
	test_count=$((test_count + 1))
	if "$@" >"$work/ok.out" 2>&1; then
		printf 'ok %d - %s\n' "$test_count" "$description"
	else
		test_failed=1
		printf 'not ok %d - %s\n' "$test_count" "$description"
		sed 's/^/#   /' "$work/ok.out" | tail -n 40
	fi
}

skip() { # DESCRIPTION REASON
	test_count=$((test_count + 1))
	echo "ok $test_count - $1 # SKIP $2"
}

free_port() { # the first port from $1 on that nobody listens on
	p=$1
	while ss -ltnH "sport = :$p" | grep -q .; do p=$((p + 1)); done
	echo "$p"
}

# patience: how many times as long everything may take, by the machine's load.
patience() { awk -v cores="$(nproc)" '{ print int($1 / cores) + 1 }' /proc/loadavg; }

# wait_for SECONDS COMMAND... : until the command succeeds; fails when the deadline passes.
wait_for() {
	deadline=$(($(date +%s) + $1 * $(patience)))
	shift
	until "$@" >"$work/wait.out" 2>&1; do
		[ "$(date +%s)" -lt "$deadline" ] || { cat "$work/wait.out"; return 1; }
		sleep 0.2
	done
}

is() { # VALUE COMMAND... : what it prints
	expected=$1
	shift
	found=$("$@")
	echo "$*: found \"$found\", expected \"$expected\""
	[ "$found" = "$expected" ]
}
says() { # WORDS COMMAND... : it fails, and says so
	words=$1
	shift
	"$@" >"$work/says.out" 2>&1 </dev/null && { echo "it succeeded"; return 1; }
	cat "$work/says.out"
	grep -qF -- "$words" "$work/says.out"
}
begins() { # WORD COMMAND...
	expected=$1
	shift
	found=$("$@")
	echo "$*: found \"$found\", expected \"$expected...\""
	case $found in "$expected"*) ;; *) return 1 ;; esac
}

# A sanitizer's report, whoever of lectern's programs made it: the commands and their children write files,
# lecternd, which has its environment from its supervisor, its log.
no_reports() {
	! find "$work" -type f \( -path "$work/sanitizer/*" -o -path '*/log/*' \) -exec \
		grep -hE -A 30 'ERROR: (Address|Leak)Sanitizer|runtime error: ' {} + | grep .
}

# Ends the servers, keeps the logs of a failed run, removes the directory.
finish() {
	[ -f "$LECTERN_STATE/site.yaml" ] && lectern down >/dev/null 2>&1
	[ -z "$sanitized" ] || ok "no sanitizer has anything to report" no_reports
	if [ "$test_failed" != 0 ]; then
		kept=$LECTERN_BUILDDIR/tests/kept/$(basename "$0" .sh)
		rm -rf "$kept" && mkdir -p "$kept" && cp -r "$LECTERN_STATE/log" "$kept/" 2>/dev/null
		say "the servers' logs are kept in $kept"
	fi
	rm -rf "$work"
	echo "1..$test_count"
}

work=$(mktemp -d "${TMPDIR:-/tmp}/lectern-test.XXXXXX") && chmod 755 "$work" || exit 99
LECTERN_STATE=$work/state
export LECTERN_STATE
sanitized=$(grep -s '^CHECK_CFLAGS = .*-fsanitize' "$LECTERN_BUILDDIR/Makefile")
if [ -n "$sanitized" ]; then
	mkdir -m 1777 "$work/sanitizer"
	ASAN_OPTIONS=log_path=$work/sanitizer/report
	UBSAN_OPTIONS=$ASAN_OPTIONS:print_stacktrace=1
	export ASAN_OPTIONS UBSAN_OPTIONS
fi
trap finish EXIT
trap 'exit 99' INT TERM HUP
