#!/bin/sh
# Servers that lectern does not run, as the README tells it: a PostgreSQL that lets nobody in but its superuser, an
# slapd, a Prometheus, and what has to run beside them; from the first try to the grid, and away again.
. "$LECTERN_SRCDIR/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"
. "$LECTERN_SRCDIR/tests/integration/others.sh"
port=$(free_port 23532)
ldaps_port=$(free_port 23736)
prometheus_port=$(free_port 23190)
exporter_port=$(free_port 23337)
while [ "$(free_port $((exporter_port + 1)))" != $((exporter_port + 1)) ]; do
	exporter_port=$(free_port $((exporter_port + 2)))
done
LECTERN_STATE=$work/school
children=
end_all() {
	for pid in $children; do kill "$pid" 2>/dev/null; done
	stop_others
	finish
}
trap end_all EXIT
beside() { # NAME COMMAND... : a server of nobody's, until the end of the test
	name=$1
	shift
	"$@" >"$work/$name.log" 2>&1 &
	children="$children $!"
}

# -- servers that know nothing of lectern -----------------------------------------------------------

# A configuration may be read by the server's user alone.
as_owner() { as_server sh -c "$1"; }
strict() {
	as_owner "echo 'hostssl all boss all scram-sha-256' >'$data/pg_hba.conf'" &&
	as_owner "echo max_connections=40 >>'$data/postgresql.conf'" && as_owner "pg_ctl -D '$data' reload"
}
ok "a PostgreSQL" start_postgres "$port" boss
ok "that lets nobody in but its superuser" strict
ok "an slapd" start_slapd "$(free_port 23489)" "$ldaps_port" dc=school,dc=example
mkdir "$work/prometheus"
echo 'global: { scrape_interval: 1s }' >"$work/prometheus/prometheus.yml"
echo "tls_server_config: { cert_file: $work/tls/server.crt, key_file: $work/tls/server.key }" >"$work/prometheus/web.yml"
beside prometheus prometheus --web.config.file="$work/prometheus/web.yml" --config.file="$work/prometheus/prometheus.yml" --storage.tsdb.path="$work/prometheus/data" \
	--web.listen-address="127.0.0.1:$prometheus_port" --web.enable-lifecycle --query.lookback-delta=30s
prometheus() { curl -sf --cacert "$work/tls/ca.crt" "$@" "https://127.0.0.1:$prometheus_port/-/$action"; }
action=ready
ok "a Prometheus that speaks https" wait_for 30 prometheus

servers() {
	lectern servers --host localhost --port "$port" --admin boss --ldap "ldaps://127.0.0.1:$ldaps_port" \
		--ldap-base dc=school,dc=example --ldap-admin cn=admin,dc=school,dc=example --ca-file "$work/tls/ca.crt" \
		--prometheus "https://127.0.0.1:$prometheus_port/" --exporter "$exporter_port" "$@"
}
ok "without passwords they let nobody in" says "secrets/postgres.password" servers --save
mkdir -p "$LECTERN_STATE/secrets"
(umask 077 && echo sesame >"$LECTERN_STATE/secrets/postgres.password" && cp "$LECTERN_STATE/secrets/postgres.password" "$LECTERN_STATE/secrets/ldap.password")
ok "with them all is well" servers --save
ok "nothing of theirs runs here" says "lectern doctor" lectern ps

# -- what they need ---------------------------------------------------------------------------------

mkdir "$work/class"
make_roster 3 >"$work/class/roster.csv"
small_example "$work/class/small.sql"
printf 'lab: small\nexample: small.sql\nroster: roster.csv\n' >"$work/class/lab.yaml"
ok "apply says who knows what is missing" says "lectern doctor" lectern apply "$work/class/lab.yaml"
doctor() { # FINDING...: each is wrong, and nothing else
	lectern doctor --json >"$work/doctor.json"
	jq -r '.findings[] | select(.wrong) | .check' "$work/doctor.json" | sort >"$work/wrong"
	cat "$work/doctor.json"
	printf '%s\n' "$@" | sed '/^$/d' | sort | cmp - "$work/wrong"
}
ok "the doctor finds all of it" doctor log log logins services services
ok "and says what mends it" jq -e '[.findings[] | select(.wrong) | .mend] | all(length > 20)' "$work/doctor.json"
lines() {
	cat "$LECTERN_STATE/others/pg_hba.conf" "$data/pg_hba.conf" >"$work/pg_hba.conf" && chmod 644 "$work/pg_hba.conf" &&
		chmod 644 "$LECTERN_STATE/others/postgresql.conf" && chmod 755 "$LECTERN_STATE" "$LECTERN_STATE/others" &&
		as_owner "cat '$work/pg_hba.conf' >'$data/pg_hba.conf' &&
			cat '$LECTERN_STATE/others/postgresql.conf' >>'$data/postgresql.conf' &&
			LDAPTLS_CACERT='$work/tls/ca.crt' pg_ctl -D '$data' -l '$data/server.log' -w -t 30 restart"
}
ok "PostgreSQL gets the lines and starts again" lines
stands() {
	lectern apply "$work/class/lab.yaml" >"$work/apply.out" 2>&1
	cat "$work/apply.out"
	grep -q "takes 40 connections.* may need [0-9]*: set max_connections" "$work/apply.out" &&
		grep -q '^lab "small" stands' "$work/apply.out"
}
ok "now the lab stands, and that connections may be short is said" stands
ok "the rest is to be run" doctor services services
exporter() { # FEED PORT
	beside "exporter-$1" prometheus-sql-exporter -config.file "$LECTERN_STATE/exporter/$1.yml" -web.listen-address "127.0.0.1:$2"
}
exporter students "$exporter_port"
exporter steps $((exporter_port + 1))
cp "$LECTERN_STATE/prometheus/prometheus.yml" "$work/prometheus/prometheus.yml"
action=reload
ok "Prometheus gets the jobs" prometheus -X POST
beside lecternd lecternd
ok "nothing is wrong any more" wait_for 30 doctor ''

# -- a lesson on them -------------------------------------------------------------------------------

ok "the class is measured" wait_for 30 shows '.freshness == "fresh" and ([.students[].progress] | length == 3 and all(. == 0))'
ok "the slips can be read" read_handout small
ok "a student builds a table" as_student s001 -c 'CREATE TABLE author (author_id integer PRIMARY KEY, name text NOT NULL)'
ok "that shows" wait_for 20 shows '.students[] | select(.login == "s001") | .progress > 0.1 and .state == "working"'
other() { ! connect s001 s002 "$(credential s001 password)" -c 'SELECT 1'; }
ok "another's database stays closed" other
wrong() { ! as_student s001 -c 'SELECT nothing'; }
ok "a statement fails" wrong
errors() { lectern student small s001 show --json | jq -e '[.. | strings | select(test("nothing"))] | length > 0'; }
ok "the error is read from the server's log" wait_for 20 errors
ok "a hand is raised" as_student s002 -c "SELECT lectern.help('which way round?')"
ok "and is in the queue" wait_for 20 shows '.students[] | select(.login == "s002") | .need == "hand"'
ok "a database is reset" lectern student small s001 reset --yes
ok "that shows, too" wait_for 20 shows '.students[] | select(.login == "s001") | .progress == 0'
ok "the lab goes" lectern destroy small --yes
sql() { PGPASSWORD=sesame psql -XAtq "host=localhost port=$port user=boss dbname=postgres sslmode=verify-full sslrootcert=$work/tls/ca.crt" "$@"; }
ok "and leaves no student behind" is 0 sql -c "SELECT count(*) FROM pg_database WHERE datname LIKE 's0%'"

# -- one of them is lost ----------------------------------------------------------------------------

ok "PostgreSQL stops" as_owner "pg_ctl -D '$data' -m fast -w -t 30 stop"
ok "the doctor says which, and whose it is to mend" eval 'lectern doctor | grep -A1 "WRONG  services .*port $port failed" | grep -F "lectern servers"'
