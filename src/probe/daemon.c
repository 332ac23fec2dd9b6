/*
 * lecternd: the control connection's life, and the beat.
 *
 * down -> connecting -> locking -> preparing -> waiting for a lab <-> loading -> measuring;
 * whatever breaks leads back to down, and from there on again for ever.  The control database is
 * the truth: after a break or a turn that could not be recorded, the lab and all that was recorded
 * is read from it again and every database measured anew.
 */
#include "probe/daemon.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "control/connect.h"
#include "control/hands.h"
#include "control/measured.h"
#include "io/pg.h"
#include "probe/listen.h"
#include "probe/turn.h"

enum {
    BEAT_MS = 500,      /* from look to look */
    HEARTBEAT_MS = 900, /* at least every second beat is recorded */
    GATHER_MS = 25,     /* results that come together are recorded together */
    BACK_OFF_MS = 100,  /* first pause before connecting again */
    BACK_OFF_MAX_MS = 5000,
    CONNECT_MS = 5000,
    LOCK_PATIENCE_MS = 3000, /* for the session of a lecternd that was killed to end */
    LOCK_AGAIN_MS = 200,
    FAREWELL_MS = 500, /* for the last turn when asked to stop */
};

enum phase { DOWN, CONNECTING, LOCKING, PREPARING, WAITING, LOADING, MEASURING, STOPPING };

struct daemon {
    struct loop *loop;
    const struct site *site;
    struct daemon_options options;
    enum phase phase;
    struct pg *control;
    struct arena arena; /* the control connection's address */
    struct measured_load *load;
    struct turn *turn;
    struct listen *listen;
    uv_timer_t beat, gather, pause; /* pause: before what has to be tried again */
    int64_t back_off_ms, lock_since_ms, recorded_ms;
    int prepared;         /* statements that are */
    int64_t now_us;       /* the server's clock at the present look */
    unsigned turn_number; /* of turns begun, to know answers that come too late */
    unsigned queue_number;
    bool looking;   /* a look is under way */
    bool recording; /* a turn is, of this number */
    unsigned recording_number;
    json_t *calls; /* of students, to be recorded; they outlive the connection and the turn */
    json_t *sent;  /* on their way; NULL: none are */
    bool sizing;   /* a size is asked for, of this student */
    int sized_student;
    unsigned sizing_number;
    int ending_id;          /* a lesson that has ended and has no results yet; 0: none */
    bool recording_results; /* with the turn that is recorded they are known */
    bool freezing;          /* its results are being written */
    char *trouble;          /* what was said last to be in the way; NULL: nothing */
    bool parted;            /* the last turn is on its way */
    bool ended;
    struct error *err;
};

static void connect_control(struct daemon *daemon);
static void on_news(void *data);
static void on_calls(void *data);
static void ask_queue(struct daemon *daemon);
static void fall(struct daemon *daemon, const struct error *err);

/* -- words ------------------------------------------------------------------------------------- */

/* Say once what is in the way, and once that it no longer is. */
static void say_trouble(struct daemon *daemon, enum log_level level, const char *text)
{
    if (daemon->trouble != NULL && strcmp(daemon->trouble, text) == 0)
        return;
    free(daemon->trouble);
    daemon->trouble = mem_strdup(text);
    log_line(level, "%s", text);
}

static void say_fine(struct daemon *daemon)
{
    const struct measured_lab *lab = turn_lab(daemon->turn);
    log_line(LOG_LEVEL_INFO, "measuring lab \"%s\": %zu students, %zu steps, %zu checks", lab->name,
             lab->n_students, lab->checks.n_steps, lab->checks.n_checks);
    free(daemon->trouble);
    daemon->trouble = NULL;
}

/* -- calls for help ---------------------------------------------------------------------------- */

/* What was not heard to be recorded goes first again; the database takes no call twice. */
static void keep_calls(struct daemon *daemon)
{
    if (daemon->sent == NULL)
        return;
    json_array_extend(daemon->sent, daemon->calls);
    json_decref(daemon->calls);
    daemon->calls = daemon->sent;
    daemon->sent = NULL;
}

static void on_calls_taken(struct pg *pg, const PGresult *result, const struct error *err,
                           void *data)
{
    struct daemon *daemon = data;
    (void)result;
    if (err != NULL && !pg_is_open(pg)) {
        fall(daemon, err);
        return;
    }
    if (err != NULL)
        log_line(LOG_LEVEL_WARNING, "calls for help could not be recorded: %s", err->message);
    json_decref(daemon->sent);
    daemon->sent = NULL;
    on_calls(daemon);
    if (daemon->phase == MEASURING) /* the class hears of it now, not at the next beat */
        ask_queue(daemon);
}

static void on_calls(void *data)
{
    struct daemon *daemon = data;
    json_t *calls = daemon->turn != NULL ? turn_calls(daemon->turn) : NULL;
    if (calls != NULL)
        json_array_extend(daemon->calls, calls);
    json_decref(calls);
    if (daemon->phase != MEASURING || daemon->sent != NULL || json_array_size(daemon->calls) == 0)
        return;
    daemon->sent = daemon->calls;
    daemon->calls = json_array();
    char *text = json_dumps(daemon->sent, JSON_COMPACT);
    control_hands_take(daemon->control, text, on_calls_taken, daemon);
    free(text);
}

static void on_queue(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    (void)pg;
    if (err != NULL)
        fall(daemon, err);
    else if (daemon->phase == MEASURING && daemon->queue_number == daemon->turn_number)
        turn_hands(daemon->turn, result);
}

static void on_board(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    if (err != NULL && !pg_is_open(pg)) {
        fall(daemon, err);
    } else if (err != NULL) {
        CLEANUP(mem_free_string)
        char *text = mem_printf("announcements cannot be published: %s", err->message);
        say_trouble(daemon, LOG_LEVEL_WARNING, text);
    } else if (daemon->phase == MEASURING && daemon->queue_number == daemon->turn_number) {
        const char *id = pg_value(result, 0, "announcement_id");
        turn_announced(daemon->turn, id != NULL ? atoi(id) : 0, pg_value(result, 0, "text"));
    }
}

static void ask_queue(struct daemon *daemon)
{
    daemon->queue_number = daemon->turn_number;
    control_hands_publish(daemon->control, on_board, daemon);
    control_hands_look(daemon->control, turn_lab(daemon->turn)->lab_id, on_queue, daemon);
}

/* -- ends -------------------------------------------------------------------------------------- */

static void drop_turn(struct daemon *daemon)
{
    listen_stop(daemon->listen);
    turn_free(daemon->turn);
    daemon->turn = NULL;
    daemon->turn_number++;
    uv_timer_stop(&daemon->gather);
}

static void drop_control(struct daemon *daemon)
{
    drop_turn(daemon);
    pg_close(daemon->control);
    daemon->control = NULL;
    measured_load_cancel(daemon->load);
    daemon->load = NULL;
    daemon->looking = daemon->recording = daemon->sizing = daemon->freezing = false;
    keep_calls(daemon);
    listen_lost(daemon->listen);
    uv_timer_stop(&daemon->beat);
    uv_timer_stop(&daemon->pause);
    arena_release(&daemon->arena);
}

static void end(struct daemon *daemon)
{
    if (daemon->ended)
        return;
    daemon->ended = true;
    drop_control(daemon);
    uv_close((uv_handle_t *)&daemon->beat, NULL);
    uv_close((uv_handle_t *)&daemon->gather, NULL);
    uv_close((uv_handle_t *)&daemon->pause, NULL);
    free(daemon->trouble);
    json_decref(daemon->calls);
    listen_free(daemon->listen);
}

static void on_connect_again(uv_timer_t *timer)
{
    connect_control(timer->data);
}

/* The control connection is of no use any more: begin again after a pause. */
static void fall(struct daemon *daemon, const struct error *err)
{
    CLEANUP(mem_free_string)
    char *text = mem_printf("the control database cannot be used: %s; trying again", err->message);
    say_trouble(daemon, LOG_LEVEL_WARNING, text);
    if (daemon->phase == STOPPING) {
        end(daemon);
        return;
    }
    drop_control(daemon);
    daemon->phase = DOWN;
    uv_timer_start(&daemon->pause, on_connect_again, (uint64_t)daemon->back_off_ms, 0);
    daemon->back_off_ms *= 2;
    if (daemon->back_off_ms > BACK_OFF_MAX_MS)
        daemon->back_off_ms = BACK_OFF_MAX_MS;
}

/* -- recording --------------------------------------------------------------------------------- */

static void on_listen_record(const struct log_record *record, size_t student, void *data)
{
    struct daemon *daemon = data;
    if (daemon->turn != NULL)
        turn_heard(daemon->turn, student, record->sqlstate, record->text, record->at_us);
}

static void on_listen_failure(const struct error *err, void *data)
{
    fall(data, err);
}

static void load_lab(struct daemon *daemon);
static void record_turn(struct daemon *daemon);

/* -- the end of a lesson ------------------------------------------------------------------------
 */

static void on_frozen(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    daemon->freezing = false;
    if (err != NULL && !pg_is_open(pg))
        fall(daemon, err);
    else if (err != NULL)
        log_line(LOG_LEVEL_WARNING, "the results of a lesson could not be written: %s",
                 err->message);
    else if (PQntuples(result) > 0)
        log_line(LOG_LEVEL_INFO, "the results of a lesson are written");
}

/* What the turn knew is recorded: the results follow from that. */
static void freeze(struct daemon *daemon)
{
    if (daemon->freezing || daemon->ending_id == 0)
        return;
    daemon->freezing = true;
    measured_freeze(daemon->control, daemon->ending_id, on_frozen, daemon);
}

/* A lesson of another lab has nobody left to be measured. */
static void watch_end(struct daemon *daemon, const PGresult *result)
{
    const char *id = pg_value(result, 0, "ending_id");
    daemon->ending_id = id != NULL ? atoi(id) : 0;
    bool mine =
        id != NULL && atoi(pg_value(result, 0, "ending_lab")) == turn_lab(daemon->turn)->lab_id;
    turn_ended(daemon->turn, mine ? daemon->ending_id : 0,
               mine ? strtoll(pg_value(result, 0, "ending_us"), NULL, 10) : 0);
    if (id == NULL || mine || daemon->freezing)
        return;
    daemon->freezing = true;
    measured_freeze(daemon->control, daemon->ending_id, on_frozen, daemon);
}

static void on_recorded(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    (void)result;
    daemon->recording = false;
    bool present = daemon->recording_number == daemon->turn_number;
    if (daemon->phase == STOPPING) {
        bool more = !daemon->parted && err == NULL && present;
        daemon->parted = true;
        if (more)
            record_turn(daemon);
        else
            end(daemon);
    } else if (err != NULL && pg_is_open(pg)) {
        if (!present) /* the lab is being read again already */
            return;
        /* Most likely an apply changed the lab under this turn's feet. */
        CLEANUP(mem_free_string)
        char *text =
            mem_printf("a turn could not be recorded: %s; reading the lab again", err->message);
        say_trouble(daemon, LOG_LEVEL_WARNING, text);
        load_lab(daemon);
    } else if (err != NULL) {
        fall(daemon, err);
    } else if (daemon->phase == MEASURING && present) {
        if (daemon->recording_results)
            freeze(daemon);
        if (turn_is_due(daemon->turn))
            on_news(daemon);
    }
}

static void record_turn(struct daemon *daemon)
{
    CLEANUP(mem_free_string)
    char *document = turn_document(daemon->turn, daemon->phase == STOPPING);
    daemon->recording_results = turn_results_are_due(daemon->turn);
    daemon->recording = true;
    daemon->recording_number = daemon->turn_number;
    daemon->recorded_ms = clock_monotonic_ms();
    measured_record(daemon->control, turn_lab(daemon->turn)->lab_id, document, on_recorded, daemon);
}

static void on_gathered(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    if (daemon->phase == MEASURING && !daemon->recording)
        record_turn(daemon);
}

static void on_news(void *data)
{
    struct daemon *daemon = data;
    if (daemon->phase == MEASURING && !daemon->recording &&
        !uv_is_active((uv_handle_t *)&daemon->gather))
        uv_timer_start(&daemon->gather, on_gathered, GATHER_MS, 0);
}

/* -- the lab ----------------------------------------------------------------------------------- */

static void on_loaded(struct measured_lab *lab, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    daemon->load = NULL;
    if (daemon->phase != LOADING) {
        measured_lab_free(lab);
    } else if (err != NULL) {
        fall(daemon, err);
    } else if (lab == NULL) {
        say_trouble(daemon, LOG_LEVEL_INFO, "there is no current lab yet; waiting for one");
        daemon->phase = WAITING;
    } else {
        struct turn_options options = {
            .probes = daemon->options.probes,
            .connections = daemon->options.connections,
            .on_news = on_news,
            .on_calls = on_calls,
            .data = daemon,
        };
        daemon->turn = turn_new(daemon->loop, daemon->site, &options, lab);
        daemon->phase = MEASURING;
        daemon->recorded_ms = 0;
        say_fine(daemon);
    }
}

static void load_lab(struct daemon *daemon)
{
    drop_turn(daemon);
    daemon->phase = LOADING;
    daemon->load = measured_load(daemon->control, on_loaded, daemon);
}

/* -- the beat: a look at the class ------------------------------------------------------------- */

static void on_current(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    (void)pg;
    daemon->looking = false; /* unless the look itself is still to come */
    if (err != NULL) {
        fall(daemon, err);
        return;
    }
    bool there = PQntuples(result) > 0;
    if (there)
        daemon->now_us = strtoll(pg_value(result, 0, "now_us"), NULL, 10);
    if (daemon->phase == WAITING && there) {
        load_lab(daemon);
    } else if (daemon->phase == MEASURING) {
        const struct measured_lab *lab = turn_lab(daemon->turn);
        if (!there || atoi(pg_value(result, 0, "lab_id")) != lab->lab_id ||
            strtoll(pg_value(result, 0, "generation"), NULL, 10) != lab->generation)
            load_lab(daemon);
        else {
            watch_end(daemon, result);
            daemon->looking = true;
            turn_lesson(daemon->turn, pg_value(result, 0, "lesson"));
        }
    }
}

static void on_size(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    daemon->sizing = false;
    if (err != NULL && !pg_is_open(pg))
        fall(daemon, err);
    else if (err == NULL && daemon->sizing_number == daemon->turn_number &&
             PQntuples(result) > 0) /* an error: the database went away just now */
        turn_sized(daemon->turn, daemon->sized_student,
                   strtoll(pg_value(result, 0, "bytes"), NULL, 10));
}

static void ask_size(struct daemon *daemon)
{
    if (daemon->sizing)
        return;
    daemon->sized_student = turn_next_size(daemon->turn);
    daemon->sizing = daemon->sized_student >= 0;
    daemon->sizing_number = daemon->turn_number;
    if (daemon->sizing)
        measured_size(daemon->control,
                      turn_lab(daemon->turn)->students[daemon->sized_student].login, on_size,
                      daemon);
}

static void on_watched(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    (void)pg;
    bool wanted = daemon->looking && daemon->phase == MEASURING;
    daemon->looking = false;
    if (err != NULL) {
        fall(daemon, err);
        return;
    }
    if (!wanted)
        return;
    if (!turn_watched(daemon->turn, result, daemon->now_us)) {
        load_lab(daemon);
        return;
    }
    daemon->back_off_ms = BACK_OFF_MS;
    if (!daemon->recording && clock_monotonic_ms() - daemon->recorded_ms >= HEARTBEAT_MS) {
        uv_timer_stop(&daemon->gather);
        record_turn(daemon);
    }
    ask_size(daemon);
    listen_turn(daemon->listen, daemon->control, daemon->turn);
}

static void on_beat(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    if (daemon->looking || (daemon->phase != WAITING && daemon->phase != MEASURING))
        return;
    daemon->looking = true;
    if (daemon->phase == MEASURING)
        ask_queue(daemon);
    measured_current(daemon->control, on_current, daemon);
    if (daemon->phase == MEASURING)
        measured_watch(daemon->control, turn_lab(daemon->turn)->lab_id, on_watched, daemon);
}

/* -- the control connection -------------------------------------------------------------------- */

static void on_prepared(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    (void)pg;
    (void)result;
    if (err != NULL) {
        fall(daemon, err);
    } else if (++daemon->prepared == MEASURED_STATEMENTS + CONTROL_HANDS_STATEMENTS) {
        uv_timer_start(&daemon->beat, on_beat, 0, BEAT_MS);
        load_lab(daemon);
    }
}

static void try_lock(struct daemon *daemon);

static void on_lock_again(uv_timer_t *timer)
{
    try_lock(timer->data);
}

static void on_lock(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    if (err != NULL) {
        fall(daemon, err);
    } else if (strcmp(pg_value(result, 0, "held"), "t") == 0) {
        daemon->phase = PREPARING;
        daemon->prepared = 0;
        measured_prepare(pg, on_prepared, daemon);
        control_hands_prepare(pg, on_prepared, daemon);
    } else if (clock_monotonic_ms() - daemon->lock_since_ms < LOCK_PATIENCE_MS) {
        uv_timer_start(&daemon->pause, on_lock_again, LOCK_AGAIN_MS, 0);
    } else {
        error_set(daemon->err, ERROR_EXISTS,
                  "another lecternd measures on this control database already");
        error_hint(daemon->err, "One lecternd serves one PostgreSQL server; \"lectern ps\" shows "
                                "this installation's.");
        end(daemon);
        loop_stop(daemon->loop);
    }
}

static void try_lock(struct daemon *daemon)
{
    measured_lock(daemon->control, on_lock, daemon);
}

static void on_control_state(struct pg *pg, const struct error *err, void *data)
{
    struct daemon *daemon = data;
    (void)pg;
    if (err != NULL) {
        fall(daemon, err);
        return;
    }
    daemon->phase = LOCKING;
    daemon->lock_since_ms = clock_monotonic_ms();
    try_lock(daemon);
}

static void connect_control(struct daemon *daemon)
{
    struct pg_address address;
    struct error err = ERROR_INIT;
    daemon->phase = CONNECTING;
    if (!connect_as_role(daemon->site, "lectern_daemon", CONTROL_DATABASE, &daemon->arena, &address,
                         &err)) {
        fall(daemon, &err);
        error_clear(&err);
        return;
    }
    address.application_name = "lecternd";
    daemon->control = pg_open(daemon->loop, &address, CONNECT_MS, on_control_state, daemon);
}

/* -- life -------------------------------------------------------------------------------------- */

static void on_farewell_over(uv_timer_t *timer)
{
    end(timer->data);
}

/* Record what is known, if that takes no time; a turn is one statement, so none is ever half there.
 */
static void on_stop(void *data)
{
    struct daemon *daemon = data;
    if (daemon->ended)
        return;
    bool measuring =
        daemon->phase == MEASURING && daemon->recorded_ms != 0; /* looked at least once */
    daemon->phase = STOPPING;
    if (measuring && !daemon->recording) {
        daemon->parted = true;
        record_turn(daemon);
    }
    if (!measuring || !daemon->recording) {
        end(daemon);
        return;
    }
    uv_timer_stop(&daemon->beat);
    uv_timer_start(&daemon->pause, on_farewell_over, FAREWELL_MS, 0);
}

bool daemon_run(struct loop *loop, const struct site *site, const struct daemon_options *options,
                struct error *err)
{
    struct daemon daemon = {
        .loop = loop,
        .site = site,
        .options = *options,
        .phase = DOWN,
        .back_off_ms = BACK_OFF_MS,
        .calls = json_array(),
        .err = err,
    };
    struct listen_options listening = {
        .on_record = on_listen_record, .on_failure = on_listen_failure, .data = &daemon};
    daemon.listen = listen_new(&listening);
    uv_timer_t *timers[] = {&daemon.beat, &daemon.gather, &daemon.pause};
    for (size_t i = 0; i < sizeof(timers) / sizeof(timers[0]); i++) {
        uv_timer_init(&loop->uv, timers[i]);
        timers[i]->data = &daemon;
    }
    loop_on_stop(loop, on_stop, &daemon);
    connect_control(&daemon);
    loop_run(loop);
    return !error_is_set(err);
}
