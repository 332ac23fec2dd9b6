/*
 * The terminal's answer to the question for the colour of its background (xterm's OSC 11), picked
 * out of the keys: it comes when it comes, in pieces or never, and no byte of it is a key.
 */
#ifndef LECTERN_UI_REPLY_H
#define LECTERN_UI_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_QUESTION "\033]11;?\033\\"

enum { REPLY_WAIT_MS = 10000, REPLY_MAX = 64 };

enum reply_stage { REPLY_NONE, REPLY_ESCAPE, REPLY_INSIDE, REPLY_ENDING };

struct reply {
    bool wanted;       /* the question was asked, and its answer may still come */
    bool known;        /* it came ... */
    bool light;        /* ... and this is what it says */
    int64_t asked_ms;  /* monotonic */
    int64_t passed_ms; /* when an Escape was passed on that may have been its beginning; 0: none */
    enum reply_stage stage;
    char text[REPLY_MAX];
    size_t len;
};

void reply_ask(struct reply *reply, int64_t now_ms);
/* A key of the terminal's: how many keys (0 to 2) go on from here, in `ret_codes`. */
size_t reply_take(struct reply *reply, int code, int64_t now_ms, int ret_codes[2]);
/* No key is left for now: as reply_take(). */
size_t reply_idle(struct reply *reply, int64_t now_ms, int ret_codes[2]);

/* "15;0" of COLORFGBG; false: it says nothing. */
bool reply_from_colorfgbg(const char *text, bool *ret_light);

#endif
