#!/bin/sh
# From a dump to a score: loading examples as a role without privileges, deriving checks, reading
# students' databases, and finding each planted defect in the step where it is, and nowhere else.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/judge/server.sh"

# -- the shipped lab: one defect of each kind --------------------------------------------------------
library=$LECTERN_SRCDIR/assets/labs/library/library.sql
example library "$library"
defect_lab=library
defect "a column less" "ALTER TABLE branch DROP phone" "table branch" column
defect "a column renamed" "ALTER TABLE branch RENAME phone TO telephone" "table branch" column
defect "another type" "ALTER TABLE branch ALTER opened_on TYPE text" "table branch" column
defect "null allowed" "ALTER TABLE branch ALTER street DROP NOT NULL" "table branch" column
defect "null forbidden" "UPDATE branch SET phone = '' WHERE phone IS NULL; ALTER TABLE branch ALTER phone SET NOT NULL" \
	"table branch" column
defect "a default less" "ALTER TABLE shelf ALTER floor DROP DEFAULT" "table shelf" column
defect "another default" "ALTER TABLE shelf ALTER floor SET DEFAULT 1" "table shelf" column
defect "identity dropped" "ALTER TABLE closure ALTER closure_id DROP IDENTITY" "table closure" column
defect "no primary key" "ALTER TABLE reservation DROP CONSTRAINT reservation_pkey" "table reservation" pk
defect "no foreign key" "ALTER TABLE shelf DROP CONSTRAINT shelf_branch_id_fkey" "table shelf" fk
defect "another ON DELETE" "ALTER TABLE shelf DROP CONSTRAINT shelf_branch_id_fkey,
	ADD FOREIGN KEY (branch_id) REFERENCES branch" "table shelf" fk
defect "another target" "ALTER TABLE fine DROP CONSTRAINT fine_loan_id_fkey,
	ADD FOREIGN KEY (loan_id) REFERENCES fine" "table fine" fk
defect "no unique" "ALTER TABLE branch DROP CONSTRAINT branch_name_key" "table branch" unique
defect "no check constraint" "ALTER TABLE fine DROP CONSTRAINT fine_amount_check" "table fine" check
defect "another check constraint" "ALTER TABLE fine DROP CONSTRAINT fine_amount_check,
	ADD CHECK (amount > 0.01)" "table fine" check
defect "no exclusion constraint" "ALTER TABLE closure DROP CONSTRAINT closure_period_excl" "table closure" exclude
defect "no index" "DROP INDEX book_subject" "table book" index
defect "no index on an expression" "DROP INDEX book_title_lower" "table book" index
defect "no partial index" "DROP INDEX loan_open_due" "table loan" index
defect "an index without its WHERE" "DROP INDEX fine_unpaid; CREATE INDEX ON fine (loan_id)" "table fine" index
defect "one row less" "DELETE FROM fine WHERE loan_id = (SELECT min(loan_id) FROM fine)" "table fine" rows
defect "one row more" "INSERT INTO closure (reason, period) VALUES ('x', '[2035-01-01,2035-01-02)')" "table closure" rows
defect "one value changed" "UPDATE branch SET street = street || ' ' WHERE branch_id = 1" "table branch" content
defect "null instead of ''" "UPDATE branch SET phone = NULLIF('', '') WHERE branch_id =
	(SELECT min(branch_id) FROM branch WHERE phone IS NOT NULL)" "table branch" content
defect "values of two columns swapped" "UPDATE author SET first_name = last_name, last_name = first_name
	WHERE author_id = (SELECT min(author_id) FROM author WHERE first_name IS NOT NULL)" "table author" content
defect "a duplicate row" "ALTER TABLE reservation DROP CONSTRAINT reservation_pkey;
	INSERT INTO reservation SELECT * FROM reservation LIMIT 1" "table reservation" content
defect "no view" "DROP VIEW popular_book" "view popular_book" view
defect "a view with a column less" "DROP VIEW popular_book; CREATE VIEW popular_book AS
	SELECT 1::bigint AS rank, book_id, title FROM book" "view popular_book" view
defect "a table instead of a view" "CREATE TABLE p AS TABLE popular_book; DROP VIEW popular_book;
	ALTER TABLE p RENAME TO popular_book" "view popular_book" view
defect "no function" "DROP FUNCTION fine_for" "function fine_for" function
defect "a function with other arguments" "DROP FUNCTION fine_for; CREATE FUNCTION fine_for(text) RETURNS numeric
	LANGUAGE sql RETURN 1" "function fine_for" function
defect "a function with another result" "DROP FUNCTION fine_for; CREATE FUNCTION fine_for(date, date) RETURNS text
	LANGUAGE sql RETURN 'x'" "function fine_for" function
defect "no trigger" "DROP TRIGGER loan_due_date ON loan" triggers trigger
defect "a trigger that comes too late" "DROP TRIGGER loan_due_date ON loan; CREATE TRIGGER loan_due_date
	AFTER INSERT ON loan FOR EACH ROW EXECUTE FUNCTION set_due_date()" triggers trigger
defect "an enum label more" "ALTER TYPE item_condition ADD VALUE 'stolen'" types enum
variant library "an enum label renamed" "ALTER TYPE item_condition RENAME VALUE 'lost' TO 'gone'" kind=enum kind=content
defect "a domain without its constraint" "ALTER DOMAIN email_address DROP CONSTRAINT email_address_check" types domain
variant library "a domain replaced by text" "ALTER TABLE member ALTER email TYPE text; DROP DOMAIN email_address" \
	kind=domain kind=column

# -- what does not count -----------------------------------------------------------------------------
variant library "constraints and indexes renamed" "ALTER TABLE shelf RENAME CONSTRAINT shelf_branch_id_fkey TO x;
	ALTER TABLE branch RENAME CONSTRAINT branch_pkey TO y; ALTER INDEX book_subject RENAME TO z;
	ALTER TABLE fine RENAME CONSTRAINT fine_amount_check TO w; ALTER TRIGGER loan_due_date ON loan RENAME TO q" full
variant library "a table more, a column more, a view more" "CREATE TABLE notes (x int); INSERT INTO notes VALUES (1);
	ALTER TABLE branch ADD remark text; CREATE VIEW mine AS TABLE notes" full
variant library "another schema" "CREATE SCHEMA town; ALTER TABLE fine SET SCHEMA town;
	ALTER TABLE reservation SET SCHEMA town; ALTER TYPE member_kind SET SCHEMA town;
	ALTER VIEW popular_book SET SCHEMA town; ALTER FUNCTION fine_for SET SCHEMA town" full
variant library "upper case in quotes" 'ALTER TABLE fine RENAME TO "Fine"; ALTER TABLE "Fine" RENAME amount TO "Amount";
	ALTER TABLE branch RENAME name TO "Name"; ALTER VIEW popular_book RENAME TO "Popular_Book"' full
variant library "columns in another order" "CREATE TABLE f2 (paid_on date, amount numeric(6,2) NOT NULL CHECK (0 < amount),
	loan_id integer PRIMARY KEY REFERENCES loan ON DELETE CASCADE);
	INSERT INTO f2 (loan_id, amount, paid_on) SELECT loan_id, amount, paid_on FROM fine ORDER BY amount;
	ALTER TABLE f2 DROP CONSTRAINT f2_amount_check, ADD CHECK (amount > 0);
	DROP TABLE fine CASCADE; ALTER TABLE f2 RENAME TO fine; CREATE INDEX ON fine (loan_id) WHERE paid_on IS NULL;
	CREATE VIEW member_account AS SELECT m.member_id, m.card, concat(m.first_name, ' ', m.last_name) AS name,
	(SELECT count(*) FROM loan l WHERE l.member_id = m.member_id AND l.returned_on IS NULL) AS open_loans,
	(SELECT coalesce(sum(f.amount), 0) FROM loan l JOIN fine f USING (loan_id)
	  WHERE l.member_id = m.member_id AND f.paid_on IS NULL)::real AS unpaid FROM member m" full
variant library "the same constraints in other words" "ALTER TABLE book_author DROP CONSTRAINT book_author_role_check,
	ADD CHECK (role = ANY (ARRAY['author'::varchar, 'illustrator', 'translator']::text[]));
	ALTER TABLE book DROP CONSTRAINT book_min_age_check, ADD CHECK (((min_age) >= 0) AND min_age <= 18::int)" full
variant library "a serial instead of an identity" "ALTER TABLE closure ALTER closure_id DROP IDENTITY;
	CREATE SEQUENCE c; ALTER TABLE closure ALTER closure_id SET DEFAULT nextval('c'); ALTER SEQUENCE c OWNED BY closure.closure_id" full
variant library "a unique index instead of the constraint" "ALTER TABLE branch DROP CONSTRAINT branch_name_key;
	CREATE UNIQUE INDEX ON branch (name)" full
variant library "rows rewritten in another order" "CREATE TEMP TABLE b AS TABLE book_author; DELETE FROM book_author;
	INSERT INTO book_author SELECT * FROM b ORDER BY role, place" full

# A student's casts and operators are not called: the lie does not show.
variant library "casts that lie" "CREATE FUNCTION lie(item_condition) RETURNS text LANGUAGE sql RETURN 'good';
	CREATE CAST (item_condition AS text) WITH FUNCTION lie(item_condition) AS IMPLICIT;
	UPDATE item SET condition = 'new' WHERE barcode = (SELECT min(barcode) FROM item WHERE condition <> 'new')" \
	"step=table item" kind=content
variant library "functions that shadow the catalogue's" "CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql RETURN 'x';
	CREATE FUNCTION count(text) RETURNS bigint LANGUAGE sql RETURN 7; CREATE TABLE pg_class (x int);
	CREATE FUNCTION format_type(oid, int) RETURNS text LANGUAGE sql RETURN 'x'" full

# -- locks -------------------------------------------------------------------------------------------
locked() { # SQL-that-locks EXPECTATION...
	l_sql=$1
	shift
	mkfifo "$work/lock" && psql -X -q -U s001 -d full_library <"$work/lock" >"$work/lock.out" 2>&1 &
	locker=$!
	wait_for 10 test -p "$work/lock" || return 1
	exec 9>"$work/lock"
	printf 'BEGIN;\n%s\n\\echo locked\n' "$l_sql" >&9
	wait_for 10 grep -q locked "$work/lock.out" && score library full_library "$@"
	l_status=$?
	exec 9>&-
	wait "$locker"
	rm -f "$work/lock"
	return $l_status
}
ok "an open ALTER TABLE: that table is unknown, at once" locked "ALTER TABLE shelf ALTER floor SET DEFAULT 5;" \
	unknown=shelf within=1500
ok "LOCK TABLE: likewise" locked "LOCK TABLE fine IN ACCESS EXCLUSIVE MODE;" unknown=fine within=1500
# A reader waits behind a writer that waits, too.
waiting() {
	mkfifo "$work/reader" && psql -X -q -U s001 -d full_library <"$work/reader" >"$work/reader.out" 2>&1 &
	reader=$!
	wait_for 10 test -p "$work/reader" || return 1
	exec 8>"$work/reader"
	printf 'BEGIN;\nSELECT count(*) FROM shelf;\n\\echo reading\n' >&8
	wait_for 10 grep -q reading "$work/reader.out" || return 1
	psql -X -q -U s001 -d full_library -c "BEGIN; LOCK TABLE shelf IN ACCESS EXCLUSIVE MODE; ROLLBACK" 8>&- &
	writer=$!
	wait_for 10 is_one "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
	score library full_library unknown=shelf within=1500
	w_status=$?
	exec 8>&-
	wait "$reader" "$writer"
	return $w_status
}
is_one() { [ "$(psql -XAt -c "$1")" = 1 ]; }
ok "a session that waits for such a lock: likewise" waiting
ok "and afterwards all is known again" score library full_library full
variant library "a table that may not be read" "REVOKE ALL ON fine FROM s001" unread=fine
variant library "a thousand tables more" "DO 'BEGIN FOR i IN 1..1000 LOOP EXECUTE format(''CREATE TABLE j%s
	(id int PRIMARY KEY, a text NOT NULL DEFAULT 1, b int REFERENCES j%s CHECK (b > 0))'', i, greatest(1, i - 1)); END LOOP; END'" \
	full within=3000

# -- what the lab file says --------------------------------------------------------------------------
steps_are() { # LAB 'json list'
	check_judge checks "$labs/$1.yaml" >"$work/steps.json" && grep -o '"steps":\[[^]]*\]' "$work/steps.json" &&
		grep -qF "\"steps\":[$2]" "$work/steps.json"
}
lab pick "$library" 'leave_out: ["view *", "function *", "triggers", "trigger *", "types", "enum *", "domain *", "index *",
  "[abhilmost]*", "closure", "reservation"]
steps:
  - step: table fine
    skip: true'
sed -i 's/^lab: pick/lab: pick2/' "$labs/pick.yaml"
refused "a step that is left out cannot be named" 'pick.yaml:[0-9]*: the example has no step "table fine"' sh -c \
	"sed -i 's/\"\\[abhilmost\\]\\*\"/\"[abfhilmost]*\"/' '$labs/pick.yaml' && check_judge checks '$labs/pick.yaml'"
lab order "$library" 'leave_out: ["view *", "function *", "trigger *", "enum *", "domain *", "[almso]*", "book*", "item", "res*", "fine"]
steps:
  - step: table closure
  - step: table branch
    title: Houses
    weight: 3'
ok "listed steps stand in the order of the list" steps_are order '"table closure","table branch"'
lab nothing "$library" 'leave_out: ["*"]'
refused "nothing left is an error" 'nothing follows from the example' check_judge checks "$labs/nothing.yaml"

# -- other dumps -------------------------------------------------------------------------------------
example new "$fixtures/pg17.sql"
archive() { # FORMAT: of the finished library; the same steps, everything right
	rm -rf "$work/archive" && pg_dump -U postgres -d full_library --format="$1" --file="$work/archive" &&
		chmod -R a+rX "$work/archive" && lab "archive_$1" "$work/archive" && loads_clean "archive_$1" &&
		score "archive_$1" full_library full
}
ok "an archive in custom format" archive custom
ok "an archive in a directory" archive directory
ok "an archive in tar format" archive tar
ok "a plain dump by pg_dump" archive plain
# Its stand-ins for views come first and fail there; tried again they must not replace the views.
cleaning() {
	pg_dump -U postgres -d full_library --clean --if-exists --no-owner --no-privileges --file="$work/cleaning.sql" &&
		grep -c '^CREATE OR REPLACE VIEW' "$work/cleaning.sql" && lab cleaning "$work/cleaning.sql" &&
		score cleaning full_library full
}
ok "a dump that cleans before it creates" cleaning
too_new() {
	pg_dump -U postgres -d full_library --format=custom --file="$work/new.dump" &&
		printf '\001\077' | dd of="$work/new.dump" bs=1 seek=5 conv=notrunc 2>/dev/null && lab toonew "$work/new.dump" &&
		check_judge checks "$labs/toonew.yaml"
}
refused "an archive of a newer pg_dump: the remedy is named" 'pg_dump --format=plain' too_new
lab live "postgresql://postgres@/full_library?host=$socket&port=25433"
ok "a live database" loads_clean live
ok "and a student's copy of it is right" score live full_library full
gzip -c "$library" >"$work/library.sql.gz" && lab packed "$work/library.sql.gz"
refused "a compressed dump: the remedy is named" 'gunzip' check_judge checks "$labs/packed.yaml"
lab absent "$work/none.sql"
refused "a dump that is not there" 'none.sql' check_judge checks "$labs/absent.yaml"
lab faulty "$fixtures/faulty.sql"
refused "statements that fail are listed with their lines" 'faulty.sql:7: .*no_such_table' check_judge checks "$labs/faulty.yaml"
lab later "$fixtures/later.sql"
ok "statements in the wrong order load in passes" loads_clean later
no_database() { [ "$(psql -XAt -c "SELECT count(*) FROM pg_database WHERE datname = '$1'")" = 0 ]; }
ok "a failed example leaves no database behind" no_database lectern_example_faulty
theirs() {
	sql postgres postgres "CREATE DATABASE lectern_example_theirs" && lab theirs "$fixtures/later.sql" &&
		check_judge checks "$labs/theirs.yaml"
}
refused "a database that is not ours is refused" 'exists and is not lectern' theirs
ok "and left alone" sql lectern_example_theirs postgres "SELECT 1"

# -- hostile dumps -----------------------------------------------------------------------------------
hostile() { # NAME TEXT SECONDS MB: load it into a database of its own
	printf '%s\n' "$2" >"$work/$1.sql"
	drop_database hostile && student_database hostile && check_judge load "$work/$1.sql" hostile s001 "$3" "$4"
}
for command in '\! touch OWNED' '\copy x to program '"'touch OWNED'" 'select 1 \g | touch OWNED' '\o | touch OWNED' \
	'\set x `touch OWNED`' 'select 1 \gexec'; do
	text="CREATE TABLE x (a int);
$(printf '%s' "$command" | sed "s|OWNED|$work/OWNED|")"
	refused "refused: $command" 'hostile.sql:2: psql command' hostile hostile "$text" 20 100
done
ok "and none of them ran" test ! -e "$work/OWNED"
# Even where psql reads the text otherwise than we do: it is behind \restrict.
restricted() {
	printf "SET standard_conforming_strings = off;\nSELECT set_config('standard_conforming_strings', 'on', false);
SELECT '\\\\'; \\\\! touch $work/OWNED2 \n --';\n" >"$work/twist.sql"
	drop_database hostile && student_database hostile
	check_judge load "$work/twist.sql" hostile s001 20 100 >"$work/twist.out" 2>&1
	cat "$work/twist.sql" "$work/twist.out"
	[ ! -e "$work/OWNED2" ] && grep -q 'backslash commands are restricted' "$work/twist.out"
}
ok "a text that deceives our lexer meets psql's own restriction" restricted
refused "an endless statement ends at the deadline" 'stopped after 3 s' hostile endless \
	'DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$;' 3 1000
gone() { [ "$(psql -XAt -c "SELECT count(*) FROM pg_stat_activity WHERE datname = 'hostile'")" = 0 ]; }
ok "and so does its session" wait_for 5 gone
refused "a disk filler ends at the size cap" 'grew above 40 MB' hostile filler \
	'CREATE TABLE x AS SELECT repeat(md5(generate_series(1, 100000000)::text), 30) AS a;' 60 40
refused "thousands of failing statements are not all tried" 'too many statements fail' hostile failing \
	"$(for i in 1 2 3 4 5; do for j in 1 2 3 4 5 6 7 8 9 0; do for k in 1 2 3 4 5 6 7 8 9 0; do
		echo "SELECT no_such_$i$j$k;"; done; done; done)" 120 1000
privileged() {
	hostile privileged "COPY (SELECT 1) TO PROGRAM 'id'; SELECT pg_read_file('/etc/passwd'); CREATE TABLE x (a int);" 20 100 |
		tee "$work/privileged.out" && grep -q '"major":2' "$work/privileged.out"
}
ok "what needs privileges fails, and is listed" privileged

# -- the samples -------------------------------------------------------------------------------------
if [ -n "$shared" ]; then
	for sample in chinook chinook_serial chinook_auto clubdata pagila; do
		example $sample "$shared/samples/$sample/$sample.sql"
	done
	# The policy table's own lines.
	ok "plain integers against serial keys" score chinook_serial full_chinook progress=0.9942
	ok "serial against identity keys: the same" score chinook_serial full_chinook_auto full
	ok "identity against serial keys: the same" score chinook_auto full_chinook_serial full
	variant chinook "text, bigint, wider numeric" "ALTER TABLE genre ALTER name TYPE text;
		ALTER TABLE media_type ALTER media_type_id TYPE bigint; ALTER TABLE track ALTER unit_price TYPE numeric(12,4)" \
		kind=column
	variant chinook "timestamptz" "SET timezone = 'Europe/Prague'; ALTER TABLE invoice ALTER invoice_date TYPE timestamptz
		USING invoice_date AT TIME ZONE 'UTC'" "step=table invoice" kind=column
	variant chinook "music.genre" "CREATE SCHEMA music; ALTER TABLE genre SET SCHEMA music; ALTER TABLE artist SET SCHEMA music" full
	variant chinook "a child table dropped" "DROP TABLE invoice_line" "step=table invoice_line" kind=table
	restored() {
		drop_database variant && student_database variant &&
			pg_dump -U postgres -d full_pagila --format=custom --no-owner --no-privileges --file="$work/pagila.dump" &&
			pg_restore -U s001 -d variant --no-owner "$work/pagila.dump" >"$work/restore.out" 2>&1
		cat "$work/restore.out"
		score pagila variant full
	}
	ok "pagila against its own dump, restored in custom format" restored
	variant pagila "a foreign key of the partitions, on the parent" "ALTER TABLE payment_p2022_01 DROP CONSTRAINT
		payment_p2022_01_staff_id_fkey; DELETE FROM payment WHERE false; ALTER TABLE payment ADD FOREIGN KEY (staff_id) REFERENCES staff" full
	variant pagila "a foreign key of one partition less" "ALTER TABLE payment_p2022_01 DROP CONSTRAINT
		payment_p2022_01_staff_id_fkey" "step=table payment" kind=fk
	variant pagila "a materialized view less" "DROP MATERIALIZED VIEW rental_by_category" "step=view rental_by_category" kind=matview
	variant pagila "an aggregate less" "DROP VIEW actor_info, film_list, nicer_but_slower_film_list CASCADE; DROP AGGREGATE group_concat(text)" \
		kind=function kind=view
	for sample in chinook pagila clubdata; do
		say "$sample, ms: $(check_judge time full_$sample probe_s001), scored:" \
			"$(score $sample full_$sample full | grep -o '"[a-z]*_ms":[0-9.]*' | tr '\n' ' ')"
	done
else
	skip "chinook, pagila and clubdata" "the samples are not here"
fi
say "library, ms: $(check_judge time full_library probe_s001), scored:" \
	"$(score library full_library full | grep -o '"[a-z]*_ms":[0-9.]*' | tr '\n' ' ')"
marks() { # of the structure, of table z and of all rows, as lecternd reads them
	{
		printf 'PREPARE marks (text[], boolean) AS\n'
		cat "$LECTERN_SRCDIR/assets/sql/probe_marks.sql"
		printf ";\nEXECUTE marks ('{z}', true)\n"
	} | psql -qXAt -F ' ' -v ON_ERROR_STOP=1 -U probe_s001 -d variant
}
moved() { # BEFORE AFTER
	printf '%s\n-- then\n%s\n' "$1" "$2"
	[ "$1" != "$2" ]
}
drop_database variant && student_database variant full_library
sql variant s001 "CREATE TABLE z (a int)"
before=$(marks)
ok "the marks are there" test "$(printf '%s\n' "$before" | wc -l)" = 3
ok "a look does not move them" test "$before" = "$(marks)"
sql variant s001 "INSERT INTO z VALUES (1)"
filled=$(marks)
ok "a row moves its table's mark" moved "${before##* 1 }" "${filled##* 1 }"
sql variant s001 "CREATE TABLE other (a int)"
ok "a table moves the structure's mark" moved "$(printf '%s' "$filled" | head -n 1)" "$(marks | head -n 1)"
