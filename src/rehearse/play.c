/*
 * Playing the scripts: one session and one timer per robot.
 *
 * A robot that is late (the server was away, a statement took long) does not catch up, as people
 * don't: its own clock is put back.  One that finds its work done already, in a lesson that is
 * rehearsed again, skips forward to what is missing.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "rehearse/rehearse.h"
#include "rehearse/truth.h"

enum {
    CONNECT_TIMEOUT_MS = 20 * 1000,
    STATEMENT_TIMEOUT_MS = 120 * 1000,
    BACKOFF_FIRST_MS = 500,
    BACKOFF_LAST_MS = 15 * 1000,
    REFUSALS_MAX = 10,
    LATE_MS = 300,
};

enum robot_state { ROBOT_ABSENT, ROBOT_CONNECTING, ROBOT_THINKING, ROBOT_RUNNING, ROBOT_OVER };

struct robot {
    struct rehearsal *rehearsal;
    const struct robot_spec *spec;
    enum profile profile;
    struct robot_script script;
    size_t next; /* move */
    enum robot_state state;
    struct pg *pg;
    struct pg *second;       /* another window, or an attempt with a wrong password */
    const struct move *held; /* what is done in the other window */
    uv_timer_t timer, release, pen;
    struct truth truth;
    int64_t lag_ms;
    int64_t backoff_ms;
    int refusals;
    bool came, finished, gave_up;
};

struct rehearsal {
    struct loop *loop;
    struct rehearsal_spec spec;
    struct arena arena;
    struct robot *robots;
    size_t n_over; /* finished, gave up, or never come */
    size_t statements, errors, lost;
    int64_t start_ms;
    uv_timer_t end;
    bool stopped;
};

const char *robot_event_name(enum robot_event_kind kind)
{
    static const char *const names[] = {
        [ROBOT_LOGIN] = "login", [ROBOT_REFUSED] = "refused", [ROBOT_LOST] = "lost",
        [ROBOT_DID] = "did",     [ROBOT_ERROR] = "error",     [ROBOT_THERE] = "there",
        [ROBOT_DONE] = "done",   [ROBOT_GONE] = "gone"};
    return names[kind];
}

static void tell(struct robot *robot, enum robot_event_kind kind, const struct move *move,
                 const char *text)
{
    struct rehearsal *rehearsal = robot->rehearsal;
    struct robot_event event = {.kind = kind,
                                .at_s = (double)(clock_monotonic_ms() - rehearsal->start_ms) / 1000,
                                .login = robot->spec->login,
                                .profile = robot->profile,
                                .move = move != NULL ? move->kind : MOVE_LOGIN,
                                .step = move != NULL ? move->step : "",
                                .text = text};
    if (rehearsal->spec.on_event != NULL)
        rehearsal->spec.on_event(&event, rehearsal->spec.data);
}

static const struct move *next_move(const struct robot *robot)
{
    return robot->next < robot->script.count ? &robot->script.moves[robot->next] : NULL;
}

/* When the move is due, on the monotonic clock. */
static int64_t due_ms(const struct robot *robot, const struct move *move)
{
    const struct rehearsal *rehearsal = robot->rehearsal;
    return rehearsal->start_ms + robot->lag_ms +
           (int64_t)(move->at_s * 1000 / rehearsal->spec.speed);
}

/* -- the truth -------------------------------------------------------------------------------- */

/* Seconds of the class. */
static double class_seconds(const struct robot *robot, int64_t ms)
{
    return (double)ms / 1000 * robot->rehearsal->spec.speed;
}

static double class_now(const struct robot *robot)
{
    return class_seconds(robot, clock_monotonic_ms() - robot->rehearsal->start_ms);
}

static void write_down(size_t index, const struct robot_need *need, void *data)
{
    const struct robot *robot = data;
    const struct rehearsal_spec *spec = &robot->rehearsal->spec;
    struct robot_truth truth = {
        .login = robot->spec->login, .profile = robot->profile, .number = index + 1, .need = need};
    if (spec->on_truth != NULL)
        spec->on_truth(&truth, spec->data);
}

static void write_down_who(const struct robot *robot)
{
    const struct rehearsal_spec *spec = &robot->rehearsal->spec;
    struct robot_truth truth = {.login = robot->spec->login, .profile = robot->profile};
    if (spec->on_truth != NULL)
        spec->on_truth(&truth, spec->data);
}

static void on_pen(uv_timer_t *timer);

static void take_pen(struct robot *robot)
{
    double next = truth_next(&robot->truth, class_seconds(robot, robot->lag_ms));
    double left_ms = (next - class_now(robot)) / robot->rehearsal->spec.speed * 1000;
    if (isinf(next) || robot->rehearsal->stopped)
        return;
    uv_update_time(&robot->rehearsal->loop->uv);
    uv_timer_start(&robot->pen, on_pen, left_ms > 1 ? (uint64_t)left_ms : 1, 0);
}

static void on_pen(uv_timer_t *timer)
{
    struct robot *robot = timer->data;
    double now_s = class_now(robot), lag_s = class_seconds(robot, robot->lag_ms);
    truth_begin(&robot->truth, now_s - lag_s, lag_s, write_down, robot);
    truth_end(&robot->truth, now_s, write_down, robot);
    take_pen(robot);
}

/* The robot's clock is put back, or forward. */
static void put_off(struct robot *robot, int64_t by_ms)
{
    robot->lag_ms += by_ms;
    truth_put_off(&robot->truth, class_now(robot), class_seconds(robot, by_ms));
    take_pen(robot);
}

/* -- time -------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer);

static void wait_ms(struct robot *robot, int64_t ms)
{
    uv_update_time(&robot->rehearsal->loop->uv);
    uv_timer_start(&robot->timer, on_timer, ms > 0 ? (uint64_t)ms : 0, 0);
}

static void note_over(struct robot *robot)
{
    struct rehearsal *rehearsal = robot->rehearsal;
    if (++rehearsal->n_over == rehearsal->spec.n_robots && rehearsal->spec.duration_ms == 0)
        rehearsal_stop(rehearsal);
}

/* Wait for the next move; without one the robot is done, and stays. */
static void think(struct robot *robot)
{
    const struct move *move = next_move(robot);
    if (move == NULL) {
        robot->state = ROBOT_OVER;
        if (!robot->finished) {
            robot->finished = true;
            tell(robot, ROBOT_DONE, NULL, "");
            note_over(robot);
        }
        return;
    }
    robot->state = robot->pg != NULL ? ROBOT_THINKING : ROBOT_ABSENT;
    int64_t left = due_ms(robot, move) - clock_monotonic_ms();
    if (left < -LATE_MS)
        put_off(robot, -left);
    wait_ms(robot, left);
}

/* -- the session ----------------------------------------------------------------------------- */

static void leave(struct robot *robot)
{
    pg_close(robot->pg);
    robot->pg = NULL;
}

static void try_later(struct robot *robot)
{
    leave(robot);
    robot->state = ROBOT_ABSENT;
    wait_ms(robot, robot->backoff_ms);
    robot->backoff_ms =
        robot->backoff_ms * 2 < BACKOFF_LAST_MS ? robot->backoff_ms * 2 : BACKOFF_LAST_MS;
}

static void give_up(struct robot *robot, const char *why)
{
    leave(robot);
    robot->state = ROBOT_OVER;
    robot->gave_up = true;
    tell(robot, ROBOT_GONE, NULL, why);
    if (!robot->finished)
        note_over(robot);
}

static void on_state(struct pg *pg, const struct error *err, void *data)
{
    (void)pg;
    struct robot *robot = data;
    if (err == NULL) {
        robot->backoff_ms = BACKOFF_FIRST_MS;
        robot->refusals = 0;
        robot->came = true;
        tell(robot, ROBOT_LOGIN, NULL, "");
        if (!robot->rehearsal->stopped)
            think(robot);
        return;
    }
    if (err->code == ERROR_AUTH && ++robot->refusals >= REFUSALS_MAX) {
        give_up(robot, err->message);
        return;
    }
    robot->rehearsal->lost++;
    tell(robot, err->code == ERROR_AUTH ? ROBOT_REFUSED : ROBOT_LOST, NULL, err->message);
    if (!robot->rehearsal->stopped)
        try_later(robot);
}

static void come(struct robot *robot)
{
    robot->state = ROBOT_CONNECTING;
    robot->pg =
        pg_open(robot->rehearsal->loop, &robot->spec->address, CONNECT_TIMEOUT_MS, on_state, robot);
}

/* -- the moves ------------------------------------------------------------------------------- */

/* Duplicate table, object, function, schema, column; a second primary key; rows that are there; an
 * identity, a partition already. */
static bool says_there(const char *sqlstate)
{
    static const char *const codes[] = {"42P07", "42710", "42723", "42P06", "42P16",
                                        "23505", "42701", "55000", "42809"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (strcmp(sqlstate, codes[i]) == 0)
            return true;
    return false;
}

/* Make the next move due now. */
static void skip_forward(struct robot *robot)
{
    const struct move *move = next_move(robot);
    if (move == NULL)
        return;
    int64_t ahead = due_ms(robot, move) - clock_monotonic_ms();
    if (ahead > 0)
        put_off(robot, -ahead);
}

static void on_answer(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    (void)result;
    struct robot *robot = data;
    struct rehearsal *rehearsal = robot->rehearsal;
    const struct move *move = next_move(robot);
    if (err != NULL && err->code == ERROR_CONNECTION) {
        rehearsal->lost++;
        tell(robot, ROBOT_LOST, move, err->message);
        if (!rehearsal->stopped)
            try_later(robot); /* and says it again */
        return;
    }
    if (move == NULL)
        return;
    robot->next++;
    rehearsal->statements++;
    bool there = err != NULL && move->kind == MOVE_WORK && says_there(pg_sqlstate(pg));
    if (err == NULL)
        tell(robot, ROBOT_DID, move, move->sql);
    else
        tell(robot, there ? ROBOT_THERE : ROBOT_ERROR, move, err->message);
    rehearsal->errors += err != NULL && !there;
    if (rehearsal->stopped)
        return;
    if (err != NULL && err->code == ERROR_TIMEOUT) { /* then the session is gone */
        try_later(robot);
        return;
    }
    if (there)
        skip_forward(robot);
    think(robot);
}

/* -- windows that are forgotten, passwords that are mistyped ----------------------------------- */

static void close_second(struct robot *robot)
{
    pg_close(robot->second);
    robot->second = NULL;
}

static void on_release(uv_timer_t *timer)
{
    close_second(timer->data);
}

static void on_second_answer(struct pg *pg, const PGresult *result, const struct error *err,
                             void *data)
{
    (void)pg;
    (void)result;
    struct robot *robot = data;
    if (err != NULL)
        tell(robot, ROBOT_ERROR, NULL, err->message);
}

static void on_second_state(struct pg *pg, const struct error *err, void *data)
{
    struct robot *robot = data;
    const struct move *move = robot->held;
    if (err == NULL) {
        tell(robot, ROBOT_DID, move, move->sql);
        pg_script(pg, move->sql, STATEMENT_TIMEOUT_MS, on_second_answer, robot);
    } else {
        robot->rehearsal->lost++;
        tell(robot, ROBOT_LOST, move, err->message);
        close_second(robot);
    }
}

/* The other window opens, and the robot works on in this one. */
static void hold(struct robot *robot, const struct move *move)
{
    close_second(robot);
    robot->held = move;
    robot->second = pg_open(robot->rehearsal->loop, &robot->spec->address, CONNECT_TIMEOUT_MS,
                            on_second_state, robot);
    int64_t ms = (int64_t)(move->hold_s * 1000 / robot->rehearsal->spec.speed);
    uv_timer_start(&robot->release, on_release, (uint64_t)ms, 0);
    robot->next++;
    think(robot);
}

static void on_wrong_password(struct pg *pg, const struct error *err, void *data)
{
    (void)pg;
    struct robot *robot = data;
    close_second(robot);
    tell(robot, ROBOT_REFUSED, next_move(robot), err != NULL ? err->message : "");
    robot->next++;
    if (!robot->rehearsal->stopped)
        think(robot);
}

static void mistype_password(struct robot *robot)
{
    struct pg_address address = robot->spec->address;
    address.password = "not the password";
    robot->state = ROBOT_CONNECTING;
    robot->second =
        pg_open(robot->rehearsal->loop, &address, CONNECT_TIMEOUT_MS, on_wrong_password, robot);
}

/* -- move by move ------------------------------------------------------------------------------ */

/* Those that are no statements of the session; false: it is one. */
static bool move_about(struct robot *robot, const struct move *move)
{
    switch (move->kind) {
    case MOVE_REFUSED:
        mistype_password(robot);
        return true;
    case MOVE_LOGOUT:
        leave(robot);
        robot->next++;
        think(robot);
        return true;
    case MOVE_LOGIN:
        if (robot->pg == NULL)
            return false;
        robot->next++; /* it is in: that was it */
        think(robot);
        return true;
    case MOVE_HOLD:
        hold(robot, move);
        return true;
    default:
        return false;
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct robot *robot = timer->data;
    const struct move *move = next_move(robot);
    if (move != NULL) { /* before anybody sees it */
        truth_begin(&robot->truth, move->at_s, class_seconds(robot, robot->lag_ms), write_down,
                    robot);
        if (move_about(robot, move))
            return;
    }
    if (robot->pg == NULL) {
        come(robot);
        return;
    }
    if (move == NULL)
        return;
    robot->state = ROBOT_RUNNING;
    /* Who waits for a lock waits for as long as it takes. */
    pg_script(robot->pg, move->sql, move->kind == MOVE_WAIT ? 0 : STATEMENT_TIMEOUT_MS, on_answer,
              robot);
}

/* -- the class ------------------------------------------------------------------------------- */

static void on_end(uv_timer_t *timer)
{
    rehearsal_stop(timer->data);
}

static void init_timers(struct robot *robot)
{
    uv_timer_t *timers[] = {&robot->timer, &robot->release, &robot->pen};
    for (size_t i = 0; i < sizeof(timers) / sizeof(*timers); i++) {
        uv_timer_init(&robot->rehearsal->loop->uv, timers[i]);
        timers[i]->data = robot;
    }
}

static void plan_class(struct rehearsal *rehearsal)
{
    const struct rehearsal_spec *spec = &rehearsal->spec;
    size_t n = spec->n_robots;
    const char **logins = mem_alloc_array(n + 1, sizeof(*logins));
    struct robot_script *scripts = mem_alloc_array(n + 1, sizeof(*scripts));
    for (size_t i = 0; i < n; i++)
        logins[i] = spec->robots[i].login;
    struct class_script class = {.split = spec->split,
                                 .seed = spec->seed,
                                 .lesson_s = spec->lesson_s,
                                 .n = n,
                                 .logins = logins,
                                 .profiles = spec->profiles};
    class_script_plan(&class, &rehearsal->arena, scripts);
    for (size_t i = 0; i < n; i++) {
        struct robot *robot = &rehearsal->robots[i];
        robot->script = scripts[i];
        truth_init(&robot->truth, &robot->script, spec->lesson_s);
    }
    free(logins);
    free(scripts);
}

static void begin(struct robot *robot)
{
    take_pen(robot);
    if (robot->script.count > 0)
        think(robot);
    else
        robot->rehearsal->n_over++;
}

struct rehearsal *rehearsal_start(struct loop *loop, const struct rehearsal_spec *spec)
{
    struct rehearsal *rehearsal = mem_alloc(sizeof(*rehearsal));
    *rehearsal = (struct rehearsal){
        .loop = loop, .spec = *spec, .arena = ARENA_INIT, .start_ms = clock_monotonic_ms()};
    size_t n = spec->n_robots;
    rehearsal->robots = mem_alloc_array(n + 1, sizeof(*rehearsal->robots));
    uv_timer_init(&loop->uv, &rehearsal->end);
    rehearsal->end.data = rehearsal;
    for (size_t i = 0; i < n; i++) {
        struct robot *robot = &rehearsal->robots[i];
        *robot = (struct robot){.rehearsal = rehearsal,
                                .spec = &spec->robots[i],
                                .profile = spec->profiles[i],
                                .backoff_ms = BACKOFF_FIRST_MS};
        init_timers(robot);
        write_down_who(robot);
    }
    plan_class(rehearsal);
    rehearsal->start_ms = clock_monotonic_ms(); /* planning is not part of the lesson */
    for (size_t i = 0; i < n; i++)
        begin(&rehearsal->robots[i]);
    /* Who is alone with nobody who comes is done at once. */
    int64_t duration = spec->duration_ms;
    if (duration > 0 || rehearsal->n_over == n)
        uv_timer_start(&rehearsal->end, on_end, duration > 0 ? (uint64_t)duration : 0, 0);
    return rehearsal;
}

void rehearsal_stop(struct rehearsal *rehearsal)
{
    if (rehearsal->stopped)
        return;
    rehearsal->stopped = true;
    uv_close((uv_handle_t *)&rehearsal->end, NULL);
    for (size_t i = 0; i < rehearsal->spec.n_robots; i++) {
        struct robot *robot = &rehearsal->robots[i];
        truth_break_off(&robot->truth, class_now(robot), write_down, robot);
        uv_close((uv_handle_t *)&robot->timer, NULL);
        uv_close((uv_handle_t *)&robot->release, NULL);
        uv_close((uv_handle_t *)&robot->pen, NULL);
        leave(robot);
        close_second(robot);
    }
}

struct rehearsal_sums rehearsal_sum(const struct rehearsal *rehearsal)
{
    struct rehearsal_sums sums = {.robots = rehearsal->spec.n_robots,
                                  .statements = rehearsal->statements,
                                  .errors = rehearsal->errors,
                                  .lost = rehearsal->lost};
    for (size_t i = 0; i < rehearsal->spec.n_robots; i++) {
        sums.came += rehearsal->robots[i].came;
        sums.finished += rehearsal->robots[i].finished;
        sums.gave_up += rehearsal->robots[i].gave_up;
    }
    return sums;
}

void rehearsal_free(struct rehearsal *rehearsal)
{
    if (rehearsal == NULL)
        return;
    for (size_t i = 0; i < rehearsal->spec.n_robots; i++)
        truth_release(&rehearsal->robots[i].truth);
    arena_release(&rehearsal->arena);
    free(rehearsal->robots);
    free(rehearsal);
}
