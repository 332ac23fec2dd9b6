/*
 * What the wizard's own files share.
 */
#ifndef LECTERN_UI_WIZARD_INSIDE_H
#define LECTERN_UI_WIZARD_INSIDE_H

#include "ui/wizard.h"

struct error;

/* Break off the page's try, and forget what it found. */
void wizard_forget(struct wizard *wizard, enum draft_page page);
void wizard_end_try(struct wizard *wizard, enum draft_page page, bool fine);
/* Add lines; NULL: none. */
void wizard_say(struct wizard_try *try, const char *message, const char *hint);
/* Say the error, and clear it. */
void wizard_fail_by(struct wizard *wizard, enum draft_page page, struct error *err);
/* The class of what is in its files now. */
void wizard_read_class(struct wizard *wizard);
/* Go on to the next page when that was asked for, and this one is fine. */
void wizard_follow(struct wizard *wizard);
/* Of plan and apply; not `all`: only what apply said. */
void wizard_clear_targets(struct wizard *wizard, bool all);

#endif
