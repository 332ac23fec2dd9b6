/*
 * lectern watch: what changes in the class, a line each, until nobody reads on.
 */
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "board/changes.h"
#include "board/feed.h"
#include "command/commands.h"
#include "command/status.h"
#include "io/loop.h"

struct watch {
    struct loop loop;
    struct feed *feed;
    struct changes changes;
    bool json;
    struct error *err;
};

static void print_json(const struct change *change, const char *at)
{
    json_t *line = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "at", at, "kind", change->kind,
                             "login", json_string(change->login), "name", json_string(change->name),
                             "from", json_string(change->from), "to", json_string(change->to),
                             "text", json_string(change->text));
    char *text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;
    if (text != NULL)
        puts(text);
    free(text);
    json_decref(line);
}

static void on_change(const struct change *change, void *data)
{
    const struct watch *watch = data;
    CLEANUP(strbuf_release)
    struct strbuf at = STRBUF_INIT;
    clock_format_utc(clock_utc_us(), &at);
    if (watch->json) {
        print_json(change, at.text);
        return;
    }
    CLEANUP(mem_free_string)
    char *who = str_disarm(change->login);
    CLEANUP(mem_free_string)
    char *text = str_disarm(change->text);
    printf("%s  %s%s%s\n", at.text, who, *who != '\0' ? ": " : "", text);
}

/* Whoever read the lines is gone: there is nobody to tell. */
static bool is_read(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = 0};
    return fflush(stdout) == 0 && !(poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLNVAL)));
}

static void on_snapshot(const struct snapshot *snapshot, void *data)
{
    struct watch *watch = data;
    if (watch->feed == NULL || error_is_set(watch->err))
        return;
    if (*snapshot->lab != '\0' && !feed_lab_is_current(watch->feed)) {
        status_not_current(snapshot->lab, watch->err);
        loop_stop(&watch->loop);
        return;
    }
    /* The first picture is told as a whole; until it is there only what keeps it away. */
    if (watch->changes.begun || feed_is_complete(watch->feed) || snapshot->trouble != TROUBLE_NONE)
        changes_take(&watch->changes, snapshot, on_change, watch);
    if (!is_read())
        loop_stop(&watch->loop);
}

static void on_stop(void *data)
{
    struct watch *watch = data;
    feed_free(watch->feed);
    watch->feed = NULL;
}

static bool show(const struct site *site, const struct feed_options *options, bool json,
                 struct error *err)
{
    struct watch watch = {.changes = CHANGES_INIT, .json = json, .err = err};
    loop_init(&watch.loop);
    loop_on_stop(&watch.loop, on_stop, &watch);
    watch.feed = feed_new(&watch.loop, site, options, on_snapshot, &watch);
    loop_run(&watch.loop);
    changes_release(&watch.changes);
    loop_release(&watch.loop);
    return !error_is_set(err);
}

static int run(int argc, char **argv)
{
    return status_run(&command_watch, "a JSON object on each line", show, argc, argv);
}

const struct command command_watch = {
    .name = "watch",
    .arguments = "[LAB]",
    .summary = "what changes in the class, a line each",
    .help =
        "Prints how the class stands, then a line for each change: states and needs with their\n"
        "reasons, completed steps, hands, announcements, the lesson, and what is wrong with the\n"
        "data.  Each line is written at once, for screen readers and scripts, until it is ended\n"
        "or nobody reads on.  It has what students wrote: it is for the lab master's eyes.",
    .run = run,
};
