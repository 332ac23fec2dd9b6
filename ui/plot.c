/*
 * The plot: a raster of dots for each curve, then letters.
 */
#include "ui/plot.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"

/* -- the raster -------------------------------------------------------------------------------- */

static void set_dot(const struct plot *plot, unsigned char *cells, int x, int y)
{
    static const unsigned char bits[PLOT_DOTS_Y][PLOT_DOTS_X] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    unsigned char *cell = &cells[y / PLOT_DOTS_Y * plot->width + x / PLOT_DOTS_X];
    *cell = (unsigned char)(*cell | bits[y % PLOT_DOTS_Y][x % PLOT_DOTS_X]);
}

/* What the feed says is beyond the scale stays on its edge. */
static int line_of(const struct plot *plot, double progress)
{
    int lines = plot->height * PLOT_DOTS_Y;
    double part = progress < 0 ? 0 : progress > 1 ? 1 : progress;
    return (int)lround((1 - part) * (lines - 1));
}

/* What holds at a time: the point before it. NAN before the first. */
static double held(const struct snapshot_point *points, size_t n, size_t *at, int64_t us)
{
    while (*at < n && points[*at].at_us <= us)
        (*at)++;
    return *at > 0 ? points[*at - 1].progress : (double)NAN;
}

/* Between two points on the straight line. */
static double between(const struct snapshot_point *points, size_t n, size_t *at, int64_t us)
{
    double before = held(points, n, at, us);
    if (isnan(before) || *at == n)
        return before;
    const struct snapshot_point *a = &points[*at - 1], *b = &points[*at];
    double part = (double)(us - a->at_us) / (double)(b->at_us - a->at_us);
    return a->progress + part * (b->progress - a->progress);
}

/* From the line of the dot before to this one's: no gaps where it is steep. */
static void draw(const struct plot *plot, unsigned char *cells, int x, int from, int to)
{
    for (int y = to; y != from; y += from > to ? 1 : -1)
        set_dot(plot, cells, x, y);
    set_dot(plot, cells, x, to);
}

static void draw_curves(struct plot *plot, int64_t from_us, int64_t to_us, bool thick,
                        const struct snapshot_open *open)
{
    size_t own_at = 0, median_at = 0;
    int columns = plot->width * PLOT_DOTS_X, before = -1;
    for (int x = 0; x < columns; x++) {
        int64_t us = from_us + (int64_t)((double)(to_us - from_us) * (x + 1) / columns);
        double own = held(open->points, open->n_points, &own_at, us);
        double median = between(open->medians, open->n_medians, &median_at, us);
        if (!isnan(own)) {
            int y = line_of(plot, own);
            draw(plot, plot->own, x, before < 0 ? y : before, y);
            if (thick && y > 0)
                set_dot(plot, plot->own, x, y - 1);
            before = y;
        }
        if (!isnan(median) && x % 2 == 0)
            set_dot(plot, plot->median, x, line_of(plot, median));
    }
}

void plot_make(struct plot *plot, int width, int height, int64_t from_us, int64_t to_us, bool thick,
               const struct snapshot_open *open)
{
    size_t n = width > 0 && height > 0 ? (size_t)width * (size_t)height : 0;
    *plot = (struct plot){.width = width,
                          .height = height,
                          .own = mem_alloc_array(n + 1, 1),
                          .median = mem_alloc_array(n + 1, 1)};
    if (n > 0 && to_us > from_us)
        draw_curves(plot, from_us, to_us, thick, open);
}

void plot_release(struct plot *plot)
{
    free(plot->own);
    free(plot->median);
    *plot = (struct plot){.own = NULL};
}

void plot_letter(unsigned char dots, char text[4])
{
    text[0] = (char)0xe2;
    text[1] = (char)(0xa0 + (dots >> 6));
    text[2] = (char)(0x80 + (dots & 0x3f));
    text[3] = '\0';
}

/* -- the picture ------------------------------------------------------------------------------- */

enum { GUTTER = 6 }; /* "100 % " */

static void paint_cell(const struct canvas *canvas, const struct plot *plot, int row, int column,
                       int y, int x)
{
    unsigned char own = plot->own[row * plot->width + column];
    unsigned char median = plot->median[row * plot->width + column];
    char text[4] = ".";
    if (own == 0 && median == 0)
        return;
    if (canvas->theme.glyphs.unicode)
        plot_letter(own != 0 ? own : median, text);
    else if (own != 0)
        text[0] = '*';
    canvas_text(canvas, y, x, 1, own != 0 ? THEME_BAR + STATE_WORKING : THEME_QUIET, text);
}

static void paint_legend(const struct canvas *canvas, int y, int x, int width, const char *own,
                         double progress, double median)
{
    bool unicode = canvas->theme.glyphs.unicode;
    int end = x + width;
    x += canvas_text(canvas, y, x, 3, THEME_BAR + STATE_WORKING, unicode ? "⠶⠶⠶" : "***") + 1;
    x += canvas_text(canvas, y, x, (end - x) / 2, THEME_STRONG, own);
    if (!isnan(progress))
        x += canvas_printf(canvas, y, x, end - x, THEME_STRONG, " %.0f %%",
                           floor(progress * 100 + 1e-9));
    x += 3;
    x += canvas_text(canvas, y, x, end - x, THEME_QUIET, unicode ? "⠂⠂⠂" : "...") + 1;
    if (isnan(median))
        canvas_text(canvas, y, x, end - x, THEME_TEXT, "class median");
    else
        canvas_printf(canvas, y, x, end - x, THEME_TEXT, "class median %.0f %%",
                      floor(median * 100 + 1e-9));
}

static void paint_axes(const struct canvas *canvas, int y, int x, int width, int height,
                       int64_t from_us, int64_t to_us)
{
    bool unicode = canvas->theme.glyphs.unicode;
    canvas_text(canvas, y, x, GUTTER, THEME_QUIET, "100 %");
    if (height >= 5)
        canvas_text(canvas, y + height / 2, x, GUTTER, THEME_QUIET, " 50 %");
    canvas_text(canvas, y + height - 1, x, GUTTER, THEME_QUIET, "  0 %");
    canvas_column(canvas, y, x + GUTTER, height, THEME_RULE, unicode ? "│" : "|");
    canvas_text(canvas, y + height, x + GUTTER, 1, THEME_RULE, unicode ? "╰" : "+");
    canvas_fill(canvas, y + height, x + GUTTER + 1, width - GUTTER - 1, THEME_RULE,
                unicode ? "─" : "-");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    strbuf_add_char(&text, ' ');
    clock_format_span((to_us - from_us) / 1000000, &text);
    strbuf_add_string(&text, " ago ");
    canvas_text(canvas, y + height, x + GUTTER + 2, width - GUTTER - 8, THEME_QUIET, text.text);
    canvas_right(canvas, y + height, x + width - 6, 5, THEME_QUIET, " now ");
}

/* Since the lesson began, or since there is anything of him. */
static int64_t start_of(const struct snapshot *snapshot)
{
    const struct snapshot_open *open = &snapshot->open;
    int64_t start = open->n_medians > 0 ? open->medians[0].at_us : snapshot->now_us - 3600000000;
    if (open->n_points > 0 && open->points[0].at_us < start)
        start = open->points[0].at_us;
    return start < snapshot->now_us - 60000000 ? start : snapshot->now_us - 60000000;
}

void plot_paint(const struct canvas *canvas, int y, int x, int width, int height,
                const struct snapshot *snapshot, const char *own, double progress)
{
    int64_t from_us = start_of(snapshot);
    struct plot plot;
    paint_legend(canvas, y, x, width, own, progress, snapshot->median);
    y++;
    height -= 2;
    plot_make(&plot, width - GUTTER - 2, height, from_us, snapshot->now_us,
              canvas->theme.glyphs.unicode, &snapshot->open);
    paint_axes(canvas, y, x, width, height, from_us, snapshot->now_us);
    for (int row = 0; row < plot.height; row++)
        for (int column = 0; column < plot.width; column++)
            paint_cell(canvas, &plot, row, column, y + row, x + GUTTER + 1 + column);
    plot_release(&plot);
}
