/*
 * Secrets in what students type: before a statement or a message of the server's log is kept,
 * passwords go.  Rather too much is taken out than too little: behind a word that speaks of a
 * password nothing stays that could be one, however the statement is misspelt.  Pure.
 */
#ifndef LECTERN_LAB_LOG_SECRET_H
#define LECTERN_LAB_LOG_SECRET_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf;

/*
 * Append a statement, or what is there of it, up to where a secret may begin, and "***" in its
 * place.  True when the statement speaks of secrets: its error's message may quote one.
 */
bool log_secret_hide(struct strbuf *out, const char *text, size_t len);

/* Append an error's message; `secret`: its statement speaks of secrets. */
void log_secret_hide_message(struct strbuf *out, const char *text, size_t len, bool secret);

#endif
