/*
 * The grid's model: sizes, order, scrolling, and whom to help first.  No terminal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/strbuf.h"
#include "tests/terminal/fixture.h"
#include "ui/grid.h"

/* The body of a terminal: six lines are the frame's. */
static struct grid_layout lay_out(int cols, int rows, size_t n, int density)
{
    return grid_lay_out(rows - 6, cols, n, density);
}

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        int cols, rows;
        size_t n;
        enum grid_density density;
    } cases[] = {
        {80, 24, 6, DENSITY_LARGE},   {80, 24, 12, DENSITY_CARDS},   {80, 24, 24, DENSITY_LINES},
        {80, 24, 60, DENSITY_CELLS},  {120, 36, 12, DENSITY_LARGE},  {120, 36, 24, DENSITY_CARDS},
        {120, 36, 50, DENSITY_LINES}, {120, 36, 500, DENSITY_CELLS}, {200, 60, 24, DENSITY_LARGE},
        {200, 60, 80, DENSITY_CARDS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct grid_layout layout = lay_out(cases[i].cols, cases[i].rows, cases[i].n, -1);
        if (layout.density != cases[i].density)
            fail_msg("%dx%d with %zu: density %d", cases[i].cols, cases[i].rows, cases[i].n,
                     (int)layout.density);
        assert_true((size_t)layout.columns * (size_t)layout.lines >= cases[i].n);
    }
}

/* Whatever the terminal and the class, cells stay inside the body. */
static void test_inside(void **state)
{
    (void)state;
    for (int cols = 80; cols <= 300; cols += 7)
        for (int rows = 24; rows <= 100; rows += 3)
            for (size_t n = 0; n <= 600; n += 23)
                for (int density = -1; density < DENSITIES; density++) {
                    struct grid_layout layout = lay_out(cols, rows, n, density);
                    assert_true(layout.columns >= 1 && layout.lines >= 1);
                    assert_true(layout.queue_width + layout.columns * layout.cell_width <= cols);
                    /* The blank below the last row of cards may hang over. */
                    int blank = layout.cell_height > 1;
                    assert_true(layout.lines * layout.cell_height - blank <= rows - 6);
                }
}

static void test_queue_only_where_wide(void **state)
{
    (void)state;
    assert_int_equal(lay_out(99, 36, 24, -1).queue_width, 0);
    assert_true(lay_out(100, 36, 24, -1).queue_width > 0);
}

static const char *login_at(const struct grid *grid, const struct snapshot *snapshot, size_t at)
{
    return snapshot->students[grid->order[at]].login;
}

static void test_order(void **state)
{
    (void)state;
    struct snapshot snapshot;
    struct grid grid;
    fixture_make(&snapshot, 24, "fresh");
    grid_init(&grid);
    grid_recalc(&grid, &snapshot, 30, 120);
    assert_string_equal(login_at(&grid, &snapshot, 0), "alice");
    assert_string_equal(grid.selected, "alice");

    /* The selection follows its student. */
    grid_move(&grid, &snapshot, 4);
    assert_string_equal(grid.selected, "eve");
    grid.sort = SORT_STATE;
    grid_recalc(&grid, &snapshot, 30, 120);
    assert_string_equal(grid.selected, "eve");
    assert_int_equal(snapshot.students[grid.order[grid.at]].state, STATE_STUCK);
    assert_string_equal(login_at(&grid, &snapshot, 0), "eve");
    assert_string_equal(login_at(&grid, &snapshot, 1), "ivan");

    grid.sort = SORT_PROGRESS;
    grid_recalc(&grid, &snapshot, 30, 120);
    assert_string_equal(login_at(&grid, &snapshot, 0), "vera");
    assert_string_equal(login_at(&grid, &snapshot, 23), "xenia"); /* unknown comes last */
    grid_release(&grid);
    snapshot_release(&snapshot);
}

static void test_needs(void **state)
{
    (void)state;
    struct snapshot snapshot;
    struct grid grid;
    fixture_make(&snapshot, 24, "fresh");
    grid_init(&grid);
    grid_recalc(&grid, &snapshot, 30, 120);
    static const char *const expected[] = {"quinn", "eve", "ivan", "vera", "frank"};
    assert_int_equal(grid.n_need, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(snapshot.students[grid.need[i]].login, expected[i]);
    CLEANUP(strbuf_release)
    struct strbuf reason = STRBUF_INIT;
    student_reason(&snapshot, &snapshot.students[grid.need[0]], &reason);
    assert_string_equal(reason.text,
                        "the same error 5 times at member: column \"nmae\" does not exist");
    strbuf_reset(&reason);
    student_reason(&snapshot, &snapshot.students[grid.need[4]], &reason);
    assert_string_equal(reason.text, "at 31 %, the class was at 58 % after as long");
    grid_release(&grid);
    snapshot_release(&snapshot);
}

static void test_scrolling(void **state)
{
    (void)state;
    struct snapshot snapshot;
    struct grid grid;
    fixture_make(&snapshot, 100, "fresh");
    grid_init(&grid);
    grid.density = DENSITY_LARGE;
    grid_recalc(&grid, &snapshot, 18, 80);
    size_t seen = (size_t)grid.layout.columns * (size_t)grid.layout.lines;
    assert_int_equal(grid_above(&grid), 0);
    assert_int_equal(grid_below(&grid), 100 - seen);
    grid_move(&grid, &snapshot, 1000);
    grid_recalc(&grid, &snapshot, 18, 80);
    assert_int_equal(grid.at, 99);
    assert_int_equal(grid_below(&grid), 0);
    assert_true(grid_above(&grid) > 0);
    /* A class that shrinks does not leave the screen empty. */
    struct snapshot small;
    fixture_make(&small, 3, "fresh");
    grid_recalc(&grid, &small, 18, 80);
    assert_int_equal(grid_above(&grid), 0);
    assert_string_equal(grid.selected, "carol");
    struct snapshot none;
    fixture_make(&none, 0, "fresh");
    grid_recalc(&grid, &none, 18, 80);
    grid_move(&grid, &none, 1);
    assert_int_equal(grid.n, 0);
    grid_release(&grid);
    snapshot_release(&snapshot);
    snapshot_release(&small);
    snapshot_release(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_inside),
        cmocka_unit_test(test_queue_only_where_wide),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_scrolling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
