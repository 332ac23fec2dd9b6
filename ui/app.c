/*
 * The app: frame, panes, keys.  The frame's upper three lines answer "how is the class?" whatever
 * pane is open; its last line has the keys that work now.
 */
#include "ui/app.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "ui/grid.h"
#include "ui/header.h"
#include "ui/keymap.h"
#include "ui/mask.h"
#include "ui/pane.h"
#include "ui/pane_handout.h"
#include "ui/pane_wizard.h"
#include "ui/roll.h"
#include "ui/terminal.h"
#include "ui/theme_file.h"

enum {
    PANES_MAX = 8,
    OWN_HEADER_LINES = 3,
    FOOTER_LINES = 2,
    WIDE_FROM = 100, /* columns */
    TOLD_MS = 12000, /* how long an outcome stays */
    TOLD_LINES = 4,
    DOUBLE_MS = 400, /* between the two presses of a double click */
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
    bool projector, locked, pseudonyms, pseudonyms_locked, all_steps;
    char *pseudonym_key, *login;
    struct theme_set dark, light;
    bool on_light; /* the terminal's background */
    bool ascii;
    struct keymap keys;
    struct roll *roll;
    const struct snapshot *given, *snapshot; /* as it came, and as it is shown */
    struct mask mask;
    struct snapshot empty; /* before the first */
    struct action *want;
    char *told; /* how the last action went; NULL: nothing to tell */
    bool told_good;
    int64_t told_ms;
    struct press {
        int64_t ms;
        int y, x;
    } press; /* the last of the mouse's button */
    /* The last of what was pasted; white space waits for what follows it. */
    enum { PASTED_NOTHING, PASTED_TEXT, PASTED_SPACE } pasted;
};

/* -- footer ------------------------------------------------------------------------------------ */

/* Which eyes this screen is for, at the right end of the last line; returns the columns it takes.
 * Private is what has to be seen. */
static int paint_mode(const struct app *app)
{
    const char *words = app->pseudonyms && app->projector ? "PROJECTOR, pseudonyms"
                        : app->projector                  ? "PROJECTOR"
                        : app->pseudonyms                 ? " PRIVATE, pseudonyms "
                                                          : " PRIVATE ";
    int width = canvas_width(&app->canvas, words);
    canvas_text(&app->canvas, app->terminal.rows - 1, app->terminal.cols - 1 - width, width,
                app->projector ? THEME_HEADING : THEME_TROUBLE, words);
    return width;
}

/* The keys that have room, whole; returns the columns used. */
static int paint_footer_keys(const struct app *app, const struct pane_key *keys,
                             const struct pane *pane, int from, int end)
{
    const struct canvas *canvas = &app->canvas;
    int y = app->terminal.rows - 1, x = from;
    int gap = app->terminal.cols >= WIDE_FROM ? 3 : 2;
    for (const struct pane_key *k = keys; k->keys != NULL; k++) {
        if (k->what == NULL || strcmp(k->what, pane->ops->name) == 0)
            continue;
        CLEANUP(strbuf_release)
        struct strbuf label = STRBUF_INIT;
        keymap_label(&app->keys, keys == app->everywhere ? KEYMAP_EVERYWHERE : pane->ops->name,
                     k->keys, &label);
        int width = canvas_width(canvas, label.text) + 1 + canvas_width(canvas, k->what);
        if (x + width > end)
            continue;
        int used = canvas_text(canvas, y, x, width, THEME_KEY, label.text) + 1;
        canvas_text(canvas, y, x + used, width - used, THEME_TEXT, k->what);
        x += width + gap;
    }
    return x - from;
}

/* Words on the rule, with a blank on both sides. */
static void paint_words(const struct app *app, int y, int width, enum theme_role role,
                        const char *words)
{
    const struct canvas *canvas = &app->canvas;
    canvas_text(canvas, y, 1, 1, role, " ");
    int used = canvas_text(canvas, y, 2, width - 2, role, words);
    canvas_text(canvas, y, 2 + used, 1, role, " ");
}

/* How an action went: the whole of it, over the body's last lines where one is too short, as what
 * to do stands at its end. */
static void paint_told(const struct app *app, int y, int width)
{
    const struct canvas *canvas = &app->canvas;
    enum theme_role role = app->told_good ? THEME_GOOD : THEME_TROUBLE;
    int cols = app->terminal.cols;
    if (canvas_width(canvas, app->told) <= width - 2) {
        paint_words(app, y, width, role, app->told);
        return;
    }
    int lines = canvas_wrapped(canvas, cols - 4, TOLD_LINES, app->told);
    canvas_fill(canvas, y - lines, 0, cols, THEME_RULE, canvas->theme.glyphs.rule);
    for (int i = 0; i < lines; i++)
        canvas_fill(canvas, y - i, 0, cols, role, "");
    canvas_wrap(canvas, y - lines + 1, 2, cols - 4, lines, role, app->told);
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
        paint_told(app, y, cols - right - 4);
    else if (note != NULL && *note != '\0')
        paint_words(app, y, cols - right - 4, THEME_STRONG, note);
    const struct pane_key *keys =
        pane->ops->keys_now != NULL ? pane->ops->keys_now(pane, view) : pane->ops->keys;
    int end = cols - 4 - paint_mode(app);
    int x = 1 + paint_footer_keys(app, keys, pane, 1, end);
    if (pane->ops->header == NULL && !pane->ops->over)
        paint_footer_keys(app, app->everywhere, pane, x, end);
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
    int top =
        own ? OWN_HEADER_LINES : header_lines(app->snapshot, &app->canvas, app->terminal.cols);
    return (struct view){
        .snapshot = app->snapshot,
        .canvas = &app->canvas,
        .top = top,
        .rows = app->terminal.rows - top - FOOTER_LINES,
        .cols = app->terminal.cols,
        .projector = app->projector,
        .want = app->want,
        .locked = app->locked,
        .pseudonyms = app->pseudonyms,
        .keys = &app->keys,
        .roll = app->roll,
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
    roll_recalc(app->roll, app->snapshot);
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
            header_paint(&view);
        for (; i < app->n_panes; i++)
            app->panes[i]->ops->paint(app->panes[i], &view);
        paint_footer(app, &view);
    }
    wnoutrefresh(stdscr);
    doupdate();
}

/* -- panes and keys ---------------------------------------------------------------------------- */

static void want_steps(struct app *app)
{
    bool wanted = false;
    for (size_t i = 0; i < app->n_panes; i++)
        wanted = wanted || app->panes[i]->ops->all_steps;
    if (wanted != app->all_steps && app->handlers.want_steps != NULL)
        app->handlers.want_steps(wanted, app->handlers.data);
    app->all_steps = wanted;
}

static void push(struct app *app, struct pane *pane)
{
    if (app->n_panes == PANES_MAX) {
        pane->ops->free(pane);
        return;
    }
    app->panes[app->n_panes++] = pane;
    recalc(app);
    want_steps(app);
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
    want_steps(app);
}

static void open_pane_of(struct app *app, const char *login)
{
    push(app, pane_student_new(login));
    open_student(app, login);
}

/* The grid is the pane below all others. */
static void open_grid(struct app *app)
{
    while (app->n_panes > 1)
        pop(app);
}

static void open_selected(struct app *app)
{
    open_grid(app);
    if (app->roll->selected != NULL)
        open_pane_of(app, app->roll->selected);
}

static bool has_handout(const struct app *app)
{
    return app->handlers.handout != NULL && !app->locked;
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
    return app->handlers.wizard != NULL && !app->locked; /* it shows e-mails and addresses */
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

static void open_heat(struct app *app)
{
    open_grid(app);
    push(app, pane_heat_new());
}

static void open_seats(struct app *app)
{
    open_grid(app);
    push(app, pane_seats_new());
}

static void open_queue(struct app *app)
{
    open_grid(app);
    push(app, pane_queue_new());
}

static void open_log(struct app *app)
{
    open_grid(app);
    push(app, pane_log_new());
}

static bool can_toggle_projector(const struct app *app)
{
    return !app->locked;
}

static void toggle_projector(struct app *app)
{
    app->projector = !app->projector;
    recalc(app);
}

static bool can_toggle_pseudonyms(const struct app *app)
{
    return !app->pseudonyms_locked;
}

/* Take the snapshot as it is to be shown. */
static void show(struct app *app)
{
    app->snapshot =
        app->pseudonyms ? mask_snapshot(&app->mask, app->given, app->pseudonym_key) : app->given;
    app->roll->hide_logins = app->pseudonyms;
    recalc(app);
}

static void toggle_pseudonyms(struct app *app)
{
    app->pseudonyms = !app->pseudonyms;
    show(app);
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
    if (action_is_ready(app->want)) {
        app->handlers.act(app->want, app->handlers.data);
        return;
    }
    struct action action = *app->want;
    if (action_ask(action.kind)->needs_helper && *action.helper == '\0')
        snprintf(action.helper, sizeof action.helper, "%s", app->login);
    push(app, pane_ask_new(&action));
}

static void open_timer(struct app *app)
{
    push(app, pane_timer_new(app->roll->selected));
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

/* One line per pane; `what` is in the bottom line, except in the pane of that name: what is looked
 * for most comes first, where there is no room for all. */
static const struct place places[] = {
    {KEY_F(1), {"F1", NULL, "help"}, open_help, NULL},
    {KEY_F(2), {"F2", "grid", "grid"}, open_grid, NULL},
    {KEY_F(7), {"F7", "queue", "queue"}, open_queue, NULL},
    {KEY_F(3), {"F3", "heat map", "heat map"}, open_heat, NULL},
    {KEY_F(4), {"F4", NULL, "student"}, open_selected, NULL},
    {KEY_F(5), {"F5", "seats", "seats"}, open_seats, NULL},
    {KEY_F(6), {"F6", "hand-out", "hand-out"}, open_handout, has_handout},
    {KEY_F(9), {"F9", "log", "log"}, open_log, NULL},
    {KEY_F(8), {"F8", "new lab", "new lab"}, open_wizard, has_wizard},
    {'t', {"t", "timer", "the lesson: its clock and its end"}, open_timer, can_act},
    {'a', {"a", "announce", "announce to the class"}, announce, can_act},
    {'p', {"p", "projector", "projector mode"}, toggle_projector, can_toggle_projector},
    {'P', {"P", NULL, "pseudonyms"}, toggle_pseudonyms, can_toggle_pseudonyms},
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
    code = keymap_code(&app->keys, KEYMAP_EVERYWHERE, code);
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
    if ((flags & PANE_OPEN) && app->roll->selected != NULL)
        open_pane_of(app, app->roll->selected);
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

static bool is_double(struct app *app, int y, int x)
{
    struct press last = app->press;
    app->press = (struct press){clock_monotonic_ms(), y, x};
    if (last.y != y || abs(last.x - x) > 1 || app->press.ms - last.ms > DOUBLE_MS || last.ms == 0)
        return false;
    app->press.ms = 0; /* a third press begins anew */
    return true;
}

static void app_mouse(struct app *app)
{
    const struct pane *pane = app->panes[app->n_panes - 1];
    MEVENT event;
    if (getmouse(&event) == ERR || pane->ops->mouse == NULL || too_small(app))
        return;
    struct view view = body(app);
    enum mouse_act what;
    if (event.bstate & BUTTON4_PRESSED)
        what = MOUSE_UP;
    else if (event.bstate & BUTTON5_PRESSED)
        what = MOUSE_DOWN;
    else if (event.bstate & BUTTON1_DOUBLE_CLICKED)
        what = MOUSE_DOUBLE;
    else if (event.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED))
        what = is_double(app, event.y, event.x) ? MOUSE_DOUBLE : MOUSE_PRESS;
    else
        return;
    act(app, pane->ops->mouse(app->panes[app->n_panes - 1], &view, event.y, event.x, what));
}

void app_key(struct app *app, int code)
{
    if (code == KEY_MOUSE) {
        app_mouse(app);
        terminal_wake(&app->terminal);
        return;
    }
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
    bool typing = pane->ops->is_typing != NULL && pane->ops->is_typing(pane);
    int known = typing ? code : keymap_code(&app->keys, pane->ops->name, code);
    unsigned flags = known == 0 ? PANE_HANDLED : pane->ops->key(pane, &view, known);
    if (flags == PANE_IGNORED)
        go(app, code);
    else
        act(app, flags);
    terminal_wake(&app->terminal);
}

/* A text goes where text is typed, as one line; anywhere else its letters would be commands. */
static void app_paste(struct app *app, int code)
{
    const struct pane_ops *ops = app->panes[app->n_panes - 1]->ops;
    bool (*takes)(const struct pane *) = ops->takes_text != NULL ? ops->takes_text : ops->is_typing;
    if (takes == NULL || !takes(app->panes[app->n_panes - 1]))
        return;
    if (code == '\r' || code == '\n' || code == '\t') {
        app->pasted = app->pasted == PASTED_TEXT ? PASTED_SPACE : app->pasted;
    } else if (code >= ' ' && code != 0x7f && code < KEY_MIN) {
        if (app->pasted == PASTED_SPACE)
            app_key(app, ' ');
        app->pasted = PASTED_TEXT;
        app_key(app, code);
    }
}

/* -- life -------------------------------------------------------------------------------------- */

static void on_key(int code, void *data)
{
    ((struct app *)data)->pasted = PASTED_NOTHING;
    app_key(data, code);
}

static void on_paste(int code, void *data)
{
    app_paste(data, code);
}

static void on_resize(void *data)
{
    recalc(data);
}

static void on_paint(void *data)
{
    app_paint(data);
}

static void paint_on_background(struct app *app)
{
    theme_init(&app->canvas.theme, app->on_light ? &app->light : &app->dark, app->terminal.colours,
               app->terminal.unicode && !app->ascii);
    app->canvas.utf8 = app->terminal.utf8 && !app->ascii;
}

/* The terminal answers when it likes: before there is anything, or in the middle of a lesson. */
static void on_background(bool light, void *data)
{
    struct app *app = data;
    app->on_light = light;
    if (app->n_panes > 0)
        paint_on_background(app);
    terminal_wake(&app->terminal);
}

static void take_theme(const char *name, const struct theme_set *given, struct theme_set *ret_set)
{
    if (given != NULL)
        *ret_set = *given;
    else
        theme_built_in(name, ret_set);
}

static void configure(struct app *app, const struct app_options *options)
{
    take_theme("dark", options->dark, &app->dark);
    take_theme("light", options->light, &app->light);
    app->ascii = options->ascii;
    app->keys = options->keys != NULL ? *options->keys : (struct keymap){.n = 0};
    /* Who has said his name here keeps it when the settings have none. */
    if (options->helper != NULL && *options->helper != '\0')
        snprintf(app->want->helper, sizeof app->want->helper, "%s", options->helper);
    paint_on_background(app);
}

void app_configure(struct app *app, const struct app_options *options)
{
    configure(app, options);
    recalc(app);
    terminal_wake(&app->terminal);
}

static void set_up(struct app *app, const struct app_options *options)
{
    configure(app, options);
    app->roll->sort = (enum roll_sort)options->sort;
    app->projector = options->privacy != PRIVACY_PRIVATE;
    app->locked = options->privacy == PRIVACY_LOCKED;
    app->pseudonyms = app->roll->hide_logins = options->pseudonyms;
    app->pseudonyms_locked = app->locked && app->pseudonyms;
    app->pseudonym_key = mem_strdup(options->pseudonym_key != NULL ? options->pseudonym_key : "");
    app->login = mem_strdup(options->login != NULL ? options->login : "");
    list_places(app);
    push(app, pane_grid_new(options->density - 1));
}

static struct app *make(void)
{
    struct app *app = mem_alloc(sizeof *app);
    snapshot_init(&app->empty);
    app->given = app->snapshot = &app->empty;
    app->roll = mem_alloc(sizeof *app->roll);
    app->want = mem_alloc(sizeof *app->want);
    return app;
}

/* One that never had a terminal. */
static void discard(struct app *app)
{
    free(app->want);
    free(app->roll);
    free(app);
}

struct app *app_new(struct loop *loop, const struct app_options *options,
                    const struct app_handlers *handlers, struct error *err)
{
    struct app *app = make();
    const struct terminal_options wanted = {
        .mouse = options->mouse,
        .ask_background = true,
        .colours = options->colours,
        .escape_ms = options->escape_ms,
    };
    struct terminal_handlers on = {on_key, on_paste, on_resize, on_paint, on_background, app};
    app->handlers = *handlers;
    if (!terminal_start(&app->terminal, loop, &wanted, &on, err)) {
        discard(app);
        return NULL;
    }
    set_up(app, options);
    terminal_wake(&app->terminal);
    return app;
}

struct app *app_new_on(const char *type, const char *path, int rows, int cols, struct error *err)
{
    struct app *app = make();
    if (!terminal_start_on(&app->terminal, type, path, rows, cols, err)) {
        discard(app);
        return NULL;
    }
    set_up(app, &(const struct app_options){.ascii = false});
    return app;
}

void app_show(struct app *app, const struct snapshot *snapshot)
{
    app->given = snapshot;
    show(app);
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
    mask_release(&app->mask);
    roll_release(app->roll);
    free(app->roll);
    free(app->pseudonym_key);
    free(app->login);
    free(app);
}
