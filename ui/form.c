/*
 * Editing a line of UTF-8, and moving between fields.
 */
#include "ui/form.h"

#include <curses.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum { CTRL_A = 1, CTRL_B = 2, CTRL_D = 4, CTRL_E = 5, CTRL_F = 6, CTRL_H = 8, CTRL_K = 11 };
enum { CTRL_U = 21, CTRL_W = 23, TAB = '\t', DELETE = 127 };

/* -- a line ------------------------------------------------------------------------------------ */

void edit_set(struct edit *edit, const char *text)
{
    if (strcmp(edit->text.text, text) == 0 && edit->cursor <= edit->text.len)
        return;
    strbuf_reset(&edit->text);
    strbuf_add_string(&edit->text, text);
    edit->cursor = edit->text.len;
    edit->n_pending = 0;
}

void edit_offer(struct edit *edit, const char *text)
{
    edit_set(edit, text);
    edit->offered = *text != '\0';
}

void edit_release(struct edit *edit)
{
    strbuf_release(&edit->text);
    edit->cursor = edit->n_pending = 0;
}

static bool is_follower(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The letter before a place begins here; marks that combine go with their base. */
static size_t before(const struct edit *edit, size_t at)
{
    const char *text = edit->text.text;
    uint32_t code = 0;
    do {
        if (at == 0)
            return 0;
        at--;
        while (at > 0 && is_follower(text[at]))
            at--;
        utf8_decode(text + at, edit->text.len - at, &code);
    } while (at > 0 && ((code >= 0x300 && code < 0x370) || code == 0xfe0f || code == 0x200d));
    return at;
}

static size_t after(const struct edit *edit, size_t at)
{
    size_t next = at;
    if (at >= edit->text.len)
        return edit->text.len;
    do {
        next++;
    } while (next < edit->text.len && before(edit, next + 1) < next);
    while (next < edit->text.len && is_follower(edit->text.text[next]))
        next++;
    return next;
}

static void cut(struct edit *edit, size_t from, size_t to)
{
    memmove(edit->text.text + from, edit->text.text + to, edit->text.len - to);
    strbuf_truncate(&edit->text, edit->text.len - (to - from));
    edit->cursor = from;
}

static enum edit_result cut_changed(struct edit *edit, size_t from, size_t to)
{
    if (from >= to)
        return EDIT_MOVED;
    cut(edit, from, to);
    return EDIT_CHANGED;
}

static void insert(struct edit *edit, const char *bytes, size_t len)
{
    size_t tail = edit->text.len - edit->cursor;
    strbuf_add(&edit->text, bytes, len); /* makes room */
    memmove(edit->text.text + edit->cursor + len, edit->text.text + edit->cursor, tail);
    memcpy(edit->text.text + edit->cursor, bytes, len);
    edit->cursor += len;
}

/* A byte of a letter; the letter comes in whole or not at all. */
static enum edit_result take_byte(struct edit *edit, char byte)
{
    if (!is_follower(byte))
        edit->n_pending = 0;
    else if (edit->n_pending == 0)
        return EDIT_MOVED;
    edit->pending[edit->n_pending++] = byte;
    unsigned char first = (unsigned char)edit->pending[0];
    size_t wanted = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (edit->n_pending < wanted)
        return EDIT_MOVED;
    size_t len = edit->n_pending;
    edit->n_pending = 0;
    /* What would have to be disarmed is not typed, but pasted by accident. */
    CLEANUP(mem_free_string)
    char *letter = mem_strndup(edit->pending, len);
    CLEANUP(mem_free_string)
    char *safe = str_disarm(letter);
    if (!utf8_valid(edit->pending, len) || strcmp(letter, safe) != 0 ||
        edit->text.len + len > EDIT_MAX)
        return EDIT_MOVED;
    insert(edit, edit->pending, len);
    return EDIT_CHANGED;
}

static size_t word_before(const struct edit *edit)
{
    size_t at = edit->cursor;
    while (at > 0 && strchr(" /", edit->text.text[at - 1]) != NULL)
        at--;
    while (at > 0 && strchr(" /", edit->text.text[at - 1]) == NULL)
        at--;
    return at;
}

static bool is_letter(int key)
{
    return key >= ' ' && key != DELETE && key < 256;
}

enum edit_result edit_key(struct edit *edit, int key)
{
    if (edit->offered && is_letter(key))
        edit_set(edit, "");
    edit->offered = false;
    switch (key) {
    case KEY_LEFT:
    case CTRL_B:
        edit->cursor = before(edit, edit->cursor);
        return EDIT_MOVED;
    case KEY_RIGHT:
    case CTRL_F:
        edit->cursor = after(edit, edit->cursor);
        return EDIT_MOVED;
    case KEY_HOME:
    case CTRL_A:
        edit->cursor = 0;
        return EDIT_MOVED;
    case KEY_END:
    case CTRL_E:
        edit->cursor = edit->text.len;
        return EDIT_MOVED;
    case KEY_BACKSPACE:
    case CTRL_H:
    case DELETE:
        return cut_changed(edit, before(edit, edit->cursor), edit->cursor);
    case KEY_DC:
    case CTRL_D:
        return cut_changed(edit, edit->cursor, after(edit, edit->cursor));
    case CTRL_U:
        return cut_changed(edit, 0, edit->cursor);
    case CTRL_K:
        return cut_changed(edit, edit->cursor, edit->text.len);
    case CTRL_W:
        return cut_changed(edit, word_before(edit), edit->cursor);
    default:
        return is_letter(key) ? take_byte(edit, (char)key) : EDIT_IGNORED;
    }
}

/* -- fields ------------------------------------------------------------------------------------ */

static void release_field(struct form_field *field)
{
    edit_release(&field->edit);
    for (size_t i = 0; i < field->n_titles; i++)
        free(field->titles[i]);
    free(field->titles);
    free(field->fault);
}

void form_clear(struct form *form)
{
    for (size_t i = 0; i < form->count; i++)
        release_field(&form->fields[i]);
    free(form->fields);
    *form = (struct form){.fields = NULL};
}

struct form_field *form_add(struct form *form, int id, enum form_kind kind, const char *label,
                            const char *help)
{
    form->fields = mem_grow(form->fields, form->count, &form->capacity, sizeof *form->fields);
    struct form_field *field = &form->fields[form->count++];
    *field = (struct form_field){.id = id, .kind = kind, .label = label, .help = help};
    field->edit.text = STRBUF_INIT;
    return field;
}

void form_add_title(struct form_field *field, const char *title)
{
    field->titles = mem_realloc_array(field->titles, field->n_titles + 1, sizeof *field->titles);
    field->titles[field->n_titles++] = mem_strdup(title);
}

struct form_field *form_focused(struct form *form)
{
    return form->focus < form->count ? &form->fields[form->focus] : NULL;
}

void form_focus(struct form *form, int id)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->fields[i].id == id)
            form->focus = i;
}

static enum form_result move_focus(struct form *form, bool forward)
{
    if (form->count == 0)
        return FORM_IGNORED;
    form->focus = (form->focus + (forward ? 1 : form->count - 1)) % form->count;
    return FORM_MOVED;
}

static enum form_result choose(struct form_field *field, size_t by)
{
    if (field->n_titles < 2)
        return FORM_MOVED;
    field->chosen = (field->chosen + by) % field->n_titles;
    return FORM_CHANGED;
}

bool form_takes_text(const struct form *form)
{
    enum form_kind kind = form->count > 0 ? form->fields[form->focus].kind : FORM_LIST;
    return kind == FORM_TEXT || kind == FORM_PATH;
}

enum form_result form_key(struct form *form, int key)
{
    struct form_field *field = form_focused(form);
    if (field == NULL)
        return FORM_IGNORED;
    switch (key) {
    case TAB:
    case KEY_DOWN:
        return move_focus(form, true);
    case KEY_BTAB:
    case KEY_UP:
        return move_focus(form, false);
    default:
        break;
    }
    if (form_takes_text(form))
        return (enum form_result)edit_key(&field->edit, key);
    if (field->kind != FORM_CHOICE)
        return FORM_IGNORED;
    if (key == ' ' || key == KEY_RIGHT)
        return choose(field, 1);
    return key == KEY_LEFT ? choose(field, field->n_titles - 1) : FORM_IGNORED;
}
