/*
 * The setup wizard as people see it: a picture of each page, its faults, and what is kept.
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

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "tests/terminal/golden.h"
#include "tests/terminal/vt.h"

static struct vt vt;
static char directory[64];

#define F8     "\x1b[19~"
#define F9     "\x1b[20~"
#define F10    "\x1b[21~"
#define NEXT   "\x0e" /* the same, on terminals without function keys */
#define UP     "\x1bOA"
#define DOWN   "\x1bOB"
#define LEFT   "\x1bOD"
#define RIGHT  "\x1bOC"
#define CLEAR  "\x01\x0b"
#define BROWSE "\x0f"

static int set_up(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/lectern-wizard.XXXXXX");
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *remove = mem_printf("rm -rf %s", directory);
    vt_release(&vt);
    return system(remove);
}

static void start(int rows, int cols, const char *type, const char *locale, const char *outcome)
{
    const char *build = getenv("LECTERN_BUILDDIR");
    CLEANUP(mem_free_string)
    char *show = mem_printf("%s/tests/terminal/show_wizard", build != NULL ? build : ".");
    vt_start(&vt, rows, cols, type, locale, NULL,
             (const char *const[]){show, directory, outcome, NULL});
    assert_true(vt_wait(&vt, "lectern"));
}

static void press(const char *keys, const char *then)
{
    vt_type(&vt, keys);
    if (!vt_wait(&vt, then)) {
        CLEANUP(strbuf_release)
        struct strbuf screen = STRBUF_INIT;
        vt_text(&vt, &screen);
        fail_msg("\"%s\" did not come:\n%s", then, screen.text);
    }
}

/* The way to a page: keys, and what is then on the screen. */
struct step {
    const char *keys, *then;
};

#define SERVERS                                                                                    \
    {                                                                                              \
        "", "Where are the servers?"                                                               \
    }
#define EXAMPLE                                                                                    \
    SERVERS,                                                                                       \
    {                                                                                              \
        NEXT, "What do the students build?"                                                        \
    }
#define LOADED                                                                                     \
    EXAMPLE,                                                                                       \
    {                                                                                              \
        "l\t", "follow from it"                                                                    \
    }
#define STUDENTS                                                                                   \
    LOADED,                                                                                        \
    {                                                                                              \
        NEXT, "Who are the students?"                                                              \
    }
#define RULES                                                                                      \
    STUDENTS, {"c\t", "3 students"},                                                               \
    {                                                                                              \
        NEXT, "How is it judged?"                                                                  \
    }
#define REVIEW                                                                                     \
    RULES,                                                                                         \
    {                                                                                              \
        F10, "make it so"                                                                          \
    }
#define RUN                                                                                        \
    REVIEW,                                                                                        \
    {                                                                                              \
        F10, "Making it so"                                                                        \
    }

struct picture {
    const char *name;
    const char *outcome; /* NULL: "fine" */
    struct step way[12];
    bool wide; /* 120x36 and 200x60 as well as 80x24 */
    const char *type, *locale;
};

static const struct picture pictures[] = {
    {"servers", NULL, {SERVERS}, true, NULL, NULL},
    {"servers-containers", NULL, {SERVERS, {" ", "project"}}, false, NULL, NULL},
    {"servers-existing", NULL, {SERVERS, {LEFT, "Prometheus"}}, true, NULL, NULL},
    {"servers-password",
     NULL,
     {SERVERS, {LEFT DOWN DOWN DOWN DOWN "sesam", "The superuser's"}},
     false,
     NULL,
     NULL},
    {"servers-port", "port", {SERVERS, {F10, "is taken"}}, true, NULL, NULL},
    {"servers-nonsense",
     NULL,
     {SERVERS,
      {LEFT DOWN, "Its host name"},
      {CLEAR "a b\t" CLEAR "99999\t\t\t" CLEAR "ldap:/x\t" CLEAR "lab\t\t\t" CLEAR "9090\t\t" CLEAR
             "nowhere\t\t" CLEAR "/nowhere",
       "There is no file"}},
     true,
     NULL,
     NULL},
    {"example", NULL, {EXAMPLE}, false, NULL, NULL},
    {"example-fine", NULL, {LOADED}, true, NULL, NULL},
    {"example-broken", NULL, {EXAMPLE, {"b\t", "TABEL"}}, true, NULL, NULL},
    {"example-none", NULL, {EXAMPLE, {"nothing.sql" F10, "There is no file"}}, false, NULL, NULL},
    {"example-uri",
     NULL,
     {EXAMPLE, {UP LEFT DOWN CLEAR "postgresql://u:secret@h/db", "~/.pgpass, which"}},
     false,
     NULL,
     NULL},
    {"browse", NULL, {EXAMPLE, {"\r", "Look in"}}, true, NULL, NULL},
    {"browse-typed", NULL, {EXAMPLE, {BROWSE "E", "begin with \"E\""}}, false, NULL, NULL},
    {"browse-vt100", NULL, {EXAMPLE, {BROWSE, "Look in"}}, false, "vt100", "C"},
    {"students-list", NULL, {STUDENTS, {"c\t", "3 students"}}, true, NULL, NULL},
    {"students-mapped", NULL, {STUDENTS, {"e\t", "2 students"}}, true, NULL, NULL},
    {"students-generated", NULL, {STUDENTS, {UP " ", "30 students"}}, true, NULL, NULL},
    {"students-directory",
     NULL,
     {STUDENTS, {UP LEFT, "passed over"}, {DOWN DOWN, "Who of them"}},
     true,
     NULL,
     NULL},
    {"students-nobody",
     NULL,
     {STUDENTS, {UP LEFT, "2 students"}, {DOWN DOWN CLEAR "(uid=nobody)\t", "nobody is found"}},
     false,
     NULL,
     NULL},
    {"students-unclosed",
     NULL,
     {STUDENTS, {UP LEFT, "2 students"}, {DOWN CLEAR "people" DOWN CLEAR "(uid=a))", "that close"}},
     false,
     NULL,
     NULL},
    {"students-many",
     NULL,
     {STUDENTS, {UP " " DOWN CLEAR "10000", "from 1 to 500"}},
     false,
     NULL,
     NULL},
    {"rules", NULL, {RULES}, true, NULL, NULL},
    {"rules-steps",
     NULL,
     {RULES, {UP " " DOWN "++>hnot \xc3\xa4 key\r", "not \xc3\xa4 key"}},
     true,
     NULL,
     NULL},
    {"rules-nonsense",
     NULL,
     {RULES,
      {CLEAR "My Lab" DOWN DOWN DOWN DOWN CLEAR "0" DOWN CLEAR "soon" DOWN CLEAR "1TB" F10,
       "small letters"}},
     true,
     NULL,
     NULL},
    {"review", NULL, {REVIEW}, true, NULL, NULL},
    {"review-refused", "refused", {RULES, {F10, "not made by lectern"}}, false, NULL, NULL},
    {"run", "hangs", {RUN, {"", "1 of 3"}}, true, NULL, NULL},
    {"run-broken-off", "hangs", {RUN, {"", "1 of 3"}, {"c", "broken off"}}, false, NULL, NULL},
    {"run-errors", "errors", {RUN, {"", "no space left"}}, true, NULL, NULL},
    {"run-done", NULL, {RUN, {"", "stands"}}, true, NULL, NULL},
    {"help", NULL, {EXAMPLE, {"\x1bOP", "KEYS: new lab"}}, false, NULL, NULL},
    {"rules-vt100", NULL, {RULES}, false, "vt100", "C"},
};

static void take_picture(const struct picture *p, int rows, int cols)
{
    CLEANUP(mem_free_string)
    char *section = mem_printf("%s %dx%d", p->name, cols, rows);
    start(rows, cols, p->type != NULL ? p->type : "xterm-256color",
          p->locale != NULL ? p->locale : "C.UTF-8", p->outcome != NULL ? p->outcome : "fine");
    for (const struct step *step = p->way; step->keys != NULL; step++)
        press(step->keys, step->then);
    golden_check(&vt, &(struct golden){"wizard", section, NULL, true, true});
    assert_int_equal(vt.foul, 0);
}

static void test_narrow(void **state)
{
    take_picture(*state, 24, 80);
}

static void test_wide(void **state)
{
    take_picture(*state, 36, 120);
}

static void test_widest(void **state)
{
    take_picture(*state, 60, 200);
}

/* -- what is kept ------------------------------------------------------------------------------ */

static void kill_now(void)
{
    int status;
    kill(vt.pid, SIGKILL);
    assert_true(vt_wait_end(&vt, &status));
    vt_release(&vt);
}

static void begin(void)
{
    start(24, 80, "xterm-256color", "C.UTF-8", "hangs");
}

/* Killed in the middle of each page; all that was typed is there again, nonsense too. */
static void test_killed(void **state)
{
    (void)state;
    begin();
    press("", "Where are the servers?");
    press(LEFT DOWN CLEAR "db.school.example\xe2\x82\xac", "example\xe2\x82\xac");
    kill_now();
    begin();
    press("", "db.school.example\xe2\x82\xac");
    press(" " F10, "What do the students build?");
    press("brok", "brok");
    kill_now();
    begin();
    press("", "What do the students build?");
    press("", "brok");
    press(CLEAR "l\t", "follow from it");
    press(F10, "Who are the students?");
    press("e\t", "2 students");
    kill_now();
    begin();
    press("", "2 students");
    press(F10, "How is it judged?");
    press(DOWN CLEAR "A title: \"x\"" UP UP " w7\r", "weight 17");
    kill_now();
    begin();
    press("", "A title: \"x\"");
    press("", "weight 17");
    press("", "9 of 10");
    press(F10, "make it so");
    press(F10, "1 of 3");
    kill_now();
    begin();
    press("", "broken off before it was complete");
    press(F10, "1 of 3");
}

/* Esc leaves, F8 comes back to the same place, and work goes on meanwhile. */
static void test_left(void **state)
{
    (void)state;
    static const struct step way[] = {RUN, {"", "1 of 3"}, {NULL, NULL}};
    begin();
    for (const struct step *step = way; step->keys != NULL; step++)
        press(step->keys, step->then);
    press("\x1b", "There is no lab here yet");
    press(F8, "1 of 3");
    press(F9, "Making it so"); /* not while it works */
    press("c", "broken off");
    press(F9, "make it so");
}

/* Tab completes as far as all agree, then names them, then goes on. */
static void test_completion(void **state)
{
    (void)state;
    static const struct step way[] = {STUDENTS, {NULL, NULL}};
    begin();
    for (const struct step *step = way; step->keys != NULL; step++)
        press(step->keys, step->then);
    press("\t", "broken.sql  class.csv  export.csv");
    press("st\t", "state/");
    press("\t", "state/wizard.json");
    press(CLEAR "zzz\t", "students");
}

/* What is chosen from the list is as if it were typed, and tried. */
static void test_browse(void **state)
{
    (void)state;
    static const struct step way[] = {EXAMPLE, {NULL, NULL}};
    begin();
    for (const struct step *step = way; step->keys != NULL; step++)
        press(step->keys, step->then);
    press("\r", "Look in");
    press("\x1b", "What do the students build?");
    press("\r", "Look in");
    press("li", "begin with \"li\"");
    press("\r", "follow from it");
    press(NEXT, "Who are the students?");
    press("nowhere/" BROWSE, "Look in  ~");
    press("\x7f", "Look in  /");
    press(RIGHT, "Look in  ~");
    press("cl\r", "3 students");
    press("", "file       class.csv");
    press(BROWSE "\x1b[21~", "3 students"); /* F10 chooses, too */
}

static void test_no_others(void **state)
{
    (void)state;
    golden_finish("wizard");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    enum { PICTURES = sizeof pictures / sizeof *pictures };
    const struct CMUnitTest others[] = {TEST(test_killed), TEST(test_left), TEST(test_completion),
                                        TEST(test_browse), cmocka_unit_test(test_no_others)};
    static const CMUnitTestFunction sizes[] = {test_narrow, test_wide, test_widest};
    /* What is left over has no function and is passed over. */
    struct CMUnitTest tests[3 * PICTURES + sizeof others / sizeof *others] = {{0}};
    size_t n = 0;
    for (size_t i = 0; i < PICTURES; i++)
        for (size_t size = 0; size < (pictures[i].wide ? 3 : 1); size++)
            tests[n++] = (struct CMUnitTest){pictures[i].name, sizes[size], set_up, tear_down,
                                             (void *)(uintptr_t)&pictures[i]};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        tests[n++] = others[i];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
