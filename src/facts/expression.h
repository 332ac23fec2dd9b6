/*
 * Expressions as the server prints them (pg_get_expr), made comparable: casts, parentheses, blanks
 * and the case of identifiers do not count; what is in string literals does.  Pure.
 */
#ifndef LECTERN_FACTS_EXPRESSION_H
#define LECTERN_FACTS_EXPRESSION_H

#include <jansson.h>

/* "((price)::numeric > (0)::numeric)" becomes "price>0"; the ways to say "now" become "now";
 * '12.50' becomes 12.50.  malloc'd. */
char *expression_canonical(const char *expr);

/* The same, but parentheses that group more than one thing stay: "(a+b)*2".  malloc'd. */
char *expression_exact(const char *expr);

/* What a condition demands, as a list of texts, each in its canonical form: joined by AND, in any
 * order of what IN lists and of OR's sides, OR of equalities as IN, the literal behind the
 * comparison, NOT of a comparison as the opposite one.  Two conditions with the same list mean the
 * same.  New reference. */
json_t *expression_conjuncts(const char *expr);

/* The same as one text, in whatever order it was joined; malloc'd. */
char *expression_demands(const char *expr);

#endif
