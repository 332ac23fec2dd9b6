/*
 * The setup wizard's pane: six pages over the wizard's state (ui/wizard.h), which outlives it.
 */
#ifndef LECTERN_UI_PANE_WIZARD_H
#define LECTERN_UI_PANE_WIZARD_H

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
};

/* `wizard` is borrowed for the pane's life. */
struct pane *pane_wizard_new(struct wizard *wizard);

/* ui/pane_wizard_paint.c */
void pane_wizard_header(const struct pane *pane, const struct view *view);
void pane_wizard_paint(const struct pane *pane, const struct view *view);
/* Lines of the rules' page above the list of steps. */
int pane_wizard_list_top(const struct pane_wizard *self, const struct view *view);

#endif
