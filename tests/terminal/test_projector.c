/*
 * What a class must not see, and what it must: nothing private on a locked projector whatever is
 * pressed, who needs help and why on the smallest screen; and the filter, the marks and the mouse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/terminal/vt.h"

static struct vt vt, other;

static int end_programs(void **state)
{
    (void)state;
    vt_release(&vt);
    vt_release(&other);
    return 0;
}

static void start_on(struct vt *on, int rows, int cols, const char *students, const char *option)
{
    const char *build = getenv("LECTERN_BUILDDIR");
    CLEANUP(mem_free_string)
    char *show = mem_printf("%s/tests/terminal/show", build != NULL ? build : ".");
    vt_start(on, rows, cols, "xterm-256color", "C.UTF-8", NULL,
             (const char *const[]){show, "fresh", students, option, NULL});
    assert_true(vt_wait(on, "by roster"));
}

static void press(const char *keys, const char *then)
{
    vt_type(&vt, keys);
    assert_true(vt_wait(&vt, then));
}

static bool is_seen(const struct vt *on, const char *text)
{
    CLEANUP(strbuf_release)
    struct strbuf screen = STRBUF_INIT;
    vt_text(on, &screen);
    return strstr(screen.text, text) != NULL;
}

/* -- private ----------------------------------------------------------------------------------- */

/* Of the standing class: parts of messages, notes, statements, queries and passwords, each short
 * enough to stand on one line of a narrow place. */
static const char *const secrets[] = {

    "which way", "own table", "permission denied", "materialized",      "comes back",  "showed him",
    "composite", "no route",  "INSERT INTO",       "FOREIGN KEY REFER", "UPDATE loan", "FOR UPDATE",
    "zejuj",     "vilum",     "PASSWORD",
};
enum { SECRETS = sizeof secrets / sizeof *secrets };

static void look(const char *after)
{
    while (vt_pump(&vt, 5))
        continue;
    if (!vt.alternate)
        fail_msg("the program ended after %s", after);
    for (size_t i = 0; i < SECRETS; i++)
        if (is_seen(&vt, secrets[i]))
            fail_msg("\"%s\" is seen after %s", secrets[i], after);
}

static const char *const panes[] = {
    "\x1bOQ",          /* F2 grid */
    "\x1bOQ\t",        /* its queue */
    "\x1bOR",          /* F3 heat map */
    "\x1bOQ\tg\x1bOS", /* F4 the one who asks */
    "\x1b[15~",        /* F5 seats */
    "\x1b[17~",        /* F6 hand-out */
    "\x1b[18~",        /* F7 queue */
    "\x1b[19~",        /* F8 wizard */
    "\x1b[20~",        /* F9 */
    "\x1b[21~",        /* F10 */
};
enum { PANES = sizeof panes / sizeof *panes };

/* Every pane, every key there, and what may come of a yes. */
static void test_nothing_private(void **state)
{
    (void)state;
    start_on(&vt, 36, 120, "24", "--projector");
    for (size_t p = 0; p < PANES; p++)
        for (int key = ' '; key <= '~'; key++) {
            if (key == 'q')
                continue;
            CLEANUP(mem_free_string)
            char *keys = mem_printf("\x1b\x1b\x1b%s%c", panes[p], key);
            vt_type(&vt, keys);
            CLEANUP(mem_free_string)
            char *where = mem_printf("pane %zu, key %c", p, key);
            look(where);
            if (key == 'P' || key == 'p' || key == 'S') {
                vt_type(&vt, "y\r");
                look(where);
            }
        }
    press("\x1b\x1b\x1b\x1bOQ", "PROJECTOR");
    /* Keys that would need it off are not offered. */
    assert_false(is_seen(&vt, "hand-out"));
    assert_false(is_seen(&vt, "p projector"));
    press("?", "KEYS: grid");
    assert_false(is_seen(&vt, "hand-out"));
}

/* The same class on two screens at once: what one hides the other shows. */
static void test_two_screens(void **state)
{
    (void)state;
    start_on(&vt, 36, 120, "24", "--projector");
    start_on(&other, 36, 120, "24", "--private");
    assert_true(vt_wait(&other, "PRIVATE"));
    assert_true(vt_wait(&other, "which way round"));
    vt_type(&vt, "p");
    look("p");
    vt_type(&other, "p");
    assert_true(vt_wait(&other, "PROJECTOR"));
    assert_true(vt_wait_gone(&other, "which way round"));
}

static void test_pseudonyms(void **state)
{
    (void)state;
    static const char *const names[] = {"Alice", "alice", "Bob", "Quinn", "quinn", "Vera"};
    start_on(&vt, 36, 120, "24", "--pseudonyms");
    assert_true(vt_wait(&vt, "pseudonyms"));
    static const char *const keys[] = {"", "\t", "\r", "\x1b", "\x1bOR", "\x1b[15~", "\x1bOQ"};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        vt_type(&vt, keys[k]);
        while (vt_pump(&vt, 50))
            continue;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (is_seen(&vt, names[i]))
                fail_msg("\"%s\" is seen after %zu keys", names[i], k);
    }
    press("P", "Bob Baker (bob)");
}

/* -- at a glance ------------------------------------------------------------------------------- */

/* The words of the left column, with single blanks between them. */
static void left_column(struct strbuf *out)
{
    CLEANUP(strbuf_release)
    struct strbuf screen = STRBUF_INIT;
    vt_text(&vt, &screen);
    char *rest = screen.text, *line;
    while ((line = strsep(&rest, "\n")) != NULL) {
        char *end = strstr(line, "\xe2\x94\x82"); /* the rule between the columns */
        if (end == NULL)
            continue;
        *end = '\0';
        char *word;
        while ((word = strsep(&line, " ")) != NULL)
            if (*word != '\0')
                strbuf_printf(out, "%s ", word);
    }
}

/* From the back row: whom first, and why. */
static void test_whom_and_why(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "NEED HELP NOW",
        "Bob Baker A2 6 min asks for help on loan",
        "Judy Jansen B4 11 min asks for help on fine",
        "Quinn Quigley 17 min C5: the same error 5 times at member: no such column (42703)",
    };
    start_on(&vt, 24, 80, "24", NULL);
    CLEANUP(strbuf_release)
    struct strbuf left = STRBUF_INIT;
    left_column(&left);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        if (strstr(left.text, expected[i]) == NULL)
            fail_msg("\"%s\" is not in: %s", expected[i], left.text);
}

/* -- keys and mouse ---------------------------------------------------------------------------- */

static void test_filter(void **state)
{
    (void)state;
    start_on(&vt, 36, 120, "24", NULL);
    press("/", "Enter keep the filter");
    press("qu", "filter: /qu_   1 of 24"); /* letters, though q is a key */
    press("\x7f\x7f", "filter: /_   24 of 24");
    press("hand", "4 of 24");
    press("\r", "/hand: 4 of 24");
    press("\x1bOR", "/hand: 4 of 24"); /* it holds in the heat map, too */
    press("\x1bOQ", "Esc show all");
    press("/ zzz\r", "Nobody is found");
    vt_type(&vt, "\x1b");
    assert_true(vt_wait_gone(&vt, "Nobody is found"));
    assert_true(vt_wait(&vt, "Alice Adams (alice)"));
    press("mj", "Eve Eriksen (eve)");
    press(" M", "marked: 2 of 24");
    press("\x1b[15~", "marked: 2 of 24"); /* the seats */
    press("\x1b", "the front of the room");
    press("\x1b", "by roster");
}

static void test_queue(void **state)
{
    (void)state;
    start_on(&vt, 36, 120, "24", NULL);
    press("\t", "Bob Baker (bob)");
    press("j", "Judy Jansen (judy)");
    press("jj", "Eve Eriksen (eve)");
    press("G", "Sven");
    assert_true(vt_wait(&vt, "more \xe2\x86\x91"));
    press("g\r", "seat A2");
    press("\x1b", "by roster");
    press("\x1b", "Tab queue");
}

/* As xterm tells it, on columns and lines from 1. */
static void click(int x, int y, int button)
{
    CLEANUP(mem_free_string)
    char *event = mem_printf("\x1b[<%d;%d;%dM\x1b[<%d;%d;%dm", button, x, y, button, x, y);
    vt_type(&vt, event);
}

static void test_mouse(void **state)
{
    (void)state;
    start_on(&vt, 36, 120, "24", NULL);
    click(60, 11, 0);
    assert_true(vt_wait(&vt, "Frank Fuchs (frank)"));
    click(10, 11, 0);
    assert_true(vt_wait(&vt, "Judy Jansen (judy)"));
    assert_true(vt_wait(&vt, "c claim"));
    click(10, 11, 65); /* the wheel, down */
    assert_true(vt_wait(&vt, "Quinn Quigley (quinn)"));
    click(60, 11, 64);
    assert_true(vt_wait(&vt, "Mike"));
    click(60, 11, 0);
    click(60, 11, 0);
    assert_true(vt_wait(&vt, "seat A6"));
    press("\x1b[15~", "the front of the room");
    click(24, 12, 0);
    assert_true(vt_wait(&vt, "Grace") || vt_wait(&vt, "Heidi"));
}

static void claim_as(const char *setting, const char *keys, const char *then)
{
    const char *build = getenv("LECTERN_BUILDDIR");
    CLEANUP(mem_free_string)
    char *show = mem_printf("%s/tests/terminal/show", build != NULL ? build : ".");
    vt_start(&vt, 24, 80, "xterm-256color", "C.UTF-8", setting,
             (const char *const[]){show, "fresh", "24", NULL});
    assert_true(vt_wait(&vt, "by roster"));
    press("\x1b[18~", "TO HELP NEXT");
    press(keys, then);
    vt_release(&vt);
}

/* The name that is set is not asked for; else the login is a beginning. */
static void test_helper(void **state)
{
    (void)state;
    claim_as("SHOW_HELPER=Kim", "c", "by Kim");
    claim_as("SHOW_LOGIN=ada", "c\r", "by ada");
    claim_as("SHOW_LOGIN=ada", "c\x15Kim\r", "by Kim");
}

#define TEST(function) cmocka_unit_test_teardown(function, end_programs)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_private), TEST(test_two_screens), TEST(test_pseudonyms),
        TEST(test_whom_and_why),    TEST(test_filter),      TEST(test_queue),
        TEST(test_mouse),           TEST(test_helper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
