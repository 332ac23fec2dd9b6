/*
 * The table of sizes and terminals: see screens.h.
 */
#include "tests/terminal/screens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "tests/terminal/golden.h"
#include "tests/terminal/vt.h"

const struct screen_size screen_sizes[SCREEN_SIZES] = {
    {SMALL, 80, 24}, {MIDDLE, 120, 36}, {LARGE, 200, 60}};

const struct screen_mode screen_modes[SCREEN_MODES] = {
    {COLOUR, "colour", "xterm-256color", "C.UTF-8", NULL, NULL, true, true},
    {ASCII, "ascii", "screen", "C", NULL, NULL, true, false},
    {MONO, "mono", "xterm-256color", "C.UTF-8", "NO_COLOR=1", "colour", false, true},
    {EIGHT, "8 colours", "screen", "C.UTF-8", NULL, "colour", false, true},
    {SIXTEEN, "16 colours", VT_16_COLOURS, "C.UTF-8", NULL, "colour", false, true},
    {LINUX, "linux", "linux", "C.UTF-8", NULL, NULL, true, true},
    {VT100, "vt100", "vt100", "C", NULL, "ascii", false, true},
    {TMUX, "tmux", "tmux-256color", "C.UTF-8", NULL, "colour", false, false},
    {XTERM, "xterm", "xterm", "C.UTF-8", NULL, "colour", false, true},
};

void screen_start(struct vt *vt, const struct screen_size *size, const struct screen_mode *mode,
                  const char *const argv[])
{
    vt_start(vt, size->rows, size->cols, mode->type, mode->locale, mode->extra, argv);
}

static char *section(const char *name, const struct screen_size *size, const char *mode)
{
    return mode != NULL ? mem_printf("%s %dx%d %s", name, size->cols, size->rows, mode) : NULL;
}

void screen_check(struct vt *vt, const struct screen_size *size, const struct screen_mode *mode,
                  const char *file, const char *name)
{
    CLEANUP(mem_free_string)
    char *own = section(name, size, mode->name);
    CLEANUP(mem_free_string)
    char *like = section(name, size, mode->like);
    golden_check(vt, &(struct golden){file, own, like, mode->own_text, mode->own_looks});
    assert_int_equal(vt->foul, 0);
}
