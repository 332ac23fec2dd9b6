#!/bin/sh
# Every kind of object that is judged: equal to itself, one defect each, and what the lab file says
# about how strictly, with which weight, and about content.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/judge/server.sh"
kinds=$fixtures/kinds.sql

example kinds "$kinds"
defect_lab=kinds
defect "a schema less" "DROP SCHEMA shop" types schema
defect "enum labels in another order" "ALTER TABLE author ALTER mood DROP DEFAULT, ALTER mood TYPE text; DROP TYPE mood;
	CREATE TYPE mood AS ENUM ('ok', 'sad', 'happy'); ALTER TABLE author ALTER mood TYPE mood USING mood::mood,
	ALTER mood SET DEFAULT 'ok'" types enum
defect "a domain's constraint changed" "ALTER DOMAIN price DROP CONSTRAINT price_check1;
	ALTER DOMAIN price ADD CHECK (VALUE < 2000)" types domain
defect "a domain without its default" "ALTER DOMAIN price DROP DEFAULT" types domain
defect "a composite type's attribute renamed" "ALTER TYPE spot RENAME ATTRIBUTE y TO z" types composite
defect "a composite type's attribute of another type" "ALTER TABLE book DROP place; DROP TYPE spot; CREATE TYPE spot AS (x bigint, y text);
	ALTER TABLE book ADD place spot" types composite
defect "a sequence less" "DROP SEQUENCE ticket" types sequence
defect "a sequence of other steps" "ALTER SEQUENCE ticket INCREMENT 1" types sequence
defect "a sequence that ends" "ALTER SEQUENCE ticket NO CYCLE" types sequence
defect "a column generated otherwise" "ALTER TABLE book DROP twice, ADD twice numeric GENERATED ALWAYS AS (cost * 3) STORED" "table book" column
defect "a generated column made plain" "ALTER TABLE book ALTER twice DROP EXPRESSION" "table book" column
defect "a foreign key not deferrable" "ALTER TABLE book ALTER CONSTRAINT book_author_id_fkey NOT DEFERRABLE" "table book" fk
defect "a foreign key that sets all of its columns" "ALTER TABLE used DROP CONSTRAINT used_part_no_kind_fkey,
	ADD FOREIGN KEY (part_no, kind) REFERENCES part (part_no, kind) ON DELETE SET NULL" "table used" fk
defect "a foreign key not valid" "ALTER TABLE book DROP CONSTRAINT book_sequel_of_fkey, ADD FOREIGN KEY (sequel_of) REFERENCES book NOT VALID" \
	"table book" fk
defect "a check less" "ALTER TABLE book DROP CONSTRAINT book_check" "table book" check
defect "an expression of the check changed" "ALTER TABLE book DROP CONSTRAINT book_check,
	ADD CHECK (length(title) > 1 AND cost < 500)" "table book" check
defect "a comparison turned round by mistake" "ALTER TABLE part DROP CONSTRAINT part_check, ADD CHECK (cheap > dear)" "table part" check
defect "a comparison that lets equal ones through" "ALTER TABLE part DROP CONSTRAINT part_check, ADD CHECK (cheap <= dear)" "table part" check
defect "one value less forbidden" "ALTER TABLE part DROP CONSTRAINT part_kind_check, ADD CHECK (kind <> 'even')" "table part" check
defect "AND for OR" "ALTER TABLE part DROP CONSTRAINT part_check1, ADD CHECK (kind IS NULL AND weight IS NOT NULL) NOT VALID" "table part" check
defect "a unique column less" "ALTER TABLE book DROP CONSTRAINT book_author_id_title_key, ADD UNIQUE (title)" "table book" unique
defect "nulls distinct" "ALTER TABLE scratch DROP CONSTRAINT scratch_a_key, ADD UNIQUE (a)" "table scratch" unique
defect "an index in the other direction" "DROP INDEX book_cost; CREATE INDEX ON book (cost) WHERE cost > 10" "table book" index
defect "an index of another predicate" "DROP INDEX book_cost; CREATE INDEX ON book (cost DESC) WHERE cost > 11" "table book" index
defect "an index of the usual operators" "DROP INDEX book_pattern; CREATE INDEX ON book (title)" "table book" index
defect "an index by another method" "DROP INDEX scratch_hash; CREATE INDEX ON scratch (b)" "table scratch" index
defect "an index on another expression" "DROP INDEX book_title; CREATE INDEX ON book (upper(title))" "table book" index
defect "a logged table" "ALTER TABLE scratch SET LOGGED" "table scratch" table
defect "no exclusion constraint" "ALTER TABLE stay DROP CONSTRAINT stay_during_excl" "table stay" exclude
defect "another exclusion constraint" "ALTER TABLE stay DROP CONSTRAINT stay_during_excl,
	ADD EXCLUDE USING gist (during WITH -|-)" "table stay" exclude
defect "an exclusion of fewer columns" "ALTER TABLE hire DROP CONSTRAINT hire_rooms_during_excl,
	ADD EXCLUDE USING gist (rooms WITH &&) WHERE (rooms IS NOT NULL)" "table hire" exclude
defect "a child that inherits nothing" "ALTER TABLE bird NO INHERIT animal; INSERT INTO animal VALUES ('wren', 2)" "table bird" table
defect "a partition less" "CREATE TABLE s AS TABLE sale_2; DROP TABLE sale_2; ALTER TABLE sale_1 DROP CONSTRAINT sale_1_pkey;
	CREATE TABLE sale_3 PARTITION OF sale DEFAULT; ALTER TABLE sale_3 ADD PRIMARY KEY (sold); ALTER TABLE sale_1 ADD PRIMARY KEY (sold);
	CREATE TABLE sale_4 PARTITION OF sale FOR VALUES FROM ('2027-01-01') TO ('2028-01-01'); ALTER TABLE sale_4 ADD PRIMARY KEY (sold);
	INSERT INTO sale SELECT * FROM s" "table sale" table
defect "a key on one partition only" "ALTER TABLE sale_2 DROP CONSTRAINT sale_2_pkey" "table sale" pk
variant kinds "the key of all partitions on their parent" "ALTER TABLE sale_1 DROP CONSTRAINT sale_1_pkey;
	ALTER TABLE sale_2 DROP CONSTRAINT sale_2_pkey; ALTER TABLE sale ADD PRIMARY KEY (sold)" full
defect "a policy less" "DROP POLICY mine ON note" "table note" policy
defect "a policy of another condition" "DROP POLICY mine ON note; CREATE POLICY mine ON note FOR UPDATE USING (owner <> current_user)
	WITH CHECK (body <> '')" "table note" policy
defect "a policy without its check" "DROP POLICY mine ON note; CREATE POLICY mine ON note FOR UPDATE USING (owner = current_user)" \
	"table note" policy
defect "row level security off" "ALTER TABLE note DISABLE ROW LEVEL SECURITY" "table note" table
defect "a rule less" "DROP RULE keep ON log" triggers rule
defect "a rule that does something else" "DROP RULE keep ON log; CREATE RULE keep AS ON DELETE TO log DO ALSO NOTHING" triggers rule
variant kinds "policies, rules and triggers of other names" "ALTER POLICY mine ON note RENAME TO own; ALTER RULE keep ON log RENAME TO hold;
	ALTER TRIGGER book_stamp ON book RENAME TO s" full
defect "a view's column of another type" "DROP VIEW dear; CREATE VIEW dear AS SELECT title, cost::text FROM book WHERE cost > 20" \
	"view dear" view
defect "a plain view for a materialized one" "DROP MATERIALIZED VIEW per_author; CREATE VIEW per_author AS
	SELECT author_id, count(*) AS books, sum(cost) AS total FROM book GROUP BY 1" "view per_author" matview
defect "a materialized view without its rows" "REFRESH MATERIALIZED VIEW per_author WITH NO DATA" "view per_author" matview
variant kinds "a materialized view refreshed" "REFRESH MATERIALIZED VIEW later" full
defect "a function less" "DROP FUNCTION raise" "function raise" function
defect "a function of another result" "DROP FUNCTION raise; CREATE FUNCTION raise(numeric, numeric) RETURNS text LANGUAGE sql RETURN 'x'" \
	"function raise" function
defect "a function that gives other columns" "DROP FUNCTION books_of; CREATE FUNCTION books_of(int, OUT title text, OUT price numeric)
	RETURNS SETOF record LANGUAGE sql AS 'SELECT title, cost FROM book'" "function books_of" function
defect "a function that gives one row" "DROP FUNCTION books_of; CREATE FUNCTION books_of(int, OUT title text, OUT cost numeric)
	LANGUAGE sql AS 'SELECT title, cost FROM book'" "function books_of" function
defect "a function for a procedure" "DROP PROCEDURE clean; CREATE FUNCTION clean() RETURNS void LANGUAGE sql AS 'DELETE FROM scratch'" \
	"function clean" function
defect "an aggregate less" "DROP AGGREGATE product(numeric)" "function product" function
defect "a trigger disabled" "ALTER TABLE book DISABLE TRIGGER book_stamp" triggers trigger
defect "a trigger for replicas only" "ALTER TABLE book ENABLE REPLICA TRIGGER book_stamp" triggers trigger
defect "a trigger that does not wait" "DROP TRIGGER looked ON used;
	CREATE TRIGGER looked AFTER INSERT ON used FOR EACH ROW EXECUTE FUNCTION look()" triggers trigger
trigger() { # WHAT CLAUSE ARGUMENT
	defect "$1" "DROP TRIGGER book_stamp ON book; CREATE TRIGGER book_stamp BEFORE UPDATE $2 EXECUTE FUNCTION stamp($3)" triggers trigger
}
trigger "a trigger on any column" "ON book FOR EACH ROW WHEN (OLD.title <> NEW.title)" "'x'"
trigger "a trigger without its condition" "OF title ON book FOR EACH ROW" "'x'"
trigger "a trigger of another argument" "OF title ON book FOR EACH ROW WHEN (OLD.title <> NEW.title)" "'y'"
trigger "a trigger per statement" "ON book" "'x'"
variant kinds "comments do not count" "COMMENT ON TABLE author IS 'x'; COMMENT ON COLUMN author.name IS NULL" full
defect "one of two equal rows more" "INSERT INTO log VALUES ('a', 1)" "table log" rows
variant kinds "a duplicate where another row was" "CREATE TABLE l AS TABLE log; TRUNCATE log;
	INSERT INTO log VALUES ('a', 1), ('b', 2), ('b', 2)" "step=table log" kind=content

# -- the same demands in other words -----------------------------------------------------------------
same() { # "what" SQL
	variant kinds "$1" "$2" full
}
same "one check as two" "ALTER TABLE book DROP CONSTRAINT book_check, ADD CHECK (500 > cost), ADD CHECK (0 < length(title))"
same "two checks of a domain as one" "ALTER DOMAIN price DROP CONSTRAINT price_check; ALTER DOMAIN price DROP CONSTRAINT price_check1;
	ALTER DOMAIN price ADD CHECK (VALUE < 1000 AND 0 <= VALUE)"
same "NOT IN as one check each, and what is compared the other way round" "ALTER TABLE part DROP CONSTRAINT part_kind_check,
	ADD CHECK (kind <> 'even'), ADD CHECK ('odd' <> kind), DROP CONSTRAINT part_check, ADD CHECK (dear > cheap),
	DROP CONSTRAINT part_cheap_check, ADD CHECK (NOT cheap < 0.00), DROP CONSTRAINT part_check1,
	ADD CHECK (NOT weight IS NULL OR kind IS NULL)"
same "an index, a trigger and a key twice, once as asked for" "CREATE INDEX a_first ON book (cost) WHERE cost > 10;
	CREATE TRIGGER a_first BEFORE UPDATE ON book FOR EACH ROW EXECUTE FUNCTION stamp('y');
	ALTER TABLE book RENAME CONSTRAINT book_author_id_fkey TO a_second;
	ALTER TABLE book ADD FOREIGN KEY (author_id) REFERENCES author"
same "an empty array in other words" "ALTER TABLE part ALTER tags SET DEFAULT ARRAY[]::text[]"
same "the columns of an exclusion in another order" "ALTER TABLE hire DROP CONSTRAINT hire_rooms_during_excl,
	ADD EXCLUDE USING gist (during WITH &&, rooms WITH &&) WHERE (rooms IS NOT NULL)"
same "a number with its decimals" "ALTER TABLE part ALTER cheap SET DEFAULT 0.00"
same "a predicate in another order" "DROP INDEX part_kind; CREATE INDEX ON part (kind) WHERE 0.0 < weight AND kind = ANY ('{b,a}')"
same "conditions of a policy and a trigger turned round" "DROP POLICY mine ON note; CREATE POLICY mine ON note FOR UPDATE
	USING (current_user = owner) WITH CHECK ('' <> body); DROP TRIGGER book_stamp ON book; CREATE TRIGGER book_stamp
	BEFORE UPDATE OF title ON book FOR EACH ROW WHEN (NEW.title <> OLD.title) EXECUTE FUNCTION stamp('x')"
same "DEFAULT NULL" "ALTER TABLE book ALTER title SET DEFAULT NULL; ALTER TABLE log ALTER what SET DEFAULT NULL"
same "everything in another schema, and its functions" "CREATE SCHEMA town; ALTER TABLE book SET SCHEMA town; ALTER TABLE author SET SCHEMA town;
	ALTER TYPE mood SET SCHEMA town; ALTER DOMAIN price SET SCHEMA town; ALTER FUNCTION stamp SET SCHEMA town"
variant kinds "other parentheses" "ALTER TABLE book DROP twice, ADD twice numeric GENERATED ALWAYS AS (cost * (2)) STORED" full
restored() { # FORMAT
	drop_database variant && student_database variant && pg_dump -U postgres -d full_kinds --format=custom --no-owner --no-privileges \
		--file="$work/kinds.dump" && pg_restore -U s001 -d variant --no-owner "$work/kinds.dump" >"$work/restore.out" 2>&1
	cat "$work/restore.out"
	score kinds variant full
}
ok "dumped in custom format and restored: the same" restored

# -- the lab's rules ---------------------------------------------------------------------------------
judged() { # NAME LAB-LINES: the same database under another lab
	lab "$1" "$kinds" "$2" && sql postgres postgres "CREATE DATABASE full_$1 TEMPLATE full_kinds STRATEGY file_copy" &&
		sql postgres postgres "GRANT ALL ON DATABASE full_$1 TO s001" && score "$1" "full_$1" full
}
other_type="ALTER TABLE log ALTER what TYPE varchar(10), ALTER n SET NOT NULL"
ok "a strict lab" judged strict 'compare: {type: strict, not_null: strict, actions: strict, names: strict, column_order: strict,
  schema: strict, case: strict, comments: strict}'
faults() { # LAB SQL NUMBER SCORE: so many faults, the first of that score
	drop_database variant && student_database variant "full_$1" && sql variant s001 "$2" && score "$1" variant >"$work/faults.json"
	cat "$work/faults.json"
	[ "$(grep -o '"verdict"' "$work/faults.json" | wc -l)" = "$3" ] && grep -q "\"faults\":\[.[^}]*\"score\":$4[,}]" "$work/faults.json"
}
ok "strict: another type loses the check" faults strict "$other_type" 2 0.0
ok "by default it keeps nine tenths" faults kinds "$other_type" 2 0.9
ok "and so does an array of it, and the view of that all" faults kinds "DROP VIEW marked; ALTER TABLE part ALTER marks TYPE bigint[];
	CREATE VIEW marked AS SELECT part_no, tags::varchar[] AS tags, marks FROM part" 1 0.9
ok "strict: a constraint's name" faults strict "ALTER TABLE book RENAME CONSTRAINT book_check TO x" 1 0.0
ok "strict: the schema" faults strict "ALTER TABLE log SET SCHEMA shop" 1 0.0
ok "strict: the case" faults strict 'ALTER TABLE stay RENAME room TO "Room"' 1 0.0
ok "strict: the order of columns" faults strict "ALTER TABLE log RENAME what TO w; ALTER TABLE log ADD what text;
	UPDATE log SET what = w; ALTER TABLE log DROP w" 1 0.0
ok "strict: a comment" faults strict "COMMENT ON TABLE author IS 'x'" 1 0.0
ok "strict: a comment less" faults strict "COMMENT ON COLUMN author.name IS NULL" 1 0.0
ok "a lenient lab" judged lenient 'compare: {type: ignore, not_null: ignore, default: ignore, identity: ignore, actions: ignore,
  deferrable: ignore, expression: ignore, key: ignore, index: ignore, trigger: ignore, signature: ignore, view_columns: ignore,
  labels: ignore, partitions: ignore, persistence: ignore}'
variant lenient "what the lab ignores" "$other_type; ALTER TABLE author ALTER mood DROP DEFAULT, ALTER author_id DROP IDENTITY;
	ALTER TABLE book DROP CONSTRAINT book_sequel_of_fkey, ADD FOREIGN KEY (sequel_of) REFERENCES book ON DELETE SET NULL,
	ALTER CONSTRAINT book_author_id_fkey NOT DEFERRABLE, DROP CONSTRAINT book_check, ADD CHECK (cost < length(title) + 900);
	ALTER TABLE stay DROP CONSTRAINT stay_during_excl, ADD EXCLUDE USING gist (during WITH -|-);
	DROP INDEX scratch_hash; CREATE INDEX ON scratch (b); ALTER TYPE mood ADD VALUE 'angry'; ALTER TABLE scratch SET LOGGED;
	DROP FUNCTION raise; CREATE FUNCTION raise(int) RETURNS text LANGUAGE sql RETURN 'x'" full
ok "weights" judged weights 'weights: {column: 0, rows: 0, content: 0, table: 0, unique: 0, exclude: 0}
steps:
  - {step: table log, weights: {table: 1, rows: 1}}'
variant weights "what weighs nothing costs nothing" "$other_type; ALTER TABLE log RENAME n TO m" progress=1
variant weights "what weighs within its step only" "INSERT INTO log VALUES ('a', 1)" "step=table log"

# -- content -----------------------------------------------------------------------------------------
ok "keys ignored" judged keys 'content: {ignore_keys: ["author.author_id", "book.book_id"]}'
variant keys "other numbers, the same rows" "ALTER TABLE book DROP CONSTRAINT book_author_id_fkey, DROP CONSTRAINT book_sequel_of_fkey;
	UPDATE book SET author_id = author_id + 70, book_id = book_id + 500, sequel_of = sequel_of + 500;
	ALTER TABLE author ALTER author_id SET GENERATED BY DEFAULT; UPDATE author SET author_id = author_id + 70;
	ALTER TABLE book ADD FOREIGN KEY (author_id) REFERENCES author ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	ADD FOREIGN KEY (sequel_of) REFERENCES book" full
variant keys "a row that refers to another one" "UPDATE book SET author_id = 3 WHERE title = 'Three'" "step=table book" kind=content
variant keys "the book before another one" "UPDATE book SET sequel_of = 3 WHERE title = 'Two'" "step=table book" kind=content
variant keys "a name changed also changes what refers to it" "UPDATE author SET name = 'Bea' WHERE name = 'Ben'" kind=content
variant kinds "by default the numbers count" "UPDATE book SET sequel_of = 3 WHERE title = 'Two'" "step=table book" kind=content
defect "one real of eight digits" "UPDATE part SET weight = 12345679 WHERE part_no = 1" "table part" content
defect "one double of many digits" "UPDATE part SET length = length + 0.001 WHERE part_no = 1" "table part" content
variant kinds "numbers with and without zeros behind, wherever they stand" "UPDATE part SET sizes = '{1.5,2.00}', span = '[1.0,2.5)'
	WHERE part_no = 1" full
defect "a number in an array" "UPDATE part SET sizes = '{1.05,2}' WHERE part_no = 1" "table part" content
defect "a bound of a range" "UPDATE part SET span = '[1,25)' WHERE part_no = 1" "table part" content
variant kinds "a double where a real was" "ALTER TABLE part ALTER weight TYPE double precision USING weight::text::double precision" \
	"step=table part" kind=column
ok "a sample of a large table" judged sample 'content: {max_rows: 100, beyond: sample}'
ok "its check says so" sh -c "check_judge checks '$labs/sample.yaml' | grep -q 'sale has the example.s rows (a sample of them)'"
variant sample "all values of the large table changed" "UPDATE sale SET amount = 6" "step=table sale" kind=content
ok "a count of it" judged count 'content: {max_rows: 100}'
variant count "values beyond the cap do not count" "UPDATE sale SET amount = 6" full
variant count "rows do" "DELETE FROM sale WHERE sold < '2024-06-11'" "step=table sale" kind=rows
