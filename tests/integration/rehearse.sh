#!/bin/sh
# Robots play a class: every profile does what it is called for, through LDAP and TLS; a server that
# goes away in the middle costs nobody a statement; a second rehearsal finds what is there.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"

events=$work/events.jsonl
rehearsal=
stop_all() {
	[ -n "$rehearsal" ] && kill "$rehearsal" 2>/dev/null
	finish
}
trap stop_all EXIT

same() { [ "$1" = "$2" ] || { echo "\"$1\" is not \"$2\""; return 1; }; }
some() { grep -q "$@"; }
none() { ! grep "$@"; } # shows what there should not be
ask() {                 # DATABASE SQL, as the administrator
	psql -XAtq -h "$LECTERN_STATE/run" -p "$pg_port" -U postgres -d "$1" -c "$2"
}
# who PROFILE: the first login of that profile among the events.
who() { sed -n "s/.*\"login\":\"\([^\"]*\)\",\"profile\":\"$1\".*/\1/p" "$events" | head -n 1; }
has() { # PROFILE: its first robot's database has all rows of the example
	for table in author book loan member; do
		same "$(ask "$(who "$1")" "SELECT count(*) FROM public.$table")" \
			"$(ask lectern_example_library "SELECT count(*) FROM public.$table")" || return 1
	done
}
tables_of() { ask "$1" "SELECT count(*) FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p')
	AND relnamespace = 'public'::regnamespace"; }
over_tls() { same t "$(ask postgres "SELECT bool_and(s.ssl) FROM pg_catalog.pg_stat_ssl s
	JOIN pg_catalog.pg_stat_activity a USING (pid) WHERE a.usename LIKE 'robot%'")"; }
nobody_there() { same 0 "$(ask postgres "SELECT count(*) FROM pg_catalog.pg_stat_activity
	WHERE usename LIKE 'robot%'")"; }
done_are() { same "$1" "$(grep -c '"event":"done"' "$events")"; }
apply_lab() {
	mkdir -p "$work/lab" && cp "$LECTERN_SRCDIR"/assets/labs/library/* "$work/lab/" || return 1
	echo login,name >"$work/lab/roster.csv"
	for i in 1 2 3 4 5 6 7 8; do echo "robot$i,Robot $i"; done >>"$work/lab/roster.csv"
	lectern apply "$work/lab/lab.yaml"
}
ended() { # the rehearsal ended by itself, in order
	wait "$rehearsal"
	status=$?
	rehearsal=
	same 0 "$status"
}

ok "the servers start" lectern up
ok "a lab of eight students is applied" apply_lab
pg_port=$(sed -n '/^postgres:/,/^[a-z]*:$/s/^  port: //p' "$LECTERN_STATE/site.yaml" | head -n 1)

# -- the whole class -------------------------------------------------------------------------------
lectern rehearse --speed 200 --seed 9 --for 600 --json library >"$events" 2>"$work/rehearse.err" &
rehearsal=$!
ok "it begins, and the whole example is typed" \
	wait_for 60 some '"event":"begin".*"students":8.*"left_out":0' "$events"
ok "they come" wait_for 20 some '"event":"login"' "$events"
ok "each over TLS" over_tls
# Not before everybody has begun, not after the fast ones are done.
ok "the work is under way" wait_for 30 some '"move":"work"' "$events"
ok "postgres is killed" sh -c "kill -9 \$(head -n 1 '$LECTERN_STATE/postgres/postmaster.pid')"
ok "the robots notice" wait_for 20 some '"event":"lost"' "$events"
# Five that finish: steady (twice at most), fast, slow, typos, dropper; stuck ends by asking.
ok "all seven that come are done" wait_for 240 done_are 7
ok "they stay until the end" sh -c "[ \"\$(psql -XAtq -h '$LECTERN_STATE/run' -p $pg_port -U postgres -c \
	\"SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'robot%'\")\" = 7 ]"
for profile in fast steady slow typos; do
	ok "the $profile one has every row" has $profile
done
ok "no part of the solution failed" none '"event":"error".*"move":"work"' "$events"
ok "typos are answered with errors" some '"event":"error".*"profile":"typos","move":"typo"' "$events"
ok "the stuck one asks" some '"profile":"stuck","move":"odd"' "$events"
ok "the stuck one has not all tables" sh -c "[ $(tables_of "$(who stuck)") -lt $(tables_of lectern_example_library) ]"
ok "the dropper dropped a finished table" some '"event":"did".*"profile":"dropper","move":"drop"' "$events"
ok "one table is missing then" same "$(($(tables_of lectern_example_library) - 1))" "$(tables_of "$(who dropper)")"
ok "one never came" none '"profile":"never"' "$events"
kill -TERM "$rehearsal"
ok "TERM ends it in order" ended
ok "its last line sums up" some '"event":"end","students":8,"came":7,"finished":7' "$events"
ok "no session is left" wait_for 5 nobody_there

# -- again -----------------------------------------------------------------------------------------
ok "a second rehearsal finds what is there" sh -c "lectern rehearse --speed 2000 --seed 9 --json >'$events'"
ok "it says so" some '"event":"there".*"profile":"fast"' "$events"
ok "no rows came twice" has fast

# -- what it refuses -------------------------------------------------------------------------------
refused() { # STATUS WORDS ARGUMENTS...
	expected=$1 words=$2
	shift 2
	lectern rehearse "$@" >"$work/refused" 2>&1
	same "$expected" $? && some "$words" "$work/refused"
}
ok "an unknown lab" refused 1 nowhere nowhere
ok "a speed of nothing" refused 2 speed --speed 0
mv "$LECTERN_STATE/labs/library/secret" "$work/secret"
ok "a lab whose secret was burned" refused 1 burn library
