#!/bin/sh
# plan, apply, destroy: idempotence, isolation, a roster that changes during a lesson, refusals, the
# next lab, archives.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"

pg_port() { sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml"; }
ldap_uri() { sed -n 's/^ *uri: *//p' "$LECTERN_STATE/site.yaml" | tr -d '"' | head -n 1; }
sql() { psql -X -At -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres -d "${database:-lectern}" "$@"; }
is() { # EXPECTED ACTUAL
	[ "$1" = "$2" ] || { echo "expected: $1"; echo "found:    $2"; return 1; }
}
exits() { # STATUS COMMAND...
	wanted=$1
	shift
	"$@"
	is "$wanted" $?
}
password() { # LAB LOGIN: as the slip says
	lectern handout "$1" "$2" --json 2>/dev/null | sed -n 's/.*"password": "\(.*\)",/\1/p'
}
as_student() { # LOGIN DATABASE ARGUMENT...: as from a lab PC
	login=$1 into=$2
	shift 2
	PGPASSWORD=$(password "${lab:-first}" "$login") psql -X -At -v ON_ERROR_STOP=1 \
		"host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=$into user=$login sslmode=verify-full sslrootcert=$LECTERN_STATE/tls/ca.crt" "$@"
}
role_password() { # ROLE SECRET: as lectern derives it
	printf %s "$1" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(cat "$LECTERN_STATE/secrets/$2")" -binary |
		base64 | tr '+/' '-_' | tr -d '='
}
as_role() { # ROLE DATABASE ARGUMENT...
	role=$1 into=$2
	shift 2
	PGPASSWORD=$(role_password "$role" daemon) psql -X -At -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" \
		-p "$(pg_port)" -U "$role" -d "$into" "$@"
}
ldap_entry() { # LOGIN [ATTRIBUTE]
	ldapsearch -LLL -o ldif-wrap=no -x -H "$(ldap_uri)" \
		-D cn=prov,dc=lab -w "$(role_password prov ldap)" -b ou=people,dc=lab "(uid=$1)" ${2:+"$2"} 2>/dev/null
}
# Everything that a second apply could change: not what lecternd writes meanwhile.
lecternds_tables() {
	sql -d lectern -c "SELECT DISTINCT table_name FROM information_schema.role_table_grants
		WHERE grantee = 'lectern_daemon' AND table_schema = 'public' AND privilege_type IN ('INSERT', 'UPDATE')
		AND table_name NOT IN ('lessons', 'announcements')"
}
state_of_servers() {
	theirs=
	for table in $(lecternds_tables); do
		theirs="$theirs -T public.$table"
	done
	pg_dumpall -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres -g --no-comments | grep -v '^\\'
	sql -c "SELECT datname, datallowconn, datacl FROM pg_database ORDER BY 1" \
		-c "SELECT rolname, shobj_description(oid, 'pg_authid') FROM pg_roles ORDER BY 1"
	# shellcheck disable=SC2086 # words
	pg_dump -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres -d lectern --inserts $theirs | grep -v '^\\'
	slapcat -o ldif-wrap=no -n 1 -F "$LECTERN_STATE/slapd/config" 2>/dev/null |
		grep -vE '^(entryCSN|entryUUID|createTimestamp|modifyTimestamp|creatorsName|modifiersName|structuralObjectClass|contextCSN|pwd[A-Z][A-Za-z]*Time):'
	(cd "$LECTERN_STATE" && find exporter prometheus secrets labs tls site.yaml -path prometheus/data -prune -o -type f -exec sha256sum {} +)
}
roster() { # FILE LOGIN:NAME...
	file=$1
	shift
	echo 'login,name,email' >"$file"
	for student; do echo "${student%%:*},${student#*:},${student%%:*}@example.org" >>"$file"; done
}
lab_file() { # NAME ROSTER
	mkdir -p "$work/$1"
	cat >"$work/$1/lab.yaml" <<-YAML
		lab: $1
		title: The $1 lab
		example: ../example.sql
		roster: $2
	YAML
}

cat >"$work/example.sql" <<'SQL'
CREATE TABLE thing (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO thing VALUES (1, 'one'), (2, 'two');
CREATE VIEW names AS SELECT name FROM thing;
SQL
roster "$work/roster.csv" 'ann:Ann Ånders' 'bob:Bob' 'cy:Cy' 'dot.x:Dot' 'eve_1:Eve'
lab_file first ../roster.csv
cd "$work" || exit 99

ok "the servers start" lectern up
ok "the ground refuses nothing of its own the second time" lectern up

# -- apply ---------------------------------------------------------------------------------------
ok "plan says what would change" exits 3 lectern plan first/lab.yaml
for key in roster example; do
	sed "s/^$key:.*/$key: astray/" first/lab.yaml >first/astray.yaml
	ok "a path astray is named with file and key: $key" says "first/astray.yaml: $key: there is no file" lectern plan first/astray.yaml
done
none_made() { is 0 "$(sql -c "SELECT count(*) FROM pg_roles WHERE rolname IN ('ann', 'probe_ann')")"; }
ok "plan changes nothing" none_made

# While apply works: how many databases were seen closed, and open with a door for PUBLIC.
watch_doors() {
	while [ ! -e "$work/applied" ]; do
		sql -c "SELECT count(*) FILTER (WHERE NOT datallowconn),
			count(*) FILTER (WHERE datallowconn AND (datacl IS NULL OR datacl::text LIKE '%{=%' OR datacl::text LIKE '%,=%'))
			FROM pg_database WHERE datname IN ('ann', 'bob', 'cy', 'dot.x', 'eve_1')"
	done >"$work/doors" 2>&1
}
watch_doors &
watcher=$!
apply_with_events() {
	lectern apply first/lab.yaml --events-fd 9 9>"$work/events" && cat "$work/events"
}
ok "apply makes the class" apply_with_events
touch "$work/applied"
wait "$watcher"
events_are_json() {
	python3 -c 'import json,sys
events=[json.loads(line) for line in open(sys.argv[1])]
done={e["target"] for e in events if e["event"]=="done"}
missing={"roles","ldap","databases","control","exporter","prometheus"}-done
assert not missing, missing
assert [e["changed"] for e in events if e["event"]=="done" and e["target"]=="databases"]==[5]' "$work/events"
}
ok "its events are JSON lines, one end for each target" events_are_json
doors_closed() {
	cat "$work/doors"
	! cut -d'|' -f2 "$work/doors" | grep -v '^0$'
}
ok "no database stood open to PUBLIC at any moment" doors_closed
ok "plan is content" exits 0 lectern plan first/lab.yaml
ok "plan needs no path once the lab is applied" exits 0 lectern plan first

unchanged() {
	state_of_servers >"$work/before"
	begin=$(date +%s%N)
	lectern apply first/lab.yaml >"$work/again" || return 1
	echo "# $((($(date +%s%N) - begin) / 1000000)) ms"
	state_of_servers >"$work/after"
	cat "$work/again"
	diff "$work/before" "$work/after" && grep -q ' 0 changes' "$work/again" && grep -q 'uid=ann' "$work/after"
}
ok "a second apply changes nothing" unchanged

# -- isolation -----------------------------------------------------------------------------------
ok "a student works in the own database" as_student ann ann -c 'CREATE TABLE mine (a int)' -c 'CREATE SCHEMA s' -c 'CREATE TEMP TABLE t (a int)'
ok "a login with a dot works" as_student dot.x dot.x -c 'SELECT * FROM lectern.progress' -c 'SELECT * FROM lectern.board'
for other in bob lectern postgres template1 lectern_template lectern_example_first; do
	ok "a student does not get into $other" says FATAL as_student ann $other -c 'SELECT 1'
	ok "nor does the probe" says FATAL as_role probe_ann $other -c 'SELECT 1'
done
sql -c 'GRANT CONNECT ON DATABASE bob TO ann' >/dev/null
ok "not even after a stray GRANT" says FATAL as_student ann bob -c 'SELECT 1'
ok "which plan sees" exits 3 lectern plan first
ok "and apply takes back" lectern apply first
stray_gone() { is f "$(sql -c "SELECT has_database_privilege('ann', 'bob', 'CONNECT')")"; }
ok "so that it is gone" stray_gone
ok "the probe gets into its student's database" as_role probe_ann ann -c 'SELECT * FROM mine' -c "INSERT INTO lectern.progress (position, step, title) VALUES (91, 'a', 'A')"
ok "the student reads that" as_student ann ann -c 'SELECT 1/count(*) FROM lectern.progress'
for statement in "INSERT INTO lectern.progress (position, step, title) VALUES (92, 'b', 'B')" 'DROP SCHEMA lectern CASCADE' \
	'CREATE TABLE lectern.x (a int)' 'CREATE TRIGGER t BEFORE INSERT ON lectern.progress EXECUTE FUNCTION suppress_redundant_updates_trigger()' \
	'ALTER DATABASE ann CONNECTION LIMIT 100' 'DROP SCHEMA public CASCADE' \
	'SELECT pg_advisory_lock(1)' 'SELECT pg_try_advisory_xact_lock_shared(1, 2)' 'SELECT lo_create(0)' \
	"SELECT pg_database_size('bob')" 'SET ROLE probe_ann' 'SET ROLE lectern_student; CREATE ROLE x' 'SET temp_file_limit = -1' \
	'CREATE DATABASE x' 'SELECT * FROM pg_authid'; do
	ok "refused to a student: $statement" says ERROR as_student ann ann -c "$statement"
done
as_student ann ann -c 'GRANT CONNECT ON DATABASE ann TO bob' >/dev/null 2>&1
own_alone() { is f "$(sql -c "SELECT has_database_privilege('bob', 'ann', 'CONNECT')")"; }
ok "a student's GRANT on the database gives nothing" own_alone
own_dump() {
	PGPASSWORD=$(password first ann) pg_dump "host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=ann user=ann sslmode=verify-full sslrootcert=$LECTERN_STATE/tls/ca.crt" >"$work/own.sql" &&
		grep -q 'CREATE TABLE public.mine' "$work/own.sql"
}
ok "a student's own pg_dump works" own_dump
ok "promtool takes the configuration" promtool check config "$LECTERN_STATE/prometheus/prometheus.yml"
ok "promtool takes the rules" promtool check rules "$LECTERN_STATE/prometheus/rules.yml"
closed_files() { is '' "$(find "$LECTERN_STATE/exporter" "$LECTERN_STATE/secrets" "$LECTERN_STATE/labs/first/secret" -type f -perm /077)"; }
ok "files with secrets are for their owners" closed_files

# -- a roster that changes during a lesson ---------------------------------------------------------
ann_password=$(password first ann)
mkfifo "$work/in"
PGPASSWORD=$ann_password psql -X -At \
	"host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=ann user=ann sslmode=verify-full sslrootcert=$LECTERN_STATE/tls/ca.crt" \
	<"$work/in" >"$work/session" 2>&1 &
session=$!
exec 8>"$work/in"
echo 'BEGIN; CREATE TABLE in_transaction (a int); SELECT pg_backend_pid();' >&8
ok "a session is in the middle of its work" wait_for 10 grep -qE '^[0-9]+$' "$work/session"
as_student cy cy -c 'CREATE TABLE kept (a int)' >/dev/null
PGPASSWORD=$(password first cy) psql -X -At \
	"host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=cy user=cy sslmode=verify-full sslrootcert=$LECTERN_STATE/tls/ca.crt" \
	-c 'SELECT pg_sleep(60)' >"$work/cy" 2>&1 &
cy=$!
cy_sleeps() { is 1 "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE usename = 'cy'")"; }
wait_for 10 cy_sleeps
cy_password=$(password first cy)
roster "$work/roster.csv" 'ann:Ann Ånders-Smith' 'bob:Bob' 'dot.x:Dot' 'eve_1:Eve' 'fay:Fay'
ok "apply takes the changed roster" lectern apply first/lab.yaml
ended() { ! kill -0 $cy 2>/dev/null; }
ok "the session of the one who left ends" wait_for 10 ended
echo 'SELECT pg_backend_pid(); COMMIT;' >&8
same_session() {
	[ "$(grep -cE '^[0-9]+$' "$work/session")" = 2 ] && [ "$(grep -E '^[0-9]+$' "$work/session" | uniq | wc -l)" = 1 ]
}
ok "the other session was not touched" wait_for 10 same_session
exec 8>&-
wait "$session"
ok "the new student works" as_student fay fay -c 'SELECT 1'
ok "the one who left does not get in" says FATAL env PGPASSWORD="$cy_password" psql -X "host=localhost port=$(pg_port) dbname=cy user=cy sslmode=require" -c 'SELECT 1'
locked() { ldap_entry cy pwdAccountLockedTime | grep -q 000001010000Z; }
ok "the LDAP account is locked" locked
bind() { # LOGIN PASSWORD
	ldapwhoami -x -H "$(ldap_uri)" -D "uid=$1,ou=people,dc=lab" -w "$2"
}
ok "so that it does not bind" says 'Invalid credentials' bind cy "$cy_password"
renamed() { ldap_entry ann cn | grep -q "$(printf 'Ann Ånders-Smith' | base64)" && is 'Ann Ånders-Smith' "$(sql -c "SELECT name FROM students WHERE login = 'ann'")"; }
ok "the new name is everywhere" renamed
ok "the password stayed" bind ann "$ann_password"
wrong_passwords() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do bind ann wrong >/dev/null 2>&1; done
	bind ann "$ann_password"
}
ok "wrong passwords lock nobody out" wrong_passwords
roster "$work/roster.csv" 'ann:Ann' 'bob:Bob' 'cy:Cy' 'dot.x:Dot' 'eve_1:Eve' 'fay:Fay'
ok "one comes back" lectern apply first
ok "and finds the work again" as_student cy cy -c 'SELECT * FROM kept'
ldappasswd -x -H "$(ldap_uri)" -D uid=bob,ou=people,dc=lab \
	-w "$(password first bob)" -a "$(password first bob)" -s my-own-secret >/dev/null 2>&1
roster "$work/roster.csv" 'ann:Ann' 'bob:Robert' 'cy:Cy' 'dot.x:Dot' 'eve_1:Eve' 'fay:Fay'
ok "apply after a student's own change of password" lectern apply first
ok "leaves that password" bind bob my-own-secret

# -- what lectern did not make -----------------------------------------------------------------------
roster "$work/more.csv" 'gus:Gus' 'hal:Hal' 'ivy:Ivy'
lab_file strange ../more.csv
sql -c 'CREATE ROLE hal LOGIN' -c 'CREATE DATABASE ivy' >/dev/null
printf 'dn: uid=gus,ou=people,dc=lab\nobjectClass: inetOrgPerson\nuid: gus\ncn: Gus\nsn: Gus\n' |
	ldapadd -x -H "$(ldap_uri)" -D cn=prov,dc=lab -w "$(role_password prov ldap)" >/dev/null
state_of_servers >"$work/before"
ok "plan refuses strange objects" exits 1 lectern plan strange/lab.yaml
for object in 'role "hal"' 'database "ivy"' 'LDAP entry "gus"'; do
	ok "apply names the $object" says "$object" lectern apply strange/lab.yaml
done
nothing_touched() { state_of_servers >"$work/after" && diff "$work/before" "$work/after"; }
ok "and touches nothing" nothing_touched

# -- the next lab ------------------------------------------------------------------------------------
lab_file second ../roster.csv
lab=second
ok "another lab for the same class" lectern apply second/lab.yaml
ok "its databases are empty" says 'does not exist' as_student ann ann -c 'SELECT * FROM mine'
ok "its slips say the password that the students have" as_student ann ann -c 'SELECT 1'
aside() { is 'ann~first|f' "$(sql -c "SELECT datname, datallowconn FROM pg_database WHERE datname LIKE 'ann~%'")"; }
ok "the first lab's are set aside and closed" aside
current() { is "$1" "$(lectern lab list --json | python3 -c 'import json,sys; print(" ".join(l["lab"] for l in json.load(sys.stdin) if l["current"]))')"; }
ok "the lab is current" current second
ok "the first lab again" lectern lab use first
lab=first
ok "brings the work back" as_student ann ann -c 'SELECT * FROM mine'
ok "with the second set aside" current first
ok "plan is content with that" exits 0 lectern plan first
ok "apply brings the second back" lectern apply second
ok "and the first again" lectern apply first
ok "with its work" as_student ann ann -c 'SELECT * FROM mine'

# -- destroy -----------------------------------------------------------------------------------------
ok "destroy asks where nobody can answer" exits 2 lectern destroy first </dev/null
ok "another lab's databases go alone" lectern destroy second --yes
ok "the class of the first goes on" as_student ann ann -c 'SELECT * FROM mine'
mkdir "$work/bin"
printf '#!/bin/sh\nkill -INT $PPID\nsleep 1\nexit 1\n' >"$work/bin/pg_dump"
chmod +x "$work/bin/pg_dump"
broken_off() { PATH=$work/bin:$PATH env --default-signal=INT lectern destroy first --yes; }
ok "destroy that is broken off says how it goes on" says 'the same command goes on' broken_off
cat >"$work/bin/pg_dump" <<SCRIPT
#!/bin/sh
case "\$*" in
*--dbname=bob*) echo "pg_dump: error: no space left" >&2; exit 1 ;;
*--dbname=cy*) for argument; do case \$argument in --file=*) echo garbage >"\${argument#--file=}" ;; esac; done; exit 0 ;;
esac
exec $(command -v pg_dump) "\$@"
SCRIPT
destroy_hindered() { PATH=$work/bin:$PATH lectern destroy first --yes; }
ok "destroy names what cannot be archived" says 'no space left' destroy_hindered
ok "and what cannot be read back" grep -q 'cy: ' "$work/says.out"
kept() { is 'bob cy' "$(sql -c "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE datname IN ('ann', 'bob', 'cy', 'dot.x', 'eve_1', 'fay')")"; }
ok "these are kept, the others are gone" kept
ok "apply brings the class back" lectern apply first
ok "with what was kept" as_student cy cy -c 'SELECT * FROM kept'
ok "destroy" lectern destroy first --yes
gone() {
	is 0 "$(sql -c "SELECT (SELECT count(*) FROM pg_database WHERE datdba = 'lectern_owner'::regrole AND datname NOT IN ('lectern', 'lectern_template'))
		+ (SELECT count(*) FROM pg_roles WHERE rolname ~ '^probe_' OR rolname IN ('ann', 'bob', 'cy', 'dot.x', 'eve_1', 'fay'))
		+ (SELECT count(*) FROM labs) + (SELECT count(*) FROM provisioned)")" &&
		is 'dn: uid=gus,ou=people,dc=lab' "$(ldap_entry '*' dn | grep .)" &&
		is 'hal|ivy' "$(sql -c "SELECT (SELECT rolname FROM pg_roles WHERE rolname = 'hal'), (SELECT datname FROM pg_database WHERE datname = 'ivy')")"
}
ok "everything is gone but what was strange" gone
archived() {
	file=$(find "$LECTERN_STATE"/archive/first-* -name cy.dump | sort | tail -n 1)
	is 600 "$(stat -c %a "$file")" && pg_restore --list "$file" | grep 'TABLE public kept' && is '' "$(find "$LECTERN_STATE/archive" -name '*.part')"
}
ok "the archive holds the work" archived
ok "the servers stop" lectern down
