/*
 * The console: the live grid of a lab.  Ties the feed to the screen; neither knows the other.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/secret.h"
#include "board/feed.h"
#include "command/act.h"
#include "command/commands.h"
#include "command/console_actions.h"
#include "command/console_handout.h"
#include "command/console_settings.h"
#include "command/console_wizard.h"
#include "command/status.h"
#include "io/loop.h"
#include "ui/app.h"

struct console {
    struct loop loop;
    struct site site;
    bool has_site;
    struct feed *feed; /* NULL while there are no servers */
    struct app *app;
    struct console_actions actions;
    struct console_handout handout;
    struct console_wizard wizard;
    struct console_settings settings;
    const char *lab;    /* "": the current one */
    bool wizard_opened; /* by itself, which happens once */
    struct error *err;
};

/* Nothing to show: the wizard makes something; what it began it goes on with. */
static void open_wizard(struct console *console)
{
    if (!console->wizard_opened)
        app_open_wizard(console->app);
    console->wizard_opened = true;
}

static void on_snapshot(const struct snapshot *snapshot, void *data)
{
    struct console *console = data;
    console_actions_show(&console->actions, snapshot->lab);
    app_show(console->app, snapshot);
    if (snapshot->trouble == TROUBLE_NO_LAB && *console->lab == '\0')
        open_wizard(console);
    if (*snapshot->lab == '\0' || feed_lab_is_current(console->feed) || error_is_set(console->err))
        return;
    /* A lab that was asked for by name, and that another one has taken the place of. */
    status_not_current(snapshot->lab, console->err);
    loop_stop(&console->loop);
}

static void on_open(const char *login, void *data)
{
    struct console *console = data;
    if (console->feed != NULL)
        feed_open_student(console->feed, login);
}

static void on_act(const struct action *action, void *data)
{
    console_actions_act(&((struct console *)data)->actions, action);
}

static void on_want_steps(bool wanted, void *data)
{
    struct console *console = data;
    if (console->feed != NULL)
        feed_want_steps(console->feed, wanted);
}

static void on_quit(void *data)
{
    loop_stop(&((struct console *)data)->loop);
}

/* Asked to end, by a key or a signal: give the terminal back and let go of everything. */
static void on_stop(void *data)
{
    struct console *console = data;
    app_free(console->app);
    console_settings_stop(&console->settings);
    console_actions_leave(&console->actions);
    console_handout_stop(&console->handout);
    console_wizard_stop(&console->wizard);
    feed_free(console->feed);
    console->app = NULL;
    console->feed = NULL;
}

static void start_feed(struct console *console)
{
    struct feed_options options = {.lab = console->lab,
                                   .interval_ms = console->settings.settings.refresh_s * 1000};
    console->feed = feed_new(&console->loop, &console->site, &options, on_snapshot, console);
}

/* The wizard found servers: from now on there may be something to see. */
static void on_servers(const char *compose, void *data)
{
    struct console *console = data;
    struct error err = ERROR_INIT;
    if (console->feed != NULL)
        return;
    if (compose != NULL) /* as --compose does, for the grid and for the children */
        setenv("LECTERN_COMPOSE", compose, 1);
    if (command_load_site(&console->site, &err)) {
        console->has_site = true;
        start_feed(console);
    }
    error_clear(&err);
}

/* What pseudonyms are made by: a secret of this installation, so that they are the same in every
 * console of it; where that cannot be kept, they hold for this run.  malloc'd. */
static char *pseudonym_key(void)
{
    CLEANUP(mem_free_string)
    char *state = command_state_directory();
    CLEANUP(mem_free_string)
    char *path = path_join(state, "pseudonyms.secret");
    struct secret secret;
    struct error err = ERROR_INIT;
    if (!file_exists(state) || !secret_load_or_create(path, &secret, &err)) {
        error_clear(&err);
        return mem_printf("%lld", (long long)clock_utc_us());
    }
    char *key = mem_alloc(SECRET_ROLE_PASSWORD_SIZE);
    secret_role_password(&secret, "pseudonyms", key);
    secret_wipe(&secret);
    return key;
}

/* With `lab` NULL there are no servers yet. */
static void run_console(struct console *console, const char *lab, struct app_options *options)
{
    CLEANUP(mem_free_string)
    char *key = pseudonym_key();
    CLEANUP(mem_free_string)
    char *login = act_actor();
    options->pseudonym_key = key;
    options->login = login; /* as "lectern hands" takes it, where the settings name no helper */
    struct app_handlers handlers = {.open_student = on_open,
                                    .want_steps = on_want_steps,
                                    .quit = on_quit,
                                    .act = on_act,
                                    .data = console,
                                    .handout = &console->handout.ops};
    console->lab = lab != NULL ? lab : "";
    loop_init(&console->loop);
    console_actions_init(&console->actions, &console->loop);
    console_handout_init(&console->handout, &console->loop, console->lab);
    console_wizard_init(&console->wizard, &console->loop, on_servers, console);
    handlers.wizard = console->wizard.wizard;
    console->app = app_new(&console->loop, options, &handlers, console->err);
    console->actions.app = console->handout.app = console->wizard.app = console->app;
    if (console->app != NULL) {
        loop_on_stop(&console->loop, on_stop, console);
        console_settings_watch(&console->settings, &console->loop, console->app);
        if (lab != NULL)
            start_feed(console);
        if (lab == NULL || console->wizard.wizard->draft.applying)
            open_wizard(console);
        loop_run(&console->loop);
    }
    console_settings_stop(&console->settings);
    console_actions_stop(&console->actions);
    console_handout_stop(&console->handout);
    console_wizard_stop(&console->wizard);
    loop_release(&console->loop);
}

/* What was pressed on the command line, and what the lab master likes else. */
static void fill(const struct console_settings *settings, struct app_options *options)
{
    console_settings_fill(settings, options);
    if (options->privacy == PRIVACY_PROJECTOR && settings_choice(&settings->settings, "privacy"))
        options->privacy = PRIVACY_PRIVATE;
}

static bool show_lab(struct console *console, const char *argument, struct app_options *options)
{
    struct error *err = console->err;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    console->has_site = status_find(argument, &console->site, &lab, err);
    if (!console->has_site) {
        if (argument != NULL || err->code != ERROR_NOT_FOUND)
            return false;
        error_clear(err);
    }
    run_console(console, lab, options);
    if (console->has_site)
        site_release(&console->site);
    return !error_is_set(err);
}

static bool show(const char *argument, const struct settings_flag *flags,
                 struct app_options *options, struct error *err)
{
    struct console console = {.err = err};
    if (!console_settings_load(&console.settings, flags, err))
        return false;
    fill(&console.settings, options);
    bool good = show_lab(&console, argument, options);
    console_settings_release(&console.settings);
    return good;
}

static int run(int argc, char **argv)
{
    struct app_options looks = {.privacy = PRIVACY_PROJECTOR};
    bool projector = false, private = false, pseudonyms = false, ascii = false;
    const char *theme = NULL, *colours = NULL;
    const struct option_spec options[] = {
        {"projector", OPTION_FLAG, &projector, NULL, "show nothing private, whatever is pressed"},
        {"private", OPTION_FLAG, &private, NULL, "begin with projector mode off"},
        {"pseudonyms", OPTION_FLAG, &pseudonyms, NULL, "made-up names, as \"teal otter\""},
        {"ascii", OPTION_FLAG, &ascii, NULL, "no signs outside ASCII"},
        {"theme", OPTION_STRING, &theme, "NAME", "what it looks like (default)"},
        {"colours", OPTION_STRING, &colours, "N", "at most so many: 256, 16, 8, none"},
        {.name = NULL},
    };
    int status = options_parse(&command_console, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 1)
        return command_usage(&command_console, "too many arguments");
    if (projector && private)
        return command_usage(&command_console, "--projector and --private exclude each other");
    if (projector || private)
        looks.privacy = projector ? PRIVACY_LOCKED : PRIVACY_PRIVATE;
    const struct settings_flag flags[] = {{"theme", theme},
                                          {"colours", colours},
                                          {"ascii", ascii ? "true" : NULL},
                                          {"pseudonyms", pseudonyms ? "true" : NULL},
                                          {NULL, NULL}};
    struct error err = ERROR_INIT;
    if (!show(argc == 1 ? argv[0] : NULL, flags, &looks, &err))
        return command_fail(&command_console, &err);
    return EXIT_FINE;
}

const struct command command_console = {
    .name = "console",
    .arguments = "[LAB]",
    .summary = "the live grid of a lab; \"lectern\" without a command is the same",
    .help =
        "Shows the class as it works: who needs help and why, who is behind, who is done.\n"
        "Without LAB it follows the current lab; where there is none yet the setup wizard opens,\n"
        "as by F8: servers, example, students, rules, and it is made so.  The bottom line has the "
        "keys, ? explains them\n"
        "and the signs.  Colours follow the terminal and its background; NO_COLOR leaves them out, "
        "and\n"
        "--ascii the signs that some fonts lack; \"lectern config\" has more of it, and the keys.\n"
        "Where the output is no terminal, see \"lectern status\".\n\n"
        "One person, two screens: --projector for the class, which shows no password, message or\n"
        "statement whatever is pressed, and --private in a second terminal for the lab master's\n"
        "own eyes.  With --pseudonyms, too, --projector shows no name.",
    .run = run,
};
