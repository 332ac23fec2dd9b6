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
#include "tests/terminal/screens.h"
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

static void start(const struct screen_size *size, const struct screen_mode *mode,
                  const char *outcome)
{
    const char *build = getenv("LECTERN_BUILDDIR");
    CLEANUP(mem_free_string)
    char *show = mem_printf("%s/tests/terminal/show_wizard", build != NULL ? build : ".");
    screen_start(&vt, size, mode, (const char *const[]){show, directory, outcome, NULL});
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

/* clang-format off */
#define SERVERS  {"", "Where are the servers?"}
#define EXAMPLE  SERVERS, {NEXT, "What do the students build?"}
#define LOADED   EXAMPLE, {"l\t", "follow from it"}
#define STUDENTS LOADED, {NEXT, "Who are the students?"}
#define RULES    STUDENTS, {"c\t", "3 students"}, {NEXT, "How is it judged?"}
#define REVIEW   RULES, {F10, "make it so"}
#define RUN      REVIEW, {F10, "Making it so"}
/* clang-format on */

struct picture {
    const char *name;
    const char *outcome; /* NULL: "fine" */
    struct step way[12];
    unsigned where; /* sizes and terminals */
};

#define ALL (SIZES | MODES | VT100)

static const struct picture pictures[] = {
    {"servers", NULL, {SERVERS}, ALL},
    {"servers-containers", NULL, {SERVERS, {" ", "project"}}, SMALL | COLOUR},
    {"servers-existing", NULL, {SERVERS, {LEFT, "Prometheus"}}, ALL},
    {"servers-password",
     NULL,
     {SERVERS, {LEFT DOWN DOWN DOWN DOWN "sesam", "The superuser's"}},
     SMALL | COLOUR},
    {"servers-port", "port", {SERVERS, {F10, "is taken"}}, SIZES | COLOUR},
    {"servers-nonsense",
     NULL,
     {SERVERS,
      {LEFT DOWN, "Its host name"},
      {CLEAR "a b\t" CLEAR "99999\t\t\t" CLEAR "ldap:/x\t" CLEAR "lab\t\t\t" CLEAR "9090\t\t" CLEAR
             "nowhere\t\t" CLEAR "/nowhere",
       "There is no file"}},
     SIZES | COLOUR},
    {"example", NULL, {EXAMPLE}, SMALL | COLOUR},
    {"example-fine", NULL, {LOADED}, ALL},
    {"example-broken", NULL, {EXAMPLE, {"b\t", "TABEL"}}, SIZES | COLOUR},
    {"example-none", NULL, {EXAMPLE, {"nothing.sql" F10, "There is no file"}}, SMALL | COLOUR},
    {"example-uri",
     NULL,
     {EXAMPLE, {UP LEFT DOWN CLEAR "postgresql://u:secret@h/db", "~/.pgpass, which"}},
     SMALL | COLOUR},
    {"browse", NULL, {EXAMPLE, {"\r", "Look in"}}, ALL},
    {"browse-typed", NULL, {EXAMPLE, {BROWSE "E", "begin with \"E\""}}, SMALL | COLOUR},
    {"students-list", NULL, {STUDENTS, {"c\t", "3 students"}}, ALL},
    {"students-mapped", NULL, {STUDENTS, {"e\t", "2 students"}}, SIZES | COLOUR},
    {"students-generated", NULL, {STUDENTS, {UP " ", "30 students"}}, SIZES | COLOUR},
    {"students-directory",
     NULL,
     {STUDENTS, {UP LEFT, "passed over"}, {DOWN DOWN, "Who of them"}},
     SIZES | COLOUR},
    {"students-nobody",
     NULL,
     {STUDENTS, {UP LEFT, "2 students"}, {DOWN DOWN CLEAR "(uid=nobody)\t", "nobody is found"}},
     SMALL | COLOUR},
    {"students-unclosed",
     NULL,
     {STUDENTS, {UP LEFT, "2 students"}, {DOWN CLEAR "people" DOWN CLEAR "(uid=a))", "that close"}},
     SMALL | COLOUR},
    {"students-many",
     NULL,
     {STUDENTS, {UP " " DOWN CLEAR "10000", "from 1 to 500"}},
     SMALL | COLOUR},
    {"rules", NULL, {RULES}, ALL},
    {"rules-steps",
     NULL,
     {RULES, {UP " " DOWN "++>hnot \xc3\xa4 key\r", "not \xc3\xa4 key"}},
     SIZES | COLOUR},
    {"rules-nonsense",
     NULL,
     {RULES,
      {CLEAR "My Lab" DOWN DOWN DOWN DOWN CLEAR "0" DOWN CLEAR "soon" DOWN CLEAR "1TB" F10,
       "small letters"}},
     SIZES | COLOUR},
    {"review", NULL, {REVIEW}, ALL},
    {"review-refused", "refused", {RULES, {F10, "not made by lectern"}}, SMALL | COLOUR},
    {"run", "hangs", {RUN, {"", "1 of 3"}}, ALL},
    {"run-broken-off", "hangs", {RUN, {"", "1 of 3"}, {"c", "broken off"}}, SMALL | COLOUR},
    {"run-errors", "errors", {RUN, {"", "no space left"}}, SIZES | COLOUR},
    {"run-done", NULL, {RUN, {"", "stands"}}, SIZES | COLOUR},
    {"help", NULL, {EXAMPLE, {"\x1bOP", "KEYS: new lab"}}, SMALL | COLOUR},
};

struct view {
    const struct picture *picture;
    const struct screen_size *size;
    const struct screen_mode *mode;
};

static void test_view(void **state)
{
    const struct view *view = *state;
    const struct picture *p = view->picture;
    start(view->size, view->mode, p->outcome != NULL ? p->outcome : "fine");
    for (const struct step *step = p->way; step->keys != NULL; step++)
        press(step->keys, step->then);
    screen_check(&vt, view->size, view->mode, "wizard", p->name);
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
    start(&screen_sizes[0], &screen_modes[0], "hangs");
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

/* A test for each size and terminal that a picture is looked at; returns how many. */
static size_t add_views(const struct picture *picture, struct view *views, struct CMUnitTest *tests)
{
    size_t n = 0;
    for (size_t size = 0; size < SCREEN_SIZES; size++)
        for (size_t mode = 0; mode < SCREEN_MODES; mode++)
            if ((picture->where & screen_sizes[size].flag) &&
                (picture->where & screen_modes[mode].flag)) {
                views[n] = (struct view){picture, &screen_sizes[size], &screen_modes[mode]};
                tests[n] =
                    (struct CMUnitTest){picture->name, test_view, set_up, tear_down, &views[n]};
                n++;
            }
    return n;
}

int main(void)
{
    enum {
        PICTURES = sizeof pictures / sizeof *pictures,
        VIEWS = SCREEN_SIZES * SCREEN_MODES * PICTURES
    };
    static struct view views[VIEWS];
    const struct CMUnitTest others[] = {TEST(test_killed), TEST(test_left), TEST(test_completion),
                                        TEST(test_browse), cmocka_unit_test(test_no_others)};
    /* What is left over has no function and is passed over. */
    struct CMUnitTest tests[VIEWS + sizeof others / sizeof *others] = {{0}};
    size_t n = 0;
    for (size_t i = 0; i < PICTURES; i++)
        n += add_views(&pictures[i], &views[n], &tests[n]);
    memcpy(tests + n, others, sizeof others);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
