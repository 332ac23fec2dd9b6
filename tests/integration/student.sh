#!/bin/sh
# Looking after one student on real servers: reset and undo under open sessions and locks, killed at
# each of its steps; kick, unlock, extra time, note; each an event with who and when.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/session.sh"

ldap_uri() { sed -n 's/^ *uri: *//p' "$LECTERN_STATE/site.yaml" | tr -d '"' | head -n 1; }
within() { database=$1 sql -c "$2"; } # as the administrator, in a database
role_password() { # ROLE SECRET: as lectern derives it
	printf %s "$1" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(cat "$LECTERN_STATE/secrets/$2")" -binary |
		base64 | tr '+/' '-_' | tr -d '='
}
look_after() { # LOGIN VERB...: as the console does; the answer is left in answer.json
	lectern student care "$@" --yes --json </dev/null >"$work/answer.json" 2>"$work/answer.err"
	status=$?
	cat "$work/answer.json" "$work/answer.err"
	return $status
}
answer() { jq -r "$1" "$work/answer.json"; }
tables() { student "$1" -c "SELECT coalesce(string_agg(relname, ',' ORDER BY relname), '-') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"; }
databases() { sql -c "SELECT string_agg(datname || CASE WHEN datallowconn THEN '+' ELSE '' END, ' ' ORDER BY datname COLLATE \"C\") FROM pg_database WHERE split_part(datname, '~', 1) = '$1'"; }
progress() { sql -c "SELECT coalesce(a.progress::text, '?') FROM students s JOIN activity a USING (student_id) WHERE s.login = '$1'"; }
events() { sql -c "SELECT count(*) FROM events e JOIN students s USING (student_id) WHERE s.login = '$1' AND e.kind = '$2'"; }
rights() { sql -c "SELECT replace(d.datacl::text, '$1', 'LOGIN') || (SELECT setconfig::text FROM pg_db_role_setting WHERE setdatabase = d.oid AND setrole = 0) FROM pg_database d WHERE datname = '$1'"; }
# open_sessions LOGIN N SQL: so many, each in an open transaction, until they are ended.
open_sessions() {
	rm -f "$work"/session.*
	for n in $(seq "$2"); do
		{ echo "BEGIN; $3; SELECT 'in';"; sleep 60; } | student "$1" >"$work/session.$n" 2>&1 &
	done
	wait_for 30 eval "[ \$(cat $work/session.* | grep -c '^in\$') = $2 ]"
}
no_session() { is 0 sql -c "SELECT count(*) FROM pg_stat_activity WHERE usename = '$1'"; }

mkdir "$work/lab"
cat >"$work/lab/example.sql" <<'END'
CREATE TABLE artist (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE album (id integer PRIMARY KEY, title text NOT NULL);
INSERT INTO artist VALUES (1, 'AC/DC');
END
sed -n 1p "$work/lab/example.sql" >"$work/artist.sql"
printf 'login,name\nada,Ada Lovelace\nbob,Bob\ncy,Cy\n' >"$work/lab/roster.csv"
printf 'lab: care\nexample: example.sql\nroster: roster.csv\n' >"$work/lab/lab.yaml"
ok "the servers start and the lab is applied" sh -c 'lectern up && lectern apply "$0"' "$work/lab/lab.yaml"
lectern handout care --json >"$work/handout.json" 2>"$work/handout.err"

# -- reset and undo --------------------------------------------------------------------------------
student ada -f "$work/artist.sql"
ok "some work" wait_for 30 is true eval 'jq -n "$(progress ada) > 0"'
open_sessions ada 3 "SELECT 1 FROM artist"
ok "reset asks, and without a terminal says so" says "--yes" lectern student care ada reset
ok "nothing was done" is "ada+" databases ada
begin=$(date +%s%N)
ok "reset with three open sessions" look_after ada reset
took=$((($(date +%s%N) - begin) / 1000000))
say "the command took $took ms, of these $(answer .milliseconds) on the servers"
ok "in time ($took ms)" test "$took" -lt 20000
ok "it says what it ended and kept" is "true ada~care~1 3" answer '"\(.ok) \(.kept_as) \(.sessions_ended)"'
ok "the sessions are ended" no_session ada
ok "the old one is closed, the new one open" is "ada+ ada~care~1" databases ada
ok "the new one is empty" is "-" tables ada
ok "and as apply makes them" is "$(rights bob)" rights ada
ok "an apply has nothing to do" sh -c 'lectern plan "$0" --json | jq -e ".actions | length == 0"' "$work/lab/lab.yaml"
ok "it is measured" wait_for 30 is 0 progress ada
ok "the student can read the progress there" wait_for 30 is 2 student ada -c "SELECT count(*) FROM lectern.progress WHERE object = ''"
student ada -c "CREATE TABLE second (a integer)"
ok "undo brings the old one back" look_after ada undo
ok "with its work" is artist tables ada
ok "what was there is kept" is "ada+ ada~care~2" databases ada
ok "it is measured" wait_for 30 is true eval 'jq -n "$(progress ada) > 0"'
ok "the undo is undone" look_after ada undo
ok "with the work that was done in between" is second tables ada
ok "nothing is lost" is "ada+ ada~care~3" databases ada
ok "the list tells what, who and when" is "ada~care~3 true" eval 'lectern student care ada undo --list --json | jq -r ".put_aside[0] | \"\(.database) \(.why | test(\"^put aside by undo at 20.*Z by .\"))\""'
ok "nothing to undo is said" says "nothing of \"bob\" was put aside" lectern student care bob undo --yes
ok "who and when is on record" is "1 2 t" sql -c "SELECT concat_ws(' ', count(*) FILTER (WHERE kind = 'reset'), count(*) FILTER (WHERE kind = 'undo'), bool_and(actor <> 'postgres')) FROM events JOIN students USING (student_id) WHERE login = 'ada' AND kind IN ('reset', 'undo')"
ok "an unknown login" says "Did you mean \"ada\"?" lectern student care aba reset --yes
ok "or a name" says "Did you mean \"ada\"?" lectern student care lovelace kick --yes
ok "a failed answer is JSON, too" is "false" eval 'lectern student care aba reset --yes --json 2>/dev/null | jq .ok'

# -- a held lock -----------------------------------------------------------------------------------
student bob -f "$work/artist.sql"
open_sessions bob 1 "LOCK TABLE artist IN ACCESS EXCLUSIVE MODE"
begin=$(date +%s%N)
ok "reset under a held lock" look_after bob reset
say "it took $((($(date +%s%N) - begin) / 1000000)) ms"
ok "gives a new one" is "-" tables bob
ok "undo brings back what was committed" eval 'look_after bob undo && is artist tables bob'

# -- killed ----------------------------------------------------------------------------------------
student cy -c "CREATE TABLE mine (a integer)"
# Killed before its first, second, ... outside call; what is there afterwards is complete, and a second reset comes through.
walk() {
	n=0
	while [ $n -lt 20 ]; do
		n=$((n + 1))
		LECTERN_FAULT_AT=$n lectern student care cy reset --yes >"$work/killed" 2>&1 && break
		found=$(database=postgres sql -c "SELECT count(*) FROM pg_database WHERE datname = 'cy'")
		[ "$found" = 1 ] || { echo "call $n: the database is gone"; return 1; }
		lectern student care cy reset --yes >"$work/again" 2>&1 || { echo "call $n:"; cat "$work/again"; return 1; }
		[ "$(tables cy)" = - ] || { echo "call $n: not a new one"; return 1; }
		lectern student care cy undo --yes >"$work/again" 2>&1 || { echo "call $n:"; cat "$work/again"; return 1; }
		[ "$(tables cy)" = mine ] || { echo "call $n: the work is not back: $(tables cy)"; return 1; }
	done
	echo "killed at $((n - 1)) calls"
	cat "$work/killed"
	[ $n -gt 3 ] && [ $n -lt 20 ]
}
ok "reset is killed at each of its calls, and done again" walk
ok "the last one stands" is "-" tables cy
ok "undo" eval 'look_after cy undo && is mine tables cy'
ok "nothing is left in the making" is 0 sql -c "SELECT count(*) FROM pg_database WHERE datname LIKE 'cy~%~0'"
ok "and nothing is noted that is not there" is 0 sql -c "SELECT count(*) FROM provisioned p LEFT JOIN pg_database d ON d.datname = p.name WHERE p.kind = 'database' AND d.oid IS NULL"
LECTERN_FAULT_AT=4 lectern student care cy reset --yes >"$work/killed" 2>&1
ok "a reset that is killed in the worst moment leaves it closed" eval 'case $(databases cy) in "cy cy~"*) ;; *) databases cy; false ;; esac'
ok "and unlock opens it" eval 'look_after cy unlock && is true answer .database_was_closed && is mine tables cy'

# -- kick, unlock, extra time, note ----------------------------------------------------------------
open_sessions ada 2 "SELECT 1"
ok "kick" look_after ada kick
ok "ends all sessions" is 2 answer .sessions_ended
ok "which are gone" wait_for 20 no_session ada
ok "and the login stays open" student ada -c "SELECT 1"
lock_entry() {
	ldapmodify -x -H "$(ldap_uri)" -D cn=prov,dc=lab -w "$(role_password prov ldap)" <<'END'
dn: uid=ada,ou=people,dc=lab
changetype: modify
replace: pwdAccountLockedTime
pwdAccountLockedTime: 000001010000Z
END
}
ok "an account is locked" lock_entry
ok "its login fails" says "authentication failed" student ada -c "SELECT 1"
sql -c "ALTER ROLE ada NOLOGIN" >/dev/null
ok "unlock" look_after ada unlock
ok "says what was locked" is "true true false" answer '"\(.account_was_locked) \(.login_was_closed) \(.database_was_closed)"'
ok "and the login is open" student ada -c "SELECT 1"
ok "without a lesson there is no extra time" says "no lesson of lab" lectern student care ada extra-time 5
lectern lesson care start --length 1h >/dev/null
ok "in one there is" look_after ada extra-time 15
ok "it adds up" eval 'look_after ada extra-time -5 && is "600 -300" answer "\"\(.total_seconds) \(.seconds)\""'
ok "minutes may be named" eval 'look_after ada extra-time 5min && is "900 300" answer "\"\(.total_seconds) \(.seconds)\""'
ok "it is minutes" says "extra time is minutes" lectern student care ada extra-time soon
ok "a note" look_after ada note came late, "has a doctor's letter"
ok "is kept" is "came late, has a doctor's letter" sql -c "SELECT text FROM notes"
ok "and is an event" is 1 events ada note
ok "told once" eval 'lectern student care ada show >"$work/show.out" && is 1 grep -c "came late" "$work/show.out"'
ok "an empty one is not" says "a note is a text" lectern student care ada note " "
ok "a new password" look_after ada passwd
lectern handout care --json >"$work/handout.json" 2>"$work/handout.err"
ok "is an event" is 1 events ada passwd
ok "who acts behind sudo is the caller" eval 'SUDO_USER=grace look_after bob note hello && is "$(id -u | sed "s/^0\$/grace/;t;s/.*/$(id -un)/")" answer .actor'
ok "the answer has the time" is true answer '.at | test("^20..-")'

# -- the next lab, and the end of this one ---------------------------------------------------------
sed 's/^lab: .*/lab: other/' "$work/lab/lab.yaml" >"$work/lab/other.yaml"
open_sessions bob 1 "SELECT 1"
ok "no other lab while a lesson runs and somebody is here" says 'a lesson of lab "care" is running, with 1 of its students connected' lectern apply "$work/lab/other.yaml"
ok "whose session goes on" eval 'is 1 sql -c "SELECT count(*) FROM pg_stat_activity WHERE usename = '"'bob'"'"'
ok "another lab, by --yes" lectern apply "$work/lab/other.yaml" --yes
ok "sets aside what was current" is "ada+ ada~care ada~care~3" databases ada
ok "whose students cannot be reset then" says "not the current one" lectern student care ada reset --yes
ok "but the other's" eval 'lectern student other ada reset --yes && is "ada+ ada~care ada~care~3 ada~other~4" databases ada'
ok "the first lab comes back" lectern lab use care
ok "with its own" is "ada+ ada~care~3 ada~other ada~other~4" databases ada
ok "and its work" is second tables ada
ok "destroy" lectern destroy care --yes
ok "leaves the other lab's" is "ada~other ada~other~4" databases ada
archived() { (cd "$LECTERN_STATE"/archive/care-* && ls | tr '\n' ' '); }
ok "and archives what was put aside, too" eval 'archived; ls "$LECTERN_STATE"/archive/care-*/ada.dump "$LECTERN_STATE"/archive/care-*/ada~3.dump'
holds() { pg_restore --list "$1" | grep -q "TABLE public $2 "; }
ok "each with its work" eval 'holds "$LECTERN_STATE"/archive/care-*/ada.dump second && holds "$LECTERN_STATE"/archive/care-*/ada~3.dump artist'

# -- a query lab -----------------------------------------------------------------------------------
printf 'lab: query\ngoal: query\nexample: example.sql\nroster: roster.csv\n' >"$work/lab/query.yaml"
cat >>"$work/lab/example.sql" <<'END'
CREATE VIEW names AS SELECT name FROM artist;
END
ok "a query lab" lectern apply "$work/lab/query.yaml"
student ada -c "CREATE VIEW names AS SELECT name FROM artist"
ok "a reset there" lectern student query ada reset --yes
ok "begins with the given tables and their rows" is "album,artist AC/DC" eval 'echo "$(tables ada) $(student ada -c "SELECT name FROM artist")"'
ok "without what was written" is 0 student ada -c "SELECT count(*) FROM pg_views WHERE viewname = 'names'"
ok "which undo brings back" eval 'lectern student query ada undo --yes && is AC/DC student ada -c "SELECT name FROM names"'
