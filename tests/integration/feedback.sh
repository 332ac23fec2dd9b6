#!/bin/sh
# What students are told in their own psql: as much as the lab says, kept current by lecternd, never what is
# expected, and not to be forged.  Students log in as in the room: LDAP over TLS.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
cd "$work" || exit 99

pg_port() { sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml"; }
password() { # LOGIN
	lectern handout shop "$1" --json 2>/dev/null | sed -n 's/^ *"password": "\([a-z-]*\)".*/\1/p'
}
as_student() { # PROGRAM [ARGUMENTS]
	program=$1
	shift
	PGPASSWORD=$alice "$program" -d "host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=alice user=alice sslmode=verify-full sslrootcert=$LECTERN_STATE/tls/ca.crt" "$@"
}
student() { as_student psql -X -q -At -v ON_ERROR_STOP=1 -c "$1"; }
answers() { # VALUE SQL
	found=$(student "$2")
	echo "found \"$found\", expected \"$1\""
	[ "$found" = "$1" ]
}
soon() { wait_for 20 "$@"; }
refused() { # SQL
	if student "$1"; then
		echo "it was taken"
		return 1
	fi
}
level() { # LEVEL : the lab says so
	{
		printf 'lab: shop\ntitle: Shop\nexample: shop.sql\nroster: class.csv\nfeedback: %s\n' "$1"
	} >lab.yaml && lectern apply lab.yaml
}

cat >shop.sql <<'END'
CREATE TABLE customer (id integer PRIMARY KEY, name varchar(47) NOT NULL, CHECK (id > 4711));
CREATE INDEX ON customer (name);
CREATE TABLE purchase (id integer PRIMARY KEY, customer_id integer REFERENCES customer, amount numeric(9, 3));
CREATE VIEW spent AS SELECT name, sum(amount) AS total FROM customer c JOIN purchase p ON p.customer_id = c.id GROUP BY name;
INSERT INTO customer VALUES (5001, 'Ada Solution'), (5002, 'Grace');
INSERT INTO purchase VALUES (1, 5001, 3.125);
END
printf 'login,name\nalice,Alice\n' >class.csv

ok "up" lectern up
ok "apply" level steps
alice=$(password alice)
ok "a row per step" soon answers 3 "SELECT count(*) FROM lectern.progress"
ok "all at 0" answers 0 "SELECT sum(score) FROM lectern.progress"
student "CREATE TABLE customer (id bigint PRIMARY KEY, name text)" >/dev/null
ok "it follows the work" soon answers t "SELECT score > 0 AND score < 1 FROM lectern.progress WHERE step = 'table customer'"
ok "no more than steps" answers 0 "SELECT count(*) FROM lectern.progress WHERE object <> ''"

# -- the running servers serve for grading, too: without a temporary directory there is no other ---------
graded() { TMPDIR=$work/nowhere lectern score shop.sql shop.sql | grep -F '100.00 %'; }
swept() {
	left=$(psql -X -At -h "$LECTERN_STATE/run" -p "$(pg_port)" -U postgres -d postgres \
		-c "SELECT rolname FROM pg_roles WHERE rolname ~ '^lectern_scratch_' UNION ALL SELECT datname FROM pg_database WHERE datname ~ 'scratch'")
	[ -z "$left" ] || { echo "$left" && return 1; }
}
ok "a homework is graded on the running servers" graded
ok "and nothing stays there" swept

ok "checks: the lab says more" level checks
ok "and the students see it" soon answers 1 "SELECT count(*) FROM lectern.progress WHERE object = 'column customer.name' AND score < 1"
ok "without words on them" answers 0 "SELECT count(*) FROM lectern.progress WHERE object <> '' AND verdict NOT IN ('', 'cannot be measured now')"
ok "verdicts: more still" level verdicts
ok "what was found is named" soon answers 1 "SELECT count(*) FROM lectern.progress WHERE object = 'column customer.name' AND verdict ~ 'text'"
student "ALTER TABLE customer ALTER name TYPE varchar(11)" >/dev/null
ok "it follows a change within a step" soon answers 1 "SELECT count(*) FROM lectern.progress WHERE object = 'column customer.name' AND verdict ~ '11'"
ok "what is expected is not" answers 0 "SELECT count(*) FROM lectern.progress p WHERE p::text ~* 'expected|4711|47\)|9,3|Solution|btree|sum'"

# -- readable only -----------------------------------------------------------------------------------------
for statement in "UPDATE lectern.progress SET score = 1" "DELETE FROM lectern.progress" "TRUNCATE lectern.progress" \
	"INSERT INTO lectern.progress (position, step) VALUES (99, 'x')" "DROP TABLE lectern.progress" \
	"ALTER TABLE lectern.progress RENAME TO x" "CREATE TABLE lectern.y (a int)" "DROP SCHEMA lectern CASCADE" \
	"CREATE RULE r AS ON SELECT TO lectern.progress DO INSTEAD SELECT 1" "SET ROLE probe_alice" "SET ROLE lectern_probe" \
	"LOCK TABLE lectern.progress IN EXCLUSIVE MODE" "ALTER TABLE lectern.progress ENABLE ROW LEVEL SECURITY" \
	"CREATE TRIGGER t BEFORE INSERT ON lectern.progress EXECUTE FUNCTION suppress_redundant_updates_trigger()"; do
	ok "refused: $statement" refused "$statement"
done
dumps() { as_student pg_dump -f dump.sql && grep -q 'CREATE TABLE public.customer' dump.sql; }
ok "the student's own pg_dump works" dumps
ok "nobody else's" eval '! PGPASSWORD=$alice psql -X -At "host=localhost hostaddr=127.0.0.1 port=$(pg_port) dbname=lectern user=alice sslmode=require" -c "SELECT 1"'
student "INSERT INTO customer VALUES (1, 'x')" >/dev/null
ok "it is still kept current" soon answers 1 "SELECT count(*) FROM lectern.progress WHERE object = 'rows of customer' AND score > 0"

ok "nothing: the lab says so" level nothing
ok "and the mirror is empty" soon answers 0 "SELECT count(*) FROM lectern.progress"
