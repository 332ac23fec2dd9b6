/*
 * show_wizard DIRECTORY [OUTCOME]: the real wizard on commands that answer at once and always the
 * same, in that directory, which holds an example, a broken one and two class lists.  OUTCOME:
 * "fine", "port" (up fails), "refused" (plan), "errors" (apply), "hangs" (apply stays in the
 * middle).  Time stands still.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "tests/terminal/fixture.h"
#include "ui/app.h"
#include "ui/wizard.h"

struct show {
    struct loop loop;
    struct app *app;
    struct wizard *wizard;
    struct snapshot snapshot;
    const char *outcome;
};

struct wizard_job {
    struct show *show;
    uv_timer_t timer;
    int tag;
    const char *command, *example;
};

static const char checks[] =
    "{\"example\":\"library.sql\",\"seconds\":{\"load\":0.4,\"read\":0.1},\"rows\":1204,"
    "\"objects\":{\"table\":6,\"column\":31,\"view\":2,\"function\":1,\"trigger\":1},\"steps\":["
    "{\"name\":\"table author\",\"title\":\"author\",\"hint\":\"\",\"weight\":1,\"checks\":4},"
    "{\"name\":\"table genre\",\"title\":\"genre\",\"hint\":\"\",\"weight\":1,\"checks\":3},"
    "{\"name\":\"table book\",\"title\":\"book\",\"hint\":\"an ISBN is a text\",\"weight\":2,"
    "\"checks\":11},"
    "{\"name\":\"table member\",\"title\":\"member\",\"hint\":\"\",\"weight\":1,\"checks\":8},"
    "{\"name\":\"table loan\",\"title\":\"loan\",\"hint\":\"Which way round is the key?\","
    "\"weight\":1,\"checks\":9},"
    "{\"name\":\"table fine\",\"title\":\"fine\",\"hint\":\"\",\"weight\":1,\"checks\":5},"
    "{\"name\":\"view overdue\",\"title\":\"overdue\",\"hint\":\"\",\"weight\":1,\"checks\":2},"
    "{\"name\":\"view top_readers\",\"title\":\"top readers\",\"hint\":\"\",\"weight\":1,"
    "\"checks\":2},"
    "{\"name\":\"function fine_for\",\"title\":\"fine_for\",\"hint\":\"\",\"weight\":1,"
    "\"checks\":1},"
    "{\"name\":\"triggers\",\"title\":\"triggers\",\"hint\":\"\",\"weight\":1,\"checks\":1}],"
    "\"checks\":[],\"notes\":[]}";
static const char broken[] =
    "{\"error\":{\"message\":\"example: broken.sql:3: syntax error at or near \\\"TABEL\\\"\","
    "\"detail\":\"CREATE TABEL author (\",\"hint\":\"psql -f broken.sql shows it as well.\"}}";
static const char plan[] =
    "{\"lab\":\"library\",\"changes\":152,\"connections_needed\":64,\"refused\":[%s],\"targets\":["
    "{\"target\":\"control\",\"wanted\":4,\"changes\":4,\"actions\":["
    "{\"action\":\"create\",\"object\":\"lab\",\"login\":\"\"},"
    "{\"action\":\"create\",\"object\":\"checks\",\"login\":\"\"}]},"
    "{\"target\":\"roles\",\"wanted\":6,\"changes\":6,\"actions\":["
    "{\"action\":\"create\",\"object\":\"ada\",\"login\":\"ada\"},"
    "{\"action\":\"create\",\"object\":\"probe_ada\",\"login\":\"ada\"},"
    "{\"action\":\"create\",\"object\":\"ben\",\"login\":\"ben\"},"
    "{\"action\":\"create\",\"object\":\"probe_ben\",\"login\":\"ben\"}]},"
    "{\"target\":\"ldap\",\"wanted\":3,\"changes\":0,\"actions\":[]},"
    "{\"target\":\"databases\",\"wanted\":3,\"changes\":2,\"actions\":["
    "{\"action\":\"set aside\",\"object\":\"ada\",\"login\":\"ada\"},"
    "{\"action\":\"create\",\"object\":\"ben\",\"login\":\"ben\"}]}]}";
static const char people[] =
    "{\"people\":[{\"login\":\"ada\",\"name\":\"Ada Lovelace\",\"email\":\"ada@school.example\"},"
    "{\"login\":\"ben\",\"name\":\"B\u00e4cker, Ben\",\"email\":\"\"}],"
    "\"passed_over\":[{\"who\":\"root user\",\"why\":\"it has a blank\"},"
    "{\"who\":\"grace\",\"why\":\"it teaches\"},{\"who\":\"postgres\",\"why\":\"it is "
    "reserved\"}]}";
static const char nobody[] = "{\"people\":[],\"passed_over\":[]}";
static const char refused[] = "{\"kind\":\"role\",\"name\":\"ada\"}";

static const char *const begun[] = {
    "{\"event\":\"start\",\"target\":\"groundwork\",\"object\":\"\",\"text\":\"\",\"done\":0,"
    "\"total\":"
    "5,\"changed\":0}",
    "{\"event\":\"done\",\"target\":\"groundwork\",\"object\":\"\",\"text\":\"\",\"done\":5,"
    "\"total\":"
    "5,\"changed\":0}",
    "groundwork 5, nothing to change",
    "{\"event\":\"done\",\"target\":\"roles\",\"object\":\"\",\"text\":\"\",\"done\":6,\"total\":6,"
    "\"changed\":6}",
    "{\"event\":\"progress\",\"target\":\"databases\",\"object\":\"\",\"text\":\"\",\"done\":1,"
    "\"total\":3,\"changed\":1}",
    NULL};
static const char *const finished[] = {
    "{\"event\":\"done\",\"target\":\"ldap\",\"object\":\"\",\"text\":\"\",\"done\":3,\"total\":3,"
    "\"changed\":3}",
    "{\"event\":\"done\",\"target\":\"databases\",\"object\":\"\",\"text\":\"\",\"done\":3,"
    "\"total\":3,\"changed\":3}",
    "{\"event\":\"done\",\"target\":\"control\",\"object\":\"\",\"text\":\"\",\"done\":4,\"total\":"
    "4,\"changed\":4}",
    "lab \"library\" stands: 3 students, 16 changes, 2.1 s", NULL};
static const char *const failed[] = {
    "{\"event\":\"error\",\"target\":\"databases\",\"object\":\"ben\",\"text\":\"could not create "
    "the database: no space left on device\",\"done\":0,\"total\":0,\"changed\":0}",
    "{\"event\":\"done\",\"target\":\"ldap\",\"object\":\"\",\"text\":\"\",\"done\":3,\"total\":3,"
    "\"changed\":3}",
    NULL};

static void say(const struct wizard_job *job, const char *const *lines)
{
    for (; *lines != NULL; lines++)
        wizard_job_line(job->show->wizard, job->tag, *lines);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void end(struct wizard_job *job, int status, const char *errors)
{
    struct wizard *wizard = job->show->wizard;
    int tag = job->tag;
    uv_close((uv_handle_t *)&job->timer, on_closed);
    wizard_job_end(wizard, tag, status, errors);
}

static void apply(struct wizard_job *job)
{
    const char *outcome = job->show->outcome;
    say(job, begun);
    if (strcmp(outcome, "hangs") == 0)
        return;
    if (strcmp(outcome, "errors") == 0) {
        say(job, failed);
        end(job, 1, "lectern: apply: 1 of 3 databases failed\n");
        return;
    }
    say(job, finished);
    end(job, 0, "");
}

static void on_turn(uv_timer_t *timer)
{
    struct wizard_job *job = timer->data;
    const char *outcome = job->show->outcome;
    if (strcmp(job->command, "up") == 0 && strcmp(outcome, "port") == 0)
        end(job, 1,
            "lectern: up: port 5433 on 127.0.0.1 is taken\n  hint: Stop what listens "
            "there, or set another \"port\" in site.yaml.\n");
    else if (strcmp(job->command, "up") == 0)
        end(job, 0, "");
    else if (strcmp(job->command, "checks") == 0) {
        bool good = strstr(job->example, "library.sql") != NULL;
        wizard_job_line(job->show->wizard, job->tag, good ? checks : broken);
        end(job, good ? 0 : 1, "lectern: checks: example: broken.sql:3: ...\n");
    } else if (strcmp(job->command, "plan") == 0) {
        bool fine = strcmp(outcome, "refused") != 0;
        CLEANUP(mem_free_string)
        char *text = mem_printf(plan, fine ? "" : refused);
        wizard_job_line(job->show->wizard, job->tag, text);
        end(job, fine ? 3 : 1, "");
    } else if (strcmp(job->command, "directory") == 0) {
        bool some = strstr(job->example, "nobody") == NULL;
        wizard_job_line(job->show->wizard, job->tag, some ? people : nobody);
        end(job, 0, "");
    } else if (strcmp(job->command, "apply") == 0)
        apply(job);
    else
        end(job, 2, "lectern: there is no such command here\n");
}

static struct wizard_job *start(struct wizard *wizard, int tag, const char *const *arguments,
                                char **ret_fault, void *data)
{
    static const char *const known[] = {"up", "checks", "plan", "apply", "directory"};
    struct wizard_job *job = mem_alloc(sizeof *job);
    (void)wizard;
    (void)ret_fault;
    job->show = data;
    job->tag = tag;
    job->command = job->example = "";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(arguments[0], known[i]) == 0)
            job->command = known[i];
    for (; *arguments != NULL; arguments++)
        if (strstr(*arguments, "library.sql") != NULL)
            job->example = "library.sql";
        else if (strstr(*arguments, "nobody") != NULL)
            job->example = "nobody";
    uv_timer_init(&job->show->loop.uv, &job->timer);
    job->timer.data = job;
    uv_timer_start(&job->timer, on_turn, 0, 0);
    return job;
}

static void stop(struct wizard_job *job, void *data)
{
    (void)data;
    end(job, 143, "");
}

static void abandon(struct wizard_job *job, void *data)
{
    (void)data;
    uv_close((uv_handle_t *)&job->timer, on_closed);
}

static void on_servers(const char *compose, void *data)
{
    (void)compose;
    (void)data;
}

static void on_changed(void *data)
{
    struct show *show = data;
    if (show->app != NULL)
        app_wake(show->app);
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
    wizard_free(show->wizard);
    show->wizard = NULL;
}

static bool write_files(struct error *err)
{
    static const struct {
        const char *name, *text;
    } files[] = {
        {"library.sql", "CREATE TABLE author (author_id integer PRIMARY KEY);\n"},
        {"broken.sql", "\n\nCREATE TABEL author (\n"},
        {"class.csv", "login,name,email,seat,group\nada,Ada Lovelace,ada@school.example,A1,red\n"
                      "ben,Ben Bäcker,ben@school.example,A2,red\n"
                      "mei,山田 Mei,mei@school.example,A3,blue\n"},
        {"export.csv", "Nachname;Vorname;E-Mail;Klasse\nLovelace;Ada;ada@school.example;11b\n"
                       "Bäcker;Ben;Ben@school.example;11b\n"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (!file_exists(files[i].name) &&
            !file_write(files[i].name, files[i].text, strlen(files[i].text), 0644, err))
            return false;
    return true;
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    if (argc < 2 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: show_wizard DIRECTORY [OUTCOME]\n");
        return 2;
    }
    char *here = getcwd(NULL, 0);
    setenv("HOME", here != NULL ? here : "/", 1); /* the list of files calls it "~" */
    free(here);
    struct show show = {.outcome = argc > 2 ? argv[2] : "fine"};
    struct error err = ERROR_INIT;
    clock_freeze(1000000, INT64_C(1772000000000000));
    fixture_make(&show.snapshot, 0, "no_lab");
    loop_init(&show.loop);
    const struct wizard_ops ops = {.state = "state",
                                   .directory = ".",
                                   .start = start,
                                   .stop = stop,
                                   .abandon = abandon,
                                   .servers = on_servers,
                                   .changed = on_changed,
                                   .data = &show};
    if (write_files(&err))
        show.wizard = wizard_new(&ops);
    struct app_handlers handlers = {.quit = on_quit, .data = &show, .wizard = show.wizard};
    if (show.wizard != NULL)
        show.app = app_new(&show.loop, &(const struct app_options){.mouse = true}, &handlers, &err);
    if (show.app != NULL) {
        loop_on_stop(&show.loop, on_stop, &show);
        app_show(show.app, &show.snapshot);
        app_open_wizard(show.app);
        loop_run(&show.loop);
    } else
        error_report(&err, stderr, "show_wizard");
    loop_release(&show.loop);
    snapshot_release(&show.snapshot);
    int status = error_is_set(&err);
    error_clear(&err);
    return status;
}
