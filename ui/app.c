/*
 * The app: frame, panes, keys.  The frame's upper three lines answer "how is the class?" whatever
 * pane is open; its last line has the keys that work now.
 */
#include "ui/app.h"

#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/grid.h"
#include "ui/pane.h"
#include "ui/pane_handout.h"
#include "ui/pane_wizard.h"
#include "ui/terminal.h"

enum {
    PANES_MAX = 8,
    HEADER_LINES = 4,
    OWN_HEADER_LINES = 3,
    FOOTER_LINES = 2,
    TOLD_MS = 12000, /* how long an outcome stays */
    AGE_COLS = 24,
    MODE_COLS = 12
};

struct app;

/* A key that works in every pane that does not take it for itself. */
struct place {
    int code;
    struct pane_key key;
    void (*go)(struct app *app);
    bool (*is_there)(const struct app *app); /* NULL: always */
};

enum { PLACES_MAX = 16 };

struct app {
    struct terminal terminal;
    struct canvas canvas;
    struct app_handlers handlers;
    struct pane *panes[PANES_MAX];
    size_t n_panes;
    struct pane_key everywhere[PLACES_MAX]; /* the keys of the places that are there */
    bool projector;
    const struct snapshot *snapshot;
    struct snapshot empty; /* before the first */
    struct action *want;
    char *told; /* how the last action went; NULL: nothing to tell */
    bool told_good;
    int64_t told_ms;
};

/* -- header ------------------------------------------------------------------------------------ */

static void paint_age(const struct app *app)
{
    const struct snapshot *snapshot = app->snapshot;
    const struct glyphs *glyphs = &app->canvas.theme.glyphs;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    enum theme_role role = snapshot->freshness == FRESH        ? THEME_LIVE
                           : snapshot->freshness == FRESH_LATE ? THEME_LATE
                                                               : THEME_STALE;
    if (snapshot->freshness == FRESH)
        strbuf_printf(&text, "%s live %.1f s", glyphs->live, snapshot->age_s);
    else if (snapshot->freshness == FRESH_LATE)
        strbuf_printf(&text, "%s late %.0f s", glyphs->live, snapshot->age_s);
    else if (snapshot->freshness == FRESH_STALE) {
        strbuf_printf(&text, "%s stale ", glyphs->stale);
        clock_format_span((int64_t)snapshot->age_s, &text);
    } else
        strbuf_printf(&text, "%s no data yet", glyphs->stale);
    canvas_right(&app->canvas, 0, app->terminal.cols - AGE_COLS, AGE_COLS - 1, role, text.text);
}

/* Off is what has to be seen: then this screen is for the lab master's eyes. */
static void paint_mode(const struct app *app)
{
    canvas_text(&app->canvas, 0, app->terminal.cols - AGE_COLS - MODE_COLS, MODE_COLS - 1,
                app->projector ? THEME_QUIET : THEME_TROUBLE,
                app->projector ? "projector" : " PRIVATE ");
}

static void paint_title(const struct app *app)
{
    int x = 1;
    x += canvas_text(&app->canvas, 0, x, 10, THEME_BRAND, "lectern") + 3;
    const char *title = *app->snapshot->title != '\0' ? app->snapshot->title : app->snapshot->lab;
    canvas_text(&app->canvas, 0, x, app->terminal.cols - x - AGE_COLS - MODE_COLS - 1, THEME_STRONG,
                title);
}

/* "▶ W 17 working", or "▶W 17" where there is little room; returns the columns. */
static int paint_count(const struct app *app, int x, int width, enum student_state state,
                       bool in_words)
{
    const struct theme *theme = &app->canvas.theme;
    enum theme_role role = THEME_STATE + state;
    bool has_sign = theme->glyphs.unicode && state != STATE_UNKNOWN;
    const char *sign = has_sign ? theme_state_glyph(theme, state) : "";
    size_t n = app->snapshot->by_state[state];
    if (in_words)
        return canvas_printf(&app->canvas, 1, x, width, role, "%s%s%c %zu %s", sign,
                             *sign != '\0' ? " " : "", state_letter(state), n, state_name(state));
    return canvas_printf(&app->canvas, 1, x, width, role, "%s%c %zu", sign, state_letter(state), n);
}

static void paint_class(const struct app *app)
{
    static const enum student_state shown[] = {STATE_BLOCKED, STATE_STUCK,  STATE_BEHIND,
                                               STATE_WORKING, STATE_IDLE,   STATE_DONE,
                                               STATE_ABSENT,  STATE_UNKNOWN};
    const struct snapshot *snapshot = app->snapshot;
    if (snapshot->n_students == 0)
        return;
    int cols = app->terminal.cols, right = cols >= 120 ? 29 : 14;
    int x = 1, kinds = 0, end = cols - right - 2;
    for (size_t i = 0; i < STATES; i++)
        kinds += snapshot->by_state[i] > 0;
    x += canvas_printf(&app->canvas, 1, x, 16, THEME_STRONG, "%zu students", snapshot->n_students) +
         3;
    bool in_words = x + kinds * 16 <= end;
    for (size_t i = 0; i < STATES && x < end; i++)
        if (snapshot->by_state[shown[i]] > 0)
            x += paint_count(app, x, end - x, shown[i], in_words) + (in_words ? 3 : 2);
    if (isnan(snapshot->median))
        return;
    bool old = snapshot->freshness >= FRESH_STALE;
    x = cols - right - 1;
    x += canvas_printf(&app->canvas, 1, x, 14, old ? THEME_OLD : THEME_TEXT, "median %3.0f %%",
                       floor(snapshot->median * 100 + 1e-9)) +
         2;
    if (cols - 1 - x >= 8)
        canvas_bar(&app->canvas, 1, x, cols - 1 - x, snapshot->median,
                   old ? THEME_OLD : THEME_BAR + STATE_WORKING);
}

/* Who needs help first, for screens without the column that says it at length. */
static bool paint_help_line(const struct app *app)
{
    const struct snapshot *snapshot = app->snapshot;
    struct grid grid;
    grid_init(&grid);
    grid_recalc(&grid, snapshot, 1, 1);
    int x = 1, cols = app->terminal.cols;
    if (grid.n_need > 0 && snapshot->freshness < FRESH_STALE)
        x += canvas_text(&app->canvas, 2, x, cols - 2, THEME_HEADING, "help now") + 2;
    for (size_t i = 0; x > 1 && i < grid.n_need && x < cols - 12; i++) {
        const struct snapshot_student *student = &snapshot->students[grid.need[i]];
        CLEANUP(strbuf_release)
        struct strbuf text = STRBUF_INIT;
        int64_t idle_s = student_idle_s(snapshot, student);
        strbuf_printf(&text, "%s %s", theme_state_glyph(&app->canvas.theme, student->state),
                      student_label(student));
        if (*student->seat != '\0')
            strbuf_printf(&text, " %s", student->seat);
        if (idle_s >= 0) {
            strbuf_add_char(&text, ' ');
            clock_format_span(idle_s, &text);
        }
        x +=
            canvas_text(&app->canvas, 2, x, cols - 1 - x, THEME_STATE + student->state, text.text) +
            2;
    }
    grid_release(&grid);
    return x > 1;
}

struct tally {
    const char *step;
    size_t n;
};

static int compare_tallies(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : strcmp(x->step, y->step);
}

/* "the class is at  loan 9 · book 5": what to explain to everybody. */
static void paint_steps_line(const struct app *app)
{
    const struct snapshot *snapshot = app->snapshot;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct tally *tallies = mem_alloc_array(snapshot->n_students + 1, sizeof *tallies);
    size_t n = 0;
    for (size_t i = 0; i < snapshot->n_students; i++) {
        const char *step = snapshot->students[i].current_step;
        size_t t = 0;
        while (t < n && strcmp(tallies[t].step, step) != 0)
            t++;
        if (*step == '\0' || snapshot->students[i].state == STATE_ABSENT)
            continue;
        if (t == n)
            tallies[n++].step = step;
        tallies[t].n++;
    }
    qsort(tallies, n, sizeof *tallies, compare_tallies);
    for (size_t t = 0; t < n && t < 6; t++)
        strbuf_printf(&text, "%s%s %zu", t == 0 ? "" : "   ", tallies[t].step, tallies[t].n);
    free(tallies);
    if (n == 0)
        return;
    int x = 1 + canvas_text(&app->canvas, 2, 1, 20, THEME_HEADING, "most are at") + 2;
    canvas_text(&app->canvas, 2, x, app->terminal.cols - x - 1, THEME_TEXT, text.text);
}

static void paint_header(const struct app *app)
{
    paint_title(app);
    paint_mode(app);
    paint_age(app);
    paint_class(app);
    int cols = app->terminal.cols;
    if (app->snapshot->trouble != TROUBLE_NONE) {
        canvas_fill(&app->canvas, 2, 0, cols, THEME_TROUBLE, "");
        canvas_text(&app->canvas, 2, 1, cols - 2, THEME_TROUBLE,
                    snapshot_trouble_text(app->snapshot->trouble));
    } else if (cols >= GRID_QUEUE_FROM || !paint_help_line(app))
        paint_steps_line(app);
    canvas_fill(&app->canvas, 3, 0, cols, THEME_RULE, app->canvas.theme.glyphs.rule);
}

/* -- footer ------------------------------------------------------------------------------------ */

/* The keys that have room, whole; returns the columns used. */
static int paint_footer_keys(const struct app *app, const struct pane_key *keys,
                             const struct pane *pane, int from)
{
    const struct canvas *canvas = &app->canvas;
    int cols = app->terminal.cols, y = app->terminal.rows - 1, x = from;
    int gap = cols >= GRID_QUEUE_FROM ? 3 : 2;
    for (const struct pane_key *k = keys; k->keys != NULL; k++) {
        if (k->what == NULL || strcmp(k->what, pane->ops->name) == 0)
            continue;
        int width = canvas_width(canvas, k->keys) + 1 + canvas_width(canvas, k->what);
        if (x + width > cols - 1)
            continue;
        int used = canvas_text(canvas, y, x, width, THEME_KEY, k->keys) + 1;
        canvas_text(canvas, y, x + used, width - used, THEME_TEXT, k->what);
        x += width + gap;
    }
    return x - from;
}

static void paint_footer(const struct app *app, const struct view *view)
{
    const struct pane *pane = app->panes[app->n_panes - 1];
    const struct canvas *canvas = &app->canvas;
    int cols = app->terminal.cols, y = app->terminal.rows - FOOTER_LINES;
    canvas_fill(canvas, y, 0, cols, THEME_RULE, canvas->theme.glyphs.rule);
    CLEANUP(mem_free_string)
    char *note = pane->ops->note != NULL ? pane->ops->note(pane, view) : NULL;
    CLEANUP(mem_free_string)
    char *more = pane->ops->more != NULL ? pane->ops->more(pane, view) : NULL;
    int right = 0;
    if (more != NULL && *more != '\0') {
        right = canvas_width(canvas, more) + 2;
        canvas_printf(canvas, y, cols - right - 1, right, THEME_HEADING, " %s ", more);
    }
    if (app->told != NULL && clock_monotonic_ms() - app->told_ms < TOLD_MS)
        canvas_printf(canvas, y, 1, cols - right - 4, app->told_good ? THEME_GOOD : THEME_TROUBLE,
                      " %s ", app->told);
    else if (note != NULL)
        canvas_printf(canvas, y, 1, cols - right - 4, THEME_STRONG, " %s ", note);
    const struct pane_key *keys =
        pane->ops->keys_now != NULL ? pane->ops->keys_now(pane, view) : pane->ops->keys;
    int x = 1 + paint_footer_keys(app, keys, pane, 1);
    if (pane->ops->header == NULL && !pane->ops->over)
        paint_footer_keys(app, app->everywhere, pane, x);
}

/* -- frames ------------------------------------------------------------------------------------ */

/* The pane that fills the screen; dialogs are over it. */
static size_t base_pane(const struct app *app)
{
    size_t i = app->n_panes > 0 ? app->n_panes - 1 : 0;
    while (i > 0 && app->panes[i]->ops->over)
        i--;
    return i;
}

static struct view body(const struct app *app)
{
    bool own = app->n_panes > 0 && app->panes[base_pane(app)]->ops->header != NULL;
    int top = own ? OWN_HEADER_LINES : HEADER_LINES;
    return (struct view){
        .snapshot = app->snapshot,
        .canvas = &app->canvas,
        .top = top,
        .rows = app->terminal.rows - top - FOOTER_LINES,
        .cols = app->terminal.cols,
        .projector = app->projector,
        .want = app->want,
    };
}

static bool too_small(const struct app *app)
{
    return app->terminal.rows < GRID_MIN_ROWS || app->terminal.cols < GRID_MIN_COLS;
}

static void paint_too_small(const struct app *app)
{
    int cols = app->terminal.cols, rows = app->terminal.rows;
    CLEANUP(mem_free_string)
    char *text = mem_printf(
        "lectern needs a terminal of at least %dx%d; this one is %dx%d. Make it larger or the "
        "letters smaller, or press q and use: lectern status",
        GRID_MIN_COLS, GRID_MIN_ROWS, cols, rows);
    int margin = cols > 30 ? 2 : 0;
    canvas_wrap(&app->canvas, rows > 6 ? 2 : 0, margin, cols - 2 * margin, rows, THEME_TEXT, text);
}

static void recalc(struct app *app)
{
    struct view view = body(app);
    if (too_small(app))
        return;
    for (size_t i = 0; i < app->n_panes; i++)
        app->panes[i]->ops->recalc(app->panes[i], &view);
}

void app_paint(struct app *app)
{
    erase();
    if (too_small(app))
        paint_too_small(app);
    else {
        struct view view = body(app);
        size_t i = base_pane(app);
        const struct pane *pane = app->panes[i];
        if (pane->ops->header != NULL)
            pane->ops->header(pane, &view);
        else
            paint_header(app);
        for (; i < app->n_panes; i++)
            app->panes[i]->ops->paint(app->panes[i], &view);
        paint_footer(app, &view);
    }
    wnoutrefresh(stdscr);
    doupdate();
}

/* -- panes and keys ---------------------------------------------------------------------------- */

static void push(struct app *app, struct pane *pane)
{
    if (app->n_panes == PANES_MAX) {
        pane->ops->free(pane);
        return;
    }
    app->panes[app->n_panes++] = pane;
    recalc(app);
}

static void open_student(struct app *app, const char *login)
{
    if (app->handlers.open_student != NULL)
        app->handlers.open_student(login, app->handlers.data);
}

static void pop(struct app *app)
{
    struct pane *pane = app->panes[app->n_panes - 1];
    if (app->n_panes == 1)
        return;
    app->n_panes--;
    pane->ops->free(pane);
    if (app->n_panes == 1)
        open_student(app, NULL);
    recalc(app);
}

/* The grid is the pane below all others. */
static void open_grid(struct app *app)
{
    while (app->n_panes > 1)
        pop(app);
}

static void open_selected(struct app *app)
{
    const char *login = app->panes[0]->ops->selected(app->panes[0]);
    open_grid(app);
    if (login == NULL)
        return;
    push(app, pane_student_new(login));
    open_student(app, login);
}

static bool has_handout(const struct app *app)
{
    return app->handlers.handout != NULL;
}

static void open_handout(struct app *app)
{
    if (!has_handout(app))
        return;
    open_grid(app);
    push(app, pane_handout_new(app->handlers.handout));
}

static bool has_wizard(const struct app *app)
{
    return app->handlers.wizard != NULL;
}

static void open_wizard(struct app *app)
{
    if (!has_wizard(app))
        return;
    open_grid(app);
    push(app, pane_wizard_new(app->handlers.wizard));
}

static void open_help(struct app *app)
{
    push(app, pane_help_new(app->panes[app->n_panes - 1]->ops, app->everywhere));
}

static void toggle_projector(struct app *app)
{
    app->projector = !app->projector;
    recalc(app);
}

/* -- actions ----------------------------------------------------------------------------------- */

static bool can_act(const struct app *app)
{
    return app->handlers.act != NULL;
}

/* Ask what there is to ask, then do it. */
static void perform(struct app *app)
{
    if (!can_act(app))
        return;
    if (action_is_ready(app->want))
        app->handlers.act(app->want, app->handlers.data);
    else
        push(app, pane_ask_new(app->want));
}

static void open_timer(struct app *app)
{
    push(app, pane_timer_new(app->panes[0]->ops->selected(app->panes[0])));
}

static void announce(struct app *app)
{
    action_want(app->want, ACTION_ANNOUNCE, NULL);
    perform(app);
}

void app_tell(struct app *app, bool good, const char *words)
{
    free(app->told);
    app->told = mem_strdup(words);
    app->told_good = good;
    app->told_ms = clock_monotonic_ms();
    terminal_wake(&app->terminal);
}

bool app_lend(struct app *app, const char *const argv[], struct error *err)
{
    return terminal_lend(&app->terminal, argv, err);
}

/* One line per pane; `what` is in the bottom line, except in the pane of that name. */
static const struct place places[] = {
    {KEY_F(1), {"F1", NULL, "help"}, open_help, NULL},
    {KEY_F(2), {"F2", "grid", "grid"}, open_grid, NULL},
    {KEY_F(4), {"F4", NULL, "student"}, open_selected, NULL},
    {KEY_F(6), {"F6", "hand-out", "hand-out"}, open_handout, has_handout},
    {KEY_F(8), {"F8", "new lab", "new lab"}, open_wizard, has_wizard},
    {'t', {"t", "timer", "the lesson's clock"}, open_timer, can_act},
    {'a', {"a", "announce", "announce something to the class"}, announce, can_act},
    {'p', {"p", "projector", "projector mode"}, toggle_projector, NULL},
};

static void list_places(struct app *app)
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i].is_there == NULL || places[i].is_there(app))
            app->everywhere[n++] = places[i].key;
    app->everywhere[n] = (struct pane_key){NULL, NULL, NULL};
}

static void go(struct app *app, int code)
{
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i].code == code && (places[i].is_there == NULL || places[i].is_there(app))) {
            places[i].go(app);
            return;
        }
}

static void act(struct app *app, unsigned flags)
{
    struct pane *pane = app->panes[app->n_panes - 1];
    if (flags & PANE_RECALC)
        recalc(app);
    if (flags & PANE_OPEN) {
        const char *login = pane->ops->selected(pane);
        push(app, pane_student_new(login));
        open_student(app, login);
    }
    if (flags & PANE_HELP)
        push(app, pane_help_new(pane->ops, app->everywhere));
    if (flags & PANE_CLOSE)
        pop(app);
    if (flags & PANE_HANDOUT)
        open_handout(app);
    if (flags & PANE_ACT)
        perform(app);
    if ((flags & PANE_QUIT) && app->handlers.quit != NULL)
        app->handlers.quit(app->handlers.data);
}

void app_key(struct app *app, int code)
{
    if (code == '\f') { /* Ctrl-L: paint everything anew */
        clearok(curscr, TRUE);
        terminal_wake(&app->terminal);
        return;
    }
    struct view view = body(app);
    struct pane *pane = app->panes[app->n_panes - 1];
    if (too_small(app)) {
        if (code == 'q' && app->handlers.quit != NULL)
            app->handlers.quit(app->handlers.data);
        return;
    }
    unsigned flags = pane->ops->key(pane, &view, code);
    if (flags == PANE_IGNORED)
        go(app, code);
    else
        act(app, flags);
    terminal_wake(&app->terminal);
}

/* -- life -------------------------------------------------------------------------------------- */

static void on_key(int code, void *data)
{
    app_key(data, code);
}

static void on_resize(void *data)
{
    recalc(data);
}

static void on_paint(void *data)
{
    app_paint(data);
}

static void set_up(struct app *app, bool ascii)
{
    theme_init(&app->canvas.theme, NULL, app->terminal.colours, app->terminal.unicode && !ascii);
    app->canvas.utf8 = app->terminal.utf8 && !ascii;
    app->projector = true;
    list_places(app);
    push(app, pane_grid_new());
}

static struct app *make(void)
{
    struct app *app = mem_alloc(sizeof *app);
    snapshot_init(&app->empty);
    app->snapshot = &app->empty;
    app->want = mem_alloc(sizeof *app->want);
    return app;
}

struct app *app_new(struct loop *loop, bool ascii, const struct app_handlers *handlers,
                    struct error *err)
{
    struct app *app = make();
    const struct terminal_options options = {.colours = -1};
    struct terminal_handlers on = {on_key, on_resize, on_paint, NULL, app};
    app->handlers = *handlers;
    if (!terminal_start(&app->terminal, loop, &options, &on, err)) {
        free(app->want);
        free(app);
        return NULL;
    }
    set_up(app, ascii);
    terminal_wake(&app->terminal);
    return app;
}

struct app *app_new_on(const char *type, const char *path, int rows, int cols, struct error *err)
{
    struct app *app = make();
    if (!terminal_start_on(&app->terminal, type, path, rows, cols, err)) {
        free(app->want);
        free(app);
        return NULL;
    }
    set_up(app, false);
    return app;
}

void app_show(struct app *app, const struct snapshot *snapshot)
{
    app->snapshot = snapshot;
    recalc(app);
    terminal_wake(&app->terminal);
}

void app_open_wizard(struct app *app)
{
    open_wizard(app);
    terminal_wake(&app->terminal);
}

void app_wake(struct app *app)
{
    recalc(app);
    terminal_wake(&app->terminal);
}

void app_take_sheet(struct app *app, struct sheet *sheet, const char *problem)
{
    for (size_t i = 0; i < app->n_panes && sheet != NULL; i++)
        if (pane_handout_take(app->panes[i], sheet))
            sheet = NULL;
    if (sheet != NULL)
        sheet_free(sheet);
    if (problem != NULL)
        app_handout_done(app, false, problem);
    recalc(app);
    terminal_wake(&app->terminal);
}

void app_handout_done(struct app *app, bool good, const char *words)
{
    for (size_t i = 0; i < app->n_panes; i++)
        pane_handout_tell(app->panes[i], good, words);
    recalc(app);
    terminal_wake(&app->terminal);
}

void app_free(struct app *app)
{
    if (app == NULL)
        return;
    terminal_stop(&app->terminal);
    for (size_t i = 0; i < app->n_panes; i++)
        app->panes[i]->ops->free(app->panes[i]);
    snapshot_release(&app->empty);
    free(app->want);
    free(app->told);
    free(app);
}
