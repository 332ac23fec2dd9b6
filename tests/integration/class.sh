# class.sh: a class to test with, for the integration tests and the bench; read it behind lib.sh.

# make_roster N [PREFIX]: N students s001, s002 ... as a class list.
make_roster() {
	echo 'login,name,seat'
	i=1
	while [ "$i" -le "$1" ]; do
		printf '%s%03d,Student %d,A%d\n' "${2:-s}" "$i" "$i" "$i"
		i=$((i + 1))
	done
}

# small_example FILE: two tables, the second refers to the first.
small_example() {
	cat >"$1" <<'SQL'
CREATE TABLE author (author_id integer PRIMARY KEY, name text NOT NULL);
CREATE TABLE book (book_id integer PRIMARY KEY, title text NOT NULL,
    author_id integer NOT NULL REFERENCES author);
SQL
}

# site SECTION KEY: a value of site.yaml.
site() {
	awk -v section="$1:" -v key="$2:" '
		/^[a-z]/ { inside = $1 == section }
		inside && $1 == key { sub(/^[^:]*: */, ""); gsub(/"/, ""); print }
	' "$LECTERN_STATE/site.yaml"
}

# read_handout: the class's credentials, once, for as_student.
read_handout() { lectern handout "$@" --json >"$work/handout.json"; }
credential() { # LOGIN KEY
	jq -r --arg login "$1" --arg key "$2" '.students[] | select(.login == $login) | .[$key]' "$work/handout.json"
}

# connect LOGIN DATABASE PASSWORD PSQL-ARGUMENTS...: psql over TLS, as from a lab PC.
connect() {
	login=$1 database=$2 password=$3
	shift 3
	PGPASSWORD=$password PGCONNECT_TIMEOUT=10 psql -X -q -v ON_ERROR_STOP=1 "user=$login dbname=$database \
		host=$(jq -r .host "$work/handout.json") port=$(jq -r .port "$work/handout.json") \
		sslmode=verify-full sslrootcert=$(jq -r .ca_file "$work/handout.json")" "$@"
}

# as_student LOGIN PSQL-ARGUMENTS...: with what the slip says.
as_student() {
	student=$1
	shift
	connect "$student" "$student" "$(credential "$student" password)" "$@"
}

# shows FILTER: true when the filter is; prints the status's head when not, for the log.
shows() {
	lectern status --json >"$work/status.json" # 1 when there is no data: the JSON says why, too
	[ -s "$work/status.json" ] && jq -e "$1" "$work/status.json" >/dev/null || { # jq is content with nothing
		echo "not: $1"
		jq -c '{freshness, trouble, message, age_seconds}' "$work/status.json"
		return 1
	}
}

# server_pid SERVICE: the supervised process.
server_pid() { cat "$LECTERN_STATE/service/$1/supervise/pid"; }
