/*
 * Painting text on curses' screen.
 */
#include "ui/canvas.h"

#include <curses.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"

/*
 * What the screen shows of a text: disarmed; joiners and variation selectors of emoji dropped,
 * because terminals disagree about the width of the joined sign; without UTF-8 each letter that
 * ASCII lacks is "?".
 */
static char *legible(const struct canvas *canvas, const char *text)
{
    char *safe = str_disarm(text);
    struct strbuf out = STRBUF_INIT;
    size_t len = strlen(safe), n;
    bool wide = false;
    for (size_t i = 0; i < len; i += n) {
        uint32_t code;
        n = utf8_decode(safe + i, len - i, &code);
        if (code == 0xfe0e || code == 0xfe0f || (code == 0x200d && wide))
            continue;
        if (code < 0x80 || canvas->utf8)
            strbuf_add(&out, safe + i, n);
        else
            strbuf_add_char(&out, '?');
        wide = code >= 0x2190 && (code < 0x2c00 || code >= 0x1f000);
    }
    mem_free_string(&safe);
    return strbuf_detach(&out);
}

static void put(const struct canvas *canvas, int y, int x, enum theme_role role, const char *text,
                size_t len)
{
    unsigned look = canvas->theme.attributes[canvas->highlight ? THEME_SELECTED : role];
    attrset((int)(canvas->underline ? look | A_UNDERLINE : look));
    mvaddnstr(y, x, text, (int)len);
}

void canvas_secret(const struct canvas *canvas, int y, int x, enum theme_role role,
                   const char *text)
{
    put(canvas, y, x, role, text, strlen(text));
}

int canvas_width(const struct canvas *canvas, const char *text)
{
    CLEANUP(mem_free_string)
    char *shown = legible(canvas, text);
    return str_width(shown);
}

/* Paint text that is legible already. */
static int put_fitted(const struct canvas *canvas, int y, int x, int width, enum theme_role role,
                      const char *shown)
{
    if (width <= 0)
        return 0;
    int whole = str_width(shown);
    if (whole <= width) {
        put(canvas, y, x, role, shown, strlen(shown));
        return whole;
    }
    size_t len = str_fit(shown, width - 1);
    CLEANUP(strbuf_release)
    struct strbuf cut = STRBUF_INIT;
    strbuf_add(&cut, shown, len);
    int used = str_width(cut.text) + 1;
    strbuf_add_string(&cut, canvas->theme.glyphs.ellipsis);
    put(canvas, y, x, role, cut.text, cut.len);
    return used;
}

int canvas_text(const struct canvas *canvas, int y, int x, int width, enum theme_role role,
                const char *text)
{
    CLEANUP(mem_free_string)
    char *shown = legible(canvas, text);
    return put_fitted(canvas, y, x, width, role, shown);
}

int canvas_printf(const struct canvas *canvas, int y, int x, int width, enum theme_role role,
                  const char *format, ...)
{
    va_list args;
    va_start(args, format);
    CLEANUP(mem_free_string)
    char *text = mem_vprintf(format, args);
    va_end(args);
    return canvas_text(canvas, y, x, width, role, text);
}

int canvas_right(const struct canvas *canvas, int y, int x, int width, enum theme_role role,
                 const char *text)
{
    int own = canvas_width(canvas, text);
    if (own > width)
        own = width;
    return canvas_text(canvas, y, x + width - own, own, role, text);
}

/* Lines used; `paint` false: only counted. */
static int wrap(const struct canvas *canvas, int y, int x, int width, int lines,
                enum theme_role role, const char *text, bool paint)
{
    CLEANUP(mem_free_string)
    char *shown = legible(canvas, text);
    const char *rest = shown;
    int line = 0;
    while (*rest != '\0' && line < lines && width > 0) {
        if (str_width(rest) <= width || line == lines - 1) {
            if (paint)
                put_fitted(canvas, y + line, x, width, role, rest);
            return line + 1;
        }
        size_t len = str_break(rest, width);
        if (len == 0) /* a wide sign in a place of one column */
            return line;
        if (paint)
            put(canvas, y + line, x, role, rest, len);
        rest += len;
        rest += strspn(rest, " ");
        line++;
    }
    return line;
}

int canvas_wrap(const struct canvas *canvas, int y, int x, int width, int lines,
                enum theme_role role, const char *text)
{
    return wrap(canvas, y, x, width, lines, role, text, true);
}

int canvas_wrapped(const struct canvas *canvas, int width, int lines, const char *text)
{
    return wrap(canvas, 0, 0, width, lines, THEME_TEXT, text, false);
}

void canvas_fill(const struct canvas *canvas, int y, int x, int width, enum theme_role role,
                 const char *glyph)
{
    CLEANUP(strbuf_release)
    struct strbuf line = STRBUF_INIT;
    for (int i = 0; i < width; i++)
        strbuf_add_string(&line, glyph == NULL || *glyph == '\0' ? " " : glyph);
    put(canvas, y, x, role, line.text, line.len);
}

void canvas_column(const struct canvas *canvas, int y, int x, int height, enum theme_role role,
                   const char *glyph)
{
    for (int i = 0; i < height; i++)
        put(canvas, y + i, x, role, glyph, strlen(glyph));
}

void canvas_bar(const struct canvas *canvas, int y, int x, int width, double ratio,
                enum theme_role role)
{
    const struct glyphs *glyphs = &canvas->theme.glyphs;
    int halves = isnan(ratio) ? 0 : (int)floor(ratio * width * 2 + 1e-9);
    halves = halves < 0 ? 0 : halves > width * 2 ? width * 2 : halves;
    int full = halves / 2;
    canvas_fill(canvas, y, x, full, role, glyphs->full);
    if (halves % 2 == 1 && glyphs->half != NULL)
        canvas_fill(canvas, y, x + full++, 1, role, glyphs->half);
    canvas_fill(canvas, y, x + full, width - full, THEME_REST, glyphs->rest);
}
