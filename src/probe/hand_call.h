/*
 * A call for help as a student's statement says it: "SELECT lectern.help('which key?')".  What was
 * said in an open transaction is stored in rows that nobody else sees, and in a failed one it is
 * not run at all; so it is read off the statement.  Pure.
 */
#ifndef LECTERN_PROBE_HAND_CALL_H
#define LECTERN_PROBE_HAND_CALL_H

#include <stdbool.h>

enum { HAND_MESSAGE_MAX = 500 }; /* characters */

enum hand_call_kind { HAND_HELP, HAND_THANKS };
const char *hand_call_name(enum hand_call_kind kind); /* "help", as in lectern.hands */

struct hand_call {
    enum hand_call_kind kind;
    char *message; /* malloc'd; "" where it is no plain literal: a parameter, an expression */
};

/*
 * Is it a call at the top of a statement (not within a function's body, a string, a comment)?  Of
 * several statements the last call counts.  The server shows the first kilobyte of a statement: a
 * literal that is cut off there is taken as far as it goes.
 */
bool hand_call_parse(const char *query, struct hand_call *ret_call);

/* What a student says, fit to be shown: on one line, disarmed, cut to HAND_MESSAGE_MAX; malloc'd.
 */
char *hand_call_words(const char *message);

#endif
