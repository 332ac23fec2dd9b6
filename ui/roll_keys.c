/*
 * The common keys of the panes of the class.
 */
#include "ui/roll_keys.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/student.h"

enum { ESCAPE = 27 };

void roll_keys_init(struct roll_keys *self)
{
    *self = (struct roll_keys){.edit.text = STRBUF_INIT};
}

void roll_keys_release(struct roll_keys *self)
{
    edit_release(&self->edit);
}

static unsigned type(struct roll_keys *self, const struct view *view, int code)
{
    switch (code) {
    case ESCAPE:
        self->typing = false;
        roll_filter(view->roll, NULL);
        return PANE_HANDLED | PANE_RECALC;
    case KEY_ENTER:
    case '\n':
    case '\r':
        self->typing = false;
        return PANE_HANDLED | PANE_RECALC;
    default:
        if (edit_key(&self->edit, code) == EDIT_CHANGED)
            roll_filter(view->roll, self->edit.text.text);
        /* Nothing of what is typed is a key of the pane; F1 to F8 still go elsewhere. */
        return code >= KEY_F(1) && code <= KEY_F(12) ? PANE_IGNORED : PANE_HANDLED | PANE_RECALC;
    }
}

static unsigned mark(const struct view *view)
{
    if (view->roll->selected != NULL)
        roll_toggle_mark(view->roll, view->roll->selected);
    return PANE_HANDLED | PANE_RECALC;
}

unsigned roll_keys_press(struct roll_keys *self, const struct view *view, int code)
{
    struct roll *roll = view->roll;
    if (view->snapshot->n_students == 0 && !self->typing)
        return PANE_IGNORED;
    if (self->typing)
        return type(self, view, code);
    switch (code) {
    case '/':
        self->typing = true;
        edit_set(&self->edit, roll->filter != NULL ? roll->filter : "");
        return PANE_HANDLED | PANE_RECALC;
    case ESCAPE:
        return roll_show_all(roll) ? PANE_HANDLED | PANE_RECALC : PANE_IGNORED;
    case 's':
        roll->sort = (roll->sort + 1) % SORTS;
        return PANE_HANDLED | PANE_RECALC;
    case 'f':
        roll_next_group(roll, view->snapshot);
        return PANE_HANDLED | PANE_RECALC;
    case 'm':
    case ' ':
        return mark(view);
    case 'M':
        roll->marked_only = !roll->marked_only && roll->n_marks > 0;
        return PANE_HANDLED | PANE_RECALC;
    case 'n':
    case 'N':
        roll_search(roll, view->snapshot, code == 'n');
        return PANE_HANDLED | PANE_RECALC;
    default:
        return PANE_IGNORED;
    }
}

static void add_student(const struct view *view, const struct snapshot_student *student,
                        struct strbuf *out)
{
    struct student_sign sign = student_sign(&view->canvas->theme, student);
    const char *login = student_login(view, student);
    strbuf_add_string(out, student_label(student));
    if (*student->name != '\0' && *login != '\0')
        strbuf_printf(out, " (%s)", login);
    if (*student->seat != '\0')
        strbuf_printf(out, " seat %s", student->seat);
    if (roll_is_marked(view->roll, student->login))
        strbuf_add_string(out, ", marked");
    strbuf_printf(out, " %s %s", view->canvas->theme.glyphs.bullet, sign.word);
    if (*student->current_step != '\0')
        strbuf_printf(out, ", %s", student->current_step);
}

char *roll_keys_note(const struct roll_keys *self, const struct view *view)
{
    const struct roll *roll = view->roll;
    const struct snapshot_student *student = roll_selected(roll, view->snapshot);
    struct strbuf text = STRBUF_INIT;
    if (view->snapshot->n_students == 0)
        return NULL;
    if (self->typing) {
        strbuf_printf(&text, "filter: /%s_   %zu of %zu", self->edit.text.text, roll->n,
                      view->snapshot->n_students);
        return strbuf_detach(&text);
    }
    if (roll_is_filtered(roll)) {
        CLEANUP(mem_free_string)
        char *words = roll_words(roll);
        strbuf_printf(&text, "%s: %zu of %zu %s ", words, roll->n, view->snapshot->n_students,
                      view->canvas->theme.glyphs.bullet);
    }
    if (student != NULL)
        add_student(view, student, &text);
    return strbuf_detach(&text);
}

const struct pane_key *roll_keys_now(const struct roll_keys *self)
{
    static const struct pane_key typing[] = {
        {"Enter", "keep the filter", NULL},
        {"Esc", "show all", NULL},
        {"name login seat group", "or a word like stuck, hand, absent, marked", NULL},
        {NULL, NULL, NULL},
    };
    return self->typing ? typing : NULL;
}

/* -- the pane ---------------------------------------------------------------------------------- */

void *roll_pane_new(size_t size, const struct pane_ops *ops)
{
    struct roll_pane *self = mem_alloc(size);
    self->pane.ops = ops;
    roll_keys_init(&self->common);
    return self;
}

void roll_pane_free(struct pane *pane)
{
    roll_keys_release(&((struct roll_pane *)pane)->common);
    free(pane);
}

bool roll_pane_is_typing(const struct pane *pane)
{
    return ((const struct roll_pane *)pane)->common.typing;
}

const struct pane_key *roll_pane_keys_now(const struct pane *pane, const struct view *view)
{
    const struct pane_key *typing = roll_keys_now(&((const struct roll_pane *)pane)->common);
    static const struct pane_key nobody[] = {
        {"Esc", "back", NULL}, {"?", "help", NULL}, {NULL, NULL, NULL}};
    if (view->snapshot->n_students == 0)
        return nobody;
    return typing != NULL ? typing : pane->ops->keys;
}

char *roll_pane_note(const struct pane *pane, const struct view *view)
{
    return roll_keys_note(&((const struct roll_pane *)pane)->common, view);
}

unsigned roll_pane_key(const struct view *view, int code)
{
    switch (code) {
    case KEY_ENTER:
    case '\n':
    case '\r':
        return view->roll->selected != NULL ? PANE_HANDLED | PANE_OPEN : PANE_HANDLED;
    case '?':
    case KEY_F(1):
        return PANE_HANDLED | PANE_HELP;
    case ESCAPE:
    case 'q':
        return PANE_HANDLED | PANE_CLOSE;
    default:
        return PANE_IGNORED;
    }
}

bool roll_paint_nobody(const struct view *view, int left)
{
    if (view->roll->n > 0 || view->snapshot->n_students == 0)
        return false;
    canvas_wrap(view->canvas, view->top + 2, left + 2, view->cols - left - 4, 3, THEME_TEXT,
                "Nobody is found by that; Esc shows all.");
    return true;
}

bool roll_paint_no_class(const struct view *view)
{
    if (view->snapshot->n_students > 0)
        return false;
    const char *words = "Asking the control database for the class ...";
    if (view->snapshot->trouble == TROUBLE_NO_LAB && !view->locked)
        words = "There is no lab here yet. F8 makes one, page by page. \"lectern demo\" shows the "
                "shipped one with a class of robots; \"lectern init --from EXAMPLE --roster CSV\" "
                "writes a lab.yaml, \"lectern apply LAB\" makes it, and this screen shows it.";
    else if (view->snapshot->trouble == TROUBLE_NO_LAB)
        words = "There is no lab here yet. \"lectern apply LAB\" makes one, and this screen shows "
                "it.";
    else if (view->snapshot->trouble != TROUBLE_NONE)
        words = "The class is not known yet; this screen goes on trying.";
    else if (*view->snapshot->lab != '\0')
        words = "The roster of this lab is empty: add students to it, and \"lectern apply\" again.";
    canvas_wrap(view->canvas, view->top + 2, 3, view->cols - 6, 8, THEME_TEXT, words);
    return true;
}
