# shellcheck shell=sh
# A server of its own for the tests of judging, and the words for them; for judge*.sh, behind lib.sh.
PATH=$LECTERN_BUILDDIR/tests/integration:$PATH
labs=$work/labs
fixtures=$LECTERN_SRCDIR/tests/integration/judge
mkdir -p "$labs"

# Root may not run Postgres: as the system's postgres user then.
as_server() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
	else
		"$@"
	fi
}
data=$work/pg
socket=$work/socket
stop_server() {
	[ -f "$data/postmaster.pid" ] && as_server pg_ctl -D "$data" -m immediate stop >/dev/null 2>&1
	finish
}
trap stop_server EXIT
chmod 777 "$work" # the server's user makes its directory there
as_server sh -c "
	mkdir '$socket' && initdb -D '$data' -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N &&
	{ echo 'local all lectern_loader scram-sha-256' | cat - '$data/pg_hba.conf' >'$data/hba' &&
		mv '$data/hba' '$data/pg_hba.conf'; } &&
	printf '%s\n' \"listen_addresses=''\" 'port=25433' \"unix_socket_directories='$socket'\" 'fsync=off' \
		>>'$data/postgresql.conf' && pg_ctl -D '$data' -l '$data/log' -w -t 30 start
" >"$work/init.out" 2>&1 || { cat "$work/init.out"; echo "Bail out! no server"; exit 99; }
PGHOST=$socket PGPORT=25433 PGUSER=postgres PGDATABASE=postgres JUDGE_HOST=$socket JUDGE_PORT=25433
PGOPTIONS="-c client_min_messages=warning"
export PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS JUDGE_HOST JUDGE_PORT

sql() { # DATABASE ROLE SQL
	psql -X -q -v ON_ERROR_STOP=1 -U "$2" -d "$1" -c "$3"
}
sql postgres postgres "
	CREATE ROLE lectern_owner NOLOGIN; CREATE ROLE lectern_loader LOGIN PASSWORD 'loader';
	CREATE ROLE s001 LOGIN; CREATE ROLE probe_s001 LOGIN IN ROLE s001" || exit 99

lab() { # NAME EXAMPLE [MORE]: a lab file
	printf 'lab: %s\ntitle: %s\nexample: %s\nroster: roster.csv\n%s\n' "$1" "$1" "$2" "${3-}" >"$labs/$1.yaml"
}
student_database() { # NAME [TEMPLATE]: as apply makes them; a copy keeps the privileges inside
	sql postgres postgres "CREATE DATABASE $1 TEMPLATE ${2:-template0} OWNER lectern_owner STRATEGY file_copy" &&
		sql postgres postgres "GRANT ALL ON DATABASE $1 TO s001" &&
		sql "$1" postgres "GRANT USAGE, CREATE ON SCHEMA public TO s001"
}
drop_database() { sql postgres postgres "DROP DATABASE IF EXISTS $1 WITH (FORCE)"; }

score() { # LAB DATABASE EXPECTATION...
	lab_name=$1 database=$2
	shift 2
	check_judge score "$labs/$lab_name.yaml" "$database" probe_s001 "$@"
}
# variant LAB "what is done" SQL EXPECTATION... : on a copy of the finished database
variant() {
	v_lab=$1 v_what=$2 v_sql=$3
	shift 3
	ok "$v_lab, $v_what: $*" try_variant "$v_lab" "$v_sql" "$@"
}
try_variant() {
	t_lab=$1 t_sql=$2
	shift 2
	drop_database variant && student_database variant "full_$t_lab" && sql variant s001 "$t_sql" &&
		score "$t_lab" variant "$@"
}
# The checks' ids, without those of results: a view that is too slow has none, and that's a matter of the machine's load.
ids_of() {
	grep -o '"id":"[0-9a-f]*","step":"[^"]*","kind":"[a-z]*"' "$1" | grep -v '"kind":"result"'
}
loads_clean() { # LAB: loaded now, without any failure, and not again the second time
	check_judge checks "$labs/$1.yaml" >"$work/$1.json" && cat "$work/$1.json" | cut -c1-300 &&
		grep -q '"loaded":true,"load":{"failures":\[\],' "$work/$1.json" &&
		check_judge checks "$labs/$1.yaml" >"$work/again.json" && grep -q '"loaded":false' "$work/again.json" &&
		[ "$(ids_of "$work/$1.json")" = "$(ids_of "$work/again.json")" ]
}
fill() { # LAB DUMP: a student's database from the dump itself, as the student
	student_database "full_$1" && check_judge load "$2" "full_$1" s001 60 2000 >"$work/fill.out" &&
		cat "$work/fill.out" && grep -q '"failures":\[\]' "$work/fill.out"
}
example() { # LAB DUMP [MORE]: the four things that hold for every example
	lab "$1" "$2" "${3-}"
	ok "$1: its dump loads without a failure, and only once" loads_clean "$1"
	ok "$1: a student loads it, too" fill "$1" "$2"
	ok "$1: filled by the dump, everything is right" score "$1" "full_$1" full
	drop_database empty && student_database empty
	ok "$1: an untouched database has nothing" score "$1" empty none
}
# refused DESCRIPTION PATTERN COMMAND...: fails, and says so in these words
refused() {
	r_what=$1 r_pattern=$2
	shift 2
	ok "$r_what" is_refused "$r_pattern" "$@"
}
is_refused() {
	i_pattern=$1
	shift
	if "$@" >"$work/refused.out" 2>&1; then
		cat "$work/refused.out"
		echo "it was taken"
		return 1
	fi
	cat "$work/refused.out"
	grep -q "$i_pattern" "$work/refused.out"
}
defect() { # "what" SQL STEP KIND: of the lab $defect_lab
	variant "$defect_lab" "$1" "$2" "step=$3" "kind=$4"
}
