/*
 * What changed in the class between two snapshots, a line each: for screen readers, scripts and the
 * bell.  Pure.
 *
 * What is stale changes nothing: students are compared again with what they were before.
 */
#ifndef LECTERN_BOARD_CHANGES_H
#define LECTERN_BOARD_CHANGES_H

#include "base/memory.h"
#include "base/strbuf.h"
#include "lab/snapshot.h"

struct change {
    /* "class" (the first), "state", "need", "step", "hand", "lesson", "announcement", "feed" */
    const char *kind;
    const char *login;     /* "": of the class */
    const char *name;      /* of the student; "" */
    const char *from, *to; /* names of states and needs, titles of steps ...; "": none */
    const char *text;      /* the change in words; private where it is a hand's message */
};
/* The change and its texts live for the call. */
typedef void (*change_cb)(const struct change *change, void *data);

struct changes_student;
struct changes_hand;
struct changes {
    struct arena arena; /* of the memory below, made anew with each snapshot */
    bool begun;
    const char *lab, *announcement;
    enum lesson_state lesson;
    enum trouble trouble;
    struct changes_student *students; /* sorted by login */
    size_t n_students;
    struct changes_hand *hands;
    size_t n_hands;
};
#define CHANGES_INIT ((struct changes){.arena = ARENA_INIT})

/* Tell of each difference to the snapshot before, and remember this one. */
void changes_take(struct changes *changes, const struct snapshot *snapshot, change_cb on_change,
                  void *data);
void changes_release(struct changes *changes);

#endif
