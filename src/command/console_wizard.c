/*
 * The wizard's operations.  Each is one run of this program, in a group of its own that ends with
 * it; what is typed meanwhile goes to the wizard.
 */
#include "command/console_wizard.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "command/command.h"
#include "io/child.h"

enum { TICK_MS = 500, ARGUMENTS_MAX = 30 };

struct wizard_job {
    struct console_wizard *of;
    struct child *child;
    int tag;
    uv_timer_t tick;
};

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* The timer is the job's memory. */
static void let_go(struct wizard_job *job)
{
    uv_close((uv_handle_t *)&job->tick, on_closed);
}

static void on_tick(uv_timer_t *timer)
{
    const struct wizard_job *job = timer->data;
    wizard_tick(job->of->wizard);
}

static void on_line(const char *line, void *data)
{
    const struct wizard_job *job = data;
    wizard_job_line(job->of->wizard, job->tag, line);
}

static void on_end(int status, const char *errors, void *data)
{
    struct wizard_job *job = data;
    struct wizard *wizard = job->of->wizard;
    int tag = job->tag;
    let_go(job);
    wizard_job_end(wizard, tag, status, errors);
}

static struct wizard_job *start(struct wizard *wizard, int tag, const char *const *arguments,
                                char **ret_fault, void *data)
{
    struct console_wizard *self = data;
    const char *argv[ARGUMENTS_MAX] = {self->program};
    for (size_t i = 0; arguments[i] != NULL && i + 2 < ARGUMENTS_MAX; i++)
        argv[i + 1] = arguments[i];
    struct child_spec spec = {.argv = argv};
    struct error err = ERROR_INIT;
    struct wizard_job *job = mem_alloc(sizeof *job);
    (void)wizard;
    job->of = self;
    job->tag = tag;
    job->child = child_start(self->loop, &spec, on_line, on_end, job, &err);
    if (job->child == NULL) {
        *ret_fault = mem_strdup(err.message);
        error_clear(&err);
        free(job);
        return NULL;
    }
    uv_timer_init(&self->loop->uv, &job->tick);
    job->tick.data = job;
    uv_timer_start(&job->tick, on_tick, TICK_MS, TICK_MS);
    return job;
}

static void stop(struct wizard_job *job, void *data)
{
    (void)data;
    child_kill(job->child, SIGTERM);
}

static void abandon(struct wizard_job *job, void *data)
{
    (void)data;
    child_abandon(job->child);
    let_go(job);
}

static void on_servers(const char *compose, void *data)
{
    struct console_wizard *self = data;
    self->servers(compose, self->data);
}

static void on_changed(void *data)
{
    struct console_wizard *self = data;
    if (self->app != NULL)
        app_wake(self->app);
}

void console_wizard_init(struct console_wizard *self, struct loop *loop,
                         void (*servers)(const char *compose, void *data), void *data)
{
    char *here = getcwd(NULL, 0);
    *self = (struct console_wizard){.loop = loop,
                                    .servers = servers,
                                    .data = data,
                                    .program = command_sibling("lectern"),
                                    .state = command_state_directory(),
                                    .directory = here != NULL ? here : mem_strdup("/")};
    const struct wizard_ops ops = {.state = self->state,
                                   .directory = self->directory,
                                   .start = start,
                                   .stop = stop,
                                   .abandon = abandon,
                                   .servers = on_servers,
                                   .changed = on_changed,
                                   .data = self};
    self->wizard = wizard_new(&ops);
}

void console_wizard_stop(struct console_wizard *self)
{
    self->app = NULL;
    wizard_free(self->wizard);
    self->wizard = NULL;
    mem_free_string(&self->program);
    mem_free_string(&self->state);
    mem_free_string(&self->directory);
}
