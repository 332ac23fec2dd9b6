/*
 * Looking for a file: one directory at a time as a list, directories first, then the files whose
 * names fit what is wanted, then all others.  No curses but its key codes;
 * ui/pane_wizard_browse.c shows it.
 */
#ifndef LECTERN_UI_BROWSE_H
#define LECTERN_UI_BROWSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/form.h"

enum browse_kind {
    BROWSE_UP,     /* "..", the first entry of every directory but "/" */
    BROWSE_FOLDER, /* or a link to one */
    BROWSE_FILE,
    BROWSE_OTHER, /* a device, a socket, a link to nowhere: never chosen */
};

struct browse_entry {
    char *name; /* as the file system has it: any bytes */
    char *key;  /* folded, for the order and for jumping */
    enum browse_kind kind;
    bool fits; /* by its name; of a folder: it is an archive of pg_dump -Fd, chosen as a whole */
    int64_t size;
};

struct browse {
    const char *endings; /* of names that fit, "sql ddl"; borrowed */
    bool archives;       /* a directory may be what is wanted */
    bool hidden;         /* names that begin with a dot are shown */
    char *folder;        /* absolute */
    char *fault;         /* why nothing, or not all, is listed; or NULL */
    const char *refusal; /* why the last key did nothing; or NULL */
    struct browse_entry *entries;
    size_t n, capacity, selected;
    size_t first;      /* that is seen */
    bool cut;          /* the directory holds more than is listed */
    struct edit typed; /* letters that the selected name begins with */
};

void browse_init(struct browse *browse, const char *endings, bool archives);
void browse_release(struct browse *browse);

/* List the directory of what is typed in a field (that itself, where it is one), else the nearest
 * one above it, with its last part selected.  `typed` is relative to `directory`; "~" is home. */
void browse_begin(struct browse *browse, const char *directory, const char *typed);
/* List an absolute directory; `select` NULL or not there: the first file that fits. */
void browse_read(struct browse *browse, const char *folder, const char *select);

enum browse_result {
    BROWSE_IGNORED,
    BROWSE_MOVED,
    BROWSE_CHOSEN, /* browse_path() is it */
};
/* Arrows, Page keys, Home and End; Enter and right open or choose; Backspace and left go up;
 * letters jump, "." shows hidden names.  `rows` are seen at once. */
enum browse_result browse_key(struct browse *browse, int key, size_t rows);
/* Move `first` so that the selected entry is among `rows`. */
void browse_show(struct browse *browse, size_t rows);

/* The selected entry's path, malloc'd. */
char *browse_path(const struct browse *browse);
/* A path as it is typed: relative to `directory` when it is below it (NULL: never), "~/x" when it
 * is at home, else whole; malloc'd. */
char *browse_spell(const char *directory, const char *path);
/* "812 B", "12 kB", "1.4 MB"; malloc'd. */
char *browse_size(int64_t size);

#endif
