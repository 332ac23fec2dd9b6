/*
 * Any key at any moment in any size: the screen survives, writes no byte that it shouldn't, says
 * below 80x24 what it needs, and gives the terminal back.  RANDOM_SECONDS (10) for all scenes
 * together; `make soak` takes a minute.  RANDOM_SEED presses the same keys again, and RANDOM_SCENE
 * (from 1 on) runs that scene alone: both are said when a scene begins.
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
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "tests/terminal/vt.h"

static struct vt vt;
static uint64_t seed;

static char directory[64]; /* the wizard's */

static const struct scene {
    const char *program, *name, *argument, *type, *locale;
} scenes[] = {
    {"show", "fresh", "24", "xterm-256color", "C.UTF-8"},
    {"show", "hostile", "60", "xterm-256color", "C.UTF-8"},
    {"show", "fresh", "500", "tmux-256color", "C.UTF-8"},
    {"show", "hostile", "12", "screen", "C"},
    {"show", "late", "3", "linux", "C.UTF-8"},
    {"show", "no_lab", "0", "vt100", "C"},
    {"show_wizard", "wizard", "fine", "xterm-256color", "C.UTF-8"},
    {"show_wizard", "wizard", "errors", "screen", "C"},
};
enum { SCENES = sizeof scenes / sizeof *scenes };

/* Keys by their name in the help, and what a mouse and a clumsy hand send. */
static const char *const keys[] = {
    "h",
    "j",
    "k",
    "l",
    "g",
    "G",
    "s",
    "v",
    "+",
    "-",
    "0",
    "p",
    "?",
    "/",
    "a",
    "t",
    "c",
    "d",
    "n",
    "r",
    "x",
    "y",
    "P",
    "S",
    "o",
    "m",
    "\t",
    "\r",
    "\r",
    " ",
    "\033",
    "\x7f",
    "\x15",
    "\f",
    "\x0e",
    "\033OA",
    "\033OB",
    "\033OC",
    "\033OD",
    "\033[5~",
    "\033[6~",
    "\033[H",
    "\033OF",
    "\033OP",
    "\033OQ",
    "\033OR",
    "\033OS",
    "\033[15~",
    "\033[17~",
    "\033[18~",
    "\033[19~",
    "\033[20~",
    "\033[<0;30;12M",
    "\033[<0;30;12m",
    "\033[<64;10;10M",
    "\033[<65;10;10M",
    "\033[M !!",
    "\033[M\x60!!",
    "\033[200;1",
    "\033[",
    "\033]11;rgb:ffff/ffff/ffff\a",
    "\xc3\xa4",
    "\xf0\x9f\x91\xa9",
    "\xe2\x80",
    "\x01",
    /* what the wizard, its files and the lines of text know besides */
    "\033[21~",
    "\033[21~",
    "\x0f",
    "\x0b",
    "\x10",
    "\033[Z",
    "\033[3~",
    "\033x",
    "class.csv\t",
    "a very long line that nobody would type, and wider than a small screen is, \xf0\x9f\x91\xa9 ",
};
enum { KEYS = sizeof keys / sizeof *keys };

/* xorshift64* */
static unsigned below(unsigned n)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (unsigned)((seed * UINT64_C(2685821657736338717)) >> 33) % n;
}

enum { ROWS_MAX = 80, COLS_MAX = 250 };

/* What the program is told; the terminal itself stays as large as it gets, because libvterm 0.1
 * writes where there is nothing when it shrinks in the middle of a frame. */
static void tell_size(int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    ioctl(vt.fd, TIOCSWINSZ, &size);
}

static void resize(void)
{
    static const int usual[][2] = {{24, 80}, {36, 120}, {60, 200}, {80, 250}, {23, 80}, {24, 79}};
    unsigned which = below(11);
    if (which < 6)
        tell_size(usual[which][0], usual[which][1]);
    else if (which == 6)
        tell_size(1 + (int)below(4), 1 + (int)below(8));
    else
        tell_size(1 + (int)below(ROWS_MAX), 1 + (int)below(COLS_MAX));
}

static void start(const struct scene *scene)
{
    const char *build = getenv("LECTERN_BUILDDIR");
    CLEANUP(mem_free_string)
    char *program = mem_printf("%s/tests/terminal/%s", build != NULL ? build : ".", scene->program);
    bool is_wizard = strcmp(scene->name, "wizard") == 0;
    vt_start(
        &vt, ROWS_MAX, COLS_MAX, scene->type, scene->locale, NULL,
        (const char *const[]){program, is_wizard ? directory : scene->name, scene->argument, NULL});
    assert_true(vt_wait(&vt, "lectern"));
}

/* Whoever ends by "q" ended well. */
static bool has_ended(const struct scene *scene)
{
    int status;
    if (waitpid(vt.pid, &status, WNOHANG) != vt.pid)
        return false;
    vt.pid = 0;
    while (vt_pump(&vt, 0))
        continue;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        CLEANUP(strbuf_release)
        struct strbuf screen = STRBUF_INIT;
        vt_text(&vt, &screen);
        fail_msg("%s ended with %#x\n%s", scene->name, (unsigned)status, screen.text);
    }
    assert_false(vt.alternate);
    vt_release(&vt);
    return true;
}

/* Whatever was open: it still answers, in a size that fits and in one that doesn't. */
static void check_alive(const struct scene *scene)
{
    tell_size(20, 60);
    assert_true(vt_wait(&vt, "60x20"));
    tell_size(24, 80);
    assert_true(vt_wait_gone(&vt, "60x20"));
    assert_true(vt_wait(&vt, "lectern"));
    if (vt.foul > 0)
        fail_msg("%s: %zu bytes that are no text", scene->name, vt.foul);
}

static void check_end(void)
{
    int status;
    kill(vt.pid, SIGTERM);
    assert_true(vt_wait_end(&vt, &status));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_true(!vt.alternate && vt.cursor && !vt.mouse && vt_is_sane(&vt));
    vt_release(&vt);
}

static void test_scene(void **state)
{
    const struct scene *scene = *state;
    const char *seconds = getenv("RANDOM_SECONDS");
    int64_t ms = (seconds != NULL ? atol(seconds) : 10) * 1000 / SCENES;
    int64_t end_ms = clock_monotonic_ms() + ms;
    size_t n = 0;
    print_message("%s %s: RANDOM_SCENE=%d RANDOM_SEED=%llu\n", scene->name, scene->argument,
                  (int)(scene - scenes) + 1, (unsigned long long)seed);
    start(scene);
    for (; clock_monotonic_ms() < end_ms; n++) {
        if (below(12) == 0)
            resize();
        vt_type(&vt, keys[below(KEYS)]);
        vt_pump(&vt, (int)below(8));
        if (has_ended(scene))
            start(scene);
        else if (n % 200 == 199)
            check_alive(scene);
    }
    vt_type(&vt, "\033");
    if (has_ended(scene))
        start(scene);
    check_alive(scene);
    check_end();
    print_message("%s: %zu keys\n", scene->name, n);
}

static void skip_scene(void **state)
{
    (void)state;
    skip();
}

static int end_program(void **state)
{
    (void)state;
    vt_release(&vt);
    return 0;
}

int main(void)
{
    const char *given = getenv("RANDOM_SEED");
    seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)clock_utc_us();
    seed |= 1;
    snprintf(directory, sizeof directory, "/tmp/lectern-random.XXXXXX");
    if (mkdtemp(directory) == NULL)
        return 1;
    const char *only = getenv("RANDOM_SCENE");
    struct CMUnitTest tests[SCENES];
    for (size_t i = 0; i < SCENES; i++) {
        bool wanted = only == NULL || strtoul(only, NULL, 10) == i + 1;
        tests[i] = (struct CMUnitTest){scenes[i].name, wanted ? test_scene : skip_scene, NULL,
                                       end_program, (void *)(uintptr_t)&scenes[i]};
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    CLEANUP(mem_free_string)
    char *remove = mem_printf("rm -rf %s", directory);
    return system(remove) != 0 || failed != 0;
}
