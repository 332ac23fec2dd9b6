/*
 * Pictures of every pane.  A line of the table is a scene, and each is looked at in every size and
 * on every terminal that it names.
 *
 * A new pane: its lines here, then LECTERN_GOLDEN=write LECTERN_PANE=NAME make check
 * TESTS=tests/terminal/test_screen, then look at tests/terminal/golden/NAME and, as pictures, at
 * "termshot ... tests/terminal/show SCENE STUDENTS".
 */
#include "tests/terminal/panes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/terminal/golden.h"
#include "tests/terminal/screens.h"
#include "tests/terminal/vt.h"

/* -- scenes ------------------------------------------------------------------------------------ */

struct scene {
    const char *pane;             /* the golden file's name */
    const char *name;             /* of the picture */
    const char *scene, *students; /* fixture_make() */
    const char *keys;             /* to the pane, from the grid */
    const char *until;            /* on the screen when it is complete; NULL: the picture says it */
    unsigned where;               /* sizes and terminals */
};

#define F3    "\x1bOR"
#define F5    "\x1b[15~"
#define F6    "\x1b[17~"
#define F7    "\x1b[18~"
#define F9    "\x1b[20~"
#define SHOWN F6 "py"
#define ALL   (SIZES | MODES)

static const struct scene scenes[] = {
    {"grid", "fresh", "fresh", "24", "", "by roster", ALL},
    {"grid", "fresh", "fresh", "24", "", "by roster", SMALL | TERMINALS},
    {"grid", "few", "fresh", "5", "", "by roster", ALL},
    {"grid", "one", "fresh", "1", "", "by roster", SMALL | COLOUR},
    {"grid", "60", "fresh", "60", "", "by roster", ALL},
    {"grid", "500", "fresh", "500", "", "by roster", ALL},
    {"grid", "calm", "calm", "24", "", "by roster", MIDDLE | COLOUR},
    {"grid", "hostile", "hostile", "12", "", "by roster", ALL},
    {"grid", "hostile 60", "hostile", "60", "", "by roster", SMALL | MIDDLE | COLOUR | ASCII},
    {"grid", "queue", "fresh", "24", "\tjj", "whom", SMALL | MIDDLE | COLOUR},
    {"grid", "typing", "fresh", "24", "/stuck", "2 of 24", SMALL | COLOUR},
    {"grid", "marked", "fresh", "24", "mlmM", "marked: 2 of 24", SMALL | COLOUR},
    {"grid", "private", "fresh", "24", "p", "PRIVATE", SMALL | MIDDLE | COLOUR},
    {"grid", "pseudonyms", "fresh", "24", "P", "pseudonyms", SMALL | MIDDLE | COLOUR},
    {"grid", "sorted", "fresh", "24", "ssssjl", "by state", MIDDLE | COLOUR},
    {"grid", "announced", "announced", "24", "", "noon", SMALL | MIDDLE | COLOUR},
    {"heat", "fresh", "fresh", "24", F3 "jjll", "just changed", ALL},
    {"heat", "hostile", "hostile", "12", F3, "lacking", ALL},
    {"heat", "500", "fresh", "500", F3 "G", "lacking", SMALL | MIDDLE | COLOUR},
    {"seats", "fresh", "fresh", "24", F5 "jl", "front", ALL},
    {"seats", "hostile", "hostile", "12", F5, "front", ALL},
    {"seats", "200", "fresh", "200", F5 "r", "back of", SMALL | MIDDLE | COLOUR},
    {"trouble", "late", "late", "24", "", "by roster", SMALL | COLOUR},
    {"trouble", "prometheus", "prometheus", "24", "", "by roster", MIDDLE | COLOUR | MONO},
    {"trouble", "exporter", "exporter", "24", "", "by roster", SMALL | COLOUR},
    {"trouble", "control", "control", "24", "", "by roster", SMALL | COLOUR},
    {"trouble", "daemon", "daemon", "24", "", "by roster", SMALL | COLOUR},
    {"trouble", "no lab", "no_lab", "0", "", "screen shows it", SMALL | COLOUR},
    {"trouble", "no lab heat", "no_lab", "0", F3, "Esc back", SMALL | COLOUR},
    {"trouble", "no lab seats", "no_lab", "0", F5, "Esc back", SMALL | COLOUR},
    {"trouble", "no lab queue", "no_lab", "0", F7, "Esc back", SMALL | COLOUR},
    {"student", "fresh", "fresh", "24", "llll\r", "group B2", ALL},
    {"student", "private", "fresh", "24", "pl\r", "c claim", ALL},
    {"student", "course", "fresh", "24", "pllll\r\t", "class median", SMALL | MODES},
    {"student", "hostile", "hostile", "12", "pl\r", "group B2", SIZES | COLOUR | ASCII},
    {"student", "hostile course", "hostile", "12", "pl\r\t", "class median",
     SMALL | COLOUR | ASCII},
    {"queue", "fresh", "fresh", "24", F7, "TO HELP NEXT", ALL},
    {"queue", "private", "fresh", "24", "p" F7 "j", "nobody sat", SIZES | COLOUR},
    {"queue", "end", "fresh", "24", "p" F7 "G", "Esc back", SMALL | MIDDLE | COLOUR},
    {"queue", "pseudonyms", "fresh", "24", "P" F7, "TO HELP NEXT", SMALL | COLOUR},
    {"queue", "calm", "calm", "24", F7, "nobody waits", SMALL | COLOUR},
    {"queue", "stale", "daemon", "24", F7, "TO HELP NEXT", SMALL | COLOUR},
    {"queue", "hostile", "hostile", "24", "p" F7, "TO HELP NEXT", SMALL | MIDDLE | COLOUR | ASCII},
    {"log", "fresh", "fresh", "24", F9, "the latest", ALL},
    {"log", "filter", "fresh", "24", F9 "/step", "/step_", SMALL | COLOUR},
    {"log", "pseudonyms", "fresh", "24", "P" F9, "the latest", SMALL | COLOUR},
    {"log", "hostile", "hostile", "24", "p" F9, "the latest", SMALL | COLOUR | ASCII},
    {"dialog", "claim", "fresh", "24", F7 "cKim", "Kim", ALL},
    {"dialog", "claimed", "fresh", "24", F7 "cKim\r", "Help of bob by Kim", SMALL | COLOUR},
    {"dialog", "empty", "fresh", "24", F7 "c\r", "A name", SMALL | COLOUR},
    {"dialog", "reset", "fresh", "24", "llll\rr", "leave it", ALL},
    {"dialog", "refused", "fresh", "24", "llll\ro", "Unlock of eve", SMALL | COLOUR},
    {"dialog", "minutes", "fresh", "24", "llll\rex\r", "as 10", SMALL | COLOUR},
    {"dialog", "timer", "fresh", "24", "lt", "extra time", SMALL | COLOUR | ASCII},
    {"dialog", "timer announced", "ends", "24", "lt", "extra time", SMALL | MIDDLE | COLOUR},
    {"dialog", "timer over", "over", "24", "lt", "close the logins", SMALL | COLOUR},
    {"dialog", "announce end", "fresh", "24", "ta", "takes it back", SMALL | COLOUR | ASCII},
    {"dialog", "announce no end", "fresh", "24", "ta0\r", "as 10", SMALL | COLOUR},
    {"dialog", "end announced", "fresh", "24", "ta\r", "Announce the end", SMALL | COLOUR},
    {"dialog", "end taken back", "ends", "24", "tb", "Go on with", SMALL | COLOUR},
    {"dialog", "close", "fresh", "24", "tc", "leave it", SMALL | COLOUR},
    {"dialog", "whole outcome", "fresh", "24",
     "llll\rnno lesson is open, so there is no time to give more of; a lesson is started by t and "
     "s\r",
     "started by t and s", SMALL | COLOUR},
    {"dialog", "announce", "fresh", "24", "aBreak", "lectern.board", SMALL | MIDDLE | COLOUR},
    {"dialog", "hostile", "hostile", "12", "\rn", "those who teach", SMALL | COLOUR | ASCII},
    {"help", "grid", "fresh", "24", "?", "nothing yet", ALL},
    {"help", "student", "fresh", "24", "\r?", "more lines", SMALL | COLOUR},
    {"help", "student end", "fresh", "24", "\r?G", "PgUp PgDn", SMALL | COLOUR},
    {"handout", "locked", "fresh", "24", F6, "Projector mode", SMALL | COLOUR},
    {"handout", "ask", "fresh", "24", F6 "p", "nobody does", SMALL | COLOUR},
    {"handout", "shown", "fresh", "24", SHOWN, "PASSWORD", ALL},
    {"handout", "end", "fresh", "60", SHOWN "G", "34 more", MIDDLE | COLOUR},
    {"handout", "hostile", "hostile", "12", SHOWN, "PASSWORD", MIDDLE | COLOUR},
    {"handout", "print", "fresh", "24", SHOWN "P", "default", SMALL | ASCII},
    {"handout", "burned", "burned", "24", SHOWN, "burn)", SMALL | COLOUR},
    {"handout", "one", "fresh", "24", SHOWN "\r", "1 of 24", SMALL | MIDDLE | COLOUR | ASCII},
    {"handout", "changed", "fresh", "24", SHOWN "jjj\r", "4 of 24", SMALL | COLOUR},
};
enum { SCENES = sizeof scenes / sizeof *scenes };

/* -- pictures ---------------------------------------------------------------------------------- */

static struct vt vt;

static void draw(const struct scene *scene, const struct screen_size *size,
                 const struct screen_mode *mode)
{
    const char *build = getenv("LECTERN_BUILDDIR");
    CLEANUP(mem_free_string)
    char *show = mem_printf("%s/tests/terminal/show", build != NULL ? build : ".");
    screen_start(&vt, size, mode, (const char *const[]){show, scene->scene, scene->students, NULL});
    if (*scene->keys != '\0') {
        assert_true(vt_wait(&vt, strcmp(scene->students, "0") == 0 ? "q quit" : "by roster"));
        vt_type(&vt, scene->keys);
    }
    assert_true(scene->until == NULL || vt_wait(&vt, scene->until));
    screen_check(&vt, size, mode, scene->pane, scene->name);
    vt_release(&vt);
}

static void test_pane(void **state)
{
    const char *pane = *state;
    for (size_t i = 0; i < SCENES; i++)
        for (size_t m = 0; m < SCREEN_MODES; m++)
            for (size_t s = 0; s < SCREEN_SIZES; s++)
                if (strcmp(scenes[i].pane, pane) == 0 && (scenes[i].where & screen_modes[m].flag) &&
                    (scenes[i].where & screen_sizes[s].flag))
                    draw(&scenes[i], &screen_sizes[s], &screen_modes[m]);
    golden_finish(pane);
}

static int end_program(void **state)
{
    (void)state;
    vt_release(&vt);
    return 0;
}

size_t panes_tests(struct CMUnitTest *tests)
{
    const char *only = getenv("LECTERN_PANE");
    size_t n = 0;
    for (size_t i = 0; i < SCENES; i++) {
        const char *pane = scenes[i].pane;
        bool known = only != NULL && *only != '\0' && strcmp(only, pane) != 0;
        for (size_t t = 0; t < n; t++)
            known = known || strcmp(tests[t].name, pane) == 0;
        if (!known)
            tests[n++] =
                (struct CMUnitTest){pane, test_pane, NULL, end_program, (void *)(uintptr_t)pane};
    }
    return n;
}
