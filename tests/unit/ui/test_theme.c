/*
 * Themes: those of the program are legible and tell their states apart, by computation; files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/yaml.h"
#include "ui/palette.h"
#include "ui/theme_file.h"

static void test_palette(void **state)
{
    (void)state;
    struct rgb black = {0, 0, 0}, white = {255, 255, 255}, grey = {0x76, 0x76, 0x76};
    assert_true(fabs(palette_contrast(black, white) - 21) < 0.01);
    assert_true(fabs(palette_contrast(grey, white) - 4.54) < 0.01); /* WCAG's own example */
    assert_int_equal(palette_nearest((struct rgb){0xff, 0x5f, 0x5f}, 256), 203);
    assert_int_equal(palette_nearest((struct rgb){250, 10, 10}, 16), 9);
    assert_int_equal(palette_nearest(palette_rgb(240), 8), 0);
    /* Lab of sRGB's red is (53.24, 80.09, 67.20): its distance from white. */
    assert_true(fabs(palette_difference((struct rgb){255, 0, 0}, white, SIGHT_USUAL) - 114.55) <
                0.1);
    /* Red and green are as good as one for whoever lacks the green cones. */
    struct rgb red = {200, 80, 60}, green = {115, 118, 30};
    assert_true(palette_difference(red, green, SIGHT_DEUTAN) <
                palette_difference(red, green, SIGHT_USUAL) / 3);
}

/* Every role of every kind of terminal is in the file itself, not made up from another. */
static void test_complete(void **state)
{
    (void)state;
    const char *name;
    for (size_t i = 0; (name = theme_built_in_name(i)) != NULL; i++) {
        CLEANUP(mem_free_string)
        char *path = mem_printf("assets/themes/%s.yaml", name);
        const struct asset *asset = asset_get(path);
        struct error err = ERROR_INIT;
        struct theme_set set;
        struct yaml_document document;
        if (!theme_read(asset->name, asset->text, asset->len, &set, &err) ||
            !yaml_parse(asset->name, asset->text, asset->len, &document, &err))
            fail_msg("%s", err.message);
        const struct yaml_node *roles = yaml_get(document.root, "roles");
        for (size_t role = 0; role < THEME_ROLES; role++)
            if (yaml_get(roles, theme_role_name((enum theme_role)role)) == NULL)
                fail_msg("%s has no role \"%s\"", name, theme_role_name((enum theme_role)role));
        yaml_release(&document);
    }
}

static void check_contrast(const char *name, double wanted)
{
    struct theme_set set;
    enum theme_role role = THEME_TEXT;
    assert_true(theme_built_in(name, &set));
    double least = theme_least_contrast(&set, &role);
    print_message("%s: least contrast %.2f (%s)\n", name, least, theme_role_name(role));
    if (least < wanted)
        fail_msg("%s: %s has a contrast of %.2f only", name, theme_role_name(role), least);
}

static void test_contrast(void **state)
{
    (void)state;
    check_contrast("dark", THEME_CONTRAST);
    check_contrast("light", THEME_CONTRAST);
    check_contrast("high-contrast", 7); /* WCAG's AAA */
}

/*
 * The colours of the states differ for everybody by 10 at least, four times what is just to be
 * noticed.  Stuck and blocked are one colour, as both mean "go there now"; being idle and being
 * absent are the same grey on purpose.  Glyph and letter tell all of them apart.
 */
static void check_states(const char *name)
{
    static const enum theme_role roles[] = {
        THEME_STATE + STATE_STUCK,   THEME_STATE + STATE_BEHIND, THEME_HAND,
        THEME_STATE + STATE_WORKING, THEME_STATE + STATE_DONE,   THEME_STATE + STATE_IDLE,
        THEME_STATE + STATE_UNKNOWN};
    enum { N = sizeof roles / sizeof *roles, LEAST = 10 };
    struct theme_set set;
    double least = (double)INFINITY;
    assert_true(theme_built_in(name, &set));
    for (int sight = 0; sight < SIGHTS; sight++)
        for (size_t a = 0; a < N; a++)
            for (size_t b = a + 1; b < N; b++) {
                struct rgb x = palette_rgb(set.looks[DEPTH_256][roles[a]].fg),
                           y = palette_rgb(set.looks[DEPTH_256][roles[b]].fg);
                double difference = palette_difference(x, y, (enum palette_sight)sight);
                least = fmin(least, difference);
                if (difference < LEAST)
                    fail_msg("%s: %s and %s differ by %.1f for sight %d", name,
                             theme_role_name(roles[a]), theme_role_name(roles[b]), difference,
                             sight);
            }
    print_message("%s: states differ by %.1f at least\n", name, least);
}

static void test_states(void **state)
{
    (void)state;
    check_states("dark");
    check_states("light");
}

/* -- files ------------------------------------------------------------------------------------- */

static bool read(const char *text, struct theme_set *set, struct error *err)
{
    return theme_read("my.yaml", text, strlen(text), set, err);
}

static void test_file(void **state)
{
    (void)state;
    struct theme_set set, dark;
    struct error err = ERROR_INIT;
    assert_true(theme_built_in("dark", &dark));
    assert_true(
        read("roles:\n  stuck: \"#ff5f5f on 16 bold\"\n  text: {256: 252, 8: red on white}\n"
             "  done: {256: bright-green, mono: italic}\n",
             &set, &err));
    const struct theme_look *stuck = &set.looks[DEPTH_256][THEME_STATE + STATE_STUCK];
    assert_int_equal(stuck->fg, 203);
    assert_int_equal(stuck->bg, 16);
    assert_int_equal(stuck->words, LOOK_BOLD);
    stuck = &set.looks[DEPTH_16][THEME_STATE + STATE_STUCK];
    assert_true(stuck->fg < 16 && stuck->bg < 16 && stuck->words == LOOK_BOLD);
    assert_int_equal(set.looks[DEPTH_MONO][THEME_STATE + STATE_STUCK].words, LOOK_BOLD);
    assert_int_equal(set.looks[DEPTH_8][THEME_TEXT].fg, 1);
    assert_int_equal(set.looks[DEPTH_8][THEME_TEXT].bg, 7);
    assert_int_equal(set.looks[DEPTH_256][THEME_STATE + STATE_DONE].fg, 10);
    assert_int_equal(set.looks[DEPTH_MONO][THEME_STATE + STATE_DONE].words, LOOK_ITALIC);
    /* What it doesn't name is as in the theme for such terminals. */
    assert_memory_equal(&set.looks[DEPTH_256][THEME_BRAND], &dark.looks[DEPTH_256][THEME_BRAND],
                        sizeof(struct theme_look));
    assert_true(read("background: light\n", &set, &err));
    assert_true(set.light);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"roles:\n  stukc: 203\n", "my.yaml:2:3: unknown role \"stukc\""},
        {"roles:\n  stuck: 256\n",
         "my.yaml:2:10: \"256\" is neither one of 256 colours nor a word"},
        {"roles:\n  stuck: {16: 203}\n",
         "my.yaml:2:15: \"203\" is neither one of 16 colours nor a word"},
        {"roles:\n  stuck: {mono: red}\n",
         "my.yaml:2:17: \"red\" is no word for a terminal without colours"},
        {"roles:\n  stuck: {24: red}\n",
         "my.yaml:2:11: unknown kind of terminal \"24\" in \"stuck\""},
        {"roles:\n  stuck: [1]\n", "my.yaml:2:10: \"stuck\" must be words as \"203 bold\""},
        {"roles: 5\n", "my.yaml:1:8: \"roles\" must hold \"role: look\" lines"},
        {"background: grey\n", "my.yaml:1:13: \"background\" must be dark or light, not \"grey\""},
        {"rolls: 1\n", "my.yaml:1:1: unknown key \"rolls\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct theme_set set = {.light = true}, before = set;
        struct error err = ERROR_INIT;
        assert_false(read(cases[i].text, &set, &err));
        assert_string_equal(err.message, cases[i].message);
        assert_memory_equal(&set, &before, sizeof set);
        error_clear(&err);
    }
}

static void test_low_contrast(void **state)
{
    (void)state;
    struct theme_set set;
    struct error err = ERROR_INIT;
    enum theme_role role = THEME_TEXT;
    assert_true(read("roles: {quiet: 236}\n", &set, &err));
    assert_true(theme_least_contrast(&set, &role) < THEME_CONTRAST);
    assert_int_equal(role, THEME_QUIET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_palette),      cmocka_unit_test(test_complete),
        cmocka_unit_test(test_contrast),     cmocka_unit_test(test_states),
        cmocka_unit_test(test_file),         cmocka_unit_test(test_faults),
        cmocka_unit_test(test_low_contrast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
