# session.sh: the administrator's and the students' sessions on embedded servers, for the tests of one class; read it
# behind lib.sh.  The class's credentials stand in $work/handout.json.

pg_port() { sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml"; }
sql() { psql -X -At -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres -d "${database:-lectern}" "$@"; }
daemon_pid() { lectern ps | awk '$1 == "lecternd" && $2 == "running" { print $3 }'; }
password() { jq -r --arg login "$1" '.students[] | select(.login == $login).password' "$work/handout.json"; }

# student LOGIN [psql's arguments]: a session as from a lab PC; with $typed for a password, in the database $wanted.
student() {
	login=$1
	shift
	PGPASSWORD=${typed-$(password "$login")} psql -X -q -At -v ON_ERROR_STOP=1 \
		"host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=${wanted-$login} user=$login sslmode=verify-full sslrootcert=$LECTERN_STATE/tls/ca.crt" "$@"
}
hold() { # LOGIN SQL: in an open transaction, until release
	mkfifo "$work/hold" && student "$1" <"$work/hold" >"$work/hold.out" 2>&1 &
	holder=$!
	wait_for 20 test -p "$work/hold"
	exec 8>"$work/hold"
	echo "BEGIN; $2; SELECT 'held';" >&8
	wait_for 20 grep -q held "$work/hold.out"
}
release() {
	exec 8>&-
	wait "$holder"
	rm -f "$work/hold"
}

cell() { # LOGIN COLUMN of the activity
	sql -c "SELECT coalesce(a.$2::text, '?') FROM students s JOIN activity a USING (student_id) WHERE s.login = '$1'"
}
turn() { sql -c "SELECT coalesce(max(turn), 0) FROM heartbeats" 2>/dev/null || echo 0; }
beyond() { [ "$(turn)" -gt "$1" ]; }
beats() { wait_for 40 beyond "$(turn)"; } # lecternd's heartbeat moves
