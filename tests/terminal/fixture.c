/*
 * The class that stands still.
 */
#include "tests/terminal/fixture.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "lab/queue.h"
#include "ui/pane_handout.h"

#define NOW_US INT64_C(1764082800000000)

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
    enum need_kind need;
    const char *reason;
} course[] = {
    {STATE_WORKING, 82, 7, 2, NEED_NONE, ""},
    {STATE_WORKING, 61, 5, 1, NEED_NONE, ""},
    {STATE_WORKING, 64, 5, 0, NEED_NONE, ""},
    {STATE_DONE, 100, 0, 11, NEED_NONE, ""},
    {STATE_STUCK, 44, 5, 9, NEED_STUCK,
     "no progress in 9 min of work at loan, the class took 3 min; 7 errors"},
    {STATE_BEHIND, 31, 3, 12, NEED_BEHIND, "at 31 %, the class was at 58 % after as long"},
    {STATE_WORKING, 58, 4, 3, NEED_NONE, ""},
    {STATE_IDLE, 23, 2, 6, NEED_IDLE,
     "connected, but nothing arrives for 6 min at genre: away, or a missing ; or quote"},
    {STATE_BLOCKED, 52, 5, 4, NEED_BLOCKED, "blocks himself: transaction open since 10:42"},
    {STATE_WORKING, 71, 6, 1, NEED_NONE, ""},
    {STATE_ABSENT, -1, 0, -1, NEED_ABSENT, "has not come"},
    {STATE_WORKING, 66, 5, 2, NEED_NONE, ""},
    {STATE_DONE, 100, 0, 4, NEED_NONE, ""},
    {STATE_WORKING, 77, 7, 0, NEED_NONE, ""},
    {STATE_UNKNOWN, -1, 4, 8, NEED_UNKNOWN, "table book is locked"},
    {STATE_WORKING, 49, 4, 2, NEED_NONE, ""},
    {STATE_STUCK, 38, 4, 17, NEED_STUCK,
     "the same error 5 times at member: no such column (42703)"},
    {STATE_WORKING, 55, 4, 1, NEED_NONE, ""},
    {STATE_IDLE, 12, 1, 21, NEED_IDLE,
     "connected, but nothing arrives for 21 min at author: away, or a missing ; or quote"},
    {STATE_WORKING, 91, 9, 0, NEED_NONE, ""},
    {STATE_WORKING, 60, 5, 5, NEED_NONE, ""},
    {STATE_BEHIND, 8, 1, 14, NEED_BEHIND, "at 8 %, the class was at 61 % after as long"},
    {STATE_WORKING, 68, 6, 2, NEED_NONE, ""},
    {STATE_ABSENT, -1, 0, -1, NEED_ABSENT, "left 20 min ago, unfinished"},
};
enum { COURSE = sizeof course / sizeof *course };

/* Up and resolved; minutes ago.  A hostile class asks with its own names. */
static const struct {
    size_t student;
    const char *message, *state, *helper, *outcome, *note;
    int raised, claimed, resolved, not_found;
} hands[] = {
    {1, "which way round is the key?", "waiting", "", "", "", 6, -1, -1, 0},
    {9, "permission denied for my own table", "waiting", "", "", "", 11, -1, -1, 1},
    {19, "is a materialized view allowed here?", "claimed", "Kim", "", "", 8, 3, -1, 0},
    {6, "", "paused", "", "", "comes back after the break", 14, -1, -1, 0},
    {2, "what is a composite key", "resolved", "Kim", "helped", "showed him book_author", 31, 27,
     21, 0},
    {9, "psql says no route to host", "resolved", "Kim", "thanks", "", 40, 38, 36, 0},
    {13, "", "resolved", "", "withdrawn", "", 44, -1, 43, 0},
};
enum { HANDS = sizeof hands / sizeof *hands };

static const struct {
    int minutes;
    const char *kind;
    int student; /* -1: of the class */
    const char *actor, *text;
} events[] = {
    {1, "step_done", 13, "lectern_daemon", "step \"fine\" is complete"},
    {3, "hand_claimed", 19, "Kim", "Kim helps tina"},
    {4, "guard", 8, "lectern_daemon", "ended a transaction that was open for 15 min"},
    {5, "step_lost", 4, "lectern_daemon", "step \"member\" is no longer complete"},
    {11, "step_done", 3, "lectern_daemon", "step \"f_fine\" is complete"},
    {11, "done", 3, "lectern_daemon", "everything is complete"},
    {16, "reset", 17, "master", "database reset; undo brings back what was there"},
    {21, "announced", -1, "master", "Break at 11:00 for ten minutes"},
    {30, "daemon", -1, "lectern_daemon", "lecternd started"},
    {47, "lesson", -1, "master", "lesson started, 90 min"},
};
enum { EVENTS = sizeof events / sizeof *events };

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
    {"announced", FRESH, TROUBLE_NONE, 1.2},
    {"ends", FRESH, TROUBLE_NONE, 1.2},
    {"over", FRESH, TROUBLE_NONE, 1.2},
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

/* -1: never. */
static int64_t ago(int minutes)
{
    return minutes < 0 ? 0 : NOW_US - (int64_t)minutes * 60000000 - 5000000;
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
        .need = course[c].need,
        .need_since_us = course[c].need == NEED_NONE ? 0 : ago(course[c].minutes),
        .last_progress_us = ago(course[c].minutes),
        .last_activity_us = ago(course[c].minutes < 0 ? -1 : course[c].minutes / 3),
        .helped = i == 2 || i == 9,
        .extra_s = i == 5 ? 600 : 0,
        .failed_logins = i == 10 ? 4 : 0,
    };
    if (strcmp(scene, "hostile") == 0)
        student->name = hostile[i % HOSTILE];
    if (strcmp(scene, "calm") == 0) {
        student->need = NEED_NONE;
        student->need_since_us = 0;
        student->reason = "";
        if (course[c].state != STATE_DONE)
            student->state = STATE_WORKING;
    }
    if (snapshot->freshness >= FRESH_STALE) {
        student->need = NEED_NONE;
        student->state = STATE_UNKNOWN;
        student->reason = "no fresh data";
    }
    snapshot->by_state[student->state]++;
}

static void raise_hands(struct snapshot *snapshot, const char *scene)
{
    bool is_hostile = strcmp(scene, "hostile") == 0;
    snapshot->hands = arena_alloc_array(&snapshot->arena, HANDS, sizeof *snapshot->hands);
    for (size_t i = 0; i < HANDS; i++) {
        if (hands[i].student >= snapshot->n_students)
            continue;
        snapshot->hands[snapshot->n_hands++] = (struct snapshot_hand){
            .id = (int64_t)i + 1,
            .student = hands[i].student,
            .message = is_hostile ? hostile[i % HOSTILE] : hands[i].message,
            .state = hands[i].state,
            .helper = is_hostile && *hands[i].helper != '\0' ? hostile[0] : hands[i].helper,
            .outcome = hands[i].outcome,
            .note = is_hostile ? hostile[8] : hands[i].note,
            .raised_us = ago(hands[i].raised),
            .claimed_us = ago(hands[i].claimed),
            .resolved_us = ago(hands[i].resolved),
            .not_found = hands[i].not_found,
        };
        snapshot->helped_today +=
            strcmp(hands[i].outcome, "helped") == 0 || strcmp(hands[i].outcome, "thanks") == 0;
        struct snapshot_student *student = &snapshot->students[hands[i].student];
        if (hands[i].resolved >= 0)
            continue;
        student->need = NEED_HAND;
        student->need_since_us = ago(hands[i].raised);
        student->reason = arena_printf(&snapshot->arena, "raised a hand %d min ago%s%s",
                                       hands[i].raised, *hands[i].message != '\0' ? ": " : "",
                                       is_hostile ? hostile[i % HOSTILE] : hands[i].message);
    }
}

static void take_lesson(struct snapshot *snapshot, const char *scene)
{
    struct arena *arena = &snapshot->arena;
    bool ends = strcmp(scene, "ends") == 0;
    snapshot->lesson = (struct snapshot_lesson){
        .state = strcmp(scene, "calm") == 0   ? LESSON_PAUSED
                 : strcmp(scene, "over") == 0 ? LESSON_ENDED
                                              : LESSON_RUNNING,
        .started_us = NOW_US - INT64_C(2832000000),
        .elapsed_s = 2832,
        .left_s = ends ? 292 : 2568,
        .end_announced = ends,
    };
    snapshot->announcement = strcmp(scene, "hostile") == 0 ? hostile[0]
                             : strcmp(scene, "calm") == 0  ? ""
                             : ends                        ? "The lesson ends in 5 min."
                             : strcmp(scene, "announced") == 0
                                 ? "Stop at half past and hand in by the form on the share; "
                                   "whoever is not done then has time until Friday at noon"
                                 : "Break at 11:00 for ten minutes; the sheet is on the share";
    snapshot->n_steps = STEPS;
    snapshot->steps = arena_alloc_array(arena, STEPS, sizeof *snapshot->steps);
    snapshot->lacks = arena_alloc_array(arena, STEPS, sizeof *snapshot->lacks);
    for (size_t i = 0; i < STEPS; i++) {
        static const size_t percent[] = {0, 0, 14, 39, 46, 71, 79, 89, 93, 96};
        size_t here = snapshot->n_students - snapshot->n_students / 12;
        size_t lack = here * percent[i] / 100;
        snapshot->steps[i] = step_titles[i];
        snapshot->lacks[i] = (struct snapshot_lack){
            .here = here,
            .lack = lack,
            .at = i == 5 ? lack / 2 : lack / 8,
            .since_us = lack > 0 ? ago(9) : 0,
            .missed = i == 5   ? "loan (member_id) references member"
                      : i == 3 ? "book has 120 rows"
                               : "",
            .misses = lack / 2,
        };
    }
    if (snapshot->n_students > 3 && strcmp(scene, "calm") != 0)
        snapshot->hardest = 5;
    snapshot->events = arena_alloc_array(arena, EVENTS, sizeof *snapshot->events);
    for (size_t i = 0; i < EVENTS; i++) {
        if (events[i].student >= (int)snapshot->n_students)
            continue;
        snapshot->events[snapshot->n_events++] = (struct snapshot_event){
            .at_us = ago(events[i].minutes),
            .kind = events[i].kind,
            .login = events[i].student < 0 ? "" : snapshot->students[events[i].student].login,
            .actor = events[i].actor,
            .text = strcmp(scene, "hostile") == 0 ? hostile[i % HOSTILE] : events[i].text,
        };
    }
}

void fixture_make(struct snapshot *snapshot, size_t n, const char *scene)
{
    snapshot_init(snapshot);
    set_scene(snapshot, scene);
    snapshot->now_us = NOW_US;
    if (snapshot->trouble == TROUBLE_NO_LAB)
        return;
    snapshot->lab = "library";
    snapshot->title = "A town library";
    snapshot->median = n > 0 ? 0.61 : (double)NAN;
    snapshot->n_students = n;
    snapshot->students = arena_alloc_array(&snapshot->arena, n + 1, sizeof *snapshot->students);
    for (size_t i = 0; i < n; i++)
        make_student(snapshot, i, scene);
    take_lesson(snapshot, scene);
    if (strcmp(scene, "calm") != 0 && snapshot->trouble != TROUBLE_CONTROL)
        raise_hands(snapshot, scene);
    queue_order(snapshot);
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

static const struct snapshot_error errors[] = {
    {NOW_US - INT64_C(95000000), "error", "42703", "column \"nmae\" does not exist",
     "INSERT INTO member (member_id, nmae) VALUES (1, 'Ada')", 31},
    {NOW_US - INT64_C(140000000), "error", "42703", "column \"nmae\" does not exist",
     "INSERT INTO member (member_id, nmae) VALUES (1, 'Ada')", 31},
    {NOW_US - INT64_C(301000000), "error", "23503",
     "insert or update on table \"loan\" violates foreign key constraint \"loan_member_id_fkey\"",
     "INSERT INTO loan VALUES (1, 77, 4, '2026-01-07')", 0},
    {NOW_US - INT64_C(460000000), "error", "42601", "syntax error at or near \"FOREIGN\"",
     "CREATE TABLE loan (loan_id integer FOREIGN KEY REFERENCES member)", 37},
    {NOW_US - INT64_C(2750000000), "login", "28P01", "password authentication failed", "", 0},
};
static const struct snapshot_session sessions[] = {
    {4711, "idle in transaction", "psql", "UPDATE loan SET due = due + 7 WHERE loan_id = 12",
     NOW_US - INT64_C(240000000), ""},
    {4802, "active", "DBeaver 24.1", "SELECT * FROM loan FOR UPDATE", NOW_US - INT64_C(35000000),
     "waits for their own session 4711"},
};

/* What is known of the open student only: over the lesson he gets on, waits, falls back once. */
static void open_details(struct snapshot *snapshot, const struct snapshot_student *student)
{
    enum { POINTS = 14, MEDIANS = 40 };
    static const double progress[POINTS] = {0,    0.04, 0.08, 0.12, 0.18, 0.22, 0.27,
                                            0.33, 0.30, 0.36, 0.40, 0.42, 0.44, 0.44};
    struct arena *arena = &snapshot->arena;
    struct snapshot_open *open = &snapshot->open;
    *open = (struct snapshot_open){.login = student->login};
    open->errors = arena_alloc_array(arena, sizeof errors / sizeof *errors, sizeof *errors);
    open->n_errors = sizeof errors / sizeof *errors;
    memcpy(open->errors, errors, sizeof errors);
    open->sessions = arena_alloc_array(arena, sizeof sessions / sizeof *sessions, sizeof *sessions);
    open->n_sessions = sizeof sessions / sizeof *sessions;
    memcpy(open->sessions, sessions, sizeof sessions);
    int64_t start_us = snapshot->lesson.started_us, length_us = NOW_US - start_us;
    open->points = arena_alloc_array(arena, POINTS, sizeof *open->points);
    for (size_t i = 0; i < POINTS; i++)
        open->points[open->n_points++] = (struct snapshot_point){
            start_us + length_us * (int64_t)i * 8 / (POINTS * 10), progress[i]};
    open->medians = arena_alloc_array(arena, MEDIANS, sizeof *open->medians);
    for (size_t i = 0; i < MEDIANS; i++)
        open->medians[open->n_medians++] =
            (struct snapshot_point){start_us + length_us * (int64_t)i / (MEDIANS - 1),
                                    0.61 * pow((double)i / (MEDIANS - 1), 0.8)};
    open->events = arena_alloc_array(arena, EVENTS + 1, sizeof *open->events);
    open->events[open->n_events++] =
        (struct snapshot_event){NOW_US - INT64_C(900000000), "note", student->login, "master",
                                "confuses primary and foreign keys; draw it"};
    for (size_t i = 0; i < snapshot->n_events; i++)
        if (strcmp(snapshot->events[i].login, student->login) == 0)
            open->events[open->n_events++] = snapshot->events[i];
}

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
        open_details(snapshot, student);
    }
}

void fixture_all_steps(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->n_students; i++) {
        struct snapshot_student *student = &snapshot->students[i];
        if (student->n_steps > 0)
            continue;
        student->n_steps = STEPS;
        student->steps = arena_alloc_array(&snapshot->arena, STEPS, sizeof *student->steps);
        for (size_t s = 0; s < STEPS; s++) {
            /* Done up to where he is, something beyond it. */
            double at = isnan(student->progress) ? 0 : student->progress * STEPS;
            double beyond = at - (double)s + ((i * 7 + s * 3) % 5 == 0 ? 0.4 : 0);
            student->steps[s] = (struct snapshot_step){
                .name = step_titles[s],
                .title = step_titles[s],
                .hint = "",
                .score = student->state == STATE_ABSENT ? (double)NAN
                         : (i * 5 + s) % 37 == 0        ? (double)NAN
                         : beyond >= 1                  ? 1
                         : beyond > 0                   ? beyond
                                                        : 0,
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
