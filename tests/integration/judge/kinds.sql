-- Every kind of object that is judged, once.
CREATE SCHEMA shop;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN price AS numeric(8,2) DEFAULT 0 CHECK (VALUE >= 0) CHECK (VALUE < 1000);
CREATE TYPE spot AS (x int, y text);
CREATE SEQUENCE ticket INCREMENT 10 CYCLE;
CREATE TABLE author (
	author_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL,
	mood mood DEFAULT 'ok'
);
COMMENT ON TABLE author IS 'who wrote';
COMMENT ON COLUMN author.name IS 'as on the cover';
CREATE TABLE book (
	book_id serial PRIMARY KEY,
	author_id int NOT NULL REFERENCES author ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	title varchar(80) NOT NULL,
	cost price NOT NULL,
	twice numeric GENERATED ALWAYS AS (cost * 2) STORED,
	sequel_of int REFERENCES book,
	place spot,
	CHECK (length(title) > 0 AND cost < 500),
	UNIQUE (author_id, title)
);
CREATE INDEX book_title ON book (lower(title));
CREATE INDEX book_cost ON book (cost DESC) WHERE cost > 10;
CREATE INDEX book_pattern ON book (title varchar_pattern_ops);
CREATE UNLOGGED TABLE scratch (a int, b int, UNIQUE NULLS NOT DISTINCT (a));
CREATE INDEX scratch_hash ON scratch USING hash (b);
CREATE TABLE stay (room int, during tsrange, EXCLUDE USING gist (during WITH &&));
CREATE TABLE part (
	part_no int PRIMARY KEY,
	weight real,
	length double precision,
	sizes numeric[],
	span numrange,
	kind text CHECK (kind NOT IN ('odd', 'even')),
	cheap numeric(8,2) DEFAULT 0 CHECK (cheap >= 0),
	dear numeric(8,2),
	CHECK (cheap < dear),
	CHECK (kind IS NULL OR weight IS NOT NULL)
);
ALTER TABLE part ADD tags text[] DEFAULT '{}', ADD marks int[], ADD UNIQUE (part_no, kind);
CREATE TABLE used (
	part_no int NOT NULL,
	kind text,
	FOREIGN KEY (part_no, kind) REFERENCES part (part_no, kind) ON DELETE SET NULL (kind)
);
CREATE INDEX part_kind ON part (kind) WHERE kind IN ('a', 'b') AND weight > 0;
CREATE TABLE hire (rooms int4range, during tsrange, EXCLUDE USING gist (rooms WITH &&, during WITH &&) WHERE (rooms IS NOT NULL));
CREATE TABLE animal (name text PRIMARY KEY, legs int);
CREATE TABLE bird (wings int) INHERITS (animal);
CREATE TABLE sale (sold date NOT NULL, amount numeric) PARTITION BY RANGE (sold);
CREATE TABLE sale_1 PARTITION OF sale FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE sale_2 PARTITION OF sale FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE sale_1 ADD PRIMARY KEY (sold);
ALTER TABLE sale_2 ADD PRIMARY KEY (sold);
CREATE TABLE note (owner text, body text);
ALTER TABLE note ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON note FOR UPDATE USING (owner = current_user) WITH CHECK (body <> '');
CREATE TABLE log (what text, n int);
CREATE RULE keep AS ON DELETE TO log DO INSTEAD NOTHING;
CREATE VIEW dear AS SELECT title, cost FROM book WHERE cost > 20;
CREATE VIEW marked AS SELECT part_no, tags, marks FROM part;
CREATE MATERIALIZED VIEW per_author AS SELECT author_id, count(*) AS books, sum(cost) AS total FROM book GROUP BY 1;
CREATE MATERIALIZED VIEW later AS SELECT 1 AS one WITH NO DATA;
CREATE FUNCTION raise(cost numeric, by numeric) RETURNS numeric LANGUAGE sql RETURN cost + by;
CREATE FUNCTION books_of(who int, OUT title text, OUT cost numeric) RETURNS SETOF record
	LANGUAGE sql AS 'SELECT title, cost FROM book WHERE author_id = who';
CREATE PROCEDURE clean() LANGUAGE sql AS 'DELETE FROM scratch';
CREATE AGGREGATE product(numeric) (SFUNC = numeric_mul, STYPE = numeric);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER book_stamp BEFORE UPDATE OF title ON book FOR EACH ROW WHEN (OLD.title <> NEW.title) EXECUTE FUNCTION stamp('x');
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE CONSTRAINT TRIGGER looked AFTER INSERT ON used DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look();
INSERT INTO author (name) VALUES ('Ana'), ('Ben'), ('Cid');
INSERT INTO book (author_id, title, cost, sequel_of) VALUES (1, 'One', 10, NULL), (1, 'Two', 25, 1), (2, 'Three', 30, NULL),
	(3, 'Four', 40, 2);
INSERT INTO stay VALUES (1, '[2024-01-01,2024-01-05)'), (1, '[2024-02-01,2024-02-05)');
INSERT INTO part VALUES (1, 12345678, 123456789012.5, '{1.50,2}', '[1,2.50)'), (2, 0.1, 0.1, NULL, NULL);
INSERT INTO bird VALUES ('wren', 2, 2);
INSERT INTO animal VALUES ('cat', 4);
INSERT INTO sale SELECT d, 5 FROM generate_series(date '2024-06-01', '2025-06-01', '1 day') AS d;
INSERT INTO note VALUES ('s001', 'x');
INSERT INTO log VALUES ('a', 1), ('a', 1), ('b', 2);
REFRESH MATERIALIZED VIEW per_author;
