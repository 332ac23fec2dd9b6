#!/bin/sh
# Hands and announcements on real servers: what a student says in whatever client, what the helpers do about it,
# what the student is told; limits, forgery, restarts.  Students log in as in the room: LDAP over TLS.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/session.sh"
cd "$work" || exit 99

password() { # LOGIN
	lectern handout shop "$1" --json 2>/dev/null | sed -n 's/^ *"password": "\([a-z-]*\)".*/\1/p'
}
uri() { echo "host=localhost hostaddr=127.0.0.1 port=$port dbname=$1 user=$1 sslmode=verify-full sslrootcert=$LECTERN_STATE/tls/ca.crt"; }
client() { # LOGIN PROGRAM [ARGUMENTS]
	login=$1 program=$2
	shift 2
	PGPASSWORD=$(cat "$work/$login.password") "$program" -d "$(uri "$login")" "$@"
}
student() { # LOGIN SQL
	client "$1" psql -X -q -At -v ON_ERROR_STOP=1 -c "$2"
}
says() { # VALUE COMMAND... : the command's output is the value, or begins with it where it ends in ...
	expected=$1
	shift
	found=$("$@" 2>&1)
	echo "$*: found \"$found\", expected \"$expected\""
	case $expected in
	*...) case $found in "${expected%...}"*) ;; *) return 1 ;; esac ;;
	*) [ "$found" = "$expected" ] ;;
	esac
}
soon() { wait_for 30 "$@"; }
refused() { # COMMAND...
	if "$@"; then
		echo "it was taken"
		return 1
	fi
}
# A hand as the control database has it: state, message, helper, outcome.
hand() { sql -F '|' -c "SELECT h.state, h.message, h.helper, h.outcome FROM hands h JOIN students s USING (student_id) WHERE s.login = '$1' ORDER BY hand_id DESC LIMIT 1"; }
hands() { sql -c "SELECT count(*) FROM hands h JOIN students s USING (student_id) WHERE s.login = '$1'"; }
place() { student "$1" "SELECT place FROM lectern.queue"; }
status() { student "$1" "SELECT status FROM lectern.queue"; }
# A session that stays: SQL goes in with `tell`, what it answers stands in $work/LOGIN.out.
open_session() { # LOGIN
	mkfifo "$work/$1.in"
	client "$1" psql -X -q -At <"$work/$1.in" >"$work/$1.out" 2>&1 &
	eval "session_$1=$!"
	case $1 in alice) exec 7>"$work/$1.in" ;; bob) exec 8>"$work/$1.in" ;; esac
}
tell() { # LOGIN SQL : and wait until it is done
	marker="done $(date +%N)"
	case $1 in
	alice) printf '%s\n\\echo %s\n' "$2" "$marker" >&7 ;;
	bob) printf '%s\n\\echo %s\n' "$2" "$marker" >&8 ;;
	esac
	wait_for 30 grep -qF "$marker" "$work/$1.out"
}
close_session() {
	case $1 in alice) exec 7>&- ;; bob) exec 8>&- ;; esac
	eval "wait \$session_$1"
	rm -f "$work/$1.in"
}
done_with() { # LOGIN : nothing is up any more
	lectern hands shop resolve "$1" --by Ada >/dev/null
	soon says "" status "$1"
}

cat >shop.sql <<'END'
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE purchase (id integer PRIMARY KEY, customer_id integer REFERENCES customer);
END
printf 'login,name,seat\nalice,Alice Adams,A1\nbob,Bob Brown,B2\ncarol,Carol Clark,C3\n' >class.csv
printf 'lab: shop\ntitle: Shop\nexample: shop.sql\nroster: class.csv\n' >lab.yaml

ok "up" lectern up
ok "apply" lectern apply lab.yaml
port=$(pg_port)
for login in alice bob carol; do password $login >"$work/$login.password"; done
ok "lecternd measures" soon says 3 sql -c "SELECT count(*) FROM activity WHERE progress = 0"

# -- a hand goes up, and down -----------------------------------------------------------------------
ok "a call is answered in words" says "Your hand is up: place 1. See..." student alice "SELECT lectern.help('which way round is the key?')"
ok "the queue shows it at once" says 1 place alice
ok "the hand is up" soon says "waiting|which way round is the key?||" hand alice
ok "and next in the queue" soon says "you are next" status alice
ok "another call replaces the message" says "Your hand is up already: place 1. See..." student alice "SELECT lectern.help('or is it the type?')"
ok "which the helpers see" soon says "waiting|or is it the type?||" hand alice
ok "it is one hand" says 1 hands alice
ok "help without words keeps them" eval 'student alice "SELECT lectern.help()" >/dev/null && soon says 2 sql -c "SELECT count(*) FROM events WHERE kind = '"'hand_again'"'" && says "waiting|or is it the type?||" hand alice'
ok "thanks takes it down" says "Your hand is down. Good luck!" student alice "SELECT lectern.thanks()"
ok "everywhere" soon says "resolved|or is it the type?||thanks" hand alice
ok "the student's queue is empty" soon says "" status alice
ok "thanks without a hand" says "Your hand is not up." student alice "SELECT lectern.thanks()"

# -- transactions ----------------------------------------------------------------------------------
open_session alice
tell alice "BEGIN; CREATE TABLE t (a int);"
tell alice "SELECT lectern.help('it''s in an open transaction');"
ok "in an open transaction it counts at once" soon says "waiting|it's in an open transaction||" hand alice
ok "and is no row yet" says "" sql -c "SELECT source_id FROM hands WHERE resolved_at IS NULL"
tell alice "COMMIT;"
ok "COMMIT makes it a row" soon says t sql -c "SELECT source_id > 0 FROM hands WHERE resolved_at IS NULL"
ok "and no second hand" says "2 2" sql -F ' ' -c "SELECT count(*), count(*) FILTER (WHERE kind = 'hand_raised') FROM hands, LATERAL (SELECT e.kind FROM events e WHERE e.kind = 'hand_raised' AND e.at = raised_at) k"
done_with alice
tell alice "BEGIN;"
tell alice "SELECT lectern.help('rolled back');"
ok "in a transaction that ends in ROLLBACK" soon says "waiting|rolled back||" hand alice
tell alice "ROLLBACK;"
tell alice "SELECT 1;"
ok "nothing is lost" soon says "you are next" status alice
done_with alice
tell alice "BEGIN; SELECT 1/0;"
tell alice "SELECT lectern.help(\$\$in a failed
transaction\$\$);"
ok "in a failed transaction" soon says "waiting|in a failed transaction||" hand alice
ok "which stays what it is" grep -q "current transaction is aborted" alice.out
lectern hands shop resolve alice --by Ada >/dev/null
ok "a helper has been there" soon says "resolved|in a failed transaction|Ada|helped" hand alice
wait_for 20 says t sql -c "SELECT max(turn) > $(sql -c 'SELECT max(turn) + 6 FROM heartbeats') FROM heartbeats"
ok "what the session still shows calls nobody again" says "resolved|in a failed transaction|Ada|helped" hand alice
tell alice "ROLLBACK;"
done_with alice
client alice psql -X -q -At -c "BEGIN" -c "SELECT 1/0" -c "SELECT lectern.help('in a script that fails')" -c "ROLLBACK" >/dev/null 2>&1
ok "in a script that goes on after its failure" soon says "waiting|in a script that fails||" hand alice
done_with alice
# As DBeaver does with manual commit: BEGIN and the statement come as one, by the extended protocol.
manual() {
	client bob pgbench -n -t 1 -M extended -f manual.sql
}
printf 'BEGIN;\nSELECT lectern.help(%s);\n\\sleep 6 s\nROLLBACK;\n' "'from a client with manual commit'" >manual.sql
manual >manual.out 2>&1 &
manual_pid=$!
ok "with manual commit" soon says "waiting|from a client with manual commit||" hand bob
wait "$manual_pid"
ok "it stays when the client rolls back" says "waiting|from a client with manual commit||" hand bob
tell alice "BEGIN; SELECT lectern.help('one more');"
ok "two statements in one" soon says "waiting|one more||" hand alice
tell alice "SELECT lectern.thanks();"
ok "thanks in an open transaction" soon says "resolved|one more||thanks" hand alice
tell alice "COMMIT;"
tell alice "DO \$\$ BEGIN PERFORM lectern.help('said by code'); END \$\$;"
ok "code may call, too" soon says "waiting|said by code||" hand alice
tell alice "BEGIN; SELECT 'SELECT lectern.help(''no call'')'; -- lectern.help('nor this')"
done_with alice
wait_for 20 says t sql -c "SELECT max(turn) > $(sql -c 'SELECT max(turn) + 4 FROM heartbeats') FROM heartbeats"
ok "a text is no call" says "" status alice
tell alice "ROLLBACK;"
close_session alice

# -- the helpers -----------------------------------------------------------------------------------
student carol "SELECT lectern.help('carol asks')" >/dev/null
ok "carol waits" soon says "waiting|carol asks||" hand carol
published() { student "$1" "SELECT jsonb_array_length(board -> 'waiting_since') FROM lectern.published"; }
soon says 2 published alice
ok "who was helped today comes later" says "Your hand is up: place 3. See..." student alice "SELECT lectern.help('alice again')"
soon says "waiting|alice again||" hand alice
order() { lectern hands shop --json | sed -n 's/^ *"login": "\(.*\)",$/\1/p' | head -n 3 | tr '\n' ' '; }
ok "the list has the order" says "bob carol alice " order
ok "and the student sees the place" soon says 3 place alice
ok "and words for people" eval 'lectern hands shop | grep -q "^  2  carol *Carol Clark *C3 .* waiting *carol asks"'
ok "Ada claims" says '"bob" is ...' sh -c 'lectern hands shop claim bob --by Ada >/dev/null && echo "\"bob\" is claimed"'
ok "bob is told" soon says "Ada comes" status bob
ok "carol is next" soon says "1|you are next" student carol "SELECT place, status FROM lectern.queue"
ok "a second helper is told who comes" says "lectern: hands: Ada has claimed the hand of \"bob\" already..." lectern hands shop claim bob --by Grace
ok "with an exit status" sh -c 'lectern hands shop claim bob --by Grace --json >second.json; [ $? = 1 ] && grep -q "\"ok\": false" second.json'
ok "the same one may say it twice" lectern hands shop claim bob --by Ada
ok "bob's next call reaches Ada" says "Ada comes already, and sees the new message." student bob "SELECT lectern.help('still the key')"
ok "and keeps her" soon says "claimed|still the key|Ada|" hand bob
ok "nobody is found" lectern hands shop not-found bob --by Ada
ok "and bob reads that" soon says "they came and did not find you: say lectern.help() again" status bob
student bob "SELECT lectern.help()" >/dev/null
ok "the place was kept" soon says "1|you are next" student bob "SELECT place, status FROM lectern.queue"
ok "carol is put off" lectern hands shop pause carol --by Grace
ok "her place is kept" soon says "2|put off for a while; your place is kept" student carol "SELECT place, status FROM lectern.queue"
ok "and alice moves up" soon says 2 place alice
ok "carol waits again" lectern hands shop resume carol
ok "on her place" soon says "2|your hand is up" student carol "SELECT place, status FROM lectern.queue"
ok "bob is helped" lectern hands shop resolve bob --by Ada --note "foreign key, other way round"
ok "with a note" says "still the key|Ada|helped|foreign key, other way round|1" sql -F '|' -c "SELECT h.message, h.helper, h.outcome, h.note, h.not_found FROM hands h JOIN students s USING (student_id) WHERE s.login = 'bob' ORDER BY hand_id DESC LIMIT 1"
ok "it is counted" eval "lectern hands shop --json | grep -q '\"helped_today\": 5'"
ok "and can't be done twice" says "lectern: hands: the hand of \"bob\" is not up..." lectern hands shop resolve bob --by Ada
ok "each act is an event with its actor" says "hand_claimed Ada,hand_not_found Ada,hand_resolved Ada" sql -c "SELECT string_agg(e.kind || ' ' || e.actor, ',' ORDER BY e.event_id) FROM events e JOIN students s USING (student_id) WHERE s.login = 'bob' AND e.actor = 'Ada'"
# Many helpers at once: one of them has it.
lectern hands shop resolve alice --by Ada >/dev/null
for n in 1 2 3 4 5 6; do lectern hands shop claim carol --by "Helper $n" >"race.$n" 2>&1 & done
wait
ok "of six at once one has it" says 1 sh -c 'grep -l "comes to" race.* | wc -l'
ok "wrong use" sh -c 'lectern hands shop grab carol; [ $? = 2 ]'
ok "an act without a login" says "lectern: hands: whom to \"claim\"? It takes a login..." lectern hands shop claim
ok "an unknown login" says "lectern: hands: there is no student \"dave\"..." lectern hands shop claim dave --by Ada
done_with carol
at_once() { # ACT: the helper is as quick as the student
	for n in 1 2; do
		student carol "SELECT lectern.help('quick $n')" >/dev/null && lectern hands shop "$1" carol --by Ada || return 1
		[ "$1" = withdraw ] || lectern hands shop withdraw carol || return 1
	done
}
ok "a call can be claimed at once" at_once claim
ok "and withdrawn" at_once withdraw
ok "who did not call is told of soon" says "lectern: hands: the hand of \"carol\" is not up..." timeout $((5 * $(patience))) lectern hands shop claim carol --by Ada

# -- limits ----------------------------------------------------------------------------------------
flood() {
	client bob psql -X -q -At -c "SELECT count(*) FROM (SELECT lectern.help('flood ' || i) FROM generate_series(1, 100000) i) x" \
		-c "BEGIN; SELECT lectern.help(repeat('x', 900)); SELECT 'still fine'; COMMIT" \
		-c "DO \$\$ BEGIN FOR i IN 1..2000 LOOP PERFORM lectern.thanks(); END LOOP; END \$\$"
}
flood >flood.out 2>&1 &
flooder=$!
ok "a hand beside a flood" eval 'student carol "SELECT lectern.help('"'beside'"')" >/dev/null && soon says "waiting|beside||" hand carol'
wait "$flooder"
ok "the flood ends in words" grep -q "You called 20 times within the hour" flood.out
ok "and breaks no transaction" grep -q "still fine" flood.out
ok "it is one hand" says t sql -c "SELECT count(*) <= 3 FROM hands h JOIN students s USING (student_id) WHERE s.login = 'bob'"
ok "of 20 rows" eval 'database=bob says t sql -c "SELECT count(*) FILTER (WHERE kind = '"'help'"') = 20 AND count(*) <= 40 FROM lectern.hands"'
ok "a long message is cut" says t student carol "SELECT lectern.help(repeat('y', 900)) ~ 'cut to 500 characters'"
ok "to 500 characters" soon says 500 sql -c "SELECT max(length(message)) FROM hands WHERE message ~ '^y'"

# -- what a student may not ------------------------------------------------------------------------
for statement in "INSERT INTO lectern.hands (kind) VALUES ('help')" "UPDATE lectern.hands SET said_at = now()" \
	"DELETE FROM lectern.hands" "TRUNCATE lectern.hands" "UPDATE lectern.standing SET place = 1" \
	"INSERT INTO lectern.standing (place) VALUES (1)" "DELETE FROM lectern.standing" "SELECT lectern.say('help', 'x')" \
	"SELECT setval('lectern.hands_hand_id_seq', 1)" "SELECT nextval('lectern.hands_hand_id_seq')" \
	"CREATE OR REPLACE FUNCTION lectern.help(message text DEFAULT '') RETURNS text LANGUAGE sql AS 'SELECT 1'" \
	"ALTER FUNCTION lectern.help(text) RENAME TO y" "DROP VIEW lectern.queue" "DROP VIEW lectern.board" \
	"LOCK TABLE lectern.hands IN EXCLUSIVE MODE" "COMMENT ON DATABASE lectern IS 'free beer'" \
	"CREATE TRIGGER t BEFORE INSERT ON lectern.hands EXECUTE FUNCTION suppress_redundant_updates_trigger()"; do
	ok "refused: $statement" refused student carol "$statement"
done
ok "another's database is closed" refused client carol psql -X -At -d "$(uri alice | sed 's/user=alice/user=carol/')" -c "SELECT * FROM lectern.hands"
dumps() { client carol pg_dump -f dump.sql && grep -q 'lectern.hands' dump.sql; }
ok "the student's own pg_dump works" dumps
ok "a hostile message is disarmed" eval 'student carol "SELECT lectern.help(E'"'\\x1b[2Jhello\\n\\u202e'"')" >/dev/null && soon says "waiting|\\x1b[2Jhello \\u202e||" hand carol'
ok "a read-only session is told" says "Nothing can be stored here..." student carol "BEGIN READ ONLY; SELECT lectern.help('x')"

# -- announcements ---------------------------------------------------------------------------------
board() { student "$1" "SELECT announcement FROM lectern.board"; }
ok "nothing is announced" says "" board alice
ok "announce" lectern announce shop "Stop at half past; hand in by the form" --until 20min
ok "it is on every board at once" says "Stop at half past; hand in by the form" board alice
ok "with its end" says t student bob "SELECT until BETWEEN now() + '19 min' AND now() + '21 min' FROM lectern.board"
ok "and listed" eval 'lectern announce | grep -q "^Stop at half past; hand in by the form  (.*, until ..:..)$"'
ok "a past time is wrong use" sh -c 'lectern announce x --until 00:00; [ $? = 2 ]'
ok "so is nothing" sh -c 'lectern announce " "; [ $? = 2 ]'
ok "another one" lectern announce "gone soon" --until 8s
ok "both are on the board" says "gone soon
Stop at half past; hand in by the form" board alice
ok "the short one ends by itself" wait_for 30 says "Stop at half past; hand in by the form" board alice
ok "also in the control database" soon says 1 sql -c "SELECT count(*) FROM announcements WHERE ended_at IS NOT NULL"
ok "without lecternd as well" sh -c 'lectern announce "and this" --until 5s'
# A terminal with psql in it, as on a lab PC with the hand-out's psqlrc.
drive=$LECTERN_BUILDDIR/tests/terminal/drive
ok "the hand-out brings a psqlrc" eval 'lectern handout shop --output room >/dev/null 2>&1 && grep -q LISTEN room/psqlrc'
if [ -x "$drive" ]; then
	lectern announce --end >/dev/null
	lectern announce "Welcome" >/dev/null
	psql_session() {
		PSQLRC=$work/room/psqlrc PGPASSWORD=$(cat alice.password) PAGER=cat "$drive" 100x30 "$(command -v psql)" "$(uri alice)" <<SCRIPT
wait 30 Announcement: Welcome
wait 30 alice=>
run lectern announce "The key points to the parent"
type SELECT 1;\r
wait 30 alice=>
run sleep 3
type SELECT lectern.help('psqlrc');\r
wait 30 The key points to the parent
run lectern hands shop claim alice --by Ada
run sleep 3
type SELECT 2;\r
wait 30 Ada comes to help you
type \\\\echo :QUIET :AUTOCOMMIT :{?lectern_here}\r
wait 30 off on FALSE
type \\\\q\r
end 0
SCRIPT
	}
	ok "psql says it at the next prompt" psql_session
else
	skip "psql says it at the next prompt" "libvterm is not installed"
fi
quiet() { PSQLRC=$work/room/psqlrc PGPASSWORD=$(cat alice.password) psql "$(uri alice)" "$@" </dev/null 2>&1; }
ok "a script's output is its own" says 1 quiet -At -c "SELECT 1"
ok "without autocommit, too" says 1 quiet -q -At -v AUTOCOMMIT=off -v ON_ERROR_STOP=1 -c "SELECT 1"
ok "a database that is not lectern's is left alone" says 1 env PSQLRC="$work/room/psqlrc" psql -At -h "$LECTERN_STATE/run" -p "$port" -U postgres -d postgres -c "SELECT 1"
lectern announce "to be ended" >/dev/null
ok "--end" eval 'lectern announce --end | grep -q "^ended [0-9]* announcement" && says "" board bob'

# -- restarts --------------------------------------------------------------------------------------
standing() { sql -F '|' -c "SELECT s.login, h.state, h.message, h.raised_at, h.helper FROM hands h JOIN students s USING (student_id) WHERE h.resolved_at IS NULL ORDER BY 1"; }
lectern hands shop resolve alice --by Ada >/dev/null 2>&1
open_session alice
tell alice "BEGIN; SELECT lectern.help('over a restart');"
ok "a hand in an open transaction" soon says "waiting|over a restart||" hand alice
standing >before
count=$(sql -c "SELECT count(*) FROM hands")
restarted() { pid=$(daemon_pid) && [ -n "$pid" ] && [ "$pid" != "$1" ]; }
beats() { wait_for 40 says t sql -c "SELECT max(turn) > $(sql -c 'SELECT max(turn) + 3 FROM heartbeats') FROM heartbeats"; }
first=$(daemon_pid)
kill -KILL "$first"
wait_for 30 restarted "$first" && beats
same() { standing | diff before -; }
ok "lecternd is killed: all hands are as they were" same
ok "and none came" says "$count" sql -c "SELECT count(*) FROM hands"
ok "helped before a restart" lectern hands shop resolve alice --by Ada
first=$(daemon_pid)
kill -TERM "$first"
wait_for 30 restarted "$first" && beats
ok "the transaction that is still open calls nobody again" says "$count" sql -c "SELECT count(*) FROM hands"
ok "the student is told by the new one" soon says "" status bob
close_session alice
# A call while nobody listens.
first=$(daemon_pid)
kill -STOP "$first"
student alice "SELECT lectern.help('said to nobody')" >/dev/null
ok "the student sees that it is up" says "said to nobody" student alice "SELECT message FROM lectern.queue"
kill -KILL "$first"
ok "it is taken up afterwards" soon says "waiting|said to nobody||" hand alice
standing >before
kill -INT "$(sed -n 1p "$LECTERN_STATE/postgres/postmaster.pid")"
up() { sql -c "SELECT 1"; }
wait_for 40 up && beats
ok "Postgres is restarted: all hands are as they were" same
ok "and go on" eval 'student alice "SELECT lectern.thanks()" >/dev/null && soon says "resolved|said to nobody||thanks" hand alice'

# -- databases that an older template made ---------------------------------------------------------
database=bob sql -q -c "DROP FUNCTION lectern.help(text), lectern.thanks(); DROP VIEW lectern.queue; DROP TABLE lectern.standing, lectern.hands; DROP VIEW lectern.board; CREATE VIEW lectern.board AS SELECT 'x'::text AS announcement; GRANT SELECT ON lectern.board TO lectern_student"
sql -q -c "UPDATE provisioned SET template = 'older' WHERE kind = 'database' AND name = 'bob'"
lectern hands shop withdraw bob >/dev/null 2>&1
student bob "CREATE VIEW mine AS SELECT * FROM lectern.board"
soon says 1 sql -c "SELECT count(*) FROM activity a JOIN students s USING (student_id) WHERE s.login = 'bob' AND a.reason = ''"
ok "an older database is measured as well" says 0 sql -c "SELECT progress FROM activity a JOIN students s USING (student_id) WHERE s.login = 'bob'"
ok "plan says what is to do" eval 'lectern plan lab.yaml | grep -q bob'
ok "apply brings it up to date" lectern apply lab.yaml
ok "the student may call" says "Your hand is up..." student bob "SELECT lectern.help('in a new schema')"
ok "and is heard" soon says "waiting|in a new schema||" hand bob
ok "another apply has nothing to do" eval 'lectern plan lab.yaml --json | grep -q "\"changes\": 0"'

# -- how long it takes -----------------------------------------------------------------------------
lectern hands shop withdraw bob
took=""
for n in 1 2 3 4 5 6 7 8; do
	begin=$(date +%s%N)
	student carol "SELECT lectern.help('number $n')" >/dev/null
	wait_for 20 says "number $n" sql -c "SELECT message FROM hands h JOIN students s USING (student_id) WHERE s.login = 'carol' AND h.resolved_at IS NULL"
	took="$took $((($(date +%s%N) - begin) / 1000000))"
done
slowest=$(echo $took | tr ' ' '\n' | sort -n | tail -n 1)
say "from the call to the control database, login and test included:$took ms"
ok "a call is known soon (the slowest after $slowest ms)" test "$slowest" -lt 15000
