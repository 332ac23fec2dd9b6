-- A dump in which something is missing for good.
CREATE TABLE a (
    id integer PRIMARY KEY
);

COMMENT ON TABLE no_such_comment IS 'its failing does not matter';
ALTER TABLE no_such_table
    ADD COLUMN b integer;
COPY no_such_copy (a) FROM stdin;
SELECT; DROP TABLE a;
\.
INSERT INTO a VALUES (1);
