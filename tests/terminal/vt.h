/*
 * A terminal for tests: libvterm on a pseudo terminal, with a program in it.  Every wait has a
 * deadline, and the program is killed on every way out.
 */
#ifndef TESTS_TERMINAL_VT_H
#define TESTS_TERMINAL_VT_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>
#include <vterm.h>

#include "base/strbuf.h"

enum { VT_DEADLINE_MS = 90000 }; /* a machine may be busy with much else */

/* A terminal type of 16 colours, made for the tests: few machines describe one. */
#define VT_16_COLOURS "lectern-16color"

struct vt {
    VTerm *term;
    VTermScreen *screen;
    int fd; /* the master's end */
    pid_t pid;
    int rows, cols;
    bool alternate;         /* the program uses the alternate screen */
    bool cursor;            /* the cursor is visible */
    bool mouse;             /* the program wants to hear of the mouse */
    int number;             /* of a sequence that is being read */
    bool about_mouse;       /* it is about the mouse */
    int scan;               /* inside which sequence the output is */
    size_t foul;            /* bytes that no program of curses' writes by itself */
    struct strbuf *written; /* takes all that it writes; NULL: nobody wants it */
    struct termios modes;   /* the line discipline as it was given */
};

/* Start `argv` with TERM=type and LC_ALL=locale; `extra` is one more NAME=VALUE or NULL. */
void vt_start(struct vt *vt, int rows, int cols, const char *type, const char *locale,
              const char *extra, const char *const argv[]);
/* Kill the program if it still runs. */
void vt_release(struct vt *vt);

/* Take what the program has written, waiting at most `ms` for it; false: nothing came. */
bool vt_pump(struct vt *vt, int ms);
void vt_type(struct vt *vt, const char *keys);
void vt_resize(struct vt *vt, int rows, int cols);
/* Until the text is on the screen, or is not; false when the deadline passed, or when the program
 * ended before. */
bool vt_wait(struct vt *vt, const char *text);
bool vt_wait_gone(struct vt *vt, const char *text);
/* Until the program ended; its wait status. */
bool vt_wait_end(struct vt *vt, int *ret_status);

/* The screen's lines, without trailing blanks. */
void vt_text(const struct vt *vt, struct strbuf *out);
/* Its looks: a letter per cell, and what the letters stand for. */
void vt_looks(const struct vt *vt, struct strbuf *out);
/* The program has the text somewhere in memory: as bytes, or in the cells of curses' screens. */
bool vt_remembers(const struct vt *vt, const char *text);
/* The line discipline is as it was before, with echo and line editing. */
bool vt_is_sane(const struct vt *vt);

#endif
