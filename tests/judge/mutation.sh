#!/bin/sh
# Plants single defects in finished databases: each must be found, and nothing else may fall.
#
#   MUTATION_PER   places per kind of defect and database; 0: all (default 1, the short form)
#   MUTATION_OUT   where the lines go; default: mutation.tsv in the build directory's tests
#   MUTATION_ONLY  one kind of defect     MUTATION_DATABASES  some of the databases
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/judge/server.sh"
. "$LECTERN_SRCDIR/tests/judge/cases.sh"
out=${MUTATION_OUT:-$LECTERN_BUILDDIR/tests/mutation.tsv}
: >"$out" || exit 99
kinds=$(grep -c '^mutation ' "$LECTERN_SRCDIR/tests/judge/mutations")
ok "at least 60 kinds of defects are in the catalogue" [ "$kinds" -ge 60 ]
run_databases mutations "${MUTATION_PER:-1}" "${MUTATION_ONLY:-}" "${MUTATION_DATABASES:-}"
count() { awk -F '\t' -v v="$1" '$5 == v || v == "" { n++ } END { print n + 0 }' "$out"; }
planted_kinds=$(cut -f 2 "$out" | sort -u | wc -l)
[ -n "${MUTATION_ONLY:-}${MUTATION_DATABASES:-}" ] || ok "at least 60 kinds were planted" [ "$planted_kinds" -ge 60 ]
say "$planted_kinds of $kinds kinds of defects were planted; the lines are in $out"
summary="mutation: planted $(count '') right $(count right) wrong $(count wrong) missed $(count missed)"
echo "$summary" >>"$out"
say "$summary"
