/*
 * The grid's model: sizes, scrolling, and the column of who needs help.  No terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "base/strbuf.h"
#include "tests/terminal/fixture.h"
#include "ui/grid.h"
#include "ui/header.h"

/* -- layout ------------------------------------------------------------------------------------ */

/* The body of a terminal: seven lines are the frame's, with an announcement. */
static struct grid_layout lay_out(int cols, int rows, size_t n, int density)
{
    return grid_lay_out(rows - 7, cols, n, density);
}

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        int cols, rows;
        size_t n;
        enum grid_density density;
    } cases[] = {
        {80, 24, 3, DENSITY_LARGE},   {80, 24, 6, DENSITY_CARDS},    {80, 24, 24, DENSITY_LINES},
        {80, 24, 60, DENSITY_CELLS},  {120, 36, 10, DENSITY_LARGE},  {120, 36, 24, DENSITY_CARDS},
        {120, 36, 60, DENSITY_LINES}, {120, 36, 500, DENSITY_CELLS}, {200, 60, 24, DENSITY_LARGE},
        {200, 60, 80, DENSITY_CARDS}, {200, 60, 200, DENSITY_LINES},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct grid_layout layout = lay_out(cases[i].cols, cases[i].rows, cases[i].n, -1);
        if (layout.density != cases[i].density)
            fail_msg("%dx%d with %zu: density %d", cases[i].cols, cases[i].rows, cases[i].n,
                     (int)layout.density);
        assert_true((size_t)layout.columns * (size_t)layout.lines >= cases[i].n);
    }
}

/* All 500 are seen at once from 120x36 on, and everybody of fewer where they fit at all. */
static void test_all_are_seen(void **state)
{
    (void)state;
    for (int cols = 80; cols <= 300; cols += 4)
        for (int rows = 24; rows <= 100; rows += 3) {
            size_t before = 0;
            for (size_t n = 1; n <= 500; n++) {
                struct grid_layout layout = lay_out(cols, rows, n, -1);
                size_t seen = (size_t)layout.columns * (size_t)layout.lines;
                assert_true(layout.density >= before);
                before = layout.density;
                if (layout.density != DENSITY_CELLS || (cols >= 120 && rows >= 36))
                    assert_true(seen >= n);
            }
        }
}

/* Whatever the terminal and the class, cells stay inside the body, beside the queue. */
static void test_inside(void **state)
{
    (void)state;
    for (int cols = 80; cols <= 300; cols += 7)
        for (int rows = 24; rows <= 100; rows += 3)
            for (size_t n = 0; n <= 600; n += 23)
                for (int density = -1; density < DENSITIES; density++) {
                    struct grid_layout layout = lay_out(cols, rows, n, density);
                    assert_true(layout.columns >= 1 && layout.lines >= 1);
                    assert_true(layout.queue_width >= 30 && layout.queue_width <= cols / 2);
                    assert_true(layout.queue_width + layout.columns * layout.cell_width <= cols);
                    /* The blank below the last row of cards may hang over. */
                    int blank = layout.cell_height > 1;
                    assert_true(layout.lines * layout.cell_height - blank <= rows - 7);
                }
}

/* -- what is seen ------------------------------------------------------------------------------ */

struct scene {
    struct snapshot snapshot;
    struct canvas canvas;
    struct roll roll;
    struct grid grid;
    struct view view;
};

static void begin(struct scene *scene, size_t n, const char *name, int cols, int rows)
{
    fixture_make(&scene->snapshot, n, name);
    theme_init(&scene->canvas.theme, NULL, 0, true);
    scene->canvas.utf8 = true;
    scene->canvas.highlight = scene->canvas.underline = false;
    roll_init(&scene->roll);
    grid_init(&scene->grid);
    scene->view = (struct view){.snapshot = &scene->snapshot,
                                .canvas = &scene->canvas,
                                .top = 5,
                                .rows = rows - 7,
                                .cols = cols,
                                .projector = true,
                                .roll = &scene->roll};
}

static void recalc(struct scene *scene)
{
    roll_recalc(&scene->roll, &scene->snapshot);
    grid_recalc(&scene->grid, &scene->view);
}

static void end(struct scene *scene)
{
    roll_release(&scene->roll);
    snapshot_release(&scene->snapshot);
}

static void test_scrolling(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, 100, "fresh", 80, 24);
    struct grid *grid = &scene.grid;
    grid->density = DENSITY_LARGE;
    recalc(&scene);
    size_t seen = (size_t)grid->layout.columns * (size_t)grid->layout.lines;
    assert_int_equal(grid_above(grid), 0);
    assert_int_equal(grid_below(grid), 100 - seen);
    roll_move(&scene.roll, &scene.snapshot, 1000);
    recalc(&scene);
    assert_int_equal(grid->at, 99);
    assert_int_equal(grid_below(grid), 0);
    assert_true(grid_above(grid) > 0);
    /* A class that shrinks does not leave the screen empty. */
    scene.snapshot.n_students = 3;
    scene.snapshot.n_queue = 0;
    recalc(&scene);
    assert_int_equal(grid_above(grid), 0);
    assert_string_equal(scene.roll.selected, "carol");
    scene.snapshot.n_students = 0;
    recalc(&scene);
    roll_move(&scene.roll, &scene.snapshot, 1);
    assert_int_equal(grid->n, 0);
    end(&scene);
}

/* However small the screen and long the queue: the first are whole, and the rest is counted. */
static void test_queue(void **state)
{
    (void)state;
    for (int rows = 24; rows <= 60; rows += 6)
        for (size_t n = 1; n <= 500; n = n * 3 + 1) {
            struct scene scene;
            begin(&scene, n, n % 2 == 0 ? "fresh" : "hostile", 80, rows);
            recalc(&scene);
            const struct grid *grid = &scene.grid;
            assert_true(grid->queue_end <= scene.snapshot.n_queue);
            if (scene.snapshot.n_queue > 2)
                assert_true(grid->queue_end >= 3);
            end(&scene);
        }
}

/* Whoever goes down in the queue sees where he is, and the roll goes with him. */
static void test_moving_in_queue(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, 200, "fresh", 80, 24);
    scene.grid.in_queue = true;
    recalc(&scene);
    queue_move(&scene.grid, &scene.view, 0);
    for (size_t i = 0; i < scene.snapshot.n_queue; i++) {
        recalc(&scene);
        assert_int_equal(scene.grid.queue_at, i);
        assert_true(scene.grid.queue_top <= i && i < scene.grid.queue_end);
        size_t student = scene.snapshot.queue[i];
        assert_string_equal(scene.roll.selected, scene.snapshot.students[student].login);
        queue_move(&scene.grid, &scene.view, 1);
    }
    /* One who was helped leaves: nobody else is chosen in his place. */
    queue_move(&scene.grid, &scene.view, -1000);
    recalc(&scene);
    size_t first = scene.snapshot.queue[0];
    scene.snapshot.queue++;
    scene.snapshot.n_queue--;
    recalc(&scene);
    assert_string_equal(scene.roll.selected, scene.snapshot.students[first].login);
    end(&scene);
}

/* A student's reason is in words everywhere; what a hand asks is not for a projector. */
static void test_reasons(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, 24, "fresh", 80, 24);
    CLEANUP(strbuf_release)
    struct strbuf reason = STRBUF_INIT;
    for (size_t i = 0; i < scene.snapshot.n_queue; i++) {
        strbuf_reset(&reason);
        student_reason(&scene.view, &scene.snapshot.students[scene.snapshot.queue[i]], &reason);
        assert_true(reason.len > 0);
        assert_null(strstr(reason.text, "which way round"));
    }
    const struct snapshot_student *bob = &scene.snapshot.students[1];
    strbuf_reset(&reason);
    student_reason(&scene.view, bob, &reason);
    assert_string_equal(reason.text, "asks for help on loan");
    scene.view.projector = false;
    strbuf_reset(&reason);
    student_reason(&scene.view, bob, &reason);
    assert_string_equal(reason.text, "\"which way round is the key?\"");
    end(&scene);
}

/* -- the header -------------------------------------------------------------------------------- */

static void test_header(void **state)
{
    (void)state;
    struct scene scene;
    begin(&scene, 24, "fresh", 80, 24);
    size_t bins[HEADER_BINS], sum = 0;
    header_bins(&scene.snapshot, bins);
    for (size_t i = 0; i < HEADER_BINS; i++)
        sum += bins[i];
    assert_int_equal(sum, 21); /* two are absent, one is unknown */
    assert_int_equal(bins[9], 3);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    assert_true(header_stuck(&scene.snapshot, 100, &text));
    assert_string_equal(text.text, "loan (foreign key to member): 15 of 22 lack it");
    strbuf_reset(&text);
    assert_true(header_stuck(&scene.snapshot, 40, &text));
    assert_string_equal(text.text, "loan: 15 of 22 lack it");
    assert_true(snapshot_is_stuck(&scene.snapshot));
    for (size_t i = 0; i < scene.snapshot.n_students; i++)
        scene.snapshot.students[i].need = NEED_NONE;
    assert_false(snapshot_is_stuck(&scene.snapshot));
    scene.snapshot.hardest = -1;
    assert_false(snapshot_is_stuck(&scene.snapshot));
    assert_false(header_stuck(&scene.snapshot, 40, &text));
    assert_int_equal(header_lines(&scene.snapshot, scene.view.canvas, 80), 5);
    scene.snapshot.announcement = "Stop at half past; whoever has not handed in by then finds the "
                                  "form on the share and its address on the sheet";
    assert_int_equal(header_lines(&scene.snapshot, scene.view.canvas, 80), 6);
    scene.snapshot.announcement = "";
    assert_int_equal(header_lines(&scene.snapshot, scene.view.canvas, 80), 4);
    end(&scene);
}

static void test_short_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int width;
        const char *shown;
    } cases[] = {
        {"Alice Adams", 11, "Alice Adams"},
        {"Alice Adams", 10, "Alice A."},
        {"Alice Adams", 7, "Alice"},
        {"Dave Dąbrowski 27", 10, "Dave 27"},
        {"Student 07", 6, "Stu 07"}, /* as generated: the number tells who it is */
        {"Student 07", 2, "Student"},
        {"Wim de Wit", 9, "Wim W."},
        {"山田 太郎", 8, "山田 太."},
        {"Zoe", 2, "Zoe"},
        {"", 5, "login"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct snapshot_student student = {.name = cases[i].name, .login = "login"};
        CLEANUP(mem_free_string)
        char *shown = student_short(&student, cases[i].width);
        assert_string_equal(shown, cases[i].shown);
    }
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8"); /* for the widths of letters */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),       cmocka_unit_test(test_all_are_seen),
        cmocka_unit_test(test_inside),      cmocka_unit_test(test_scrolling),
        cmocka_unit_test(test_queue),       cmocka_unit_test(test_moving_in_queue),
        cmocka_unit_test(test_reasons),     cmocka_unit_test(test_header),
        cmocka_unit_test(test_short_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
