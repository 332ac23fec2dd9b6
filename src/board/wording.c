/*
 * The words' half of the feed.  A round is four to six queries; its words replace the old ones
 * only when all of them came.  Whatever goes wrong ends in lose(): close, pause, connect again.
 */
#include "board/wording.h"

#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "control/connect.h"
#include "io/pg.h"

enum {
    CONNECT_MS = 3000,
    QUERY_MS = 3000,
    ROUND_MS = 1000, /* a hand is on the screen within 3 s */
    MEDIANS_MS = 20000,
    PAUSE_MIN_MS = 500,
    PAUSE_MAX_MS = 4000,
};

struct wording {
    struct loop *loop;
    const struct site *site;
    const char *lab;
    wording_cb on_words;
    void *data;
    uv_timer_t timer;
    struct pg *pg;
    struct arena arena; /* of the address */
    int64_t pause_ms;
    bool reading;      /* a round is under way */
    bool again;        /* start the next round as soon as this one is over */
    struct words next; /* what the round has brought so far */
    char *login;       /* whose checks; NULL: nobody's */
    char *asked;       /* whose checks the running round asks for */
    json_t *medians;   /* of the class over time: asked for less often */
    int64_t medians_ms;
};

static void on_timer(uv_timer_t *timer);
static void read_round(struct wording *w);

static void wait_for(struct wording *w, int64_t ms)
{
    uv_timer_start(&w->timer, on_timer, (uint64_t)ms, 0);
}

static void lose(struct wording *w, const struct error *err)
{
    pg_close(w->pg);
    w->pg = NULL;
    w->reading = false;
    words_release(&w->next);
    wait_for(w, w->pause_ms);
    w->pause_ms = w->pause_ms * 2 > PAUSE_MAX_MS ? PAUSE_MAX_MS : w->pause_ms * 2;
    w->on_words(NULL, err, w->data);
}

/* Add one result by `add`; false when the round is over. */
static bool take(struct wording *w, const PGresult *result, const struct error *err,
                 bool (*add)(struct words *, const PGresult *, struct error *))
{
    struct error fault = ERROR_INIT;
    if (err == NULL && add(&w->next, result, &fault))
        return true;
    lose(w, err != NULL ? err : &fault);
    error_clear(&fault);
    return false;
}

static void finish_round(struct wording *w)
{
    w->reading = false;
    w->pause_ms = PAUSE_MIN_MS;
    struct words words = w->next;
    w->next = (struct words){.arena = ARENA_INIT};
    if (w->again)
        read_round(w);
    else
        wait_for(w, ROUND_MS);
    w->on_words(&words, NULL, w->data);
    words_release(&words);
}

static bool add_checks(struct words *words, const PGresult *result, struct error *err)
{
    return words_add_checks(words, words->login, result, err);
}

/* The medians of a moment ago go with whoever is open now. */
static void keep_medians(struct wording *w)
{
    json_t *came = json_object_get(w->next.open, "medians");
    if (json_is_array(came)) {
        json_decref(w->medians);
        w->medians = json_incref(came);
        w->medians_ms = clock_monotonic_ms();
    } else if (w->next.open != NULL && w->medians != NULL)
        json_object_set(w->next.open, "medians", w->medians);
}

static void on_open_student(struct pg *pg, const PGresult *result, const struct error *err,
                            void *data)
{
    (void)pg;
    struct wording *w = data;
    if (!take(w, result, err, words_add_open))
        return;
    keep_medians(w);
    finish_round(w);
}

static void on_checks(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct wording *w = data;
    w->next.login = w->asked;
    if (!take(w, result, err, add_checks))
        return;
    bool old = w->medians == NULL || clock_monotonic_ms() - w->medians_ms > MEDIANS_MS;
    const char *params[] = {w->lab, w->asked, old ? "t" : "f"};
    pg_query(pg, asset_get(WORDS_STUDENT_SQL)->text, 3, params, QUERY_MS, on_open_student, w);
}

static void on_class(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct wording *w = data;
    if (!take(w, result, err, words_add_class))
        return;
    free(w->asked);
    w->asked = mem_strdup(w->login);
    if (w->asked == NULL) {
        finish_round(w);
        return;
    }
    const char *params[] = {w->lab, w->asked};
    pg_query(pg, words_checks_sql, 2, params, QUERY_MS, on_checks, w);
}

static void on_students(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct wording *w = data;
    if (take(w, result, err, words_add_students))
        pg_query(pg, asset_get(WORDS_CLASS_SQL)->text, 1, &w->lab, QUERY_MS, on_class, w);
}

static void on_steps(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct wording *w = data;
    if (take(w, result, err, words_add_steps))
        pg_query(pg, words_students_sql, 1, &w->lab, QUERY_MS, on_students, w);
}

static void on_lab(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct wording *w = data;
    if (!take(w, result, err, words_add_lab))
        return;
    if (w->next.lab == NULL)
        finish_round(w);
    else
        pg_query(pg, words_steps_sql, 1, &w->lab, QUERY_MS, on_steps, w);
}

static void read_round(struct wording *w)
{
    w->again = false;
    w->reading = true;
    uv_timer_stop(&w->timer);
    pg_query(w->pg, words_lab_sql, 1, &w->lab, QUERY_MS, on_lab, w);
}

static void on_state(struct pg *pg, const struct error *err, void *data)
{
    (void)pg;
    struct wording *w = data;
    if (err != NULL)
        lose(w, err);
    else
        read_round(w);
}

static void connect_again(struct wording *w)
{
    arena_release(&w->arena);
    struct pg_address address;
    struct error err = ERROR_INIT;
    if (!connect_as_role(w->site, "lectern_console", CONTROL_DATABASE, &w->arena, &address, &err)) {
        lose(w, &err);
        error_clear(&err);
        return;
    }
    w->pg = pg_open(w->loop, &address, CONNECT_MS, on_state, w);
}

static void on_timer(uv_timer_t *timer)
{
    struct wording *w = timer->data;
    if (w->pg == NULL)
        connect_again(w);
    else if (!w->reading)
        read_round(w);
}

struct wording *wording_new(struct loop *loop, const struct site *site, const char *lab,
                            wording_cb on_words, void *data)
{
    struct wording *w = mem_alloc(sizeof *w);
    *w = (struct wording){
        .loop = loop,
        .site = site,
        .lab = lab,
        .on_words = on_words,
        .data = data,
        .pause_ms = PAUSE_MIN_MS,
    };
    uv_timer_init(&loop->uv, &w->timer);
    w->timer.data = w;
    wait_for(w, 0);
    return w;
}

void wording_open(struct wording *w, const char *login)
{
    free(w->login);
    w->login = mem_strdup(login);
    if (login == NULL)
        return;
    if (w->reading)
        w->again = true;
    else if (pg_is_open(w->pg))
        read_round(w);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void wording_free(struct wording *w)
{
    if (w == NULL)
        return;
    pg_close(w->pg);
    words_release(&w->next);
    arena_release(&w->arena);
    free(w->login);
    free(w->asked);
    json_decref(w->medians);
    uv_close((uv_handle_t *)&w->timer, on_closed);
}
