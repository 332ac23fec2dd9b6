/*
 * A student on the screen: what he is called, his sign, how far he is, and why he needs help.  All
 * panes say it by these functions, so that they say the same, and hide the same.
 */
#ifndef LECTERN_UI_STUDENT_H
#define LECTERN_UI_STUDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/pane.h"

struct strbuf;

/* A sign: glyph and letter ("▲", 'S'), and the roles of both and of the bar. */
struct student_sign {
    const char *glyph; /* the letter where there is no Unicode; one or two columns wide */
    char letter;
    const char *word; /* "stuck" */
    enum theme_role role, bar;
};
/* The state's, or a raised hand's. */
struct student_sign student_sign(const struct theme *theme, const struct snapshot_student *student);

/* The name, or the login where there is none. */
const char *student_label(const struct snapshot_student *student);
/* The same in at most `width` columns: "Alice Adams", "Alice A.", "Alice"; malloc'd. */
char *student_short(const struct snapshot_student *student, int width);
/* The login, or "" where pseudonyms stand for names. */
const char *student_login(const struct view *view, const struct snapshot_student *student);
/* "61 %", "-"; malloc'd. */
char *student_percent(const struct snapshot_student *student);

bool student_has_hand(const struct snapshot_student *student);
bool student_needs_help(const struct snapshot_student *student);
/* The hand that is up; NULL: none. */
const struct snapshot_hand *student_hand(const struct snapshot *snapshot,
                                         const struct snapshot_student *student);

/* Seconds since the last progress; -1: there never was any. */
int64_t student_idle_s(const struct snapshot *snapshot, const struct snapshot_student *student);
/* Seconds since the cause of his need began; -1: not known. */
int64_t student_waits_s(const struct snapshot *snapshot, const struct snapshot_student *student);
/* Why: the hand's words (never on a projector), what lecternd said, or the words that follow from
 * the state. */
void student_reason(const struct view *view, const struct snapshot_student *student,
                    struct strbuf *out);

#endif
