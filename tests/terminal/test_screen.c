/*
 * The screen as people see it: the pictures of panes.c, keys, resizing, and giving the terminal
 * back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "tests/terminal/panes.h"
#include "tests/terminal/vt.h"

static struct vt vt;

static int end_program(void **state)
{
    (void)state;
    vt_release(&vt);
    return 0;
}

static char *show_program(void)
{
    const char *build = getenv("LECTERN_BUILDDIR");
    return mem_printf("%s/tests/terminal/show", build != NULL ? build : ".");
}

static void start(int rows, int cols, const char *scene, const char *students)
{
    CLEANUP(mem_free_string)
    char *show = show_program();
    vt_start(&vt, rows, cols, "xterm-256color", "C.UTF-8", NULL,
             (const char *const[]){show, scene, students, NULL});
}

#define F6 "\x1b[17~"

/* -- keys -------------------------------------------------------------------------------------- */

static bool wait_look(const char *look)
{
    for (int64_t end_ms = clock_monotonic_ms() + VT_DEADLINE_MS; clock_monotonic_ms() < end_ms;) {
        CLEANUP(strbuf_release)
        struct strbuf looks = STRBUF_INIT;
        vt_looks(&vt, &looks);
        if (strstr(looks.text, look) != NULL)
            return true;
        vt_pump(&vt, 50);
    }
    return false;
}

static void press(const char *keys, const char *then)
{
    vt_type(&vt, keys);
    assert_true(vt_wait(&vt, then));
}

static void test_moving(void **state)
{
    (void)state;
    start(36, 120, "fresh", "24");
    assert_true(vt_wait(&vt, "Alice Adams (alice)"));
    press("\x1bOC", "Bob Baker (bob)"); /* right, as xterm sends it in keypad mode */
    press("\x1bOB", "Frank Fuchs (frank)");
    press("\x1bOD", "Eve Eriksen (eve)");
    press("\x1bOA", "Alice Adams (alice)");
    press("\x1bOA", "Alice Adams (alice)");
    press("l", "Bob Baker (bob)");
    press("j", "Frank Fuchs (frank)");
    press("h", "Eve Eriksen (eve)");
    press("k", "Alice Adams (alice)");
    press("G", "Xenia Xanthou (xenia)");
    press("j", "Xenia Xanthou (xenia)");
    press("g", "Alice Adams (alice)");
    press("lllljjj", "Quinn Quigley (quinn)"); /* several keys in one go */
}

/* As PuTTY, the kernel's console and rxvt send them, whatever TERM says. */
static void test_other_keys(void **state)
{
    (void)state;
    static const char *const helps[] = {"\x1bOP", "\x1b[11~", "\x1b[[A"};
    start(36, 120, "fresh", "24");
    assert_true(vt_wait(&vt, "Alice Adams (alice)"));
    for (size_t i = 0; i < sizeof helps / sizeof *helps; i++) {
        press(helps[i], "KEYS: grid");
        press("\x1b", "by roster");
    }
    press("\x1b[C", "Bob Baker (bob)");
    press("\x1b[4~", "Xenia Xanthou (xenia)");
    press("\x1b[7~", "Alice Adams (alice)");
}

static void test_sort_and_size(void **state)
{
    (void)state;
    start(36, 120, "fresh", "24");
    assert_true(vt_wait(&vt, "by roster"));
    press("s", "by seat");
    press("s", "by name");
    press("s", "by progress");
    press("s", "by state");
    press("s", "by roster");
    press("+", "12 more \xe2\x86\x93");
    press("G", "12 more \xe2\x86\x91");
    press("\x1b[5~", "Lena Lindqvist (lena)"); /* PgUp */
    vt_type(&vt, "0");
    assert_true(vt_wait_gone(&vt, "more \xe2\x86\x91"));
    press("---", "\xe2\x96\xb6 Alice A.");
    press("v", "\xe2\x96\x88 100 %"); /* by itself again, then the largest */
    press("v", "12 more");
}

#define PASTE(text) "\x1b[200~" text "\x1b[201~"

/* What was copied from somewhere is no command, and one line of a text. */
static void test_paste(void **state)
{
    (void)state;
    start(36, 120, "fresh", "24");
    assert_true(vt_wait(&vt, "by roster"));
    press(PASTE("sssq\r") "s", "by seat");
    press("\r", "alice  seat A1");
    press("r", "All sessions end");
    vt_type(&vt, PASTE("y") "n");
    assert_true(vt_wait_gone(&vt, "All sessions end"));
    vt_type(&vt, "\x1b");
    assert_true(vt_wait(&vt, "by seat"));
    press("a", "Everybody sees it");
    press(PASTE("break\r\n\tuntil \x01ten\n"), "break until ten");
    press("!", "break until ten!");
    press("\r", "break until ten!");
    assert_true(vt_wait_gone(&vt, "Everybody sees it"));
    vt_type(&vt, "/" PASTE("bob\n"));
    assert_true(vt_wait_gone(&vt, "Alice Adams"));
    press("\x1b", "Alice Adams");
    vt_type(&vt, "\x1b[200~s"); /* its end got lost */
    clock_sleep_ms(1200);
    press("s", "by name");
}

/* Keys for students do nothing where there are none: what follows is no text of a filter. */
static void test_nobody(void **state)
{
    (void)state;
    int status;
    start(24, 80, "no_lab", "0");
    assert_true(vt_wait(&vt, "screen shows it"));
    vt_type(&vt, "/smMnfq");
    assert_true(vt_wait_end(&vt, &status));
    assert_int_equal(status, 0);
}

/* A hand is claimed where one is up: nobody is asked for a name for nothing. */
static void test_no_hand(void **state)
{
    (void)state;
    start(24, 80, "calm", "24");
    assert_true(vt_wait(&vt, "by roster"));
    press("\r", "alice  seat A1");
    press("cd?", "KEYS: student");
    vt_type(&vt, "\x1b");
    assert_true(vt_wait(&vt, "alice  seat A1"));
}

static void test_student_and_back(void **state)
{
    (void)state;
    start(36, 120, "fresh", "24");
    assert_true(vt_wait(&vt, "by roster"));
    press("\r", "alice  seat A1");
    assert_true(vt_wait(&vt, "expected text, not null"));
    press("gjjjjj", "Which way round is the key?");
    int64_t before_ms = clock_monotonic_ms();
    press("\x1b", "by roster");
    /* A lone Escape is told from a key's sequence within milliseconds. */
    assert_true(clock_monotonic_ms() - before_ms < 900);
    press("?", "KEYS: grid");
    press("q", "by roster");
}

static void test_places(void **state)
{
    (void)state;
    start(36, 120, "fresh", "24");
    assert_true(vt_wait(&vt, "by roster"));
    press("l\x1bOS", "bob  seat A2"); /* F4 */
    press("\x1bOQ", "by roster");     /* F2 */
    press("\x1bOP", "KEYS: grid");    /* F1 */
    press(F6, "Hand out logins");
    press("\x1bOP", "KEYS: hand-out");
    press("\x1bOQ", "by roster");
    press("p", "PRIVATE");
    press("p", "PROJECTOR");
}

/* Passwords are there to be read, and then gone: from the screen and from the memory. */
static const char *const passwords[] = {"zejuj-mepof-daviz", "zejuj", "mepof", "daviz",
                                        "vilum-leroj-bebif"};

static void assert_forgotten(void)
{
    while (vt_pump(&vt, 100))
        continue;
    for (size_t i = 0; i < sizeof passwords / sizeof *passwords; i++)
        assert_false(vt_remembers(&vt, passwords[i]));
}

static void test_handout(void **state)
{
    (void)state;
    start(36, 120, "fresh", "24");
    assert_true(vt_wait(&vt, "by roster"));
    press(F6, "Projector mode is on");
    vt_type(&vt, "y\r");
    press("p", "Does anybody else see");
    assert_forgotten();
    press("y", passwords[0]);
    assert_true(vt_wait(&vt, "4 of 24 students changed the password"));
    assert_true(vt_remembers(&vt, passwords[0]));
    press("\r", "zulu  echo  juliett");
    press("P", "print the slip of alice?");
    press("n", "1 of 24");
    press("Py", "printed the slip of alice");
    press("\x1bOC", "2 of 24");
    press("\x1b", "PASSWORD");
    press("S", "/home/u/handout?");
    press("y", "no room left on the disk");
    press("Py", "printed the slip of everybody");
    press("\x1b", "by roster");
    assert_forgotten();
    press(F6 "y", passwords[0]);
    press("p", "Projector mode is on"); /* at once */
    assert_true(vt_wait_gone(&vt, passwords[0]));
    assert_forgotten();
    press("py", passwords[0]);
    press("\x1bOQ", "by roster");
    assert_forgotten();
}

static void test_resizing(void **state)
{
    (void)state;
    start(36, 120, "fresh", "24");
    assert_true(vt_wait(&vt, "NEED HELP NOW"));
    vt_resize(&vt, 24, 80);
    assert_true(vt_wait(&vt, "q quit   PROJECTOR"));
    assert_true(vt_wait(&vt, "NEED HELP NOW"));
    vt_resize(&vt, 24, 79);
    assert_true(vt_wait(&vt, "this one is 79x24"));
    vt_resize(&vt, 10, 30);
    assert_true(vt_wait(&vt, "lectern status"));
    vt_resize(&vt, 60, 200);
    assert_true(vt_wait(&vt, "NEED HELP NOW"));
    assert_true(vt_wait(&vt, "seat D6"));
}

/* -- giving the terminal back ------------------------------------------------------------------ */

static void assert_given_back(void)
{
    assert_false(vt.alternate);
    assert_true(vt.cursor);
    assert_true(vt_is_sane(&vt));
}

static void test_quit(void **state)
{
    (void)state;
    int status;
    start(24, 80, "fresh", "24");
    assert_true(vt_wait(&vt, "by roster"));
    assert_true(vt.alternate);
    assert_false(vt_is_sane(&vt));
    vt_type(&vt, "q");
    assert_true(vt_wait_end(&vt, &status));
    assert_int_equal(status, 0);
    assert_given_back();
}

static void test_signals(void **state)
{
    (void)state;
    static const int signals[] = {SIGTERM, SIGINT, SIGSEGV, SIGABRT, SIGQUIT, SIGUSR1};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        int status;
        start(24, 80, "fresh", "24");
        assert_true(vt_wait(&vt, "by roster"));
        kill(vt.pid, signals[i]);
        assert_true(vt_wait_end(&vt, &status));
        assert_given_back();
        /* A crash still ends as the crash it is. */
        if (signals[i] == SIGSEGV)
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
        if (signals[i] == SIGTERM)
            assert_int_equal(status, 0);
        vt_release(&vt);
    }
}

static bool wait_stopped(void)
{
    int64_t end_ms = clock_monotonic_ms() + VT_DEADLINE_MS;
    int status = 0;
    while (clock_monotonic_ms() < end_ms) {
        vt_pump(&vt, 20);
        if (waitpid(vt.pid, &status, WUNTRACED | WNOHANG) == vt.pid)
            return WIFSTOPPED(status);
    }
    return false;
}

/* On a terminal without a second screen nothing stays behind at a stop, an end, a crash. */
static void test_handout_leaves_nothing(void **state)
{
    (void)state;
    static const int signals[] = {SIGTSTP, SIGTERM, SIGSEGV, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        int status;
        CLEANUP(mem_free_string)
        char *show = show_program();
        vt_start(&vt, 24, 80, "linux", "C.UTF-8", NULL,
                 (const char *const[]){show, "fresh", "24", NULL});
        assert_true(vt_wait(&vt, "by roster"));
        press(F6 "py", passwords[0]);
        kill(vt.pid, signals[i]);
        assert_true(signals[i] == SIGTSTP ? wait_stopped() : vt_wait_end(&vt, &status));
        assert_true(vt_wait_gone(&vt, passwords[0]));
        assert_true(vt_wait_gone(&vt, "PASSWORD"));
        vt_release(&vt);
    }
}

static void test_suspend(void **state)
{
    (void)state;
    start(24, 80, "fresh", "24");
    assert_true(vt_wait(&vt, "by roster"));
    kill(vt.pid, SIGTSTP);
    assert_true(wait_stopped());
    while (vt_pump(&vt, 50))
        continue;
    assert_given_back();
    vt_resize(&vt, 36, 120);
    kill(vt.pid, SIGCONT);
    assert_true(vt_wait(&vt, "NEED HELP NOW"));
    assert_true(vt.alternate);
    assert_false(vt_is_sane(&vt));
    press("l", "Bob Baker (bob)");
}

/* A Ctrl-Z that comes in the middle of a frame is not lost. */
static void test_suspend_while_painting(void **state)
{
    (void)state;
    start(60, 200, "fresh", "200");
    assert_true(vt_wait(&vt, "by roster"));
    for (int i = 0; i < 20; i++) {
        while (vt_pump(&vt, 20))
            continue;
        vt_type(&vt, "\f");
        vt_pump(&vt, 1000);
        kill(vt.pid, SIGTSTP);
        assert_true(wait_stopped());
        kill(vt.pid, SIGCONT);
        assert_true(vt_wait(&vt, "q quit"));
    }
}

/* What shares the terminal reads it as before: the loop's O_NONBLOCK doesn't stay. */
static void test_shell_goes_on(void **state)
{
    (void)state;
    static const char *const ways[] = {"q", "\x03"};
    CLEANUP(mem_free_string)
    char *show = show_program();
    CLEANUP(mem_free_string)
    char *line = mem_printf("trap '' INT; %s fresh 3; cat", show);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        vt_start(&vt, 24, 80, "xterm-256color", "C.UTF-8", NULL,
                 (const char *const[]){"/bin/sh", "-c", line, NULL});
        assert_true(vt_wait(&vt, "by roster"));
        vt_type(&vt, ways[i]);
        assert_true(vt_wait_gone(&vt, "by roster"));
        for (int64_t end_ms = clock_monotonic_ms() + VT_DEADLINE_MS;
             !vt_is_sane(&vt) && clock_monotonic_ms() < end_ms;)
            vt_pump(&vt, 20);
        vt_type(&vt, "hello\n");
        assert_true(vt_wait(&vt, "hello\nhello\n"));
        vt_release(&vt);
    }
}

/* The mouse is heard of while the program runs, and a wheel and a press are no keys. */
static void test_mouse(void **state)
{
    (void)state;
    int status;
    start(36, 120, "fresh", "24");
    assert_true(vt_wait(&vt, "by roster"));
    assert_true(vt.mouse);
    vt_type(&vt, "q");
    assert_true(vt_wait_end(&vt, &status));
    assert_false(vt.mouse);
    vt_release(&vt);
    start(36, 120, "fresh", "24");
    assert_true(vt_wait(&vt, "by roster"));
    kill(vt.pid, SIGSEGV);
    assert_true(vt_wait_end(&vt, &status));
    assert_false(vt.mouse);
}

/* The terminal says late that it is light: the looks change, and no byte of it is a key. */
static void test_light_background(void **state)
{
    (void)state;
    start(24, 80, "fresh", "24");
    assert_true(vt_wait(&vt, "by roster"));
    assert_true(wait_look("fg 203")); /* somebody who is stuck, on dark */
    vt_type(&vt, "\x1b]11;rgb:ffff/");
    vt_pump(&vt, 200);
    vt_type(&vt, "ffff/ffff\x1b\\");
    assert_true(wait_look("fg 124")); /* and on light */
    assert_true(vt_wait(&vt, "by roster"));
    press("l", "Bob Baker (bob)");
}

/* A slow line that cuts every sequence in bytes: all keys mean what they mean. */
static void test_far(void **state)
{
    (void)state;
    const char *build = getenv("LECTERN_BUILDDIR");
    CLEANUP(mem_free_string)
    char *delay = mem_printf("%s/tests/terminal/delay", build != NULL ? build : ".");
    CLEANUP(mem_free_string)
    char *show = show_program();
    vt_start(&vt, 36, 120, "xterm-256color", "C.UTF-8", "SHOW_ESCAPE_MS=700",
             (const char *const[]){delay, "200", "20", show, "fresh", "24", NULL});
    assert_true(vt_wait(&vt, "Alice Adams (alice)"));
    press("\x1bOC", "Bob Baker (bob)");
    press("\x1bOC\x1bOC\x1bOD", "Carol Chen (carol)");
    press("\x1bOQ\x1bOD", "Bob Baker (bob)");
    press("\x1bOS", "bob  seat A2"); /* F4 */
    press("\x1b", "by roster");
    press("\x1bOR", "lacking it"); /* F3 */
    press("\x1bOQ", "by roster");
    press("p", "PRIVATE");
    vt_resize(&vt, 24, 80);
    press("g", "Alice Adams (alice)");
}

/* The other tests rely on this: what would set a title, ring or turn the writing is counted. */
static void test_foul_is_counted(void **state)
{
    (void)state;
    int status;
    vt_start(&vt, 24, 80, "xterm-256color", "C.UTF-8", NULL,
             (const char *const[]){"/bin/sh", "-c",
                                   "printf '\\033]0;t\\007 \\033[2J \\302\\2332J "
                                   "\\342\\200\\256 \\342\\201\\247 \\001'",
                                   NULL});
    assert_true(vt_wait_end(&vt, &status));
    assert_true(vt.foul >= 5);
}

static void test_no_terminal(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *show = show_program();
    CLEANUP(mem_free_string)
    char *line = mem_printf("%s fresh 3 | cat", show);
    vt_start(&vt, 24, 80, "xterm-256color", "C.UTF-8", NULL,
             (const char *const[]){"/bin/sh", "-c", line, NULL});
    assert_true(vt_wait(&vt, "the console needs a terminal"));
    assert_true(vt_wait(&vt, "lectern status"));
}

static void test_unknown_terminal(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *show = show_program();
    int status;
    vt_start(&vt, 24, 80, "no-such-terminal", "C.UTF-8", NULL,
             (const char *const[]){show, "fresh", "3", NULL});
    assert_true(vt_wait(&vt, "\"no-such-terminal\" is not known"));
    assert_true(vt_wait_end(&vt, &status));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

#define TEST(function) cmocka_unit_test_teardown(function, end_program)

int main(void)
{
    const struct CMUnitTest others[] = {
        TEST(test_moving),
        TEST(test_sort_and_size),
        TEST(test_other_keys),
        TEST(test_paste),
        TEST(test_nobody),
        TEST(test_no_hand),
        TEST(test_student_and_back),
        TEST(test_places),
        TEST(test_handout),
        TEST(test_handout_leaves_nothing),
        TEST(test_resizing),
        TEST(test_quit),
        TEST(test_signals),
        TEST(test_suspend),
        TEST(test_suspend_while_painting),
        TEST(test_mouse),
        TEST(test_light_background),
        TEST(test_far),
        TEST(test_shell_goes_on),
        TEST(test_foul_is_counted),
        TEST(test_no_terminal),
        TEST(test_unknown_terminal),
    };
    enum { OTHERS = sizeof others / sizeof *others };
    struct CMUnitTest tests[PANES_TESTS_MAX + OTHERS];
    size_t n = panes_tests(tests);
    memset(tests + n, 0, sizeof tests - n * sizeof *tests);
    memcpy(tests + n, others, sizeof others); /* those without a function are left out */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
