/*
 * Expressions as the server prints them (pg_get_expr), made comparable: casts, parentheses, blanks
 * and the case of identifiers do not count; what is in string literals does.  Pure.
 */
#ifndef LECTERN_FACTS_EXPRESSION_H
#define LECTERN_FACTS_EXPRESSION_H

/* "((price)::numeric > (0)::numeric)" becomes "price>0"; the ways to say "now" become "now";
 * '12.50' becomes 12.50.  malloc'd. */
char *expression_canonical(const char *expr);

#endif
