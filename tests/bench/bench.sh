#!/bin/sh
# make bench: lectern's figures, beside the alternative's in the same run on the same servers.
#   bench NAME VALUE UNIT
#   bench NAME VALUE UNIT vs ALTERNATIVE VALUE UNIT ratio R
# What is being done goes to stderr.  BENCH_SAMPLES is how many COMMITs are timed (30).
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
bench() { echo "bench $*" >&3; }
calc() { awk "BEGIN { printf \"%.${2:-2}f\", $1 }"; }
now() { date +%s.%N; }

# took COMMAND...: leaves its seconds in $seconds.
took() {
	begin=$(now)
	"$@" >"$work/out" 2>&1 || {
		tail -n 20 "$work/out"
		fail "failed: $*"
	}
	seconds=$(calc "$(now) - $begin")
	say "$seconds s: $*"
}

# -- provisioning -----------------------------------------------------------------------------------

example=$LECTERN_SRCDIR/assets/labs/library/library.sql
class() { # NAME STUDENTS PREFIX: a lab file for a class
	mkdir -p "$work/$1"
	make_roster "$2" "$3" >"$work/$1/roster.csv"
	printf 'lab: %s\nexample: %s\nroster: roster.csv\nlimits:\n  connections: 4\n  idle_after: 10s\n' "$1" "$example" >"$work/$1/lab.yaml"
	chmod -R go+rX "$work/$1"
}

prov_password() { # the directory's provisioning password, derived as base/secret.h says
	printf prov | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(head -n 1 "$LECTERN_STATE/secrets/ldap")" -binary |
		openssl base64 -A | tr '+/' '-_' | tr -d '='
}
shell_loop() { # N
	admin=$(site users postgres)
	prov_password >"$work/prov"
	chmod 600 "$work/prov"
	as_admin=
	if [ -n "$admin" ] && [ "$(id -u)" = 0 ]; then
		chown "$admin" "$work/prov"
		as_admin="setpriv --reuid=$admin --regid=$(id -g "$admin") --init-groups"
	fi
	# shellcheck disable=SC2086
	LDAPURI=$(site ldap uri) BIND_DN=$(site ldap admin_dn) BIND_PASSWORD_FILE=$work/prov \
		PEOPLE=$(site ldap people) PGHOST=$(site postgres host) PGPORT=$(site postgres port) \
		PGUSER=$(site postgres admin) LDAPTLS_REQCERT=never \
		$as_admin sh "$LECTERN_SRCDIR/tests/bench/shell_loop.sh" "$1"
}

took lectern up
bench up "$seconds" s

# The loop knows no example: a lab of one student is there, and the timed apply makes the others, as the loop does.
provision() { # NAME STUDENTS PREFIX
	class "$1" 1 "$3"
	took lectern apply "$work/$1/lab.yaml"
	bench "first_apply_with_example_$2" "$seconds" s
	class "$1" $(($2 + 1)) "$3"
	took lectern apply "$work/$1/lab.yaml"
}
provision small 30 s
ours=$seconds
took shell_loop 30
loop=$seconds
bench provision_30 "$ours" s vs shell_loop_30 "$loop" s ratio "$(calc "$loop / $ours" 1)"
provision large 200 t
bench provision_200 "$seconds" s
bench provision_200_per_student "$(calc "$seconds * 1000 / 200" 1)" ms vs shell_loop_30_per_student \
	"$(calc "$loop * 1000 / 30" 1)" ms ratio "$(calc "$loop * 200 / 30 / $seconds" 1)"
took lectern apply "$work/large/lab.yaml"
bench second_apply_200 "$seconds" s

# -- a reset, with three sessions open, on a server of 230 databases --------------------------------

read_handout large
jq -r '. as $all | .students[1] | range(3) as $n | "host=\($all.host) port=\($all.port) dbname=\(.login) user=\(.login) password=\(.password) sslmode=verify-full sslrootcert=\($all.ca_file)"' \
	"$work/handout.json" | "$LECTERN_BUILDDIR/tests/bench/sessions" >"$work/sessions" &
sessions_pid=$!
wait_for 60 grep -q '^open 3' "$work/sessions" || fail "no three sessions"
student=$(jq -r '.students[1].login' "$work/handout.json")
took lectern student large "$student" reset --yes
bench reset_with_3_sessions "$seconds" s
took lectern student large "$student" undo --yes
bench undo "$seconds" s
kill "$sessions_pid"
sessions_pid=

# -- the demo ---------------------------------------------------------------------------------------

to_grid() { # in a state of its own, from nothing
	LECTERN_STATE=$work/demo
	lectern demo --headless --for 1 >/dev/null 2>"$work/demo.err"
	lectern down
	rm -rf "$LECTERN_STATE"
}
(to_grid) >/dev/null 2>&1
seconds=$(sed -n 's/^demo: *\([0-9.]*\) s  the grid.*/\1/p' "$work/demo.err")
[ -n "$seconds" ] || { cat "$work/demo.err"; fail "the demo showed no grid"; }
bench demo_to_grid "$seconds" s

# -- lecternd ---------------------------------------------------------------------------------------

# Thirty students more, who will work; the 200 are logged in and do nothing.
awk 'BEGIN { for (i = 202; i <= 231; i++) printf "t%d,Student %d,A%d\n", i, i, i }' >>"$work/large/roster.csv"
took lectern apply "$work/large/lab.yaml"
bench add_30_to_200 "$seconds" s
read_handout large
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$(server_pid lecternd)/stat"; }
memory_mb() { awk '/^VmRSS:/ { printf "%.1f", $2 / 1024 }' "/proc/$(server_pid lecternd)/status"; }
cpu() { # SECONDS: its share of one core, in per cent
	ticks=$(cpu_ticks)
	begin=$(now)
	sleep "$1"
	calc "($(cpu_ticks) - $ticks) / $(getconf CLK_TCK) / ($(now) - $begin) * 100" 1
}
measured() { shows '.freshness == "fresh" and ([.students[].progress] | length == 231 and all(. != null))'; }
wait_for 60 measured || fail "not everybody was measured"

jq -r '. as $all | .students[:200][] | "host=\($all.host) port=\($all.port) dbname=\(.login) user=\(.login) password=\(.password) sslmode=verify-full sslrootcert=\($all.ca_file)"' \
	"$work/handout.json" >"$work/conninfo"
"$LECTERN_BUILDDIR/tests/bench/sessions" <"$work/conninfo" >"$work/sessions" &
sessions_pid=$!
opened() { grep -q '^open 200' "$work/sessions"; }
wait_for 90 opened || fail "the idle sessions did not open"
unmoved() { shows '.freshness == "fresh" and ([.students[] | select(.state == "working")] | length == 0)'; }
wait_for 40 unmoved || say "some still count as working"
bench daemon_cpu_200_idle "$(cpu 20)" %
bench daemon_memory_200_idle "$(memory_mb)" MB

robots=$(awk -F, 'NR > 201 { print $1 }' "$work/large/roster.csv")
# shellcheck disable=SC2086
lectern rehearse --speed "${BENCH_SPEED:-6}" large $robots >"$work/robots" 2>&1 &
robots_pid=$!
busy() { shows '[.students[200:][] | select(.progress > 0)] | length >= 20'; }
wait_for 90 busy || fail "the robots do not work"
bench daemon_cpu_30_working_200_idle "$(cpu 20)" %
bench daemon_memory_30_working_200_idle "$(memory_mb)" MB

# -- COMMIT -> lectern status -----------------------------------------------------------------------

# From the server's clock behind COMMIT to the first status that shows it, read again and again.
meter=t200
branch=$(awk '/^CREATE TABLE branch/, /;/' "$example")
meter_is() { lectern status --json | jq -e --arg m "$meter" ".students[] | select(.login == \$m) | .progress $1" >/dev/null; }
commit_to_status() { # COMPARISON STATEMENT: appends the seconds
	as_student "$meter" -At -c "$2" -c 'SELECT pg_catalog.clock_timestamp()' >"$work/committed" || fail "the meter's statement failed"
	begin=$(date -d "$(cat "$work/committed")" +%s.%N)
	deadline=$(($(date +%s) + 20))
	until meter_is "$1"; do
		[ "$(date +%s)" -lt "$deadline" ] || fail "a COMMIT did not show within 20 s"
		sleep 0.05
	done
	calc "$(now) - $begin" 3 >>"$work/latencies"
	echo >>"$work/latencies"
}
: >"$work/latencies"
i=0
while [ "$i" -lt "${BENCH_SAMPLES:-30}" ]; do
	commit_to_status '> 0' "$branch"
	commit_to_status '== 0' 'DROP TABLE branch'
	i=$((i + 2))
done
quantile() { sort -n "$work/latencies" | awk -v q="$1" '{ v[NR] = $1 } END { i = int(NR * q + 0.999); print v[i < 1 ? 1 : i] }'; }
bench commit_to_status_p50 "$(quantile 0.5)" s
bench commit_to_status_p95 "$(quantile 0.95)" s

# -- the console ------------------------------------------------------------------------------------

frame=$LECTERN_BUILDDIR/tests/bench/frame
if [ -x "$frame" ]; then
	"$frame" >&3
	"$frame" console_230 "$LECTERN_BUILDDIR/lectern" console large >&3
fi

took lectern down
bench down_with_230_sessions "$seconds" s
