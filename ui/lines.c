/*
 * Lists of lines.
 */
#include "ui/lines.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

void lines_add(struct lines *lines, long item)
{
    lines->items = mem_grow(lines->items, lines->n, &lines->capacity, sizeof *lines->items);
    lines->items[lines->n++] = (struct line){.item = item};
}

void lines_put(struct lines *lines, int x, int width, enum theme_role role, const char *format, ...)
{
    struct line *line = &lines->items[lines->n - 1];
    if (width <= 0 || line->n_parts == LINE_PARTS)
        return;
    va_list args;
    va_start(args, format);
    line->parts[line->n_parts++] = (struct line_part){x, width, role, mem_vprintf(format, args)};
    va_end(args);
}

static void wrap(struct lines *lines, bool here, long item, int x, int width, size_t max,
                 enum theme_role role, const char *text)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    const char *rest = safe;
    for (size_t i = 0; i < max && *rest != '\0' && width > 0; i++) {
        bool last = i + 1 == max || str_width(rest) <= width;
        size_t len = last ? strlen(rest) : str_break(rest, width);
        if (len == 0) /* a wide sign in a place of one column */
            return;
        if (i > 0 || !here)
            lines_add(lines, item);
        lines_put(lines, x, width, role, "%.*s", (int)len, rest);
        rest += len;
        rest += strspn(rest, " ");
    }
}

void lines_wrap(struct lines *lines, long item, int x, int width, size_t max, enum theme_role role,
                const char *text)
{
    wrap(lines, false, item, x, width, max, role, text);
}

void lines_wrap_on(struct lines *lines, long item, int x, int width, size_t max,
                   enum theme_role role, const char *text)
{
    wrap(lines, true, item, x, width, max, role, text);
}

void lines_release(struct lines *lines)
{
    for (size_t i = 0; i < lines->n; i++)
        for (size_t p = 0; p < lines->items[i].n_parts; p++)
            free(lines->items[i].parts[p].text);
    free(lines->items);
    *lines = (struct lines){.items = NULL};
}

size_t lines_scroll(const struct lines *lines, size_t first, long item, size_t seen)
{
    size_t from = lines->n, to = 0; /* of the item */
    for (size_t i = 0; i < lines->n && item >= 0; i++)
        if (lines->items[i].item == item) {
            from = from == lines->n ? i : from;
            to = i + 1;
        }
    if (seen < 2 || lines->n <= seen)
        return 0;
    size_t room = seen - 1; /* the line that says that there are more */
    /* A heading stays with the first item below it. */
    if (from > 0 && from < lines->n && lines->items[from - 1].item < 0)
        from--;
    if (to > first + room && to > 0)
        first = to - room;
    if (from < first)
        first = from;
    return first > lines->n - seen ? lines->n - seen : first;
}

void lines_paint(const struct lines *lines, const struct canvas *canvas, int y, int x, int width,
                 int height, size_t first, long chosen)
{
    first = first < lines->n ? first : lines->n; /* it may be of a list that was longer */
    bool more = lines->n - first > (size_t)(height > 0 ? height : 0);
    int seen = more ? height - 1 : height;
    for (int row = 0; row < seen && first + (size_t)row < lines->n; row++) {
        const struct line *line = &lines->items[first + (size_t)row];
        struct canvas own = *canvas;
        bool begins = first + (size_t)row == 0 || line[-1].item != line->item;
        own.highlight = line->item >= 0 && line->item == chosen && begins;
        if (own.highlight)
            canvas_fill(&own, y + row, x, width, THEME_SELECTED, "");
        for (size_t p = 0; p < line->n_parts; p++) {
            const struct line_part *part = &line->parts[p];
            int room = width - part->x < part->width ? width - part->x : part->width;
            if (room > 0)
                canvas_text(&own, y + row, x + part->x, room, part->role, part->text);
        }
    }
    if (more && height > 0)
        canvas_printf(canvas, y + height - 1, x + 1, width - 1, THEME_HEADING, "%zu more lines %s",
                      lines->n - first - (size_t)seen, canvas->theme.glyphs.down);
}
