/*
 * The header: title, clock and age; counts, median and distribution; what the class is stuck on, or
 * what is broken; the announcement when there is one; a rule.
 */
#include "ui/header.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "ui/roll.h"
#include "ui/student.h"

enum { AGE_COLS = 13, WIDE_FROM = 110, SOON_S = 300, OTHERS_MAX = 3, ANNOUNCED_MAX = 3 };

/* -- title, clock, age ------------------------------------------------------------------------- */

/* Returns the first column it takes. */
static int paint_age(const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    const struct glyphs *glyphs = &view->canvas->theme.glyphs;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    enum theme_role role = snapshot->freshness == FRESH        ? THEME_LIVE
                           : snapshot->freshness == FRESH_LATE ? THEME_LATE
                                                               : THEME_STALE;
    if (snapshot->freshness == FRESH)
        strbuf_printf(&text, "%s live %.1f s", glyphs->live, snapshot->age_s);
    else if (snapshot->freshness == FRESH_LATE)
        strbuf_printf(&text, "%s late %.0f s", glyphs->live, snapshot->age_s);
    else if (snapshot->freshness == FRESH_STALE) {
        strbuf_printf(&text, "%s stale ", glyphs->stale);
        clock_format_span((int64_t)snapshot->age_s, &text);
    } else
        strbuf_printf(&text, "%s no data yet", glyphs->stale);
    /* A place of its own: a digit more moves nothing else. */
    int width = canvas_width(view->canvas, text.text);
    width = width < AGE_COLS ? AGE_COLS : width;
    canvas_right(view->canvas, 0, view->cols - 1 - width, width, role, text.text);
    return view->cols - 1 - width;
}

static void add_left(double left_s, struct strbuf *out, enum theme_role *ret_role)
{
    *ret_role = left_s < SOON_S ? THEME_LATE : THEME_TEXT;
    if (left_s < 0)
        strbuf_add_string(out, "overtime ");
    clock_format_left(left_s, out);
    if (left_s >= 0)
        strbuf_add_string(out, " left");
}

/* Ends left of column `end`; returns the first column it takes. */
static int paint_clock(const struct view *view, int end)
{
    static const char *const words[] = {
        [LESSON_RUNNING] = "lesson",
        [LESSON_PAUSED] = "paused at",
        [LESSON_ENDING] = "ending",
        [LESSON_ENDED] = "lesson ended",
    };
    const struct snapshot_lesson *lesson = &view->snapshot->lesson;
    if (lesson->state == LESSON_NONE)
        return end;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    enum theme_role role = THEME_TEXT;
    if (!isnan(lesson->left_s) && lesson->state != LESSON_ENDED) {
        add_left(lesson->left_s, &text, &role);
        end -= canvas_width(view->canvas, text.text) + 3;
        canvas_text(view->canvas, 0, end, view->cols, role, text.text);
    }
    strbuf_reset(&text);
    long s = lesson->elapsed_s > 0 ? (long)lesson->elapsed_s : 0;
    strbuf_add_string(&text, words[lesson->state]);
    if (lesson->state != LESSON_ENDED)
        strbuf_printf(&text, " %02ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    end -= canvas_width(view->canvas, text.text) + 3;
    canvas_text(view->canvas, 0, end, view->cols,
                lesson->state == LESSON_RUNNING ? THEME_STRONG : THEME_LATE, text.text);
    return end;
}

/* The group that is shown; or the one that all are of. */
static const char *only_group(const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    if (view->roll->group != NULL)
        return view->roll->group;
    for (size_t i = 1; i < snapshot->n_students; i++)
        if (strcmp(snapshot->students[i].group, snapshot->students[0].group) != 0)
            return "";
    return snapshot->n_students > 0 ? snapshot->students[0].group : "";
}

static void paint_title(const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    int end = paint_clock(view, paint_age(view)) - 2;
    int x = 1 + canvas_text(view->canvas, 0, 1, 10, THEME_BRAND, "lectern") + 3;
    const char *title = *snapshot->title != '\0' ? snapshot->title : snapshot->lab;
    x += canvas_text(view->canvas, 0, x, end - x, THEME_STRONG, title);
    const char *group = only_group(view);
    if (*group != '\0' && end - x > 12)
        canvas_printf(view->canvas, 0, x, end - x, THEME_TEXT, " %s group %s",
                      view->canvas->theme.glyphs.bullet, group);
}

/* -- counts, median, distribution -------------------------------------------------------------- */

struct count {
    struct student_sign sign;
    size_t n;
};
enum { COUNTS_MAX = STATES + 1 };

/* Hands first, then the states of the others by urgency; only those that somebody is in. */
static size_t count(const struct view *view, struct count counts[COUNTS_MAX])
{
    static const enum student_state shown[STATES] = {STATE_BLOCKED, STATE_STUCK,  STATE_BEHIND,
                                                     STATE_WORKING, STATE_IDLE,   STATE_DONE,
                                                     STATE_ABSENT,  STATE_UNKNOWN};
    const struct snapshot *snapshot = view->snapshot;
    const struct theme *theme = &view->canvas->theme;
    size_t n = 0, hands = 0, by_state[STATES] = {0};
    struct snapshot_student like = {.need = NEED_HAND, .state = STATE_WORKING};
    for (size_t i = 0; i < snapshot->n_students; i++) {
        const struct snapshot_student *student = &snapshot->students[i];
        *(student_has_hand(student) ? &hands : &by_state[student->state]) += 1;
    }
    if (hands > 0)
        counts[n++] = (struct count){student_sign(theme, &like), hands};
    like.need = NEED_NONE;
    for (size_t i = 0; i < STATES; i++) {
        like.state = shown[i];
        if (by_state[shown[i]] > 0)
            counts[n++] = (struct count){student_sign(theme, &like), by_state[shown[i]]};
    }
    return n;
}

/* "▶W 17", or with room "▶ W 17 working"; returns the columns it takes. */
static int print_count(const struct view *view, const struct count *count, bool in_words,
                       struct strbuf *out)
{
    strbuf_reset(out);
    bool has_glyph = view->canvas->theme.glyphs.unicode && count->sign.letter != '?';
    if (has_glyph)
        strbuf_add_string(out, count->sign.glyph);
    bool wide = has_glyph && canvas_width(view->canvas, count->sign.glyph) > 1;
    strbuf_printf(out, "%s%c %zu", in_words && has_glyph && !wide ? " " : "", count->sign.letter,
                  count->n);
    if (in_words)
        strbuf_printf(out, " %s%s", count->sign.word,
                      count->sign.letter == 'H' && count->n != 1 ? "s" : "");
    return canvas_width(view->canvas, out->text);
}

/* How the counts are written: in words, with signs, with as few blanks as can be. */
static const struct {
    bool in_words, students;
    int gap;
} spellings[] = {{true, true, 3}, {false, true, 2}, {false, false, 2}, {false, false, 1}};
enum { SPELLINGS = sizeof spellings / sizeof *spellings };

/* The first of them that ends left of column `end`; SPELLINGS: none does. */
static size_t find_spelling(const struct view *view, const struct count *counts, size_t n, int end)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    for (size_t k = 0; k < SPELLINGS; k++) {
        int needed = spellings[k].students ? 13 : 5;
        for (size_t i = 0; i < n; i++)
            needed +=
                print_count(view, &counts[i], spellings[k].in_words, &text) + spellings[k].gap;
        if (needed <= end)
            return k;
    }
    return SPELLINGS;
}

static void paint_counts(const struct view *view, const struct count *counts, size_t n, int end)
{
    size_t k = find_spelling(view, counts, n, end);
    k = k < SPELLINGS ? k : SPELLINGS - 1;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    int x = 1;
    x += canvas_printf(view->canvas, 1, x, 16, THEME_STRONG,
                       !spellings[k].students            ? "%zu"
                       : view->snapshot->n_students == 1 ? "%zu student"
                                                         : "%zu students",
                       view->snapshot->n_students);
    for (size_t i = 0; i < n; i++) {
        int width = print_count(view, &counts[i], spellings[k].in_words, &text);
        x += spellings[k].gap;
        if (x + width > end) {
            canvas_text(view->canvas, 1, end - 1, 1, THEME_TEXT,
                        view->canvas->theme.glyphs.ellipsis);
            return;
        }
        canvas_text(view->canvas, 1, x, width, counts[i].sign.role, text.text);
        x += width;
    }
}

void header_bins(const struct snapshot *snapshot, size_t bins[HEADER_BINS])
{
    memset(bins, 0, HEADER_BINS * sizeof *bins);
    for (size_t i = 0; i < snapshot->n_students; i++) {
        const struct snapshot_student *student = &snapshot->students[i];
        if (isnan(student->progress) || student->state == STATE_ABSENT)
            continue;
        int bin = (int)(student->progress * HEADER_BINS + 1e-9);
        bins[bin < 0 ? 0 : bin >= HEADER_BINS ? HEADER_BINS - 1 : bin]++;
    }
}

static void paint_bins(const struct view *view, int x)
{
    size_t bins[HEADER_BINS], most = 1;
    header_bins(view->snapshot, bins);
    for (size_t i = 0; i < HEADER_BINS; i++)
        most = bins[i] > most ? bins[i] : most;
    bool old = view->snapshot->freshness >= FRESH_STALE;
    for (size_t i = 0; i < HEADER_BINS; i++) {
        size_t level = bins[i] == 0 ? 0 : 1 + (bins[i] * 6 + most - 1) / most;
        enum theme_role role = bins[i] == 0 ? THEME_REST : THEME_BAR + STATE_WORKING;
        canvas_text(view->canvas, 1, x + (int)i, 1, old ? THEME_OLD : role,
                    view->canvas->theme.glyphs.levels[level]);
    }
}

static void paint_class(const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    if (snapshot->n_students == 0)
        return;
    int x = view->cols - 1 - HEADER_BINS;
    bool old = snapshot->freshness >= FRESH_STALE;
    struct count counts[COUNTS_MAX];
    size_t n = count(view, counts);
    paint_bins(view, x);
    if (!isnan(snapshot->median)) {
        /* The word, too, where it takes none from the counts. */
        bool wide = view->cols >= WIDE_FROM ||
                    find_spelling(view, counts, n, x - 16) == find_spelling(view, counts, n, x - 9);
        x -= wide ? 14 : 7;
        canvas_printf(view->canvas, 1, x, 14, old ? THEME_OLD : THEME_STRONG, "%s%3.0f %%",
                      wide ? "median " : "", floor(snapshot->median * 100 + 1e-9));
    }
    paint_counts(view, counts, n, x - 2);
}

/* -- what the class is stuck on ---------------------------------------------------------------- */

/* A check's title without its object, which the step says: "loan (member_id) references member, on
 * delete cascade" is "foreign key to member", "book has 34 rows" is "34 rows".  malloc'd. */
static char *shorten(const char *missed)
{
    static const char reference[] = ") references ", has[] = " has ";
    const char *at = strstr(missed, reference);
    if (at != NULL) {
        at += strlen(reference);
        return mem_printf("foreign key to %.*s", (int)strcspn(at, " ,("), at);
    }
    at = strstr(missed, has);
    return mem_strdup(at != NULL ? at + strlen(has) : missed);
}

bool header_stuck(const struct snapshot *snapshot, int width, struct strbuf *out)
{
    size_t at = (size_t)snapshot->hardest;
    if (snapshot->lacks == NULL || snapshot->hardest < 0 || at >= snapshot->n_steps ||
        snapshot->lacks[at].lack == 0)
        return false;
    const struct snapshot_lack *lack = &snapshot->lacks[at];
    CLEANUP(mem_free_string)
    char *missed = shorten(lack->missed);
    CLEANUP(mem_free_string)
    char *end = mem_printf(": %zu of %zu lack it", lack->lack, lack->here);
    strbuf_add_string(out, snapshot->steps[at]);
    int used = str_width(out->text) + str_width(end) + 3;
    /* What most of them miss, when it has room: the numbers say more. */
    if (*missed != '\0' && used + str_width(missed) <= width)
        strbuf_printf(out, " (%s)", missed);
    strbuf_add_string(out, end);
    return true;
}

struct tally {
    size_t n, step;
};

static int compare_tallies(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : (x->step > y->step) - (x->step < y->step);
}

/* Behind the hardest: where else people are. */
static void paint_others(const struct view *view, int x)
{
    const struct snapshot *snapshot = view->snapshot;
    const char *bullet = view->canvas->theme.glyphs.bullet;
    struct tally *tallies = mem_alloc_array(snapshot->n_steps + 1, sizeof *tallies);
    size_t n = 0;
    for (size_t i = 0; i < snapshot->n_steps; i++)
        if ((int)i != snapshot->hardest && snapshot->lacks[i].at > 0)
            tallies[n++] = (struct tally){snapshot->lacks[i].at, i};
    qsort(tallies, n, sizeof *tallies, compare_tallies);
    for (size_t i = 0; i < n && i < OTHERS_MAX; i++) {
        CLEANUP(mem_free_string)
        char *text = mem_printf("  %s  %s: %zu at work", bullet, snapshot->steps[tallies[i].step],
                                tallies[i].n);
        int width = canvas_width(view->canvas, text);
        if (x + width >= view->cols)
            break;
        x += canvas_text(view->canvas, 2, x, width, THEME_QUIET, text);
    }
    free(tallies);
}

static bool paint_stuck(const struct view *view)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (!header_stuck(view->snapshot, view->cols - 22, &text))
        return false;
    const char *heading = snapshot_is_stuck(view->snapshot) ? "class is stuck on" : "most are at";
    int x = 1 + canvas_text(view->canvas, 2, 1, 20, THEME_HEADING, heading) + 2;
    x += canvas_text(view->canvas, 2, x, view->cols - x - 1, THEME_STRONG, text.text);
    paint_others(view, x);
    return true;
}

struct place {
    const char *step;
    size_t n;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->step, y->step);
}

/* "most are at  loan 9   book 5", when nothing holds up the class. */
static void paint_places(const struct view *view)
{
    const struct snapshot *snapshot = view->snapshot;
    struct place *places = mem_alloc_array(snapshot->n_students + 1, sizeof *places);
    size_t n = 0;
    for (size_t i = 0; i < snapshot->n_students; i++) {
        const char *step = snapshot->students[i].current_step;
        size_t t = 0;
        while (t < n && strcmp(places[t].step, step) != 0)
            t++;
        if (*step == '\0' || snapshot->students[i].state == STATE_ABSENT)
            continue;
        if (t == n)
            places[n++].step = step;
        places[t].n++;
    }
    qsort(places, n, sizeof *places, compare_places);
    int x = 1;
    if (n > 0)
        x += canvas_text(view->canvas, 2, x, 20, THEME_HEADING, "most are at") + 2;
    for (size_t t = 0; t < n && t < 6; t++) {
        CLEANUP(mem_free_string)
        char *text = mem_printf("%s %zu", places[t].step, places[t].n);
        int width = canvas_width(view->canvas, text);
        if (x + width >= view->cols)
            break;
        x += canvas_text(view->canvas, 2, x, width, THEME_TEXT, text) + 3;
    }
    free(places);
}

/* -- all --------------------------------------------------------------------------------------- */

/* What is announced is for everybody in the room, to its end. */
static int paint_announcement(const struct canvas *canvas, const struct snapshot *snapshot,
                              int cols, int y)
{
    static const char heading[] = "announced";
    const int x = 1 + (int)sizeof heading - 1 + 2, width = cols - x - 1;
    if (*snapshot->announcement == '\0')
        return 0;
    if (y < 0)
        return canvas_wrapped(canvas, width, ANNOUNCED_MAX, snapshot->announcement);
    canvas_text(canvas, y, 1, 20, THEME_BRAND, heading);
    return canvas_wrap(canvas, y, x, width, ANNOUNCED_MAX, THEME_STRONG, snapshot->announcement);
}

int header_lines(const struct snapshot *snapshot, const struct canvas *canvas, int cols)
{
    return 4 + paint_announcement(canvas, snapshot, cols, -1);
}

void header_paint(const struct view *view)
{
    const struct canvas *canvas = view->canvas;
    const struct snapshot *snapshot = view->snapshot;
    int y = 3;
    paint_title(view);
    paint_class(view);
    if (snapshot->trouble != TROUBLE_NONE) {
        canvas_fill(canvas, 2, 0, view->cols, THEME_TROUBLE, "");
        canvas_text(canvas, 2, 1, view->cols - 2, THEME_TROUBLE,
                    snapshot_trouble_text(snapshot->trouble));
    } else if (!paint_stuck(view))
        paint_places(view);
    y += paint_announcement(canvas, snapshot, view->cols, y);
    canvas_fill(canvas, y, 0, view->cols, THEME_RULE, canvas->theme.glyphs.rule);
}
