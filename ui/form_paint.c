/*
 * Forms on the screen: a label, a field, and below it what is wrong with it.
 */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "ui/canvas.h"
#include "ui/form.h"

enum { LABEL = 11, GAP = 2 };

/* The part of the line around the cursor that fits. */
static size_t first_shown(const struct edit *edit, int width)
{
    size_t start = 0;
    const char *text = edit->text.text;
    for (;;) {
        CLEANUP(mem_free_string)
        char *part = mem_strndup(text + start, edit->cursor - start);
        if (start >= edit->cursor || str_width(part) < width)
            return start;
        uint32_t code;
        start += utf8_decode(text + start, edit->text.len - start, &code);
    }
}

void form_paint_edit(const struct edit *edit, const struct canvas *canvas, int y, int x, int width,
                     bool focused)
{
    if (width <= 0)
        return;
    size_t start = focused ? first_shown(edit, width) : 0;
    canvas_fill(canvas, y, x, width, focused ? THEME_FIELD_FOCUS : THEME_FIELD, "");
    canvas_text(canvas, y, x, width, focused ? THEME_FIELD_FOCUS : THEME_FIELD,
                edit->text.text + start);
    if (!focused)
        return;
    if (edit->offered) /* as a selection that the next letter takes the place of */
        canvas_text(canvas, y, x, width, THEME_SELECTED, edit->text.text + start);
    CLEANUP(mem_free_string)
    char *left = mem_strndup(edit->text.text + start, edit->cursor - start);
    uint32_t code;
    size_t len = edit->cursor < edit->text.len ? utf8_decode(edit->text.text + edit->cursor,
                                                             edit->text.len - edit->cursor, &code)
                                               : 0;
    CLEANUP(mem_free_string)
    char *under = len > 0 ? mem_strndup(edit->text.text + edit->cursor, len) : mem_strdup(" ");
    int at = canvas_width(canvas, left);
    if (at < width)
        canvas_text(canvas, y, x + at, width - at, THEME_SELECTED, under);
}

/* A star for each letter. */
static void paint_masked(const struct edit *edit, const struct canvas *canvas, int y, int x,
                         int width, bool focused)
{
    CLEANUP(edit_release)
    struct edit stars = {.text = STRBUF_INIT};
    uint32_t code;
    for (size_t at = 0; at < edit->text.len;
         at += utf8_decode(edit->text.text + at, edit->text.len - at, &code)) {
        stars.cursor += at < edit->cursor;
        strbuf_add_char(&stars.text, '*');
    }
    form_paint_edit(&stars, canvas, y, x, width, focused);
}

/* Choices beside each other where there is room for all, else the chosen one between arrows. */
static void paint_choice(const struct form_field *field, const struct canvas *canvas, int y, int x,
                         int width, bool focused)
{
    const struct glyphs *glyphs = &canvas->theme.glyphs;
    int whole = 0;
    for (size_t i = 0; i < field->n_titles; i++)
        whole += canvas_width(canvas, field->titles[i]) + 6;
    if (field->compact || whole > width + 2) {
        const char *title = field->n_titles > 0 ? field->titles[field->chosen] : "";
        canvas_printf(canvas, y, x, width, focused ? THEME_SELECTED : THEME_TEXT, "%s %s %s",
                      focused ? "<" : " ", *title != '\0' ? title : "none", focused ? ">" : " ");
        return;
    }
    for (size_t i = 0; i < field->n_titles; i++) {
        bool chosen = i == field->chosen;
        enum theme_role role = !chosen ? THEME_QUIET : focused ? THEME_SELECTED : THEME_STRONG;
        x += canvas_printf(canvas, y, x, width, role, "(%s) %s", chosen ? glyphs->chosen : " ",
                           field->titles[i]) +
             GAP;
    }
}

static void paint_field(const struct form_field *field, const struct canvas *canvas, int y, int x,
                        int width, bool focused)
{
    int label = LABEL;
    if (focused)
        canvas_text(canvas, y, x, 1, THEME_KEY, canvas->theme.glyphs.marker);
    canvas_text(canvas, y, x + 2, label - 1, focused ? THEME_STRONG : THEME_QUIET, field->label);
    x += label + 2;
    width -= label + 2;
    if (field->kind == FORM_CHOICE)
        paint_choice(field, canvas, y, x, width, focused);
    else if (field->masked)
        paint_masked(&field->edit, canvas, y, x, width, focused);
    else
        form_paint_edit(&field->edit, canvas, y, x, width, focused);
}

/* Fields on one line share it; a text that is alone is as long as a path may be. */
static size_t fields_of_line(const struct form *form, size_t first)
{
    size_t n = 1;
    while (first + n < form->count && form->fields[first + n].beside)
        n++;
    return n;
}

int form_paint(const struct form *form, const struct canvas *canvas, int y, int x, int width,
               bool focused)
{
    int top = y;
    for (size_t i = 0, n; i < form->count; i += n) {
        n = fields_of_line(form, i);
        if (form->fields[i].kind == FORM_LIST)
            continue;
        int each = width / (int)n;
        for (size_t j = 0; j < n; j++)
            paint_field(&form->fields[i + j], canvas, y, x + (int)j * each,
                        n > 1        ? each - GAP
                        : each > 100 ? 100
                                     : each,
                        focused && i + j == form->focus);
        y++;
        for (size_t j = 0; j < n; j++) {
            const struct form_field *field = &form->fields[i + j];
            if (field->fault == NULL)
                continue;
            if (!field->quiet)
                canvas_text(canvas, y, x + LABEL, 1, THEME_BAD, canvas->theme.glyphs.check[2]);
            y += canvas_wrap(canvas, y, x + LABEL + 2, width - LABEL - 2, 2,
                             field->quiet ? THEME_QUIET : THEME_BAD, field->fault);
        }
    }
    return y - top;
}
