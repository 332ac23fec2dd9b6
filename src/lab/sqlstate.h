/*
 * SQLSTATE in words, for screens that everybody sees: the server's own message may quote what a
 * student typed or stored.  Pure.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
#ifndef LECTERN_LAB_SQLSTATE_H
#define LECTERN_LAB_SQLSTATE_H

/* "syntax error"; of a code that is not known what its class is. */
const char *sqlstate_words(const char *sqlstate);

#endif
