-- Everything is there, but in the wrong order; rows of a COPY that fails at first must not be read as SQL.
CREATE VIEW apples AS SELECT * FROM fruit WHERE kind = 'apple';
COPY fruit (id, kind, garden_id) FROM stdin;
1	apple	1
2	it's \\ a; DROP TABLE garden;	1
\.
CREATE TABLE fruit (
    id integer PRIMARY KEY,
    kind text NOT NULL,
    garden_id integer REFERENCES garden
);
SET search_path = public;
CREATE TABLE garden (id integer PRIMARY KEY);
DROP TABLE IF EXISTS old_garden;
INSERT INTO garden VALUES (1);
