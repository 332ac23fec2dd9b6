/*
 * The setup wizard's pane: six pages over the wizard's state (ui/wizard.h), which outlives it.
 */
#ifndef LECTERN_UI_PANE_WIZARD_H
#define LECTERN_UI_PANE_WIZARD_H

#include "ui/browse.h"
#include "ui/form.h"
#include "ui/pane.h"
#include "ui/wizard.h"

struct pane_wizard {
    struct pane pane;
    struct wizard *wizard;
    struct form form;
    enum draft_page shown;  /* the page that the form is of */
    size_t row, first_row;  /* of the list of steps; first that is seen */
    int list_rows;          /* that fit */
    bool editing, weighing; /* the step's hint, or its weight, is typed */
    struct edit edit;
    struct strbuf names; /* candidates of the last Tab */
    bool browsing;       /* a file is looked for, for the field that has the keys */
    struct browse browse;
};

/* `wizard` is borrowed for the pane's life. */
struct pane *pane_wizard_new(struct wizard *wizard);

/* ui/pane_wizard_paint.c */
void pane_wizard_header(const struct pane *pane, const struct view *view);
void pane_wizard_paint(const struct pane *pane, const struct view *view);
/* Lines of the rules' page above the list of steps. */
int pane_wizard_list_top(const struct pane_wizard *self, const struct view *view);

/* ui/pane_wizard_browse.c: while a file is looked for */
extern const struct pane_key wizard_browse_keys[];
void wizard_browse_open(struct pane_wizard *self, const char *typed, const char *endings,
                        bool archives);
void wizard_browse_close(struct pane_wizard *self);
void wizard_browse_recalc(struct pane_wizard *self, const struct view *view);
void wizard_browse_paint(const struct pane_wizard *self, const struct view *view);
/* As a pane's; *ret_path, malloc'd, is what was chosen, or NULL. */
unsigned wizard_browse_key(struct pane_wizard *self, const struct view *view, int code,
                           char **ret_path);
unsigned wizard_browse_mouse(struct pane_wizard *self, const struct view *view, int y,
                             enum mouse_act act, char **ret_path);
char *wizard_browse_note(const struct pane_wizard *self);

#endif
