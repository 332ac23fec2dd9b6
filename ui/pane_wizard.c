/*
 * The wizard's keys: fields, the list of steps, and the way from page to page.
 */
#include "ui/pane_wizard.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "ui/complete.h"

enum {
    STEPS_FIELD = DRAFT_VALUES,
    CTRL_N = 14,
    CTRL_O = 15,
    CTRL_P = 16,
    CTRL_X = 24,
    ESCAPE = 27,
    TAB = '\t'
};

static struct draft *draft_of(struct pane_wizard *self)
{
    return &self->wizard->draft;
}

/* -- the form ---------------------------------------------------------------------------------- */

static void add_choice(struct form_field *field, const struct draft *draft, enum draft_value value)
{
    const struct draft_spec *spec = &draft_specs[value];
    for (size_t i = 0; spec->words[i] != NULL; i++) {
        form_add_title(field, spec->titles[i]);
        if (draft_is(draft, value, spec->words[i]))
            field->chosen = i;
    }
}

/* Which of the class list's columns: none, or one of them. */
static void add_headers(struct form_field *field, const struct draft_class *class,
                        enum draft_value value)
{
    field->compact = true;
    form_add_title(field, "");
    for (size_t i = 0; i < class->list.n_headers; i++)
        form_add_title(field, class->list.headers[i]);
    field->chosen = (size_t)(class->mapping[value - DRAFT_COLUMN] + 1);
}

static void add_field(struct pane_wizard *self, enum draft_value value)
{
    const struct draft *draft = draft_of(self);
    const struct draft_spec *spec = &draft_specs[value];
    bool choice = spec->kind == DRAFT_CHOICE || spec->kind == DRAFT_HEADER;
    enum form_kind kind = spec->kind == DRAFT_PATH ? FORM_PATH : choice ? FORM_CHOICE : FORM_TEXT;
    struct form_field *field = form_add(&self->form, (int)value, kind, spec->label, spec->help);
    field->beside = spec->beside;
    field->masked = spec->kind == DRAFT_SECRET;
    if (spec->kind == DRAFT_CHOICE)
        add_choice(field, draft, value);
    else if (spec->kind == DRAFT_HEADER)
        add_headers(field, &self->wizard->class, value);
    else
        edit_set(&field->edit, draft_get(draft, value));
    field->fault = draft_fault(draft, value);
    field->quiet = draft->values[value] == NULL && !self->wizard->complain;
}

static void build(struct pane_wizard *self)
{
    struct draft *draft = draft_of(self);
    struct form_field *was = form_focused(&self->form);
    bool same = self->shown == draft->page && was != NULL;
    int id = same ? was->id : -1;
    size_t cursor = same ? was->edit.cursor : 0;
    char pending[sizeof was->edit.pending] = "";
    size_t n_pending = same ? was->edit.n_pending : 0;
    if (same)
        memcpy(pending, was->edit.pending, sizeof pending);
    form_clear(&self->form);
    self->shown = draft->page;
    for (int v = 0; v < DRAFT_VALUES; v++) {
        bool lists = draft_specs[v].kind != DRAFT_HEADER || self->wizard->class.read;
        if (draft_specs[v].page == draft->page && draft_shown(draft, (enum draft_value)v) && lists)
            add_field(self, (enum draft_value)v);
    }
    if (draft->page == PAGE_RULES && draft->n_steps > 0)
        form_add(&self->form, STEPS_FIELD, FORM_LIST, "steps",
                 "What the example consists of: each is a part of the task, unless left out.");
    if (!same) { /* below the choice that these pages begin with is what there is to type */
        strbuf_reset(&self->names);
        self->form.focus = draft->page == PAGE_EXAMPLE || draft->page == PAGE_STUDENTS ? 1 : 0;
        return;
    }
    form_focus(&self->form, id);
    struct form_field *now = form_focused(&self->form);
    if (now == NULL || now->id != id)
        return;
    if (cursor <= now->edit.text.len)
        now->edit.cursor = cursor;
    memcpy(now->edit.pending, pending, sizeof pending);
    now->edit.n_pending = n_pending;
}

static bool is_on_steps(struct pane_wizard *self)
{
    const struct form_field *field = form_focused(&self->form);
    return field != NULL && field->id == STEPS_FIELD;
}

static void recalc(struct pane *pane, const struct view *view)
{
    struct pane_wizard *self = (struct pane_wizard *)pane;
    if (self->shown != draft_of(self)->page) /* what ran has led on */
        wizard_browse_close(self);
    build(self);
    if (self->browsing)
        wizard_browse_recalc(self, view);
    size_t n = draft_of(self)->n_steps;
    int rows = view->rows - pane_wizard_list_top(self, view) - 2;
    self->list_rows = rows > 1 ? rows : 1;
    if (self->row >= n)
        self->row = n > 0 ? n - 1 : 0;
    if (self->row < self->first_row)
        self->first_row = self->row;
    if (self->row >= self->first_row + (size_t)self->list_rows)
        self->first_row = self->row - (size_t)self->list_rows + 1;
}

/* What the field holds now goes into the draft. */
static void take(struct pane_wizard *self, const struct form_field *field)
{
    enum draft_value value = (enum draft_value)field->id;
    const struct draft_spec *spec = &draft_specs[value];
    if (field->id >= DRAFT_VALUES)
        return;
    const char *text = spec->kind == DRAFT_CHOICE   ? spec->words[field->chosen]
                       : spec->kind == DRAFT_HEADER ? field->titles[field->chosen]
                                                    : field->edit.text.text;
    CLEANUP(mem_free_string)
    char *copy = mem_strdup(text);
    wizard_set(self->wizard, value, copy);
}

/* -- the list of steps ------------------------------------------------------------------------- */

static unsigned changed_steps(struct pane_wizard *self)
{
    wizard_keep(self->wizard);
    return PANE_HANDLED | PANE_RECALC;
}

static void begin_edit(struct pane_wizard *self, bool weighing)
{
    const struct draft_step *step = &draft_of(self)->steps[self->row];
    self->editing = true;
    self->weighing = weighing;
    edit_set(&self->edit, weighing ? step->weight : step->hint);
    self->edit.cursor = self->edit.text.len;
}

/* Typing a step's hint or weight: each letter is kept, as everywhere. */
static unsigned edit_step(struct pane_wizard *self, int code)
{
    struct draft_step *step = &draft_of(self)->steps[self->row];
    if (code == '\r' || code == '\n' || code == KEY_ENTER || code == ESCAPE || code == TAB ||
        code == KEY_UP || code == KEY_DOWN) {
        self->editing = false;
        return PANE_HANDLED | PANE_RECALC;
    }
    if (edit_key(&self->edit, code) != EDIT_CHANGED)
        return PANE_HANDLED | PANE_REPAINT;
    char **text = self->weighing ? &step->weight : &step->hint;
    free(*text);
    *text = mem_strdup(self->edit.text.text);
    return changed_steps(self);
}

static unsigned move_row(struct pane_wizard *self, bool down)
{
    size_t n = draft_of(self)->n_steps;
    if (down ? self->row + 1 >= n : self->row == 0)
        form_key(&self->form, down ? KEY_DOWN : KEY_UP);
    else
        self->row += down ? 1 : (size_t)-1;
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned shift_step(struct pane_wizard *self, bool down)
{
    size_t n = draft_of(self)->n_steps, to = self->row + (down ? 1 : (size_t)-1);
    if (down ? self->row + 1 >= n : self->row == 0)
        return PANE_HANDLED;
    draft_move_step(draft_of(self), self->row, to);
    self->row = to;
    return changed_steps(self);
}

static unsigned weigh(struct pane_wizard *self, double by)
{
    struct draft_step *step = &draft_of(self)->steps[self->row];
    double weight = strtod(step->weight, NULL) + by;
    weight = weight < 0.5 ? 0.5 : weight > 1000 ? 1000 : weight;
    free(step->weight);
    step->weight = mem_printf("%.6g", weight);
    return changed_steps(self);
}

/* PANE_IGNORED: not a key of the list. */
static unsigned step_key(struct pane_wizard *self, int code)
{
    struct draft_step *step = &draft_of(self)->steps[self->row];
    switch (code) {
    case KEY_UP:
    case KEY_DOWN:
        return move_row(self, code == KEY_DOWN);
    case KEY_NPAGE:
    case KEY_PPAGE:
        for (int i = 1; i < self->list_rows; i++)
            if (code == KEY_NPAGE ? self->row + 1 < draft_of(self)->n_steps : self->row > 0)
                self->row += code == KEY_NPAGE ? 1 : (size_t)-1;
        return PANE_HANDLED | PANE_RECALC;
    case ' ':
        step->skip = !step->skip;
        return changed_steps(self);
    case '+':
    case '-':
        return weigh(self, code == '+' ? 0.5 : -0.5);
    case '<':
    case KEY_SR:
        return shift_step(self, false);
    case '>':
    case KEY_SF:
        return shift_step(self, true);
    case 'h':
    case 'w':
        begin_edit(self, code == 'w');
        return PANE_HANDLED | PANE_RECALC;
    default:
        return PANE_IGNORED;
    }
}

/* -- keys -------------------------------------------------------------------------------------- */

/* Tab in a path completes it, and goes on to the next field only where there is nothing to. */
static bool complete(struct pane_wizard *self, struct form_field *field)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    const char *typed = field->edit.text.text;
    bool told = self->names.len > 0;
    strbuf_reset(&self->names);
    size_t n = complete_path(draft_of(self)->directory, typed, &out, &self->names);
    bool longer = n > 0 && strcmp(out.text, typed) != 0;
    if (longer) {
        edit_set(&field->edit, out.text);
        take(self, field);
        if (n == 1)
            wizard_try(self->wizard);
        return true;
    }
    if (n <= 1 || told)
        strbuf_reset(&self->names);
    return n > 1 && !told;
}

/* The focused field's value, when that is a file to be looked for; else DRAFT_VALUES. */
static enum draft_value sought(struct pane_wizard *self)
{
    const struct form_field *field = form_focused(&self->form);
    bool is = field != NULL && field->kind == FORM_PATH && draft_specs[field->id].endings != NULL;
    return is ? (enum draft_value)field->id : DRAFT_VALUES;
}

static unsigned open_browse(struct pane_wizard *self)
{
    enum draft_value value = sought(self);
    if (value == DRAFT_VALUES)
        return PANE_HANDLED;
    strbuf_reset(&self->names);
    wizard_browse_open(self, form_focused(&self->form)->edit.text.text, draft_specs[value].endings,
                       value == DRAFT_ARCHIVE);
    return PANE_HANDLED | PANE_RECALC;
}

/* A file was chosen, or none so far. */
static unsigned take_file(struct pane_wizard *self, unsigned flags, char *path)
{
    struct form_field *field = form_focused(&self->form);
    if (path == NULL || field == NULL)
        return flags;
    CLEANUP(mem_free_string)
    char *typed = browse_spell(draft_of(self)->directory, path);
    free(path);
    edit_set(&field->edit, typed);
    take(self, field);
    wizard_browse_close(self);
    if (draft_of(self)->page == PAGE_EXAMPLE)
        wizard_try(self->wizard);
    return flags;
}

static unsigned go_on(struct pane_wizard *self)
{
    struct wizard *wizard = self->wizard;
    enum draft_value fault = DRAFT_VALUES;
    if (wizard->draft.page == PAGE_RUN && wizard->done) {
        wizard_begin(wizard);
        return PANE_HANDLED | PANE_CLOSE | PANE_HANDOUT;
    }
    if (!wizard_next(wizard, &fault))
        form_focus(&self->form, (int)fault);
    return PANE_HANDLED | PANE_RECALC;
}

/* PANE_IGNORED: not a key of every page. */
static unsigned page_key(struct pane_wizard *self, int code)
{
    struct wizard *wizard = self->wizard;
    bool enter = code == '\r' || code == '\n' || code == KEY_ENTER;
    if (code == CTRL_O ||
        (enter && sought(self) != DRAFT_VALUES && *draft_get(&wizard->draft, sought(self)) == '\0'))
        return open_browse(self);
    if (enter)
        return go_on(self);
    switch (code) {
    case KEY_F(10):
    case CTRL_N:
        return go_on(self);
    case KEY_F(9):
    case CTRL_P:
        wizard_back(wizard);
        return PANE_HANDLED | PANE_RECALC;
    case KEY_F(1):
        return PANE_HANDLED | PANE_HELP;
    case KEY_F(8):
    case ESCAPE:
        if (wizard->done)
            wizard_begin(wizard);
        return PANE_HANDLED | PANE_CLOSE;
    case CTRL_X:
        wizard_cancel(wizard);
        return PANE_HANDLED | PANE_RECALC;
    default:
        return PANE_IGNORED;
    }
}

static unsigned form_page_key(struct pane_wizard *self, int code)
{
    struct form_field *field = form_focused(&self->form);
    size_t focus = self->form.focus;
    if (field == NULL)
        return PANE_IGNORED;
    if (code == TAB && field->kind == FORM_PATH && complete(self, field))
        return PANE_HANDLED | PANE_RECALC;
    enum form_result result = form_key(&self->form, code);
    if (result == FORM_CHANGED)
        take(self, form_focused(&self->form));
    if (result == FORM_CHANGED || self->form.focus != focus)
        strbuf_reset(&self->names);
    enum draft_page page = draft_of(self)->page;
    if (self->form.focus != focus && (page == PAGE_EXAMPLE || page == PAGE_STUDENTS))
        wizard_try(self->wizard);
    return result == FORM_IGNORED ? PANE_IGNORED : PANE_HANDLED | PANE_RECALC;
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_wizard *self = (struct pane_wizard *)pane;
    if (self->browsing) {
        char *path = NULL;
        unsigned did = wizard_browse_key(self, view, code, &path);
        return take_file(self, did, path);
    }
    if (self->editing && is_on_steps(self))
        return edit_step(self, code);
    unsigned flags = page_key(self, code);
    if (flags == PANE_IGNORED && is_on_steps(self) && draft_of(self)->n_steps > 0)
        flags = step_key(self, code);
    if (flags == PANE_IGNORED && draft_of(self)->page == PAGE_RUN && code == 'c')
        flags = wizard_cancel(self->wizard) ? PANE_HANDLED | PANE_RECALC : PANE_IGNORED;
    if (flags == PANE_IGNORED)
        flags = form_page_key(self, code);
    /* A letter is never a key of somewhere else. */
    return flags == PANE_IGNORED && code < 256 ? PANE_HANDLED : flags;
}

static unsigned mouse(struct pane *pane, const struct view *view, int y, int x, enum mouse_act act)
{
    struct pane_wizard *self = (struct pane_wizard *)pane;
    char *path = NULL;
    (void)x;
    if (!self->browsing)
        return PANE_IGNORED;
    unsigned flags = wizard_browse_mouse(self, view, y, act, &path);
    return take_file(self, flags, path);
}

/* -- words ------------------------------------------------------------------------------------- */

static const struct pane_key keys[] = {
    {"F10", "next", "check this page, go on; Enter and Ctrl-N too"},
    {"F9", "back", "the page before; Ctrl-P too"},
    {"Tab", "field", "the next field; in a path: complete it"},
    {"Space", "choose", "the next choice; left and right too"},
    {"^O", NULL, "look for a file; Enter in an empty path too"},
    {"Esc", "leave", "leave; everything typed is kept, F8 comes back"},
    {"^X", NULL, "break off what runs"},
    {"F1", "help", "this page"},
    {"^U ^K ^W", NULL, "delete to the start, to the end, the word"},
    {NULL, NULL, NULL},
};
static const struct pane_key path_keys[] = {
    {"F10", "next", ""},  {"F9", "back", ""}, {"Tab", "complete", ""}, {"^O", "browse", ""},
    {"Esc", "leave", ""}, {"F1", "help", ""}, {NULL, NULL, NULL},
};
static const struct pane_key step_keys[] = {
    {"F10", "next", ""}, {"Space", "on/off", ""},  {"+ -", "weight", ""}, {"< >", "move", ""},
    {"h", "hint", ""},   {"w", "type weight", ""}, {"Esc", "leave", ""},  {NULL, NULL, NULL},
};
/* There is no page before the first. */
static const struct pane_key first_keys[] = {
    {"F10", "next", ""},  {"Tab", "field", ""}, {"Space", "choose", ""},
    {"Esc", "leave", ""}, {"F1", "help", ""},   {NULL, NULL, NULL},
};
static const struct pane_key edit_keys[] = {
    {"Enter", "done", ""},
    {NULL, NULL, NULL},
};
static const struct pane_key review_keys[] = {
    {"F10", "make it so", ""}, {"F9", "back", ""}, {"Esc", "leave", ""}, {NULL, NULL, NULL}};
static const struct pane_key run_keys[] = {
    {"c", "break off", ""}, {"Esc", "leave, it goes on", ""}, {NULL, NULL, NULL}};
static const struct pane_key retry_keys[] = {
    {"F10", "try again", ""}, {"F9", "back", ""}, {"Esc", "leave", ""}, {NULL, NULL, NULL}};
static const struct pane_key done_keys[] = {
    {"F10", "hand out the passwords", ""}, {"Esc", "to the grid", ""}, {NULL, NULL, NULL}};
static const struct pane_key busy_keys[] = {
    {"^X", "break off", ""}, {"F9", "back", ""}, {"Esc", "leave", ""}, {NULL, NULL, NULL}};

static const struct pane_key *keys_now(const struct pane *pane, const struct view *view)
{
    struct pane_wizard *self = (struct pane_wizard *)(uintptr_t)pane;
    const struct wizard *wizard = self->wizard;
    enum draft_page page = wizard->draft.page;
    (void)view;
    if (self->browsing)
        return wizard_browse_keys;
    if (page == PAGE_RUN)
        return wizard_is_applying(wizard) ? run_keys : wizard->done ? done_keys : retry_keys;
    if (wizard->tries[page].state == TRY_RUNNING)
        return busy_keys;
    if (self->editing)
        return edit_keys;
    if (is_on_steps(self))
        return step_keys;
    if (sought(self) != DRAFT_VALUES)
        return path_keys;
    return page == PAGE_SERVERS ? first_keys : page == PAGE_REVIEW ? review_keys : keys;
}

/* The sentence that helps with the field that has the keys. */
static char *note(const struct pane *pane, const struct view *view)
{
    struct pane_wizard *self = (struct pane_wizard *)(uintptr_t)pane;
    const struct form_field *field = form_focused(&self->form);
    (void)view;
    if (self->browsing)
        return wizard_browse_note(self);
    if (self->wizard->save_fault.len > 0)
        return mem_strdup(self->wizard->save_fault.text);
    if (self->names.len > 0)
        return mem_strdup(self->names.text);
    return field != NULL && field->help != NULL ? mem_strdup(field->help) : NULL;
}

static bool takes_text(const struct pane *pane)
{
    const struct pane_wizard *self = (const struct pane_wizard *)pane;
    return self->browsing || self->editing || form_takes_text(&self->form);
}

static void free_pane(struct pane *pane)
{
    struct pane_wizard *self = (struct pane_wizard *)pane;
    form_clear(&self->form);
    edit_release(&self->edit);
    strbuf_release(&self->names);
    wizard_browse_close(self);
    free(self);
}

static const struct pane_ops ops = {
    .name = "new lab",
    .keys = keys,
    .keys_now = keys_now,
    .recalc = recalc,
    .header = pane_wizard_header,
    .paint = pane_wizard_paint,
    .key = key,
    .mouse = mouse,
    .note = note,
    .takes_text = takes_text,
    .free = free_pane,
};

struct pane *pane_wizard_new(struct wizard *wizard)
{
    struct pane_wizard *self = mem_alloc(sizeof *self);
    self->pane.ops = &ops;
    self->wizard = wizard;
    self->shown = DRAFT_PAGES;
    self->edit.text = STRBUF_INIT;
    self->names = STRBUF_INIT;
    enum draft_page page = wizard->draft.page;
    if (page > PAGE_SERVERS && page < PAGE_RUN)
        wizard_try(wizard);
    return &self->pane;
}
