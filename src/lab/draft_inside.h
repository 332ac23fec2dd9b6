/*
 * What the draft's own files share.
 */
#ifndef LECTERN_LAB_DRAFT_INSIDE_H
#define LECTERN_LAB_DRAFT_INSIDE_H

/* Of the file's contents, hexadecimal, malloc'd; NULL: it cannot be read. */
char *draft_file_digest(const char *path);

#endif
