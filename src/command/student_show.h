/*
 * Looking at one student: what the console's pane shows, and psql in his database.
 */
#ifndef LECTERN_COMMAND_STUDENT_SHOW_H
#define LECTERN_COMMAND_STUDENT_SHOW_H

#include <stdbool.h>

/* lectern student LAB LOGIN show; the exit status. */
int student_show(const char *lab, const char *login, bool json);
/* lectern student LAB LOGIN psql: does not return when psql could be started. */
int student_psql(const char *lab, const char *login);

#endif
