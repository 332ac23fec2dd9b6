/*
 * The plot's raster: where curves run, gaps, edges, and letters of dots.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ui/plot.h"

/* Of each dot of a curve: "#" or ".", line by line. */
static void assert_dots(const struct plot *plot, const unsigned char *cells, const char *expected)
{
    static const unsigned char bits[4][2] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    char text[1024];
    size_t n = 0;
    for (int y = 0; y < plot->height * 4; y++) {
        for (int x = 0; x < plot->width * 2; x++)
            text[n++] = cells[y / 4 * plot->width + x / 2] & bits[y % 4][x % 2] ? '#' : '.';
        text[n++] = '\n';
    }
    text[n] = '\0';
    assert_string_equal(text, expected);
}

static void test_steps(void **state)
{
    (void)state;
    struct snapshot_point points[] = {{100, 0}, {105, 1}};
    struct snapshot_open open = {.points = points, .n_points = 2};
    struct plot plot;
    plot_make(&plot, 4, 1, 100, 108, false, &open);
    /* What he has holds until it changes, and the change is a line without gaps. */
    assert_dots(&plot, plot.own,
                "....####\n"
                "....#...\n"
                "....#...\n"
                "####....\n");
    plot_release(&plot);
    plot_make(&plot, 4, 1, 100, 108, true, &open);
    assert_dots(&plot, plot.own,
                "....####\n"
                "....#...\n"
                "#####...\n"
                "####....\n");
    plot_release(&plot);
    /* Before the first point there is nothing. */
    points[0].at_us = 104;
    plot_make(&plot, 4, 1, 100, 108, false, &open);
    assert_dots(&plot, plot.own,
                "....####\n"
                "....#...\n"
                "....#...\n"
                "...#....\n");
    plot_release(&plot);
}

static void test_median(void **state)
{
    (void)state;
    struct snapshot_point medians[] = {{100, 0}, {108, 1}};
    struct snapshot_open open = {.medians = medians, .n_medians = 2};
    struct plot plot;
    plot_make(&plot, 4, 1, 100, 108, false, &open);
    assert_dots(&plot, plot.median,
                "......#.\n"
                "....#...\n"
                "..#.....\n"
                "#.......\n");
    assert_dots(&plot, plot.own, "........\n........\n........\n........\n");
    plot_release(&plot);
}

static void test_odd(void **state)
{
    (void)state;
    struct snapshot_point points[] = {{-5, 0.5}, {200, 0.5}, {200, 1}};
    struct snapshot_open open = {
        .points = points, .n_points = 3, .medians = points, .n_medians = 3};
    static const int sizes[][2] = {{0, 0}, {-3, 2}, {1, 1}, {3, 0}, {40, 12}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct plot plot;
        plot_make(&plot, sizes[i][0], sizes[i][1], 100, 300, true, &open);
        plot_release(&plot);
        plot_make(&plot, sizes[i][0], sizes[i][1], 300, 300, true, &open); /* no time at all */
        plot_release(&plot);
    }
    open = (struct snapshot_open){.n_points = 0};
    struct plot plot;
    plot_make(&plot, 2, 1, 100, 300, true, &open);
    assert_dots(&plot, plot.own, "....\n....\n....\n....\n");
    plot_release(&plot);
}

/* Numbers that are none of a progress. */
static void test_beyond(void **state)
{
    (void)state;
    struct snapshot_point points[] = {{100, -0.5}, {105, 1e9}}, medians[] = {{100, 3}, {300, 3}};
    struct snapshot_open open = {
        .points = points, .n_points = 2, .medians = medians, .n_medians = 2};
    struct plot plot;
    plot_make(&plot, 4, 1, 100, 108, false, &open);
    assert_dots(&plot, plot.own,
                "....####\n"
                "....#...\n"
                "....#...\n"
                "####....\n");
    assert_dots(&plot, plot.median, "#.#.#.#.\n........\n........\n........\n");
    plot_release(&plot);
}

static void test_letters(void **state)
{
    (void)state;
    char text[4];
    plot_letter(0x01, text);
    assert_string_equal(text, "⠁");
    plot_letter(0xff, text);
    assert_string_equal(text, "⣿");
    plot_letter(0x40, text);
    assert_string_equal(text, "⡀");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),  cmocka_unit_test(test_median),  cmocka_unit_test(test_odd),
        cmocka_unit_test(test_beyond), cmocka_unit_test(test_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
