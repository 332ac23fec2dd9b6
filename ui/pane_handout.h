/*
 * The hand-out: every student's login and initial password, as a list and one at a time in large
 * letters.  Never while projector mode is on, only after a confirmation, and wiped from memory and
 * screen as soon as the pane is left.
 *
 * The pane reads no servers: it asks by struct handout_ops, and the answers come through the app
 * (app_take_sheet(), app_handout_done()), whenever they come.
 */
#ifndef LECTERN_UI_PANE_HANDOUT_H
#define LECTERN_UI_PANE_HANDOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct pane;

enum sheet_password {
    SHEET_INITIAL, /* the one below still opens the door */
    SHEET_CHANGED, /* by the student: nobody knows it */
    SHEET_UNSURE,  /* the one below, but the directory could not be asked */
    SHEET_GONE,    /* not stored any more */
};

enum { SHEET_PASSWORD_SIZE = 32 };

struct sheet_student {
    const char *login, *name, *seat;
    enum sheet_password state;
    char password[SHEET_PASSWORD_SIZE]; /* ASCII; "" for SHEET_CHANGED and SHEET_GONE */
};

struct sheet {
    struct arena arena; /* of the texts; no password is in it */
    const char *title, *host;
    int port;
    const char *remark; /* what the lab master should know about it; "" when nothing */
    struct sheet_student *students;
    size_t n;
};

struct sheet *sheet_new(size_t n);
void sheet_free(struct sheet *sheet); /* wipes the passwords; NULL is fine */

struct handout_ops {
    void (*read)(void *data);                     /* the sheet, please */
    void (*print)(const char *login, void *data); /* slips on paper; NULL: everybody's */
    void (*save)(void *data);                     /* slips into files of `directory` */
    void (*drop)(void *data);                     /* nobody waits for the sheet any more */
    const char *directory;                        /* where `save` writes */
    void *data;
};

/* `ops` is borrowed for the pane's life. */
struct pane *pane_handout_new(const struct handout_ops *ops);
/* Give the sheet to the pane: true when it is one that waits for it, and it is the pane's now. */
bool pane_handout_take(struct pane *pane, struct sheet *sheet);
/* What became of reading, printing or saving; panes of another kind don't mind. */
void pane_handout_tell(struct pane *pane, bool good, const char *words);

#endif
