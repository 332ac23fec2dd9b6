/*
 * show SCENE STUDENTS [--ascii] [--projector | --private] [--pseudonyms]: the real screen on a
 * class that stands still, for pictures and for the terminal tests.  "Crash" (the key !) dies by
 * SIGSEGV with the terminal in use.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "tests/terminal/fixture.h"
#include "ui/action.h"
#include "ui/app.h"
#include "ui/pane_handout.h"

struct show {
    struct loop loop;
    struct app *app;
    struct snapshot snapshot;
    bool burned;
};

static void on_open(const char *login, void *data)
{
    struct show *show = data;
    if (login != NULL)
        fixture_open(&show->snapshot, login);
    app_show(show->app, &show->snapshot);
}

static void on_read(void *data)
{
    struct show *show = data;
    app_take_sheet(show->app, fixture_sheet(&show->snapshot, show->burned), NULL);
}

static void on_print(const char *login, void *data)
{
    CLEANUP(mem_free_string)
    char *words = mem_printf("printed the slip of %s", login != NULL ? login : "everybody");
    app_handout_done(((struct show *)data)->app, true, words);
}

static void on_save(void *data)
{
    app_handout_done(((struct show *)data)->app, false, "no room left on the disk");
}

static void on_drop(void *data)
{
    (void)data;
}

/* Says what would be done. */
static void on_act(const struct action *action, void *data)
{
    CLEANUP(mem_free_string)
    char *words = mem_printf("%s%s%s%s%s%s%s", action_ask(action->kind)->title,
                             *action->login != '\0' ? " of " : "", action->login,
                             *action->helper != '\0' ? " by " : "", action->helper,
                             *action->text != '\0' ? ": " : "", action->text);
    app_tell(((struct show *)data)->app, action->kind != ACTION_UNLOCK, words);
}

static void on_quit(void *data)
{
    loop_stop(&((struct show *)data)->loop);
}

static void on_stop(void *data)
{
    struct show *show = data;
    app_free(show->app);
    show->app = NULL;
}

/* SIGUSR1 crashes from within a turn of the loop. */
static void on_user(int signum)
{
    (void)signum;
    raise(SIGSEGV);
}

static void on_want_steps(bool wanted, void *data)
{
    struct show *show = data;
    if (wanted)
        fixture_all_steps(&show->snapshot);
    app_show(show->app, &show->snapshot);
}

static bool has(char **argv, const char *option)
{
    for (; *argv != NULL; argv++)
        if (strcmp(*argv, option) == 0)
            return true;
    return false;
}

static int number_of(const char *variable)
{
    const char *text = getenv(variable);
    return text != NULL ? atoi(text) : 0;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    if (argc < 3) {
        fprintf(stderr,
                "usage: show SCENE STUDENTS [--ascii] [--projector | --private] [--pseudonyms]\n");
        return 2;
    }
    struct show show = {.app = NULL};
    struct error err = ERROR_INIT;
    struct handout_ops handout = {on_read, on_print, on_save, on_drop, "/home/u/handout", &show};
    struct app_handlers handlers = {.open_student = on_open,
                                    .want_steps = on_want_steps,
                                    .quit = on_quit,
                                    .act = on_act,
                                    .data = &show,
                                    .handout = &handout};
    struct app_options options = {.ascii = has(argv, "--ascii"),
                                  .privacy = has(argv, "--projector") ? PRIVACY_LOCKED
                                             : has(argv, "--private") ? PRIVACY_PRIVATE
                                                                      : PRIVACY_PROJECTOR,
                                  .pseudonyms = has(argv, "--pseudonyms"),
                                  .mouse = true,
                                  .escape_ms = number_of("SHOW_ESCAPE_MS"),
                                  .helper = getenv("SHOW_HELPER"),
                                  .login = getenv("SHOW_LOGIN"),
                                  .pseudonym_key = "a key of tests"};
    show.burned = strcmp(argv[1], "burned") == 0;
    fixture_make(&show.snapshot, (size_t)strtoul(argv[2], NULL, 10), argv[1]);
    loop_init(&show.loop);
    show.app = app_new(&show.loop, &options, &handlers, &err);
    if (show.app != NULL) {
        signal(SIGUSR1, on_user);
        loop_on_stop(&show.loop, on_stop, &show);
        app_show(show.app, &show.snapshot);
        loop_run(&show.loop);
    } else
        error_report(&err, stderr, "show");
    loop_release(&show.loop);
    snapshot_release(&show.snapshot);
    int status = error_is_set(&err);
    error_clear(&err);
    return status;
}
