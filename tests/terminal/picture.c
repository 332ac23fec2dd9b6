/*
 * A picture of a real screen: run a program in a terminal of libvterm's, wait, and draw what it
 * shows as SVG.  The README's picture is made by it (tests/terminal/picture.sh).
 *
 * usage: picture COLSxROWS OUT.svg SECONDS KEYS COMMAND [ARGUMENT...]
 *   waits SECONDS, types KEYS (may be empty), waits a second (or PICTURE_THEN), draws.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "tests/terminal/vt.h"

enum { CELL_WIDTH = 9, CELL_HEIGHT = 19, FONT_SIZE = 15, MARGIN = 8 };

static void colour(const struct vt *vt, VTermColor c, bool background, char ret_text[16])
{
    if (VTERM_COLOR_IS_DEFAULT_FG(&c) || VTERM_COLOR_IS_DEFAULT_BG(&c)) {
        snprintf(ret_text, 16, "%s", background ? "#101214" : "#d3d7cf");
        return;
    }
    vterm_screen_convert_color_to_rgb(vt->screen, &c);
    snprintf(ret_text, 16, "#%02x%02x%02x", c.rgb.red, c.rgb.green, c.rgb.blue);
}

static void add_code(struct strbuf *out, uint32_t code)
{
    if (code == '<' || code == '>' || code == '&')
        strbuf_printf(out, "&#%u;", (unsigned)code);
    else
        strbuf_printf(out, code < 0x80 ? "%c" : "&#x%x;", (unsigned)code);
}

struct look {
    char fg[16], bg[16];
    bool bold, underline;
};

static void look_of(const struct vt *vt, int x, int y, VTermScreenCell *ret_cell, struct look *ret)
{
    vterm_screen_get_cell(vt->screen, (VTermPos){.row = y, .col = x}, ret_cell);
    bool reverse = ret_cell->attrs.reverse;
    memset(ret, 0, sizeof *ret);
    colour(vt, reverse ? ret_cell->bg : ret_cell->fg, reverse, ret->fg);
    colour(vt, reverse ? ret_cell->fg : ret_cell->bg, !reverse, ret->bg);
    ret->bold = ret_cell->attrs.bold;
    ret->underline = ret_cell->attrs.underline != 0;
}

/* Cells of one look side by side are one text, stretched to its cells: a font that is not there
 * cannot shift what follows.  Returns the first column behind it. */
static int draw_run(struct strbuf *out, const struct vt *vt, int x, int y)
{
    VTermScreenCell cell;
    struct look first, look;
    struct strbuf text = STRBUF_INIT;
    bool blank = true;
    int end = x;
    look_of(vt, x, y, &cell, &first);
    do {
        if (cell.chars[0] == 0 || cell.chars[0] == (uint32_t)-1)
            strbuf_add_char(&text, ' ');
        for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i] != 0; i++) {
            add_code(&text, cell.chars[i]);
            blank = blank && cell.chars[i] == ' ';
        }
        end += cell.width;
        if (end >= vt->cols)
            break;
        look_of(vt, end, y, &cell, &look);
    } while (memcmp(&look, &first, sizeof look) == 0);
    int left = MARGIN + x * CELL_WIDTH, top = MARGIN + y * CELL_HEIGHT,
        wide = (end - x) * CELL_WIDTH;
    if (strcmp(first.bg, "#101214") != 0)
        strbuf_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n",
                      left, top, wide, CELL_HEIGHT, first.bg);
    if (first.underline)
        strbuf_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"1\" fill=\"#6b6e69\"/>\n",
                      left, top + CELL_HEIGHT - 2, wide);
    if (!blank)
        strbuf_printf(out, "<text x=\"%d\" y=\"%d\" fill=\"%s\"%s textLength=\"%d\">%s</text>\n",
                      left, top + CELL_HEIGHT - 5, first.fg,
                      first.bold ? " font-weight=\"bold\"" : "", wide, text.text);
    strbuf_release(&text);
    return end;
}

static void draw(struct strbuf *out, const struct vt *vt)
{
    int width = vt->cols * CELL_WIDTH + 2 * MARGIN, height = vt->rows * CELL_HEIGHT + 2 * MARGIN;
    strbuf_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#101214\"/>\n"
        "<g font-family=\"DejaVu Sans Mono, monospace\" font-size=\"%d\" xml:space=\"preserve\">\n",
        width, height, FONT_SIZE);
    for (int y = 0; y < vt->rows; y++)
        for (int x = 0; x < vt->cols;)
            x = draw_run(out, vt, x, y);
    strbuf_add_string(out, "</g>\n</svg>\n");
}

static void watch(struct vt *vt, double seconds)
{
    int64_t end_ms = clock_monotonic_ms() + (int64_t)(seconds * 1000);
    while (clock_monotonic_ms() < end_ms)
        vt_pump(vt, 50);
}

int main(int argc, char **argv)
{
    int cols, rows;
    if (argc < 6 || sscanf(argv[1], "%dx%d", &cols, &rows) != 2) {
        fputs("usage: picture COLSxROWS OUT.svg SECONDS KEYS COMMAND [ARGUMENT...]\n", stderr);
        return 2;
    }
    struct vt vt;
    vt_start(&vt, rows, cols, "xterm-256color", "C.UTF-8", NULL, (const char *const *)&argv[5]);
    watch(&vt, strtod(argv[3], NULL));
    vt_type(&vt, argv[4]);
    const char *then = getenv("PICTURE_THEN");
    watch(&vt, then != NULL ? strtod(then, NULL) : 1);
    struct strbuf out = STRBUF_INIT;
    draw(&out, &vt);
    vt_release(&vt);
    struct error err = ERROR_INIT;
    if (!file_write(argv[2], out.text, out.len, 0644, &err)) {
        error_report(&err, stderr, "picture");
        return 1;
    }
    strbuf_release(&out);
    return 0;
}
