/*
 * The class that stands still.
 */
#include "tests/terminal/fixture.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "ui/pane_handout.h"

static const int64_t now_us = INT64_C(1764082800000000);

static const char *const names[][2] = {
    {"alice", "Alice Adams"},   {"bob", "Bob Baker"},       {"carol", "Carol Chen"},
    {"dave", "Dave Dąbrowski"}, {"eve", "Eve Eriksen"},     {"frank", "Frank Fuchs"},
    {"grace", "Grace Gómez"},   {"heidi", "Heidi Huber"},   {"ivan", "Ivan Ivanov"},
    {"judy", "Judy Jansen"},    {"ken", "Ken Kowalski"},    {"lena", "Lena Lindqvist"},
    {"mike", "Mike Müller"},    {"nina", "Nina Novák"},     {"omar", "Omar Osman"},
    {"paula", "Paula Pérez"},   {"quinn", "Quinn Quigley"}, {"rosa", "Rosa Rossi"},
    {"sven", "Sven Sørensen"},  {"tina", "Tina Tanaka"},    {"umar", "Umar Usmani"},
    {"vera", "Vera Vogel"},     {"wim", "Wim de Wit"},      {"xenia", "Xenia Xanthou"},
};
enum { NAMES = sizeof names / sizeof *names };

static const char *const hostile[] = {
    "\x1b[2J\x1b]0;owned\x07",
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xd7\x9b\xd7\x94\xd7\x9f", /* Hebrew */
    "\xe2\x80\xae"
    "evil reversed",
    "\xe5\xb1\xb1\xe7\x94\xb0\xe5\xa4\xaa\xe9\x83\x8e\xe5\xb1\xb1\xe7\x94\xb0\xe5\xa4\xaa\xe9\x83"
    "\x8e", /* wide */
    "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86 zalgo",
    "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb Ada", /* woman, joiner, laptop */
    "bytes \xff\xfe\x80 here",
    "A name that is much longer than any cell of the grid could ever hold, and then some more",
    "line\nbreak\ttab",
    "\xc2\x9b"
    "31mred", /* C1 CSI */
};
enum { HOSTILE = sizeof hostile / sizeof *hostile };

static const char *const step_titles[] = {"types", "author", "genre",     "book",  "member",
                                          "loan",  "fine",   "v_overdue", "v_top", "f_fine"};
enum { STEPS = sizeof step_titles / sizeof *step_titles };

static const struct {
    enum student_state state;
    int progress, step, minutes;
    const char *reason;
} course[] = {
    {STATE_WORKING, 82, 7, 2, ""},
    {STATE_WORKING, 61, 5, 1, ""},
    {STATE_WORKING, 64, 5, 0, ""},
    {STATE_DONE, 100, 0, 11, ""},
    {STATE_STUCK, 44, 5, 9, ""},
    {STATE_BEHIND, 31, 3, 12, ""},
    {STATE_WORKING, 58, 4, 3, ""},
    {STATE_IDLE, 23, 2, 6, ""},
    {STATE_BLOCKED, 52, 5, 4, "blocks himself: transaction open since 10:42"},
    {STATE_WORKING, 71, 6, 1, ""},
    {STATE_ABSENT, -1, 0, -1, ""},
    {STATE_WORKING, 66, 5, 2, ""},
    {STATE_DONE, 100, 0, 4, ""},
    {STATE_WORKING, 77, 7, 0, ""},
    {STATE_UNKNOWN, -1, 4, 8, "table book is locked"},
    {STATE_WORKING, 49, 4, 2, ""},
    {STATE_STUCK, 38, 4, 17, ""},
    {STATE_WORKING, 55, 4, 1, ""},
    {STATE_IDLE, 12, 1, 21, ""},
    {STATE_WORKING, 91, 9, 0, ""},
    {STATE_WORKING, 60, 5, 5, ""},
    {STATE_BEHIND, 8, 1, 14, ""},
    {STATE_WORKING, 68, 6, 2, ""},
    {STATE_ABSENT, -1, 0, -1, ""},
};
enum { COURSE = sizeof course / sizeof *course };

static const struct {
    const char *name;
    enum freshness freshness;
    enum trouble trouble;
    double age_s;
} scenes[] = {
    {"fresh", FRESH, TROUBLE_NONE, 1.2},
    {"calm", FRESH, TROUBLE_NONE, 0.8},
    {"hostile", FRESH, TROUBLE_NONE, 1.2},
    {"burned", FRESH, TROUBLE_NONE, 1.2},
    {"late", FRESH_LATE, TROUBLE_DAEMON, 6.4},
    {"prometheus", FRESH_STALE, TROUBLE_PROMETHEUS, 42},
    {"exporter", FRESH_STALE, TROUBLE_EXPORTER, 11},
    {"control", FRESH_STALE, TROUBLE_CONTROL, 95},
    {"daemon", FRESH_STALE, TROUBLE_DAEMON, 754},
    {"no_lab", FRESH_NEVER, TROUBLE_NO_LAB, (double)NAN},
};

static void set_scene(struct snapshot *snapshot, const char *scene)
{
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        if (strcmp(scenes[i].name, scene) == 0) {
            snapshot->freshness = scenes[i].freshness;
            snapshot->trouble = scenes[i].trouble;
            snapshot->age_s = scenes[i].age_s;
        }
}

static void make_student(struct snapshot *snapshot, size_t i, const char *scene)
{
    struct snapshot_student *student = &snapshot->students[i];
    struct arena *arena = &snapshot->arena;
    size_t c = i % COURSE;
    *student = (struct snapshot_student){
        .login = i < NAMES ? names[i][0] : arena_printf(arena, "s%03zu", i),
        .name = i < NAMES ? names[i][1] : arena_printf(arena, "%s %zu", names[i % NAMES][1], i),
        .seat = arena_printf(arena, "%c%zu", (int)('A' + i / 6 % 26), i % 6 + 1),
        .group = "B2",
        .state = course[c].state,
        .progress = course[c].progress < 0 ? (double)NAN : course[c].progress / 100.0,
        .current_step = course[c].state == STATE_DONE || course[c].progress < 0
                            ? ""
                            : step_titles[course[c].step],
        .reason = course[c].reason,
        .last_progress_us =
            course[c].minutes < 0 ? 0 : now_us - (int64_t)course[c].minutes * 60000000 - 5000000,
    };
    if (strcmp(scene, "hostile") == 0)
        student->name = hostile[i % HOSTILE];
    if (strcmp(scene, "calm") == 0 && course[c].state != STATE_DONE)
        student->state = STATE_WORKING;
    if (snapshot->freshness >= FRESH_STALE) {
        student->state = STATE_UNKNOWN;
        student->reason = "no fresh data";
    }
    snapshot->by_state[student->state]++;
}

void fixture_make(struct snapshot *snapshot, size_t n, const char *scene)
{
    snapshot_init(snapshot);
    set_scene(snapshot, scene);
    snapshot->now_us = now_us;
    if (snapshot->trouble == TROUBLE_NO_LAB)
        return;
    snapshot->lab = "library";
    snapshot->title = "A town library";
    snapshot->median = n > 0 ? 0.61 : (double)NAN;
    snapshot->n_students = n;
    snapshot->students = arena_alloc_array(&snapshot->arena, n + 1, sizeof *snapshot->students);
    for (size_t i = 0; i < n; i++)
        make_student(snapshot, i, scene);
}

static const struct snapshot_check author_checks[] = {
    {"table author", 1, ""},
    {"author.author_id is integer, not null", 1, ""},
    {"author.name is text, not null", 0.5,
     "expected text, not null; found varchar(50), may be null"},
    {"author has the primary key (author_id)", 1, ""},
    {"author.country refers to country(code)", 0, "there is no such foreign key"},
    {"author has 120 rows", (double)NAN, "not looked at yet: the table is locked"},
};

void fixture_open(struct snapshot *snapshot, const char *login)
{
    for (size_t i = 0; i < snapshot->n_students; i++) {
        struct snapshot_student *student = &snapshot->students[i];
        if (strcmp(student->login, login) != 0)
            continue;
        student->n_steps = STEPS;
        student->steps = arena_alloc_array(&snapshot->arena, STEPS, sizeof *student->steps);
        for (size_t s = 0; s < STEPS; s++) {
            static const double scores[] = {1, 1, 1, 0.93, 0.6, 0.25, 0, (double)NAN, 0, 0};
            student->steps[s] = (struct snapshot_step){
                .name = step_titles[s],
                .title = step_titles[s],
                .hint = s == 5 ? "Which way round is the key? A loan belongs to one member, and a "
                                 "member may have many loans."
                               : "",
                .score = scores[s],
                .checks = author_checks,
                .n_checks = sizeof author_checks / sizeof *author_checks,
            };
        }
    }
}

/* Three groups of five letters, as secret_student_password() makes them. */
static void make_password(size_t i, char *password)
{
    static const char consonants[] = "bdfghjklmnprstvz", vowels[] = "aeiou";
    for (size_t g = 0; g < 3; g++) {
        size_t seed = i * 7919 + g * 104729 + 31;
        for (size_t k = 0; k < 5; k++, seed = seed / 3 + k + i)
            *password++ = k % 2 == 0 ? consonants[seed % 16] : vowels[seed % 5];
        *password++ = g < 2 ? '-' : '\0';
    }
}

struct sheet *fixture_sheet(const struct snapshot *snapshot, bool burned)
{
    struct sheet *sheet = sheet_new(snapshot->n_students);
    sheet->title = snapshot->title;
    sheet->host = "lab.school";
    sheet->port = 5432;
    if (burned)
        sheet->remark = "the secret of lab \"library\" is gone (handout --burn)";
    for (size_t i = 0; i < sheet->n; i++) {
        struct sheet_student *student = &sheet->students[i];
        student->login = snapshot->students[i].login;
        student->name = snapshot->students[i].name;
        student->seat = snapshot->students[i].seat;
        student->state = burned         ? SHEET_GONE
                         : i % 6 == 3   ? SHEET_CHANGED
                         : i % 11 == 10 ? SHEET_UNSURE
                                        : SHEET_INITIAL;
        if (student->state == SHEET_INITIAL || student->state == SHEET_UNSURE)
            make_password(i, student->password);
    }
    return sheet;
}
