/*
 * The hand-out pane.  Passwords live in the sheet alone, are painted without copies, and go with
 * it: at Esc, at another pane, when projector mode is switched on, at the console's end.
 */
#include "ui/pane_handout.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "ui/letters.h"
#include "ui/list_keys.h"
#include "ui/pane.h"

enum { HEAD_LINES = 3, TROUBLE_LINES = 3, GROUP = 5 /* letters of a password between dashes */ };

enum stage { STAGE_CLOSED, STAGE_READING, STAGE_LIST, STAGE_ONE };
enum question { ASK_NOTHING, ASK_PRINT, ASK_SAVE };

struct pane_handout {
    struct pane pane;
    const struct handout_ops *ops;
    struct sheet *sheet; /* in STAGE_LIST and STAGE_ONE */
    enum stage stage;
    enum question question;
    size_t at, first; /* the selected student; the first that is seen */
    size_t lines;     /* of the list */
    bool trouble;     /* the words are why something failed */
    char *words;      /* what became of printing or saving, or why there is no sheet; or NULL */
};

/* -- the sheet --------------------------------------------------------------------------------- */

struct sheet *sheet_new(size_t n)
{
    struct sheet *sheet = mem_alloc(sizeof *sheet);
    *sheet = (struct sheet){.arena = ARENA_INIT, .title = "", .host = "", .remark = "", .n = n};
    sheet->students = mem_alloc_array(n + 1, sizeof *sheet->students);
    for (size_t i = 0; i < n; i++)
        sheet->students[i].login = sheet->students[i].name = sheet->students[i].seat = "";
    return sheet;
}

void sheet_free(struct sheet *sheet)
{
    if (sheet == NULL)
        return;
    explicit_bzero(sheet->students, sheet->n * sizeof *sheet->students);
    free(sheet->students);
    arena_release(&sheet->arena);
    free(sheet);
}

static size_t count(const struct sheet *sheet, enum sheet_password state)
{
    size_t n = 0;
    for (size_t i = 0; i < sheet->n; i++)
        n += sheet->students[i].state == state;
    return n;
}

static const char *label(const struct sheet_student *student)
{
    return *student->name != '\0' ? student->name : student->login;
}

/* -- stages ------------------------------------------------------------------------------------ */

static void say(struct pane_handout *self, const char *words)
{
    char *copy = mem_strdup(words);
    free(self->words);
    self->words = copy;
    self->trouble = false;
}

static void lock(struct pane_handout *self)
{
    if (self->stage == STAGE_READING)
        self->ops->drop(self->ops->data);
    sheet_free(self->sheet);
    self->sheet = NULL;
    self->stage = STAGE_CLOSED;
    self->question = ASK_NOTHING;
    clearok(curscr, TRUE); /* the next frame paints every cell anew */
}

static void recalc(struct pane *pane, const struct view *view)
{
    struct pane_handout *self = (struct pane_handout *)pane;
    if (view->projector && self->stage != STAGE_CLOSED)
        lock(self);
    int lines = view->rows - HEAD_LINES - (self->trouble ? TROUBLE_LINES : 0);
    self->lines = lines > 1 ? (size_t)lines : 1;
    if (self->sheet == NULL || self->sheet->n == 0)
        return;
    if (self->at >= self->sheet->n)
        self->at = self->sheet->n - 1;
    if (self->at < self->first)
        self->first = self->at;
    if (self->at >= self->first + self->lines)
        self->first = self->at - self->lines + 1;
    if (self->first > 0 && self->sheet->n - self->first < self->lines)
        self->first = self->sheet->n > self->lines ? self->sheet->n - self->lines : 0;
}

/* -- painting: before -------------------------------------------------------------------------- */

static void paint_closed(const struct pane_handout *self, const struct view *view)
{
    const struct canvas *canvas = view->canvas;
    int width = view->cols - 8, x = 4, y = view->top + 2;
    canvas_text(canvas, y, x, width, THEME_STRONG, "Hand out logins and passwords");
    y += 2;
    if (view->projector) {
        y += canvas_wrap(canvas, y, x, width, 3, THEME_TEXT,
                         "Projector mode is on, so no password is shown. When nobody but you sees "
                         "this screen, p switches it off.");
    } else {
        y += canvas_wrap(canvas, y, x, width, 3, THEME_TEXT,
                         "Every student's password would be on this screen. Does anybody else see "
                         "it?");
        y += 1 + canvas_text(canvas, y + 1, x, 1, THEME_KEY, "y");
        canvas_text(canvas, y - 1, x + 3, width - 3, THEME_TEXT, "nobody does: show them");
    }
    y++;
    canvas_text(canvas, y, x, 1, THEME_KEY, "P");
    canvas_text(canvas, y++, x + 3, width - 3, THEME_TEXT,
                "print them on slips of paper, without showing any");
    canvas_text(canvas, y, x, 1, THEME_KEY, "S");
    canvas_printf(canvas, y++, x + 3, width - 3, THEME_TEXT, "save the slips in %s",
                  self->ops->directory);
    canvas_wrap(canvas, y + 1, x, width, 3, THEME_QUIET,
                "Passwords leave the memory and the screen with this pane.");
}

/* -- painting: the list ------------------------------------------------------------------------ */

static const char *state_words(enum sheet_password state, bool wide)
{
    switch (state) {
    case SHEET_CHANGED:
        return wide ? "changed by the student" : "changed";
    case SHEET_UNSURE:
        return wide ? "initial, not verified" : "not verified";
    case SHEET_GONE:
        return wide ? "not stored any more" : "not stored";
    case SHEET_INITIAL:
        break;
    }
    return "initial";
}

static enum theme_role state_role(enum sheet_password state)
{
    return state == SHEET_CHANGED   ? THEME_GOOD
           : state == SHEET_INITIAL ? THEME_QUIET
                                    : THEME_PARTLY;
}

static void paint_head(const struct pane_handout *self, const struct view *view)
{
    const struct sheet *sheet = self->sheet;
    const struct canvas *canvas = view->canvas;
    canvas_printf(canvas, view->top, 1, view->cols - 2, THEME_TEXT,
                  "server %s, port %d %s the database is named like the login", sheet->host,
                  sheet->port, canvas->theme.glyphs.bullet);
    if (*sheet->remark != '\0')
        canvas_text(canvas, view->top + 1, 1, view->cols - 2, THEME_PARTLY, sheet->remark);
}

enum { COLUMNS_MOST = 120 };

struct columns {
    int login, seat, password, state; /* where they begin; the name does at 1 */
};

/* No wider than the eye finds the password of a name. */
static struct columns lay_out(const struct view *view)
{
    int cols = view->cols < COLUMNS_MOST ? view->cols : COLUMNS_MOST;
    bool wide = cols >= 100;
    struct columns at = {.state = cols - (wide ? 24 : 14)};
    at.password = at.state - 19;
    at.seat = at.password - (wide ? 10 : 7);
    at.login = 1 + (at.seat - 1) * 3 / 5;
    return at;
}

static void paint_row(const struct canvas *canvas, const struct columns *at,
                      const struct sheet_student *student, int y, int cols)
{
    bool wide = cols >= 100;
    if (canvas->highlight)
        canvas_fill(canvas, y, 0, cols, THEME_TEXT, "");
    canvas_text(canvas, y, 1, at->login - 2, THEME_STRONG, label(student));
    canvas_text(canvas, y, at->login, at->seat - at->login - 1, THEME_TEXT, student->login);
    canvas_text(canvas, y, at->seat, at->password - at->seat - 1, THEME_QUIET, student->seat);
    canvas_secret(canvas, y, at->password, THEME_STRONG, student->password);
    canvas_text(canvas, y, at->state, cols - at->state - 1, state_role(student->state),
                state_words(student->state, wide));
}

static void paint_list(const struct pane_handout *self, const struct view *view)
{
    const struct columns at = lay_out(view);
    struct canvas canvas = *view->canvas;
    int y = view->top + HEAD_LINES - 1;
    paint_head(self, view);
    canvas_text(&canvas, y, 1, at.login - 2, THEME_HEADING, "NAME");
    canvas_text(&canvas, y, at.login, at.seat - at.login - 1, THEME_HEADING, "LOGIN");
    canvas_text(&canvas, y, at.seat, at.password - at.seat - 1, THEME_HEADING, "SEAT");
    canvas_text(&canvas, y, at.password, 18, THEME_HEADING, "PASSWORD");
    canvas_text(&canvas, y, at.state, view->cols - at.state - 1, THEME_HEADING, "STATE");
    for (size_t i = self->first; i < self->sheet->n && i < self->first + self->lines; i++) {
        canvas.highlight = i == self->at;
        paint_row(&canvas, &at, &self->sheet->students[i], ++y, view->cols);
    }
    if (self->sheet->n == 0)
        canvas_text(&canvas, y + 1, 1, view->cols - 2, THEME_QUIET, "nobody is on the roster");
}

/* -- painting: one student --------------------------------------------------------------------- */

/* The letters of a group as they are said: "kilo  oscar  lima ...". */
static void paint_words(const struct canvas *canvas, int y, int x, int width, const char *group,
                        size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *word = letters_word(group[i]);
        int own = (int)strlen(word);
        if (own > width)
            return;
        canvas_secret(canvas, y, x, THEME_QUIET, word);
        x += own + 2;
        width -= own + 2;
    }
}

/* As large as there is room for, a group below the other; returns the line below. */
static int paint_password(const struct view *view, const char *password, int y, int x)
{
    const struct canvas *canvas = view->canvas;
    const int most = GROUP + 1; /* with its dash */
    int rows = view->top + view->rows - y, groups = 0, width = view->cols - x - 1;
    for (const char *p = password; *p != '\0'; p += strcspn(p, "-"), p += *p == '-')
        groups++;
    bool large = rows >= groups * letters_height(LETTERS_LARGE) &&
                 width >= letters_width(LETTERS_LARGE, (size_t)most) + 30;
    bool is_small = canvas->theme.glyphs.unicode && rows >= groups * letters_height(LETTERS_SMALL);
    enum letters_size size = large ? LETTERS_LARGE : LETTERS_SMALL;
    for (const char *p = password; *p != '\0'; p += *p == '-') {
        size_t n = strcspn(p, "-");
        size_t shown = n + (p[n] == '-');
        int right = letters_width(size, (size_t)most) + 2,
            middle = y + letters_height(size) / 2 - 1;
        if (large || is_small) {
            letters_paint(canvas, y, x, size, THEME_STRONG, p, shown);
            paint_words(canvas, large ? middle + 1 : middle, x + right, width - right, p, n);
            y += letters_height(size);
        } else {
            for (size_t i = 0; i < shown; i++)
                canvas_secret(canvas, y, x + (int)i * 2, THEME_STRONG, (char[2]){p[i], '\0'});
            paint_words(canvas, y, x + most * 2 + 4, width - most * 2 - 4, p, n);
            y += 2;
        }
        p += n;
    }
    return y;
}

static void paint_one(const struct pane_handout *self, const struct view *view)
{
    const struct sheet_student *student = &self->sheet->students[self->at];
    const struct canvas *canvas = view->canvas;
    int x = 4, y = view->top, width = view->cols - x - 1;
    int used = canvas_text(canvas, y, x, width / 2, THEME_STRONG, label(student)) + 3;
    if (*student->seat != '\0')
        canvas_printf(canvas, y, x + used, width - used - 26, THEME_QUIET, "seat %s",
                      student->seat);
    canvas_right(canvas, y, view->cols - 25, 24, state_role(student->state),
                 state_words(student->state, true));
    const char *bullet = canvas->theme.glyphs.bullet;
    used = canvas_printf(canvas, y + 1, x, width - SHEET_PASSWORD_SIZE, THEME_TEXT,
                         "server %s, port %d %s login %s", self->sheet->host, self->sheet->port,
                         bullet, student->login);
    if (*student->password != '\0') {
        used += canvas_printf(canvas, y + 1, x + used, 14, THEME_TEXT, " %s password ", bullet);
        canvas_secret(canvas, y + 1, x + used, THEME_STRONG, student->password);
    }
    y += 3;
    if (*student->password != '\0')
        paint_password(view, student->password, y, x);
    else if (student->state == SHEET_CHANGED)
        canvas_wrap(canvas, y, x, width, 3, THEME_TEXT,
                    "The student has chosen a password, which nobody else knows. A new one, when "
                    "it is forgotten: lectern student LAB LOGIN passwd");
    else
        canvas_wrap(canvas, y, x, width, 3, THEME_TEXT,
                    "The secret behind initial passwords was deleted (handout --burn), so this one "
                    "cannot be shown. A new one: lectern student LAB LOGIN passwd");
}

static void paint(const struct pane *pane, const struct view *view)
{
    const struct pane_handout *self = (const struct pane_handout *)pane;
    if (self->stage == STAGE_LIST)
        paint_list(self, view);
    else if (self->stage == STAGE_ONE)
        paint_one(self, view);
    else if (self->stage == STAGE_READING)
        canvas_text(view->canvas, view->top + 2, 4, view->cols - 8, THEME_TEXT,
                    "asking the directory which passwords still hold ...");
    else
        paint_closed(self, view);
    if (!self->trouble)
        return;
    int y = view->top + view->rows - TROUBLE_LINES;
    for (int i = 0; i < TROUBLE_LINES; i++)
        canvas_fill(view->canvas, y + i, 0, view->cols, THEME_TEXT, "");
    canvas_wrap(view->canvas, y, 1, view->cols - 2, TROUBLE_LINES, THEME_BAD, self->words);
}

/* -- keys -------------------------------------------------------------------------------------- */

static const char *login_for_print(const struct pane_handout *self)
{
    return self->stage == STAGE_ONE ? self->sheet->students[self->at].login : NULL;
}

static unsigned answer(struct pane_handout *self, int code)
{
    enum question question = self->question;
    self->question = ASK_NOTHING;
    if (code != 'y' && code != 'Y')
        return PANE_IGNORED;
    say(self, question == ASK_PRINT ? "printing ..." : "saving ...");
    if (question == ASK_PRINT)
        self->ops->print(login_for_print(self), self->ops->data);
    else
        self->ops->save(self->ops->data);
    return PANE_HANDLED | PANE_REPAINT;
}

static unsigned ask(struct pane_handout *self, enum question question)
{
    self->question = question;
    say(self, NULL);
    return PANE_HANDLED | PANE_REPAINT;
}

static unsigned choose(struct pane_handout *self, long by)
{
    long at = (long)self->at + by, last = (long)self->sheet->n - 1;
    at = at > last ? last : at;
    self->at = at > 0 ? (size_t)at : 0;
    say(self, NULL);
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned key_closed(struct pane_handout *self, const struct view *view, int code)
{
    if ((code != 'y' && code != 'Y') || self->stage != STAGE_CLOSED || view->projector)
        return PANE_IGNORED;
    self->stage = STAGE_READING;
    say(self, NULL);
    self->ops->read(self->ops->data);
    return PANE_HANDLED | PANE_RECALC;
}

static unsigned key_sheet(struct pane_handout *self, int code)
{
    bool one = self->stage == STAGE_ONE;
    long page = (long)self->lines, n = (long)self->sheet->n;
    long by = list_keys_by(code, one ? 1 : page, n);
    if (by != 0)
        return choose(self, by);
    switch (code) {
    case KEY_LEFT:
    case 'h':
        return one ? choose(self, -1) : PANE_HANDLED;
    case KEY_RIGHT:
    case 'l':
    case ' ':
        return choose(self, one ? 1 : code == ' ' ? page : 0);
    case KEY_ENTER:
    case '\n':
    case '\r':
        if (n > 0)
            self->stage = one ? STAGE_LIST : STAGE_ONE;
        return PANE_HANDLED | PANE_RECALC;
    default:
        return PANE_IGNORED;
    }
}

static unsigned key(struct pane *pane, const struct view *view, int code)
{
    struct pane_handout *self = (struct pane_handout *)pane;
    if (self->question != ASK_NOTHING)
        return answer(self, code);
    unsigned flags = self->sheet != NULL ? key_sheet(self, code) : key_closed(self, view, code);
    if (flags != PANE_IGNORED)
        return flags;
    switch (code) {
    case 'P':
        return ask(self, ASK_PRINT);
    case 'S':
        return ask(self, ASK_SAVE);
    case '?':
        return PANE_HANDLED | PANE_HELP;
    case 27:
    case 'q':
        if (self->stage == STAGE_ONE) {
            self->stage = STAGE_LIST;
            return PANE_HANDLED | PANE_RECALC;
        }
        return PANE_HANDLED | PANE_CLOSE;
    default:
        return PANE_IGNORED;
    }
}

/* -- the bottom -------------------------------------------------------------------------------- */

static char *note(const struct pane *pane, const struct view *view)
{
    const struct pane_handout *self = (const struct pane_handout *)pane;
    (void)view;
    if (self->question == ASK_SAVE)
        return mem_printf("save everybody's slip in %s?  y saves", self->ops->directory);
    if (self->question == ASK_PRINT && login_for_print(self) != NULL)
        return mem_printf("print the slip of %s?  y prints", login_for_print(self));
    if (self->question == ASK_PRINT)
        return mem_strdup("print everybody's slip on the default printer?  y prints");
    if (self->words != NULL)
        return mem_strdup(self->trouble ? "that failed" : self->words);
    if (self->sheet == NULL)
        return NULL;
    size_t changed = count(self->sheet, SHEET_CHANGED);
    if (changed == 0)
        return mem_printf("%zu students, nobody changed the password yet", self->sheet->n);
    return mem_printf("%zu of %zu students changed the password", changed, self->sheet->n);
}

static char *more(const struct pane *pane, const struct view *view)
{
    const struct pane_handout *self = (const struct pane_handout *)pane;
    const struct glyphs *glyphs = &view->canvas->theme.glyphs;
    if (self->stage == STAGE_ONE)
        return mem_printf("%zu of %zu", self->at + 1, self->sheet->n);
    if (self->stage != STAGE_LIST)
        return NULL;
    struct strbuf text = STRBUF_INIT;
    size_t end = self->first + self->lines;
    if (self->first > 0)
        strbuf_printf(&text, "%zu more %s  ", self->first, glyphs->up);
    if (end < self->sheet->n)
        strbuf_printf(&text, "%zu more %s", self->sheet->n - end, glyphs->down);
    return strbuf_detach(&text);
}

/* -- life -------------------------------------------------------------------------------------- */

static void free_pane(struct pane *pane)
{
    struct pane_handout *self = (struct pane_handout *)pane;
    lock(self);
    free(self->words);
    free(self);
}

static const struct pane_key keys[] = {
    {"Enter", "one", "one student in large letters, and back to the list"},
    {"P", "print", "slips: everybody's, or the open student's"},
    {"S", "save", "everybody's slip in a private file"},
    {"Esc", "back", "back, and forget the passwords; q too"},
    {"?", "help", "this page"},
    {"arrows", NULL, "the next student; h j k l too"},
    {"Home End", NULL, "the first and the last; g G too"},
    {NULL, NULL, NULL},
};

static const struct pane_key *keys_now(const struct pane *pane, const struct view *view)
{
    static const struct pane_key closed[] = {
        {"y", "show", ""},   {"P", "print", ""}, {"S", "save", ""},
        {"Esc", "back", ""}, {"?", "help", ""},  {NULL, NULL, NULL},
    };
    static const struct pane_key asked[] = {
        {"y", "yes", ""}, {"Esc", "no", ""}, {NULL, NULL, NULL}};
    static const struct pane_key one[] = {
        {"Right", "next", ""}, {"Left", "previous", ""}, {"P", "print", ""},
        {"Esc", "list", ""},   {"?", "help", ""},        {NULL, NULL, NULL},
    };
    const struct pane_handout *self = (const struct pane_handout *)pane;
    return self->question != ASK_NOTHING ? asked
           : self->stage == STAGE_ONE    ? one
           : self->stage == STAGE_LIST   ? keys
           : view->projector             ? closed + 1
                                         : closed;
}

static const struct pane_ops ops = {
    .name = "hand-out",
    .keys = keys,
    .keys_now = keys_now,
    .recalc = recalc,
    .paint = paint,
    .key = key,
    .note = note,
    .more = more,
    .free = free_pane,
};

struct pane *pane_handout_new(const struct handout_ops *handout)
{
    struct pane_handout *self = mem_alloc(sizeof *self);
    self->pane.ops = &ops;
    self->ops = handout;
    return &self->pane;
}

bool pane_handout_take(struct pane *pane, struct sheet *sheet)
{
    struct pane_handout *self = (struct pane_handout *)pane;
    if (pane->ops != &ops || self->stage != STAGE_READING)
        return false;
    self->sheet = sheet;
    self->stage = STAGE_LIST;
    return true;
}

void pane_handout_tell(struct pane *pane, bool good, const char *words)
{
    struct pane_handout *self = (struct pane_handout *)pane;
    if (pane->ops != &ops)
        return;
    if (!good && self->stage == STAGE_READING)
        self->stage = STAGE_CLOSED;
    say(self, words);
    self->trouble = !good;
}
