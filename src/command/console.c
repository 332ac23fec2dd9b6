/*
 * The console: the live grid of a lab.  Ties the feed to the screen; neither knows the other.
 */
#include <stdio.h>

#include "base/memory.h"
#include "board/feed.h"
#include "command/commands.h"
#include "command/console_handout.h"
#include "command/status.h"
#include "io/loop.h"
#include "ui/app.h"

struct console {
    struct loop loop;
    struct feed *feed;
    struct app *app;
    struct console_handout handout;
    struct error *err;
};

static void on_snapshot(const struct snapshot *snapshot, void *data)
{
    struct console *console = data;
    app_show(console->app, snapshot);
    if (*snapshot->lab == '\0' || feed_lab_is_current(console->feed) || error_is_set(console->err))
        return;
    /* A lab that was asked for by name, and that another one has taken the place of. */
    status_not_current(snapshot->lab, console->err);
    loop_stop(&console->loop);
}

static void on_open(const char *login, void *data)
{
    feed_open_student(((struct console *)data)->feed, login);
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
    console_handout_stop(&console->handout);
    feed_free(console->feed);
    console->app = NULL;
    console->feed = NULL;
}

static bool show(const char *argument, bool ascii, struct error *err)
{
    struct site site;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    if (!status_find(argument, &site, &lab, err))
        return false;
    struct console console = {.err = err};
    struct app_handlers handlers = {.open_student = on_open,
                                    .quit = on_quit,
                                    .data = &console,
                                    .handout = &console.handout.ops};
    struct feed_options options = {.lab = lab, .all_steps = false};
    loop_init(&console.loop);
    console_handout_init(&console.handout, &console.loop, lab);
    console.app = app_new(&console.loop, ascii, &handlers, err);
    console.handout.app = console.app;
    if (console.app != NULL) {
        loop_on_stop(&console.loop, on_stop, &console);
        console.feed = feed_new(&console.loop, &site, &options, on_snapshot, &console);
        loop_run(&console.loop);
    }
    console_handout_stop(&console.handout);
    loop_release(&console.loop);
    site_release(&site);
    return !error_is_set(err);
}

static int run(int argc, char **argv)
{
    bool ascii = false;
    const struct option_spec options[] = {
        {"ascii", OPTION_FLAG, &ascii, NULL, "no signs outside ASCII"},
        {.name = NULL},
    };
    int status = options_parse(&command_console, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 1)
        return command_usage(&command_console, "too many arguments");
    struct error err = ERROR_INIT;
    if (!show(argc == 1 ? argv[0] : NULL, ascii, &err))
        return command_fail(&command_console, &err);
    return EXIT_FINE;
}

const struct command command_console = {
    .name = "console",
    .arguments = "[LAB]",
    .summary = "the live grid of a lab; \"lectern\" without a command is the same",
    .help =
        "Shows the class as it works: who needs help and why, who is behind, who is done.\n"
        "Without LAB it follows the current lab.  The bottom line has the keys, ? explains them\n"
        "and the signs.  Colours follow the terminal; NO_COLOR leaves them out, and --ascii the\n"
        "signs that some fonts lack.  Where the output is no terminal, see \"lectern status\".",
    .run = run,
};
