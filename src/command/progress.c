/*
 * Events on the terminal and as JSON lines.
 */
#include "command/progress.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

/* Ctrl-C.  Whatever shows its progress may be broken off anywhere and is told to go on by running
 * it again. */
static void on_interrupt(int signum)
{
    static const char text[] = "\nlectern: broken off; what was done stands, and the same command "
                               "goes on from there\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    raise(signum); /* by now it ends the program */
}

static void catch_interrupt(void)
{
    struct sigaction before, action = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, NULL, &before);
    if (before.sa_handler == SIG_DFL)
        sigaction(SIGINT, &action, NULL);
}

bool progress_init(struct progress *progress, int events_fd)
{
    *progress = (struct progress){.terminal = isatty(STDOUT_FILENO) == 1};
    if (events_fd < 0)
        return true;
    int own = dup(events_fd);
    progress->lines = own >= 0 ? fdopen(own, "w") : NULL;
    if (progress->lines == NULL && own >= 0)
        close(own);
    return progress->lines != NULL;
}

void progress_release(struct progress *progress)
{
    if (progress->lines != NULL)
        fclose(progress->lines);
    progress->lines = NULL;
}

static void end_line(struct progress *progress)
{
    if (progress->open)
        printf("\r\033[K");
    progress->open = false;
}

static void print_problem(struct progress *progress, const struct event *event)
{
    CLEANUP(mem_free_string)
    char *object = str_disarm(event->object);
    CLEANUP(mem_free_string)
    char *text = str_disarm(event->text);
    FILE *stream = event->kind == EVENT_ERROR ? stderr : stdout;
    end_line(progress);
    fflush(stdout);
    if (object[0] != '\0')
        fprintf(stream, "%s %s: %s\n", event->target, object, text);
    else
        fprintf(stream, "%s: %s\n", event->target, text);
}

static void print_event(struct progress *progress, const struct event *event)
{
    switch (event->kind) {
    case EVENT_START:
        break;
    case EVENT_PROGRESS:
        if (!progress->terminal)
            break;
        printf("\r\033[K%-10s %zu of %zu", event->target, event->done, event->total);
        fflush(stdout);
        progress->open = true;
        break;
    case EVENT_DONE:
        end_line(progress);
        if (event->changed == 0)
            printf("%-10s %zu, nothing to change\n", event->target, event->total);
        else
            printf("%-10s %zu, %zu changed\n", event->target, event->total, event->changed);
        fflush(stdout);
        break;
    case EVENT_NOTE:
    case EVENT_ERROR:
        print_problem(progress, event);
        break;
    }
}

void progress_event(const struct event *event, void *data)
{
    struct progress *progress = data;
    if (!progress->begun)
        catch_interrupt();
    progress->begun = true;
    if (event->kind == EVENT_ERROR)
        progress->errors++;
    if (progress->lines != NULL) {
        CLEANUP(mem_free_string)
        char *line = event_json(event);
        fprintf(progress->lines, "%s\n", line);
        fflush(progress->lines);
    }
    print_event(progress, event);
}

void progress_ignore(const struct event *event, void *data)
{
    (void)event;
    (void)data;
}

void progress_note(struct progress *progress, const char *text)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    end_line(progress);
    printf("%s\n", safe);
    fflush(stdout);
}
