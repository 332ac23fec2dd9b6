/*
 * What the panes of the class share and know: the roll with its filter, the room, the heat map,
 * pseudonyms.  No terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/terminal/fixture.h"
#include "ui/heat.h"
#include "ui/mask.h"
#include "ui/roll.h"
#include "ui/seats.h"

/* -- filter ------------------------------------------------------------------------------------ */

static void test_filter(void **state)
{
    (void)state;
    static const struct snapshot_student student = {.login = "dave7",
                                                    .name = "Dave Dąbrowski",
                                                    .seat = "A-12",
                                                    .group = "B2",
                                                    .state = STATE_STUCK,
                                                    .need = NEED_HAND};
    static const struct {
        const char *words;
        bool found;
    } cases[] = {
        {"", true},         {"dave", true},    {"DĄBRO", true},      {"dabro", false},
        {"a-12", true},     {"b2", true},      {"stuck", true},      {"stu", true},
        {"hand", true},     {"absent", false}, {"dave stuck", true}, {"dave idle", false},
        {"  dave  ", true}, {"marked", true},  {"dave7", true},      {"uck", false},
        {"\\xff", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (filter_matches(cases[i].words, &student, true, true) != cases[i].found)
            fail_msg("\"%s\"", cases[i].words);
    assert_false(filter_matches("marked", &student, false, true));
    assert_false(filter_matches("dave7", &student, true, false)); /* names are made up */
}

/* -- roll -------------------------------------------------------------------------------------- */

static const char *login_at(const struct roll *roll, const struct snapshot *snapshot, size_t at)
{
    return roll_student(roll, snapshot, at)->login;
}

static void test_order(void **state)
{
    (void)state;
    struct snapshot snapshot;
    struct roll roll;
    fixture_make(&snapshot, 24, "fresh");
    roll_init(&roll);
    roll_recalc(&roll, &snapshot);
    assert_string_equal(login_at(&roll, &snapshot, 0), "alice");
    assert_string_equal(roll.selected, "alice");

    /* The selection follows its student. */
    roll_move(&roll, &snapshot, 4);
    assert_string_equal(roll.selected, "eve");
    roll.sort = SORT_STATE;
    roll_recalc(&roll, &snapshot);
    assert_string_equal(roll.selected, "eve");
    assert_string_equal(login_at(&roll, &snapshot, roll.at), "eve");
    assert_string_equal(login_at(&roll, &snapshot, 0), "bob"); /* a hand is up */

    roll.sort = SORT_PROGRESS;
    roll_recalc(&roll, &snapshot);
    assert_string_equal(login_at(&roll, &snapshot, 0), "vera");
    assert_string_equal(login_at(&roll, &snapshot, 23), "xenia"); /* unknown comes last */
    snapshot.students[0].seat = "A10";
    snapshot.students[1].seat = "";
    roll.sort = SORT_SEAT;
    roll_recalc(&roll, &snapshot);
    assert_string_equal(login_at(&roll, &snapshot, 4), "alice"); /* A10 is behind A6 */
    assert_string_equal(login_at(&roll, &snapshot, 23), "bob");  /* no seat */
    roll_release(&roll);
    snapshot_release(&snapshot);
}

static void test_who_is_shown(void **state)
{
    (void)state;
    struct snapshot snapshot;
    struct roll roll;
    fixture_make(&snapshot, 24, "fresh");
    for (size_t i = 0; i < 24; i++)
        snapshot.students[i].group = i % 3 == 0 ? "A10" : i % 3 == 1 ? "A2" : "";
    roll_init(&roll);
    roll_filter(&roll, "stuck");
    roll_recalc(&roll, &snapshot);
    assert_int_equal(roll.n, 2);
    assert_string_equal(roll.selected, "eve");
    roll_filter(&roll, NULL);
    roll_recalc(&roll, &snapshot);
    assert_int_equal(roll.n, 24);
    assert_string_equal(roll.selected, "eve");
    assert_true(roll_search(&roll, &snapshot, true)); /* the last filter */
    assert_string_equal(roll.selected, "quinn");
    assert_true(roll_search(&roll, &snapshot, true));
    assert_string_equal(roll.selected, "eve");
    assert_true(roll_search(&roll, &snapshot, false));
    assert_string_equal(roll.selected, "quinn");

    static const char *const groups[] = {"A2", "A10", NULL};
    for (size_t i = 0; i < 3; i++) {
        roll_next_group(&roll, &snapshot);
        roll_recalc(&roll, &snapshot);
        assert_int_equal(roll.n, groups[i] != NULL ? 8 : 24);
        if (groups[i] != NULL)
            assert_string_equal(roll.group, groups[i]);
    }

    roll_toggle_mark(&roll, "bob");
    roll_toggle_mark(&roll, "vera");
    roll_toggle_mark(&roll, "bob");
    roll_toggle_mark(&roll, "alice");
    roll.marked_only = true;
    roll_recalc(&roll, &snapshot);
    assert_int_equal(roll.n, 2);
    CLEANUP(mem_free_string)
    char *words = roll_words(&roll);
    assert_string_equal(words, "marked");

    /* Nobody is found: nobody is selected, and nothing breaks. */
    roll_filter(&roll, "zzz");
    roll_recalc(&roll, &snapshot);
    assert_int_equal(roll.n, 0);
    assert_null(roll.selected);
    assert_null(roll_selected(&roll, &snapshot));
    roll_move(&roll, &snapshot, 1);
    assert_true(roll_show_all(&roll));
    assert_false(roll_show_all(&roll));
    roll_recalc(&roll, &snapshot);
    assert_int_equal(roll.n, 24);
    /* One who was chosen in the queue stays chosen though the filter hides him. */
    roll_filter(&roll, "alice");
    roll_select_login(&roll, "quinn");
    roll_recalc(&roll, &snapshot);
    assert_string_equal(roll.selected, "quinn");
    assert_string_equal(roll_selected(&roll, &snapshot)->login, "quinn");
    roll_release(&roll);
    snapshot_release(&snapshot);
}

/* -- seats ------------------------------------------------------------------------------------- */

static void test_seat_names(void **state)
{
    (void)state;
    static const struct {
        const char *seat, *row, *place; /* row NULL: none */
    } cases[] = {
        {"C2", "C", "2"},
        {"A-12", "A", "12"},
        {"3/4", "3", "4"},
        {"b 07", "B", "07"},
        {"r3c4", "3", "4"},
        {"Row 3 Seat 4", "3", "4"},
        {"2B", "2", "B"},
        {"PC07", "PC", "07"},
        {"A.1", "A", "1"},
        {"", NULL, NULL},
        {"7", NULL, NULL},
        {"window", NULL, NULL},
        {"window left", NULL, NULL},
        {"A", NULL, NULL},
        {"A1-2-3", NULL, NULL},
        {"C2 (left)", NULL, NULL},
        {"Ä1", NULL, NULL},
        {"A123456789012345678901234567890", NULL, NULL},
        {"A12345", NULL, NULL},
        {"3/left", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char row[SEAT_PART] = "", place[SEAT_PART] = "";
        bool parsed = seat_parse(cases[i].seat, row, place);
        if (parsed != (cases[i].row != NULL))
            fail_msg("\"%s\": %d", cases[i].seat, parsed);
        if (parsed) {
            assert_string_equal(row, cases[i].row);
            assert_string_equal(place, cases[i].place);
        }
    }
}

static void seat(struct snapshot *snapshot, const char *const *seats)
{
    for (size_t i = 0; i < snapshot->n_students; i++)
        snapshot->students[i].seat = seats[i];
}

static void test_room(void **state)
{
    (void)state;
    struct snapshot snapshot;
    struct room room = {.n = 0};
    fixture_make(&snapshot, 7, "fresh");
    seat(&snapshot, (const char *const[]){"B10", "A2", "B2", "C3", "by the door", "a2", ""});
    room_make(&room, &snapshot);
    assert_int_equal(room.n_rows, 3);
    assert_int_equal(room.n_columns, 9); /* 2 to 10 */
    assert_int_equal(room.n_listed, 3);  /* free text, a seat that is taken, none */
    assert_int_equal(room.places[0].row, 1);
    assert_int_equal(room.places[0].column, 8);
    assert_false(room.places[1].listed);
    assert_int_equal(room.places[1].column, 0);
    assert_true(room.places[5].listed);
    assert_int_equal(room.places[4].row, 3);
    assert_int_equal(room_lines(&room), 4);

    struct roll roll;
    roll_init(&roll);
    roll_recalc(&roll, &snapshot);
    assert_int_equal(room_next(&room, &roll, 1, 1, 0), 2);  /* down from A2: B2 */
    assert_int_equal(room_next(&room, &roll, 2, 0, 1), 0);  /* right: B10 */
    assert_int_equal(room_next(&room, &roll, 0, 0, 1), 0);  /* nobody further */
    assert_int_equal(room_next(&room, &roll, 0, -1, 0), 1); /* up: A2 is the only one */
    assert_int_equal(room_next(&room, &roll, 3, 1, 0), 5);  /* into the list, the nearest */
    roll_release(&roll);

    /* A numbering is no row. */
    seat(&snapshot, (const char *const[]){"PC01", "PC28", "PC03", "PC04", "PC05", "PC06", "PC07"});
    room_make(&room, &snapshot);
    assert_int_equal(room.n_rows, 0);
    assert_int_equal(room.n_listed, 7);
    seat(&snapshot, (const char *const[]){"A1", "B9999", "", "", "", "", ""});
    room_make(&room, &snapshot);
    assert_int_equal(room.n_rows, 0);
    assert_int_equal(room_lines(&room), 2);
    /* A row that counts from 0. */
    seat(&snapshot, (const char *const[]){"A0", "A1", "B2", "", "", "", ""});
    room_make(&room, &snapshot);
    assert_int_equal(room.n_columns, 3);
    assert_int_equal(room.places[0].column, 0);
    assert_int_equal(room.places[2].column, 2);
    room_release(&room);
    snapshot_release(&snapshot);
}

static void test_room_layout(void **state)
{
    (void)state;
    for (int cols = 80; cols <= 240; cols += 8)
        for (int rows = 17; rows <= 60; rows += 4)
            for (size_t lines = 1; lines <= 90; lines += 3)
                for (size_t columns = 1; columns <= 40; columns++) {
                    struct room_layout layout = room_lay_out(rows, cols, lines, columns);
                    assert_true(layout.columns >= 1 && layout.lines >= 1);
                    assert_true(layout.label_width + layout.columns * layout.cell_width <= cols);
                    assert_true(layout.lines * layout.cell_height <= rows);
                }
}

/* -- heat map ---------------------------------------------------------------------------------- */

static void test_heat_layout(void **state)
{
    (void)state;
    for (int cols = 80; cols <= 240; cols += 4)
        for (size_t steps = 0; steps <= 150; steps += 5)
            for (int longest = 1; longest <= 40; longest += 3)
                for (int rows = 17; rows <= 55; rows += 6) {
                    struct heat_layout layout = heat_lay_out(rows, cols, 500, steps, longest);
                    assert_true(layout.columns >= 1 && layout.rows >= 1 && layout.head >= 1);
                    assert_true(layout.head + layout.rows + layout.foot <= rows);
                    assert_true(layout.name_width + layout.columns * layout.column_width <= cols);
                    assert_true(layout.column_width >= 4); /* "500" and a blank */
                }
    /* The shipped lab's 23 steps are all seen at 120 columns. */
    assert_true(heat_lay_out(29, 120, 30, 23, 14).columns >= 23);
}

static void test_heat(void **state)
{
    (void)state;
    struct snapshot snapshot;
    struct heat heat = {.rows = NULL};
    struct roll roll;
    fixture_make(&snapshot, 24, "fresh");
    roll_init(&roll);
    roll_recalc(&roll, &snapshot);
    heat_learn(&heat, &snapshot); /* before the steps came */
    heat_recalc(&heat, &snapshot, &roll, 17, 80);
    fixture_all_steps(&snapshot);
    heat_learn(&heat, &snapshot);
    for (size_t i = 0; i < 24; i++) /* that they came is no change */
        for (size_t s = 0; s < 10; s++)
            assert_int_equal(heat_age(&heat, &snapshot, i, s), HEAT_OLD);
    snapshot.students[1].steps[7].score = 0.5;
    heat_learn(&heat, &snapshot);
    assert_int_equal(heat_age(&heat, &snapshot, 1, 7), HEAT_NEW);
    assert_int_equal(heat_age(&heat, &snapshot, 1, 6), HEAT_OLD);
    snapshot.now_us += 20000000;
    snapshot.students[1].steps[7].score = (double)NAN; /* not measured is no change */
    heat_learn(&heat, &snapshot);
    assert_int_equal(heat_age(&heat, &snapshot, 1, 7), HEAT_RECENT);
    snapshot.now_us += 60000000;
    assert_int_equal(heat_age(&heat, &snapshot, 1, 7), HEAT_OLD);

    size_t of;
    assert_int_equal(heat_lacking(&snapshot, 5, &of), 15);
    assert_int_equal(of, 22);
    snapshot.lacks = NULL; /* counted from the scores then */
    assert_int_equal(heat_lacking(&snapshot, 9, &of), 19);
    assert_int_equal(of, 22);
    assert_string_equal(heat_title(&snapshot, 5), "loan");
    snapshot.n_steps = 0;
    assert_string_equal(heat_title(&snapshot, 5), "loan");
    assert_string_equal(heat_title(&snapshot, 99), "");

    /* Both ways the selected cell stays in sight. */
    heat.step = 9;
    roll_select(&roll, &snapshot, 23);
    heat_recalc(&heat, &snapshot, &roll, 17, 80);
    assert_true(heat.top <= 23 && 23 < heat.top + (size_t)heat.layout.rows);
    assert_true(heat.left <= 9 && 9 < heat.left + (size_t)heat.layout.columns);
    heat_release(&heat);
    roll_release(&roll);
    snapshot_release(&snapshot);
}

/* -- pseudonyms -------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void test_pseudonyms(void **state)
{
    (void)state;
    enum { N = 500 };
    struct snapshot snapshot;
    struct mask mask = {.students = NULL}, other = {.students = NULL};
    fixture_make(&snapshot, N, "fresh");
    const struct snapshot *shown = mask_snapshot(&mask, &snapshot, "key");
    static const char *names[N];
    size_t same = 0;
    for (size_t i = 0; i < N; i++) {
        names[i] = shown->students[i].name;
        assert_string_not_equal(names[i], snapshot.students[i].name);
        assert_true(strlen(names[i]) <= 13);
        assert_string_equal(shown->students[i].login, snapshot.students[i].login);
    }
    /* The same again, others with another key, and no name twice. */
    const struct snapshot *again = mask_snapshot(&other, &snapshot, "key");
    for (size_t i = 0; i < N; i++)
        assert_string_equal(again->students[i].name, names[i]);
    again = mask_snapshot(&other, &snapshot, "another key");
    for (size_t i = 0; i < N; i++)
        same += strcmp(again->students[i].name, names[i]) == 0;
    assert_true(same < 5);
    qsort(names, N, sizeof *names, compare_names);
    for (size_t i = 1; i < N; i++)
        assert_string_not_equal(names[i], names[i - 1]);
    mask_release(&mask);
    mask_release(&other);
    snapshot_release(&snapshot);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8"); /* for the widths of letters */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter),       cmocka_unit_test(test_order),
        cmocka_unit_test(test_who_is_shown), cmocka_unit_test(test_seat_names),
        cmocka_unit_test(test_room),         cmocka_unit_test(test_room_layout),
        cmocka_unit_test(test_heat_layout),  cmocka_unit_test(test_heat),
        cmocka_unit_test(test_pseudonyms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
