/*
 * The words' half of the feed: one connection to the control database as lectern_console, read
 * every second, reconnected for ever with growing pauses.
 */
#ifndef LECTERN_BOARD_WORDING_H
#define LECTERN_BOARD_WORDING_H

#include <stdbool.h>

#include "control/words.h"
#include "io/loop.h"
#include "lab/site.h"

struct error;
struct wording;

/* New words came, which the callee may take over (leaving an empty struct), or the connection was
 * lost or refused (err set; once per attempt). */
typedef void (*wording_cb)(struct words *words, const struct error *err, void *data);

/* `site` and `lab` ("": the current lab) are borrowed for its life. */
struct wording *wording_new(struct loop *loop, const struct site *site, const char *lab,
                            wording_cb on_words, void *data);
/* From now on the words have the checks and the document of this student too (NULL: nobody's),
 * soon. */
void wording_open(struct wording *wording, const char *login);
/* Closes everything; frees itself when the loop has closed its timer.  NULL is fine. */
void wording_free(struct wording *wording);

#endif
