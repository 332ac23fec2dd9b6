/*
 * The sizes and terminals at which screens are looked at, and the golden picture of one.
 */
#ifndef TESTS_TERMINAL_SCREENS_H
#define TESTS_TERMINAL_SCREENS_H

#include <stdbool.h>

struct vt;

enum {
    SMALL = 1 << 0,
    MIDDLE = 1 << 1,
    LARGE = 1 << 2,
    SIZES = SMALL | MIDDLE | LARGE,
    COLOUR = 1 << 3,
    ASCII = 1 << 4,
    MONO = 1 << 5,
    MODES = COLOUR | ASCII | MONO,
    EIGHT = 1 << 6,
    SIXTEEN = 1 << 7,
    LINUX = 1 << 8,
    VT100 = 1 << 9,
    TMUX = 1 << 10,
    XTERM = 1 << 11,
    TERMINALS = EIGHT | SIXTEEN | LINUX | VT100 | TMUX | XTERM,
};

struct screen_size {
    unsigned flag;
    int cols, rows;
};
enum { SCREEN_SIZES = 3 };
extern const struct screen_size screen_sizes[SCREEN_SIZES];

/* Where a terminal writes the same text as another one (`like`), only its looks are kept, or
 * nothing. */
struct screen_mode {
    unsigned flag;
    const char *name, *type, *locale, *extra, *like;
    bool own_text, own_looks;
};
enum { SCREEN_MODES = 9 };
extern const struct screen_mode screen_modes[SCREEN_MODES];

/* Start a program in a terminal of that size and kind. */
void screen_start(struct vt *vt, const struct screen_size *size, const struct screen_mode *mode,
                  const char *const argv[]);
/* What is on it now against "NAME COLSxROWS MODE" of the golden file. */
void screen_check(struct vt *vt, const struct screen_size *size, const struct screen_mode *mode,
                  const char *file, const char *name);

#endif
