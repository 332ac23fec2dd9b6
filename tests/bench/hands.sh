#!/bin/sh
# From a raised hand to the screen, in a class of 200 who are all logged in, thirty of them working:
#   bench hand_to_screen_p50 S s, bench hand_to_screen_p95 S s
# and fails when the latter is more than 3 s.
# A student's psql says SELECT lectern.help(...); the clock runs from the server's behind it until the first
# `lectern status --json` (the feed that the console has) shows the hand.  BENCH_HANDS are raised (40).
. "$LECTERN_SRCDIR/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"
exec 3>&1 1>&2

sessions_pid=
robots_pid=
leave() {
	[ -z "$sessions_pid" ] || kill "$sessions_pid" 2>/dev/null
	[ -z "$robots_pid" ] || kill "$robots_pid" 2>/dev/null
	lectern down >/dev/null 2>&1
	rm -rf "$work"
}
trap leave EXIT
fail() {
	say "bench: $*"
	exit 1
}
must() { "$@" >"$work/out" 2>&1 || { tail -n 20 "$work/out"; fail "failed: $*"; }; }
now() { date +%s.%N; }

mkdir "$work/lab"
make_roster 200 >"$work/lab/roster.csv"
printf 'lab: hands\nexample: %s\nroster: roster.csv\n' "$LECTERN_SRCDIR/assets/labs/library/library.sql" >"$work/lab/lab.yaml"
chmod -R go+rX "$work/lab"
must lectern up
must lectern apply "$work/lab/lab.yaml"
must read_handout hands
jq -r '. as $all | .students[:170][] | "host=\($all.host) port=\($all.port) dbname=\(.login) user=\(.login) password=\(.password) sslmode=verify-full sslrootcert=\($all.ca_file)"' \
	"$work/handout.json" >"$work/conninfo"
"$LECTERN_BUILDDIR/tests/bench/sessions" <"$work/conninfo" >"$work/sessions" &
sessions_pid=$!
opened() { grep -q '^open 170' "$work/sessions"; }
wait_for 120 opened || fail "the idle sessions did not open"
# shellcheck disable=SC2046
lectern rehearse --speed 6 --class steady hands $(awk -F, 'NR > 171 { print $1 }' "$work/lab/roster.csv") >"$work/robots" 2>&1 &
robots_pid=$!
busy() { shows '.freshness == "fresh" and ([.students[170:][] | select(.progress > 0)] | length >= 20)'; }
wait_for 120 busy || fail "the robots do not work"
say "load $(cut -d ' ' -f 1-3 /proc/loadavg)"

is_up() { lectern status --json | jq -e --arg text "$1" '.hands[] | select(.message == $text)' >/dev/null; }
: >"$work/latencies"
i=0
while [ "$i" -lt "${BENCH_HANDS:-40}" ]; do
	i=$((i + 1))
	login=$(printf 's%03d' "$i")
	as_student "$login" -At -c "SELECT lectern.help('call $i')" -c 'SELECT pg_catalog.clock_timestamp()' >"$work/said" 2>&1 ||
		{ cat "$work/said"; fail "the hand could not be raised"; }
	begin=$(date -d "$(tail -n 1 "$work/said")" +%s.%N)
	deadline=$(($(date +%s) + 30))
	until is_up "call $i"; do
		[ "$(date +%s)" -lt "$deadline" ] || fail "a hand was not on the screen within 30 s"
	done
	awk "BEGIN { printf \"%.2f\\n\", $(now) - $begin }" >>"$work/latencies"
done
quantile() { sort -n "$work/latencies" | awk -v q="$1" '{ v[NR] = $1 } END { i = int(NR * q + 0.999); print v[i < 1 ? 1 : i] }'; }
echo "bench hand_to_screen_p50 $(quantile 0.5) s" >&3
echo "bench hand_to_screen_p95 $(quantile 0.95) s" >&3
awk "BEGIN { exit $(quantile 0.95) > 3 }"
