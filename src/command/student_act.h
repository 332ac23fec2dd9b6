/*
 * lectern student LAB LOGIN reset|undo|kick|unlock|extra-time|note: what is done to one student.
 */
#ifndef LECTERN_COMMAND_STUDENT_ACT_H
#define LECTERN_COMMAND_STUDENT_ACT_H

#include <stdbool.h>
#include <stddef.h>

struct student_act {
    const char *lab, *login, *verb;
    char **words; /* behind the verb */
    size_t n_words;
    bool list, yes, json;
};

bool student_act_is_verb(const char *verb);
/* Returns the exit status. */
int student_act(const struct student_act *act);

#endif
