/*
 * A lab's files, for the commands that read them.
 */
#ifndef LECTERN_COMMAND_LAB_FILES_H
#define LECTERN_COMMAND_LAB_FILES_H

#include <stdbool.h>

#include "lab/lab.h"
#include "lab/roster.h"
#include "lab/site.h"

struct error;

struct lab_files {
    char *path; /* of lab.yaml, absolute */
    struct lab lab;
    struct roster roster;
};

/*
 * Read the lab file and the roster that LAB means: a path as it is; a name the file that was
 * applied under that name, else STATE/labs/NAME/lab.yaml, else the shipped lab, which is unpacked
 * there; NULL or "" the current lab's.
 */
bool lab_files_load(const struct site *site, const char *argument, struct lab_files *ret_files,
                    struct error *err);
void lab_files_release(struct lab_files *files);

#endif
