/*
 * Actions as children: the words of each command, and its outcome as one line.
 */
#include "command/console_actions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "command/command.h"
#include "command/console_words.h"

enum { ACT_MS = 180000, WORDS_MAX = 12 };

struct console_action {
    struct console_actions *of;
    struct child *child;
    char *command, *first; /* "student"; the first line it printed, or NULL */
};

/* -- commands ---------------------------------------------------------------------------------- */

struct words_list {
    const char **items;
    size_t n;
};

static void add(struct words_list *list, const char *word)
{
    if (word != NULL && list->n < WORDS_MAX)
        list->items[list->n++] = word;
}

/* What is typed goes behind "--" or with its option in one word: it may begin with a dash. */
static void add_hand(struct words_list *list, const struct action *action, const char *lab,
                     const char *verb, struct arena *arena)
{
    add(list, "hands");
    if (*action->helper != '\0')
        add(list, arena_printf(arena, "--by=%s", action->helper));
    if (action->kind == ACTION_RESOLVE && *action->text != '\0')
        add(list, arena_printf(arena, "--note=%s", action->text));
    add(list, "--");
    add(list, lab);
    add(list, verb);
    add(list, action->login);
}

static void add_student(struct words_list *list, const struct action *action, const char *lab,
                        const char *verb)
{
    add(list, "student");
    add(list, "--yes");
    add(list, "--");
    add(list, lab);
    add(list, action->login);
    add(list, verb);
    if (action->kind == ACTION_EXTRA_TIME || action->kind == ACTION_NOTE)
        add(list, action->text);
}

static void add_lesson(struct words_list *list, const struct action *action, const char *lab,
                       const char *verb, struct arena *arena)
{
    add(list, "lesson");
    add(list, "--yes");
    if (action->kind == ACTION_LESSON_START && *action->text != '\0')
        add(list, arena_printf(arena, "--length=%smin", action->text));
    if (action->kind == ACTION_LESSON_ANNOUNCE) {
        add(list, arena_printf(arena, "--in=%smin", action->text));
        add(list, "--no-wait"); /* lecternd ends it, though the console is left before */
    }
    if (action->kind == ACTION_LESSON_CLOSE)
        add(list, "--close-logins");
    add(list, "--");
    add(list, lab);
    add(list, verb);
}

static void add_announcement(struct words_list *list, const struct action *action, const char *lab)
{
    add(list, "announce");
    if (*action->text == '\0')
        add(list, "--end");
    add(list, "--");
    add(list, lab);
    if (*action->text != '\0')
        add(list, action->text);
}

static const struct {
    enum { OF_HAND, OF_STUDENT, OF_LESSON, OF_CLASS } of;
    const char *verb;
} verbs[ACTIONS] = {
    [ACTION_CLAIM] = {OF_HAND, "claim"},
    [ACTION_PAUSE] = {OF_HAND, "pause"},
    [ACTION_RESUME] = {OF_HAND, "resume"},
    [ACTION_NOT_FOUND] = {OF_HAND, "not-found"},
    [ACTION_RESOLVE] = {OF_HAND, "resolve"},
    [ACTION_RESET] = {OF_STUDENT, "reset"},
    [ACTION_UNDO] = {OF_STUDENT, "undo"},
    [ACTION_PASSWD] = {OF_STUDENT, "passwd"},
    [ACTION_KICK] = {OF_STUDENT, "kick"},
    [ACTION_UNLOCK] = {OF_STUDENT, "unlock"},
    [ACTION_TRY] = {OF_STUDENT, "try"},
    [ACTION_EXTRA_TIME] = {OF_STUDENT, "extra-time"},
    [ACTION_NOTE] = {OF_STUDENT, "note"},
    [ACTION_PSQL] = {OF_STUDENT, "psql"},
    [ACTION_LESSON_START] = {OF_LESSON, "start"},
    [ACTION_LESSON_PAUSE] = {OF_LESSON, "pause"},
    [ACTION_LESSON_RESUME] = {OF_LESSON, "resume"},
    [ACTION_LESSON_ANNOUNCE] = {OF_LESSON, "end"},
    [ACTION_LESSON_END] = {OF_LESSON, "end"},
    [ACTION_LESSON_CLOSE] = {OF_LESSON, "end"},
    [ACTION_ANNOUNCE] = {OF_CLASS, "announce"},
};

const char *const *console_action_command(const struct action *action, const char *lab,
                                          struct arena *arena)
{
    struct words_list list = {arena_alloc_array(arena, WORDS_MAX + 1, sizeof(char *)), 0};
    const char *verb = verbs[action->kind].verb;
    switch (verbs[action->kind].of) {
    case OF_HAND:
        add_hand(&list, action, lab, verb, arena);
        break;
    case OF_STUDENT:
        add_student(&list, action, lab, verb);
        break;
    case OF_LESSON:
        add_lesson(&list, action, lab, verb, arena);
        break;
    default:
        add_announcement(&list, action, lab);
        break;
    }
    return list.items;
}

/* -- children ---------------------------------------------------------------------------------- */

static void free_action(struct console_action *action)
{
    for (size_t i = 0; i < CONSOLE_ACTIONS_MAX; i++)
        if (action->of->running[i] == action)
            action->of->running[i] = NULL;
    free(action->command);
    free(action->first);
    free(action);
}

static void on_line(const char *line, void *data)
{
    struct console_action *action = data;
    if (action->first == NULL && *line != '\0')
        action->first = mem_strdup(line);
}

static void on_end(int status, const char *errors, void *data)
{
    struct console_action *action = data;
    struct app *app = action->of->app;
    CLEANUP(mem_free_string)
    char *words = console_words(errors, action->command);
    bool good = status == EXIT_FINE;
    const char *said = good && action->first != NULL ? action->first
                       : *words != '\0'              ? words
                       : good                        ? "done"
                                                     : "the command did not end in time";
    if (app != NULL)
        app_tell(app, good, said);
    free_action(action);
}

static size_t free_place(const struct console_actions *actions)
{
    size_t i = 0;
    while (i < CONSOLE_ACTIONS_MAX && actions->running[i] != NULL)
        i++;
    return i;
}

static void run(struct console_actions *actions, size_t place, const char *const *words)
{
    const char *argv[WORDS_MAX + 2] = {actions->program};
    for (size_t i = 0; words[i] != NULL; i++)
        argv[i + 1] = words[i];
    const struct child_spec spec = {.argv = argv, .timeout_ms = ACT_MS};
    struct console_action *action = mem_alloc(sizeof *action);
    struct error err = ERROR_INIT;
    *action = (struct console_action){.of = actions, .command = mem_strdup(words[0])};
    actions->running[place] = action;
    action->child = child_start(actions->loop, &spec, on_line, on_end, action, &err);
    if (action->child == NULL) {
        app_tell(actions->app, false, err.message);
        free_action(action);
    }
    error_clear(&err);
}

/* psql has the terminal until it ends. */
static void look(struct console_actions *actions, const char *const *words)
{
    const char *argv[WORDS_MAX + 2] = {actions->program};
    for (size_t i = 0; words[i] != NULL; i++)
        argv[i + 1] = words[i];
    struct error err = ERROR_INIT;
    if (!app_lend(actions->app, argv, &err))
        app_tell(actions->app, false, err.message);
    error_clear(&err);
}

void console_actions_act(struct console_actions *actions, const struct action *action)
{
    size_t place = free_place(actions);
    struct arena arena = ARENA_INIT;
    if (actions->lab == NULL)
        app_tell(actions->app, false, "there is no lab yet");
    else if (action->kind == ACTION_PSQL)
        look(actions, console_action_command(action, actions->lab, &arena));
    else if (place == CONSOLE_ACTIONS_MAX)
        app_tell(actions->app, false, "wait: the last ones are still under way");
    else {
        app_tell(actions->app, true, "...");
        run(actions, place, console_action_command(action, actions->lab, &arena));
    }
    arena_release(&arena);
}

/* -- life -------------------------------------------------------------------------------------- */

void console_actions_init(struct console_actions *actions, struct loop *loop)
{
    *actions = (struct console_actions){.loop = loop, .program = command_sibling("lectern")};
}

void console_actions_show(struct console_actions *actions, const char *lab)
{
    if (*lab == '\0' || (actions->lab != NULL && strcmp(actions->lab, lab) == 0))
        return;
    free(actions->lab);
    actions->lab = mem_strdup(lab);
}

void console_actions_leave(struct console_actions *actions)
{
    bool any = false;
    for (size_t i = 0; i < CONSOLE_ACTIONS_MAX; i++)
        any = any || actions->running[i] != NULL;
    actions->app = NULL;
    if (any)
        fprintf(stderr, "lectern: finishing what was begun\n");
}

void console_actions_stop(struct console_actions *actions)
{
    actions->app = NULL;
    for (size_t i = 0; i < CONSOLE_ACTIONS_MAX; i++)
        if (actions->running[i] != NULL) {
            child_abandon(actions->running[i]->child);
            free_action(actions->running[i]);
        }
    mem_free_string(&actions->lab);
    mem_free_string(&actions->program);
}
