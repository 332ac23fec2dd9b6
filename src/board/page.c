/*
 * The page: the template assets/board/page.html, and a card for each student.  Sign, letter and
 * colour say the state, as in the grid; why somebody is stuck is for the lab master's eyes.
 */
#include "board/page.h"

#include <math.h>
#include <time.h>

#include "base/asset.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "render/render.h"

enum { DENSE_FROM = 100 }; /* cards without the step and the time */

static void add_escaped(struct strbuf *out, const char *text)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    for (const char *c = safe; *c != '\0'; c++)
        switch (*c) {
        case '&':
            strbuf_add_string(out, "&amp;");
            break;
        case '<':
            strbuf_add_string(out, "&lt;");
            break;
        case '>':
            strbuf_add_string(out, "&gt;");
            break;
        case '"':
            strbuf_add_string(out, "&quot;");
            break;
        case '\'':
            strbuf_add_string(out, "&#39;");
            break;
        default:
            strbuf_add_char(out, *c);
        }
}

/* "▶ W", or the letter alone where it is the sign as well. */
static void add_sign(struct strbuf *out, enum student_state state)
{
    if (state != STATE_UNKNOWN)
        strbuf_printf(out, "%s&nbsp;", state_glyph(state));
    strbuf_add_char(out, state_letter(state));
}

/* "14:03:22" on the clock of the room. */
static void add_time(struct strbuf *out, int64_t utc_us)
{
    time_t seconds = (time_t)(utc_us / 1000000);
    struct tm local;
    char text[16];
    localtime_r(&seconds, &local);
    strftime(text, sizeof text, "%H:%M:%S", &local);
    strbuf_add_string(out, text);
}

static bool is_old(const struct page *page)
{
    return page->ended || page->snapshot->freshness >= FRESH_STALE;
}

static void add_age(struct strbuf *out, const struct page *page)
{
    const struct snapshot *snapshot = page->snapshot;
    const char *kind = is_old(page)                        ? "stale"
                       : snapshot->freshness == FRESH_LATE ? "late"
                                                           : "fresh";
    strbuf_printf(out, "<span class=\"%s\">", kind);
    if (page->ended)
        strbuf_add_string(out, "ended");
    else if (snapshot->freshness == FRESH_NEVER)
        strbuf_add_string(out, "no data yet");
    else if (snapshot->freshness == FRESH_STALE) {
        strbuf_add_string(out, "stale: ");
        clock_format_span((int64_t)snapshot->age_s, out);
        strbuf_add_string(out, " old");
    } else
        strbuf_printf(out, "%s %.0f s", snapshot->freshness == FRESH ? "live" : "late",
                      snapshot->age_s);
    strbuf_add_string(out, "</span> at ");
    add_time(out, page->now_us);
}

static void add_counts(struct strbuf *out, const struct page *page)
{
    const struct snapshot *snapshot = page->snapshot;
    strbuf_printf(out, "<span>%zu student%s</span>\n", snapshot->n_students,
                  snapshot->n_students == 1 ? "" : "s");
    for (size_t i = STATES; i-- > 0 && !page->ended;)
        if (snapshot->by_state[i] > 0) {
            enum student_state state = (enum student_state)i;
            strbuf_printf(out, "<span class=\"%s\">", state_name(state));
            add_sign(out, state);
            strbuf_printf(out, "&nbsp;%zu %s</span>\n", snapshot->by_state[i], state_name(state));
        }
    if (!isnan(snapshot->median))
        strbuf_printf(out, "<span>median %.0f&nbsp;%%</span>",
                      floor(snapshot->median * 100 + 1e-9));
}

static void add_place(struct strbuf *out, const struct page *page,
                      const struct snapshot_student *student, enum student_state state)
{
    int64_t since_us = page->snapshot->now_us - student->last_progress_us;
    strbuf_add_string(out, "<div class=\"step\"><bdi>");
    add_escaped(out, state == STATE_DONE     ? "done"
                     : state == STATE_ABSENT ? "not here"
                                             : student->current_step);
    strbuf_add_string(out, "</bdi><span>");
    if (!is_old(page) && student->last_progress_us > 0 && since_us >= 0)
        clock_format_span(since_us / 1000000, out);
    strbuf_add_string(out, "</span></div>");
}

static void add_student(struct strbuf *out, const struct page *page,
                        const struct snapshot_student *student)
{
    enum student_state state = is_old(page) ? STATE_UNKNOWN : student->state;
    double percent = isnan(student->progress) ? 0 : floor(student->progress * 100 + 1e-9);
    strbuf_printf(out, "<article class=\"%s\"><div class=\"name\"><bdi>", state_name(state));
    add_escaped(out, *student->name != '\0' ? student->name : student->login);
    strbuf_add_string(out, "</bdi><span>");
    add_sign(out, state);
    strbuf_add_string(out, "&nbsp;");
    if (isnan(student->progress))
        strbuf_add_string(out, "-");
    else
        strbuf_printf(out, "%.0f&nbsp;%%", percent);
    strbuf_printf(out, "</span></div><div class=\"bar\"><i style=\"width:%.0f%%\"></i></div>",
                  percent);
    add_place(out, page, student, state);
    strbuf_add_string(out, "</article>\n");
}

/* Cards about three times as wide as high, all of them on a screen of 16:9. */
static int count_columns(size_t n)
{
    int columns = 2;
    while (columns < 24 && columns * (int)ceil(columns * 1.4) < (int)n)
        columns++;
    return columns;
}

void page_print(const struct page *page, struct strbuf *out)
{
    const struct snapshot *snapshot = page->snapshot;
    CLEANUP(strbuf_release)
    struct strbuf title = STRBUF_INIT, counts = STRBUF_INIT, age = STRBUF_INIT,
                  trouble = STRBUF_INIT, students = STRBUF_INIT, columns = STRBUF_INIT,
                  size = STRBUF_INIT;
    int n = count_columns(snapshot->n_students);
    bool dense = snapshot->n_students > DENSE_FROM;
    const char *kind = is_old(page) ? (dense ? "old dense" : "old") : dense ? "dense" : "class";
    add_escaped(&title, *snapshot->title != '\0' ? snapshot->title : "lectern");
    add_counts(&counts, page);
    add_age(&age, page);
    if (snapshot->trouble != TROUBLE_NONE && !page->ended) {
        strbuf_add_string(&trouble, "<p class=\"trouble stale\">");
        add_escaped(&trouble, snapshot_trouble_text(snapshot->trouble));
        strbuf_add_string(&trouble, "</p>\n");
    }
    for (size_t i = 0; i < snapshot->n_students; i++)
        add_student(&students, page, &snapshot->students[i]);
    strbuf_printf(&columns, "%d", n);
    strbuf_printf(&size, "clamp(9px, %.2fvw, 40px)", 100.0 / n / 15);
    const struct render_value values[] = {
        {"TITLE", title.text},
        {"COUNTS", counts.text},
        {"AGE", age.text},
        {"TROUBLE", trouble.text},
        {"STUDENTS", students.text},
        {"COLUMNS", columns.text},
        {"SIZE", size.text},
        {"KIND", kind},
        {NULL, NULL},
    };
    render_text(asset_get("assets/board/page.html")->text, values, out);
}
