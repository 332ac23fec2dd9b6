/*
 * The lab that the program carries with it, as files: for `lectern demo`.
 */
#ifndef LECTERN_COMMAND_DEMO_LAB_H
#define LECTERN_COMMAND_DEMO_LAB_H

#include <stdbool.h>

struct error;
struct strbuf;

enum { DEMO_STUDENTS = 24, DEMO_STUDENTS_MAX = 500 };

#define DEMO_LAB "library"

/*
 * Write lab.yaml, library.sql, task.md, roster.csv and the students' files of rows
 * (rows/NN-TABLE.sql) into `directory`, leaving what is already so.  `students` <= 0 keeps a roster
 * that is there.  A lesson at `speed` gets limits that are so much shorter.
 */
bool demo_lab_unpack(const char *directory, int students, double speed, struct error *err);

/* The parts, for the tests: the roster of the first `students`, beyond the shipped ones invented...
 */
void demo_lab_roster(int students, struct strbuf *out);
/* ... and the rows of the first table behind `*cursor` in a script: its name and its statements as
 * one transaction.  False when there are no more. */
bool demo_lab_next_rows(const char **cursor, char **ret_table, struct strbuf *out);

#endif
