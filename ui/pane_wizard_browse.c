/*
 * The wizard's list of files, in place of the page while a file is looked for.
 */
#include <curses.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "ui/pane_wizard.h"

enum { CTRL_O = 15, ESCAPE = 27, HEAD = 2, WHEEL = 3 };
enum { NAME_MAX_COLUMNS = 60, SIZE_COLUMNS = 9 };

const struct pane_key wizard_browse_keys[] = {
    {"Enter", "open, choose", ""}, {"Bksp", "up", ""},   {"a-z", "jump", ""},
    {".", "hidden", ""},           {"Esc", "leave", ""}, {NULL, NULL, NULL},
};

void wizard_browse_open(struct pane_wizard *self, const char *typed, const char *endings,
                        bool archives)
{
    self->browsing = true;
    browse_init(&self->browse, endings, archives);
    browse_begin(&self->browse, self->wizard->draft.directory, typed);
}

void wizard_browse_close(struct pane_wizard *self)
{
    if (self->browsing)
        browse_release(&self->browse);
    self->browsing = false;
}

static size_t rows_of(const struct view *view)
{
    return view->rows > HEAD + 1 ? (size_t)(view->rows - HEAD) : 1;
}

void wizard_browse_recalc(struct pane_wizard *self, const struct view *view)
{
    browse_show(&self->browse, rows_of(view));
}

/* -- painting ---------------------------------------------------------------------------------- */

/* The end of a path says more than its beginning. */
static void paint_folder(const struct view *view, int y, int x, int width, const char *path)
{
    const struct canvas *canvas = view->canvas;
    size_t start = 0, len = strlen(path);
    bool whole = canvas_width(canvas, path) <= width;
    uint32_t code;
    while (!whole && start < len && canvas_width(canvas, path + start) >= width)
        start += utf8_decode(path + start, len - start, &code);
    if (!whole)
        x += canvas_text(canvas, y, x, 1, THEME_STRONG, canvas->theme.glyphs.ellipsis);
    canvas_text(canvas, y, x, width, THEME_STRONG, path + start);
}

static void paint_head(const struct browse *browse, const struct view *view, size_t end)
{
    const struct canvas *canvas = view->canvas;
    int y = view->top, x = 1, right = 0;
    if (browse->first > 0 || end < browse->n || browse->cut) {
        CLEANUP(mem_free_string)
        char *place = mem_printf("%zu to %zu of %zu%s %s", browse->first + 1, end, browse->n,
                                 browse->cut ? ", and more are not listed" : "",
                                 end < browse->n ? canvas->theme.glyphs.down : " ");
        right = canvas_right(canvas, y, view->cols / 2, view->cols / 2 - 1, THEME_QUIET, place) + 2;
    }
    x += canvas_text(canvas, y, x, 20, THEME_HEADING, "Look in") + 2;
    CLEANUP(mem_free_string)
    char *folder = browse_spell(NULL, browse->folder);
    paint_folder(view, y, x, view->cols - x - right - 1, folder);
}

static void paint_entry(const struct browse *browse, const struct view *view, size_t i, int y)
{
    const struct browse_entry *entry = &browse->entries[i];
    struct canvas canvas = *view->canvas;
    bool folder = entry->kind == BROWSE_FOLDER || entry->kind == BROWSE_UP;
    enum theme_role role = folder || entry->fits ? THEME_STRONG : THEME_QUIET;
    int width = view->cols - SIZE_COLUMNS - 8;
    width = width > NAME_MAX_COLUMNS ? NAME_MAX_COLUMNS : width;
    canvas.highlight = i == browse->selected;
    if (canvas.highlight)
        canvas_fill(&canvas, y, 1, width + SIZE_COLUMNS + 6, role, "");
    canvas_printf(&canvas, y, 3, width, role, "%s%s", entry->name, folder ? "/" : "");
    CLEANUP(mem_free_string)
    char *size = entry->kind == BROWSE_FILE    ? browse_size(entry->size)
                 : entry->kind == BROWSE_OTHER ? mem_strdup("no file")
                 : entry->kind == BROWSE_UP    ? mem_strdup("up")
                 : entry->fits                 ? mem_strdup("archive")
                                               : mem_strdup("");
    canvas_right(&canvas, y, width + 5, SIZE_COLUMNS, entry->fits ? THEME_TEXT : THEME_QUIET, size);
}

void wizard_browse_paint(const struct pane_wizard *self, const struct view *view)
{
    const struct browse *browse = &self->browse;
    size_t rows = rows_of(view), end = browse->first + rows;
    int y = view->top + HEAD;
    end = end > browse->n ? browse->n : end;
    paint_head(browse, view, end);
    for (size_t i = browse->first; i < end; i++)
        paint_entry(browse, view, i, y++);
    bool empty = browse->n == 0 || (browse->n == 1 && browse->entries[0].kind == BROWSE_UP);
    int room = view->top + view->rows - y;
    if (browse->fault != NULL && room > 1)
        canvas_wrap(view->canvas, y + 1, 3, view->cols - 6, room - 1, THEME_BAD, browse->fault);
    else if (empty && room > 1)
        canvas_text(view->canvas, y + 1, 3, view->cols - 6, THEME_QUIET,
                    browse->hidden ? "There is nothing here."
                                   : "There is nothing here but, perhaps, hidden names.");
}

/* -- keys -------------------------------------------------------------------------------------- */

static unsigned follow(struct pane_wizard *self, enum browse_result result, char **ret_path)
{
    if (result == BROWSE_CHOSEN)
        *ret_path = browse_path(&self->browse);
    return result == BROWSE_IGNORED ? PANE_IGNORED : PANE_HANDLED | PANE_RECALC;
}

unsigned wizard_browse_key(struct pane_wizard *self, const struct view *view, int code,
                           char **ret_path)
{
    switch (code) {
    case ESCAPE:
    case CTRL_O:
    case KEY_F(9):
        wizard_browse_close(self);
        return PANE_HANDLED | PANE_RECALC;
    case KEY_F(8):
        return PANE_HANDLED | PANE_CLOSE;
    case KEY_F(1):
        return PANE_HANDLED | PANE_HELP;
    case KEY_F(10):
        code = KEY_ENTER;
        break;
    default:
        break;
    }
    unsigned flags = follow(self, browse_key(&self->browse, code, rows_of(view)), ret_path);
    return flags == PANE_IGNORED && code < 256 ? PANE_HANDLED : flags;
}

unsigned wizard_browse_mouse(struct pane_wizard *self, const struct view *view, int y,
                             enum mouse_act act, char **ret_path)
{
    struct browse *browse = &self->browse;
    size_t row = browse->first + (size_t)(y > view->top + HEAD ? y - view->top - HEAD : 0);
    for (int i = 0; i < WHEEL && (act == MOUSE_UP || act == MOUSE_DOWN); i++)
        browse_key(browse, act == MOUSE_UP ? KEY_UP : KEY_DOWN, rows_of(view));
    if (act == MOUSE_UP || act == MOUSE_DOWN)
        return PANE_HANDLED | PANE_RECALC;
    if (y < view->top + HEAD || y >= view->top + view->rows || row >= browse->n)
        return PANE_IGNORED;
    browse->selected = row;
    return act == MOUSE_DOUBLE
               ? follow(self, browse_key(browse, KEY_ENTER, rows_of(view)), ret_path)
               : PANE_HANDLED | PANE_RECALC;
}

char *wizard_browse_note(const struct pane_wizard *self)
{
    const struct browse *browse = &self->browse;
    if (browse->refusal != NULL)
        return mem_strdup(browse->refusal);
    if (browse->typed.text.len > 0)
        return mem_printf("The names that begin with \"%s\"; Backspace takes a letter back.",
                          browse->typed.text.text);
    return mem_strdup(browse->archives
                          ? "A file, or the directory that pg_dump -Fd wrote; right opens it."
                          : "Directories, then the files that fit, then the others.");
}
