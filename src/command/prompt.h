/*
 * Asking the person at the terminal.  Without a terminal a line of standard input is read instead,
 * so that scripts can answer.  For commands only: it blocks.
 */
#ifndef LECTERN_COMMAND_PROMPT_H
#define LECTERN_COMMAND_PROMPT_H

#include <stdbool.h>

struct error;

/* A line without its newline, malloc'd; with `secret` nothing is shown, and the caller wipes it
 * (prompt_free).  Ctrl-C and the end of the input are ERROR_INTERRUPTED. */
bool prompt_line(const char *label, bool secret, char **ret_line, struct error *err);
void prompt_free(char **secret); /* wipes and frees; for CLEANUP */

#endif
