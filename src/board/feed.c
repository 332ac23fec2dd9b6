/*
 * The feed.  Requests never pile up: a poll that is still under way when the next is due is left to
 * its deadline.  What was good is kept until something better came; how old it is says the pulse.
 */
#include "board/feed.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "board/merge.h"
#include "board/wording.h"
#include "io/http.h"

enum {
    TICK_MS = 1000,
    GRID_TIMEOUT_MS = 3000,
    STEPS_TIMEOUT_MS = 5000,
    STEPS_EVERY = 5, /* ticks, once there are any */
};

struct feed {
    const struct site *site;
    char *lab; /* as asked for; "": the current one */
    bool all_steps;
    feed_cb on_change;
    void *data;
    uv_timer_t timer;
    unsigned ticks;
    struct http *http;
    struct http_request *grid_request, *steps_request;
    struct wording *wording;
    struct words words;
    bool has_words;
    char *words_fault;
    struct prometheus_answer grid, steps;
    bool has_steps;
    struct pulse pulse;
    char *open_login;
    struct snapshot *shown;
};

/* -- giving ------------------------------------------------------------------------------------ */

static void publish(struct feed *feed)
{
    int64_t now_ms = clock_monotonic_ms();
    const struct pulse *pulse = &feed->pulse;
    struct merge_input input = {
        .words = feed->has_words ? &feed->words : NULL,
        .grid = pulse->has_data ? &feed->grid : NULL,
        .steps = feed->has_steps ? &feed->steps : NULL,
        .open_login = feed->open_login,
        .all_steps = feed->all_steps,
        .verdict = pulse_judge(pulse, now_ms),
        .now_us =
            pulse->has_data ? feed->grid.at_us + (now_ms - pulse->data_ms) * 1000 : clock_utc_us(),
    };
    struct snapshot *old = feed->shown;
    feed->shown = merge(&input);
    feed->on_change(feed->shown, feed->data);
    merge_free(old);
}

/* -- numbers ----------------------------------------------------------------------------------- */

/* The lab that is polled: the words know which one is current.  "" while they do not say; any lab
 * then serves the diagnosis. */
static const char *lab_name(const struct feed *feed)
{
    return feed->has_words && feed->words.lab != NULL ? feed->words.lab : feed->lab;
}

static bool read_answer(int status, const char *body, size_t len, const struct error *err,
                        struct prometheus_answer *ret_answer)
{
    if (err != NULL || status != 200)
        return false;
    struct error fault = ERROR_INIT;
    bool ok = prometheus_parse(body, len, ret_answer, &fault);
    error_clear(&fault);
    return ok;
}

static void on_grid(int status, const char *body, size_t len, const struct error *err, void *data)
{
    struct feed *feed = data;
    feed->grid_request = NULL;
    struct prometheus_answer answer;
    if (!read_answer(status, body, len, err, &answer)) {
        pulse_refusal(&feed->pulse);
        publish(feed);
        return;
    }
    int64_t heartbeat_us = prometheus_heartbeat(&answer);
    pulse_answer(&feed->pulse, clock_monotonic_ms(), answer.at_us, heartbeat_us,
                 prometheus_exporter_up(&answer), prometheus_feed_failed(&answer));
    if (heartbeat_us != 0) {
        prometheus_answer_release(&feed->grid);
        feed->grid = answer;
    } else
        prometheus_answer_release(&answer);
    publish(feed);
}

static void on_steps(int status, const char *body, size_t len, const struct error *err, void *data)
{
    struct feed *feed = data;
    feed->steps_request = NULL;
    struct prometheus_answer answer;
    if (!read_answer(status, body, len, err, &answer))
        return;
    /* The steps have no heartbeat of their own here: an empty answer empties nothing. */
    if (answer.n_samples == 0 && feed->has_steps) {
        prometheus_answer_release(&answer);
        return;
    }
    prometheus_answer_release(&feed->steps);
    feed->steps = answer;
    feed->has_steps = true;
    publish(feed);
}

static void ask_grid(struct feed *feed)
{
    if (feed->grid_request != NULL)
        return;
    CLEANUP(strbuf_release)
    struct strbuf url = STRBUF_INIT;
    prometheus_grid_url(&url, feed->site->prometheus_url, lab_name(feed));
    feed->grid_request = http_get(feed->http, url.text, GRID_TIMEOUT_MS, on_grid, feed);
}

static void ask_steps(struct feed *feed)
{
    if (feed->steps_request != NULL || !feed->all_steps || *lab_name(feed) == '\0')
        return;
    CLEANUP(strbuf_release)
    struct strbuf url = STRBUF_INIT;
    prometheus_steps_url(&url, feed->site->prometheus_url, lab_name(feed));
    feed->steps_request = http_get(feed->http, url.text, STEPS_TIMEOUT_MS, on_steps, feed);
}

static void on_tick(uv_timer_t *timer)
{
    struct feed *feed = timer->data;
    ask_grid(feed);
    if (feed->ticks++ % STEPS_EVERY == 0 || feed->steps.n_samples == 0)
        ask_steps(feed);
    publish(feed);
}

/* -- words ------------------------------------------------------------------------------------- */

static void forget_numbers(struct feed *feed)
{
    if (feed->grid_request != NULL)
        http_cancel(feed->grid_request);
    if (feed->steps_request != NULL)
        http_cancel(feed->steps_request);
    feed->grid_request = feed->steps_request = NULL;
    prometheus_answer_release(&feed->grid);
    prometheus_answer_release(&feed->steps);
    feed->has_steps = false;
    pulse_init(&feed->pulse, clock_monotonic_ms());
}

static void on_words(struct words *words, const struct error *err, void *data)
{
    struct feed *feed = data;
    free(feed->words_fault);
    feed->words_fault = NULL;
    if (err != NULL) {
        feed->words_fault = mem_strdup(err->message);
        feed->pulse.no_lab = false;
        if (feed->pulse.words_lost_ms == 0)
            feed->pulse.words_lost_ms = clock_monotonic_ms();
        publish(feed);
        return;
    }
    bool other_lab = strcmp(words->lab != NULL ? words->lab : "", lab_name(feed)) != 0;
    words_release(&feed->words);
    feed->words = *words;
    *words = (struct words){.arena = ARENA_INIT};
    feed->has_words = true;
    if (other_lab)
        forget_numbers(feed);
    feed->pulse.words_lost_ms = 0;
    feed->pulse.no_lab = feed->words.lab == NULL;
    if (other_lab) {
        ask_grid(feed);
        ask_steps(feed);
    }
    publish(feed);
}

/* -- life -------------------------------------------------------------------------------------- */

struct feed *feed_new(struct loop *loop, const struct site *site,
                      const struct feed_options *options, feed_cb on_change, void *data)
{
    struct feed *feed = mem_alloc(sizeof *feed);
    *feed = (struct feed){
        .site = site,
        .lab = mem_strdup(options->lab),
        .all_steps = options->all_steps,
        .on_change = on_change,
        .data = data,
    };
    pulse_init(&feed->pulse, clock_monotonic_ms());
    feed->http = http_new(loop, site->ca_file);
    feed->wording = wording_new(loop, site, feed->lab, on_words, feed);
    uv_timer_init(&loop->uv, &feed->timer);
    feed->timer.data = feed;
    uv_timer_start(&feed->timer, on_tick, 0,
                   options->interval_ms > 0 ? (uint64_t)options->interval_ms : TICK_MS);
    return feed;
}

void feed_open_student(struct feed *feed, const char *login)
{
    free(feed->open_login);
    feed->open_login = mem_strdup(login);
    wording_open(feed->wording, login);
}

void feed_want_steps(struct feed *feed, bool wanted)
{
    feed->all_steps = wanted;
    if (wanted) /* at once, not at the next fifth second */
        ask_steps(feed);
    publish(feed);
}

bool feed_is_complete(const struct feed *feed)
{
    return feed->has_words && feed->words.lab != NULL && feed->pulse.has_data &&
           (feed->has_steps || !feed->all_steps);
}

bool feed_lab_is_current(const struct feed *feed)
{
    return !feed->has_words || (feed->words.lab != NULL && feed->words.is_current);
}

const char *feed_words_fault(const struct feed *feed)
{
    return feed->words_fault != NULL ? feed->words_fault : "";
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void feed_free(struct feed *feed)
{
    if (feed == NULL)
        return;
    http_free(feed->http);
    wording_free(feed->wording);
    words_release(&feed->words);
    prometheus_answer_release(&feed->grid);
    prometheus_answer_release(&feed->steps);
    merge_free(feed->shown);
    free(feed->words_fault);
    free(feed->open_login);
    free(feed->lab);
    uv_close((uv_handle_t *)&feed->timer, on_closed);
}
