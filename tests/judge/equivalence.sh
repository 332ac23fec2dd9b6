#!/bin/sh
# Changes that mean the same, in finished databases: the score must stay full.
#
#   EQUIVALENCE_PER   places per kind of change and database; 0: all (default 1, the short form)
#   EQUIVALENCE_OUT   where the lines go; default: equivalence.tsv in the build directory's tests
#   EQUIVALENCE_ONLY  one kind of change     EQUIVALENCE_DATABASES  some of the databases
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"
. "$LECTERN_SRCDIR/tests/judge/server.sh"
. "$LECTERN_SRCDIR/tests/judge/cases.sh"
out=${EQUIVALENCE_OUT:-$LECTERN_BUILDDIR/tests/equivalence.tsv}
: >"$out" || exit 99
kinds=$(grep -c '^rewrite ' "$LECTERN_SRCDIR/tests/judge/rewrites")
ok "at least 40 kinds of changes are in the catalogue" [ "$kinds" -ge 40 ]
run_databases rewrites "${EQUIVALENCE_PER:-1}" "${EQUIVALENCE_ONLY:-}" "${EQUIVALENCE_DATABASES:-}"

# Through pg_dump, and through each other's files; a line each, like mutate's.
dumped() { # DATABASE HOW [OPTION...]
	d_database=$1 d_how=$2
	shift 2
	d_file=$work/dumps/$d_database.$d_how
	pg_dump -U s001 -d "whole_$d_database" -f "$d_file" "$@" >"$work/dump.out" 2>&1 || { cat "$work/dump.out"; return 1; }
}
full() { # DATABASE : every dump of it
	f_database=$1
	shift
	lectern score "$(dump_of "$f_database")" "$@" --server "$server" --csv >"$work/full.csv" 2>"$work/full.err"
	f_status=$?
	awk -F , -v db="$f_database" -v out="$out" 'NR > 1 { n = split($1, path, "/");
		verdict = $2 == "1.0000" && status == 0 ? "right" : "wrong"
		print db "\tfile\t" path[n] "\t" $2 "\t" verdict "\t" $NF "\tlectern score" >>out }' "$work/full.csv"
	[ $f_status = 0 ] || { lectern score "$(dump_of "$f_database")" "$@" --server "$server"; return 1; }
}
mkdir "$work/dumps" && chmod 755 "$work/dumps"
for name in $([ -n "${EQUIVALENCE_ONLY:-}" ] || echo "${EQUIVALENCE_DATABASES:-$(databases)}"); do
	dumped "$name" plain.sql && dumped "$name" inserts.sql --inserts --rows-per-insert=100 &&
		dumped "$name" columns.sql --column-inserts --no-owner && dumped "$name" quoted.sql --quote-all-identifiers &&
		dumped "$name" custom.dump -Fc && dumped "$name" tar.tar -Ft && dumped "$name" directory -Fd &&
		dumped "$name" roots.sql --load-via-partition-root --disable-triggers --clean --if-exists ||
		say "$name could not be dumped: $(cat "$work/dump.out")"
	[ ! -f "$work/dumps/$name.plain.sql" ] || sed 's/$/\r/' "$work/dumps/$name.plain.sql" >"$work/dumps/$name.windows.sql"
	ok "$name: dumped in nine ways" full "$name" "$work/dumps/$name".*
done
if [ -n "$shared" ] && [ -z "${EQUIVALENCE_ONLY:-}${EQUIVALENCE_DATABASES:-}" ]; then
	ok "chinook with serial keys for identity keys" full chinook_auto "$(dump_of chinook_serial)"
	ok "and the other way round" full chinook_serial "$(dump_of chinook_auto)"
	sed 's/\bSERIAL\b/BIGSERIAL/; s/\bserial\b/bigserial/' "$(dump_of chinook_serial)" >"$work/dumps/bigserial.sql"
	make_roster 1 >"$work/roster.csv"
	printf 'lab: wide\nexample: %s\nroster: roster.csv\ncompare:\n  type: ignore\n' "$(dump_of chinook_serial)" >"$work/wide.yaml"
	ok "chinook with bigserial keys where the lab allows other types" full chinook_serial "$work/dumps/bigserial.sql" --lab "$work/wide.yaml"
fi
say "$(cut -f 2 "$out" | sort -u | wc -l) of $kinds kinds of changes, and dumps, were made; the lines are in $out"
summary="equivalence: rewrites $(grep -c . "$out") false-alarms $(awk -F '\t' '$5 != "right" { n++ } END { print n + 0 }' "$out")"
echo "$summary" >>"$out"
say "$summary"
