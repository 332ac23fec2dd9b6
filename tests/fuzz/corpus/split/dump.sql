-- Name: film; Type: TABLE
CREATE TYPE mood AS ENUM ('a;b', 'c');
CREATE TABLE public.film (id integer NOT NULL, l integer REFERENCES public.language(id), "Odd" text);
CREATE TABLE public.language (id integer);
CREATE SEQUENCE public.film_id_seq;
ALTER SEQUENCE public.film_id_seq OWNED BY public.film.id;
ALTER TABLE ONLY public.film ALTER COLUMN id SET DEFAULT nextval('public.film_id_seq'::regclass);
COPY public.film (id, l, "Odd") FROM stdin;
1	2	it's
2	\N	a\tb\\\x41\101
\.
SELECT pg_catalog.setval('public.film_id_seq', 2, true);
ALTER TABLE ONLY public.film ADD CONSTRAINT p PRIMARY KEY (id);
ALTER TABLE ONLY public.film ADD CONSTRAINT f FOREIGN KEY (l) REFERENCES public.language(id);
ALTER TABLE ONLY pay ATTACH PARTITION pay_1 FOR VALUES FROM (1) TO (2);
ALTER INDEX pay_pkey ATTACH PARTITION pay_1_pkey;
CREATE UNIQUE INDEX i ON public.film USING btree (lower("Odd"));
CREATE OR REPLACE FUNCTION g(a int) RETURNS int BEGIN ATOMIC SELECT CASE a WHEN 1 THEN 2 END; END;
CREATE MATERIALIZED VIEW v AS SELECT 1; REFRESH MATERIALIZED VIEW v;
CREATE TRIGGER t BEFORE INSERT ON public.film FOR EACH ROW EXECUTE FUNCTION f();
CREATE RULE r AS ON INSERT TO public.film DO NOTHING;
CREATE POLICY q ON film; DO $$BEGIN END$$; GRANT ALL ON film TO x; \connect y
