/*
 * Playing the scripts: one session and one timer per robot.
 *
 * A robot that is late (the server was away, a statement took long) does not catch up, as people
 * don't: its own clock is put back.  One that finds its work done already, in a lesson that is
 * rehearsed again, skips forward to what is missing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "rehearse/rehearse.h"

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
    uv_timer_t timer;
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
        robot->lag_ms -= left;
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
        robot->lag_ms -= ahead;
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

static void on_timer(uv_timer_t *timer)
{
    struct robot *robot = timer->data;
    if (robot->pg == NULL) {
        come(robot);
        return;
    }
    const struct move *move = next_move(robot);
    if (move == NULL)
        return;
    if (move->kind == MOVE_LOGIN) { /* it is in: that was it */
        robot->next++;
        think(robot);
        return;
    }
    robot->state = ROBOT_RUNNING;
    pg_script(robot->pg, move->sql, STATEMENT_TIMEOUT_MS, on_answer, robot);
}

/* -- the class ------------------------------------------------------------------------------- */

static void on_end(uv_timer_t *timer)
{
    rehearsal_stop(timer->data);
}

struct rehearsal *rehearsal_start(struct loop *loop, const struct rehearsal_spec *spec)
{
    struct rehearsal *rehearsal = mem_alloc(sizeof(*rehearsal));
    *rehearsal = (struct rehearsal){
        .loop = loop, .spec = *spec, .arena = ARENA_INIT, .start_ms = clock_monotonic_ms()};
    size_t n = spec->n_robots;
    enum profile *profiles = mem_alloc_array(n + 1, sizeof(*profiles));
    rehearsal->robots = mem_alloc_array(n + 1, sizeof(*rehearsal->robots));
    profiles_assign(spec->seed, n, profiles);
    uv_timer_init(&loop->uv, &rehearsal->end);
    rehearsal->end.data = rehearsal;
    for (size_t i = 0; i < n; i++) {
        struct robot *robot = &rehearsal->robots[i];
        *robot = (struct robot){.rehearsal = rehearsal,
                                .spec = &spec->robots[i],
                                .profile = profiles[i],
                                .backoff_ms = BACKOFF_FIRST_MS};
        robot_script_plan(spec->split, spec->seed, robot->spec->login, robot->profile,
                          &rehearsal->arena, &robot->script);
        uv_timer_init(&loop->uv, &robot->timer);
        robot->timer.data = robot;
        if (robot->script.count > 0)
            think(robot);
        else
            rehearsal->n_over++;
    }
    free(profiles);
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
        uv_close((uv_handle_t *)&robot->timer, NULL);
        leave(robot);
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
    arena_release(&rehearsal->arena);
    free(rehearsal->robots);
    free(rehearsal);
}
