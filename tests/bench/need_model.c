/*
 * The model: how robots play, and what is true of them.  need.md has the rules in words.
 */
#include "need_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "rehearse/behind.h"
#include "rehearse/laws.h"
#include "rehearse/random.h"

struct model_step {
    int parts[6]; /* lengths of what is typed; -1: rows, pasted; 0: no more */
};

static const struct model_step library[] = {
    {{71, 77, 62, 78}},
    {{140, -1}},
    {{236, -1}},
    {{202, -1}},
    {{219, -1}},
    {{270, -1, 50}},
    {{214, -1, 58}},
    {{477, -1, 54, 49, 52}},
    {{339, -1, 58}},
    {{513, -1, 57, 58}},
    {{401, -1, 40, 53}},
    {{439, -1, 77, 44, 69}},
    {{146, -1, 64}},
    {{339, -1, 68}},
    {{294}},
    {{402}},
    {{361}},
    {{275}},
    {{164}},
    {{173}},
    {{415}},
    {{234, 95}},
};
static const struct model_step chinook[] = {
    {{110, -1}},     {{115, -1}},         {{110, -1}},         {{480, -1, 90}},
    {{110, -1}},     {{170, -1, 90, 60}}, {{420, -1, 90, 60}}, {{400, -1, 90, 90, 60}},
    {{330, -1, 90}}, {{230, -1, 90, 60}}, {{150, -1, 90, 90}},
};

/* -- one robot -----------------------------------------------------------------------------------
 */

struct part {
    int step;
    double cost, score, gain; /* score: of the step, after it; gain: in it, of the lab */
};

struct play {
    struct model_class *class;
    struct model_robot *robot;
    struct random random;
    const struct part *parts;
    size_t n_parts;
    const double *difficulty;
    double unit_s, now_s;
    struct manner manner;
    double *work;   /* true work done at each minute of the lesson, as a part of the lab */
    double *handed; /* and handed in, as progress is counted */
    double *came_s;
    double done, total, submitted;
    double measured_s; /* when the last score was seen */
};

static double around(struct play *p, double median_s, double sigma)
{
    return median_s * random_lognormal(&p->random, sigma);
}

static bool chance(struct play *p, double probability)
{
    return random_unit(&p->random) < probability;
}

/* When lecternd knows: the watch looks each half second, a measurement and the log take longer. */
static double lag(struct play *p, enum model_event_kind kind)
{
    switch (kind) {
    case MODEL_SCORE:
    case MODEL_HAND:
    case MODEL_HELPED:
    case MODEL_ERROR:
    case MODEL_REFUSED:
        return random_between(&p->random, 0.5, 2);
    case MODEL_HIDE:
    case MODEL_SHOW:
        return 1.5;
    default:
        return 0;
    }
}

static void event_at(struct play *p, double at_s, enum model_event_kind kind, int step,
                     double score)
{
    struct model_robot *robot = p->robot;
    robot->events =
        mem_grow(robot->events, robot->n_events, &robot->events_capacity, sizeof(*robot->events));
    double seen_s = at_s + lag(p, kind);
    if (kind == MODEL_SCORE) /* a measurement shows all that was done before it */
        p->measured_s = seen_s = fmax(seen_s, p->measured_s);
    robot->events[robot->n_events++] = (struct model_event){at_s, seen_s, kind, step, score};
}

static void event(struct play *p, enum model_event_kind kind, int step)
{
    event_at(p, p->now_s, kind, step, 0);
}

static void need(struct play *p, enum need_kind kind, double onset_s, double visible_s,
                 double end_s)
{
    struct model_robot *robot = p->robot;
    if (end_s > p->class->lesson_s)
        end_s = p->class->lesson_s;
    if (onset_s >= end_s)
        return;
    if (!(visible_s + laws.least_need_s <= end_s))
        visible_s = (double)NAN;
    robot->needs =
        mem_grow(robot->needs, robot->n_needs, &robot->needs_capacity, sizeof(*robot->needs));
    robot->needs[robot->n_needs++] = (struct model_need){kind, onset_s, visible_s, end_s};
}

static bool over(const struct play *p)
{
    return p->now_s >= p->class->lesson_s;
}

static void note_work(struct play *p, double from_s, double to_s, double cost)
{
    double before = p->done;
    p->done += cost;
    size_t last = (size_t)(p->class->lesson_s / 60);
    for (size_t m = (size_t)(from_s / 60); m <= last; m++) {
        double part = to_s > from_s ? ((double)m * 60 - from_s) / (to_s - from_s) : 1;
        part = part < 0 ? 0 : part > 1 ? 1 : part;
        p->work[m] = (before + part * cost) / p->total;
    }
}

static void note_handed(struct play *p)
{
    size_t last = (size_t)(p->class->lesson_s / 60);
    for (size_t m = (size_t)ceil(p->now_s / 60); m <= last; m++)
        p->handed[m] = p->submitted;
}

/* Statements that lead nowhere, until `until_s`: looks at what is there, questions, now and then
 * an error. */
static void peek_until(struct play *p, double until_s, double errors)
{
    double next = p->now_s + around(p, p->manner.peek_s, laws.peek_sigma);
    while (next < until_s) {
        p->now_s = next;
        event(p, MODEL_ACT, 0);
        if (chance(p, errors))
            event(p, MODEL_ERROR, 100 + (int)random_below(&p->random, 12));
        next += around(p, p->manner.peek_s, laws.peek_sigma);
    }
    p->now_s = until_s;
}

static void take_break(struct play *p)
{
    bool out = chance(p, laws.break_logout);
    if (out)
        event(p, MODEL_OUT, 0);
    p->now_s += around(p, laws.break_s, laws.break_sigma);
    if (out)
        event(p, MODEL_IN, 0);
    event(p, MODEL_ACT, 0);
}

static double part_median(const struct play *p, const struct part *part)
{
    return part->cost * p->unit_s * p->manner.pace * p->difficulty[part->step];
}

static void mistype(struct play *p)
{
    int key = (int)random_below(&p->random, 90);
    size_t times = 1;
    while (chance(p, laws.typo_again))
        times++;
    for (size_t i = 0; i < times; i++) {
        event(p, MODEL_ACT, 0);
        event(p, MODEL_ERROR,
              chance(p, laws.typo_same) ? key : 100 + (int)random_below(&p->random, 12));
        p->now_s += around(p, 20, 0.5);
    }
}

/* How much of a step those can have who leave something out. */
static double score_of(const struct play *p, const struct part *part)
{
    enum profile profile = p->robot->profile;
    double most = profile == PROFILE_WRONG_TYPES   ? 0.9
                  : profile == PROFILE_NO_KEYS     ? 0.8
                  : profile == PROFILE_DOUBLE_ROWS ? 0.7
                                                   : 1;
    return part->step % 3 == 1 ? part->score * most : part->score;
}

static void hand_in(struct play *p, const struct part *part)
{
    event(p, MODEL_ACT, 0);
    if (p->manner.manual && chance(p, laws.commit_share)) {
        event(p, MODEL_OPEN, 0);
        p->now_s += around(p, laws.commit_s, laws.commit_sigma);
        event(p, MODEL_CLOSE, 0);
        event(p, MODEL_ACT, 0);
    }
    event_at(p, p->now_s, MODEL_SCORE, part->step, score_of(p, part));
    p->submitted += part->gain;
    note_handed(p);
}

/* Small things that happen to everybody: a lock that passes, a database that does not answer. */
static void small_things(struct play *p)
{
    double each = 1 / (double)p->n_parts;
    if (chance(p, laws.waits_per_lesson * each)) {
        event(p, MODEL_WAIT, -1);
        p->now_s += around(p, laws.wait_s, laws.wait_sigma);
        event(p, MODEL_WAITED, 0);
    }
    if (chance(p, laws.hides_per_lesson * each)) {
        event(p, MODEL_HIDE, 0);
        event_at(p, p->now_s + around(p, laws.hide_s, laws.hide_sigma), MODEL_SHOW, 0, 0);
    }
}

static void work(struct play *p, const struct part *part)
{
    double begin = p->now_s, left = around(p, part_median(p, part), laws.work_sigma);
    if (chance(p, laws.breaks_per_lesson / (double)p->n_parts)) {
        double first = left * random_unit(&p->random);
        peek_until(p, p->now_s + first, 0.1);
        take_break(p);
        left -= first;
    }
    if (p->manner.thinker && chance(p, 0.15)) /* paper and pencil */
        p->now_s += around(p, 100, 0.35);
    peek_until(p, p->now_s + left, 0.1);
    small_things(p);
    if (part->cost > 0.35 && chance(p, p->manner.typos))
        mistype(p);
    note_work(p, begin, p->now_s, part->cost);
    hand_in(p, part);
}

/* -- what happens to some ------------------------------------------------------------------------
 */

/* Quiet until `end_s`. */
static double sure_quiet(const struct play *p)
{
    double resting = p->robot->profile == PROFILE_LEAVER
                         ? laws_share() / (laws.breaks_per_lesson * laws.break_logout)
                         : 7 * laws_share() / laws.breaks_per_lesson;
    return laws_sure_after(laws.break_s, laws.break_sigma, resting);
}

static void be_quiet(struct play *p, enum need_kind kind, double end_s)
{
    need(p, kind, p->now_s, p->now_s + sure_quiet(p), end_s);
    p->now_s = end_s;
}

static void be_stuck(struct play *p, const struct part *part)
{
    double begin = p->now_s;
    double visible = begin + laws_sure_after(part_median(p, part), laws.work_sigma,
                                             laws_share() / (double)p->n_parts);
    double end = chance(p, 0.4) ? begin + around(p, 900, 0.4) : p->class->lesson_s;
    need(p, NEED_STUCK, begin, visible, end);
    /* Some ask the server, some stare at it. */
    double errors = random_between(&p->random, 0.2, 0.7);
    peek_until(p, end, errors);
}

static void loop_errors(struct play *p)
{
    double begin = p->now_s, end = begin + around(p, 600, 0.4), visible = (double)NAN;
    int key = (int)random_below(&p->random, 90), n = 0;
    int enough = laws_sure_errors(p->n_parts);
    while (p->now_s < end) {
        event(p, MODEL_ACT, 0);
        event(p, MODEL_ERROR, key);
        if (++n == enough)
            visible = p->now_s;
        p->now_s +=
            chance(p, 0.1) ? random_between(&p->random, 20, 60) : random_between(&p->random, 6, 15);
    }
    need(p, NEED_STUCK, begin, visible, end);
}

static void forget_commit(struct play *p)
{
    double end = p->now_s + around(p, 1200, 0.5), begin = p->now_s;
    double visible = laws_sure_after(
        laws.commit_s, laws.commit_sigma,
        2 * laws_share() /
            (laws.usual_share / (2 * PROFILE_USUAL - 2) * laws.commit_share * (double)p->n_parts));
    event(p, MODEL_ACT, 0);
    event(p, MODEL_OPEN, 0);
    need(p, NEED_BLOCKED, begin, begin + visible, end);
    peek_until(p, end, 0.1);
    if (over(p))
        return;
    event(p, MODEL_CLOSE, 0);
    event(p, MODEL_ACT, 0);
}

static void raise_hand(struct play *p)
{
    double end = p->now_s + around(p, 240, 0.6);
    need(p, NEED_HAND, p->now_s, p->now_s, end);
    event(p, MODEL_ACT, 0);
    event(p, MODEL_HAND, 0);
    event_at(p, end, MODEL_HELPED, 0, 0);
    if (chance(p, 0.5)) /* waits for the answer */
        peek_until(p, end, 0.3);
}

static void hide(struct play *p)
{
    double end = p->now_s + around(p, 600, 0.4);
    double visible = p->now_s + laws_sure_after(laws.hide_s, laws.hide_sigma,
                                                laws_share() / laws.hides_per_lesson);
    need(p, NEED_UNKNOWN, p->now_s, visible, end);
    event(p, MODEL_ACT, 0);
    event(p, MODEL_HIDE, 0);
    event_at(p, end, MODEL_SHOW, 0, 0);
}

/* Whatever is this robot's, at the part where it happens; false: it is over for it. */
static bool fate(struct play *p, const struct part *part)
{
    double lesson_s = p->class->lesson_s;
    switch (p->robot->profile) {
    case PROFILE_STUCK:
        be_stuck(p, part);
        break;
    case PROFILE_ERROR_LOOP:
        loop_errors(p);
        break;
    case PROFILE_NO_SEMICOLON:
        be_quiet(p, NEED_IDLE, chance(p, 0.5) ? p->now_s + around(p, 900, 0.4) : lesson_s);
        break;
    case PROFILE_IDLE:
        be_quiet(p, NEED_IDLE, chance(p, 0.5) ? p->now_s + around(p, 1200, 0.3) : lesson_s);
        break;
    case PROFILE_OPEN_TRANSACTION:
        forget_commit(p);
        break;
    case PROFILE_LEAVER:
        event(p, MODEL_OUT, 0);
        be_quiet(p, NEED_ABSENT, lesson_s);
        break;
    case PROFILE_HAND:
        raise_hand(p);
        break;
    case PROFILE_HIDER:
        hide(p);
        break;
    default:
        break;
    }
    if (over(p))
        return false;
    event(p, MODEL_ACT, 0);
    return true;
}

static void drop_a_step(struct play *p)
{
    int step = (int)random_below(&p->random, p->class->n_steps);
    p->now_s += around(p, 60, 0.3);
    event(p, MODEL_ACT, 0);
    event_at(p, p->now_s, MODEL_SCORE, step, 0);
    if (chance(p, 0.4)) { /* to make it anew */
        double again = p->now_s + random_between(&p->random, 60, 240);
        peek_until(p, again, 0.1);
        event(p, MODEL_ACT, 0);
        event_at(p, p->now_s, MODEL_SCORE, step, 1);
        return;
    }
    be_quiet(p, NEED_IDLE, p->class->lesson_s);
}

static void come(struct play *p)
{
    double lesson_s = p->class->lesson_s, came = around(p, laws.arrive_s, laws.arrive_sigma);
    double sure_absent = laws_sure_after(laws.arrive_s, laws.arrive_sigma, 2 * laws_share());
    if (p->robot->profile == PROFILE_LATE || p->robot->profile == PROFILE_NEVER) {
        came = p->robot->profile == PROFILE_LATE ? random_between(&p->random, 600, 1200) : lesson_s;
        need(p, NEED_ABSENT, 0, sure_absent, came);
    }
    p->now_s = came;
    if (p->robot->profile == PROFILE_WRONG_PASSWORD) {
        double end = came + around(p, 480, 0.4), third = (double)NAN;
        for (int n = 1; p->now_s < end; n++) {
            event(p, MODEL_REFUSED, 0);
            if (n == 3)
                third = p->now_s;
            p->now_s += random_between(&p->random, 10, n % 4 == 0 ? 150 : 30);
        }
        need(p, NEED_BLOCKED, came, third, p->now_s);
    } else if (!over(p) && chance(p, 0.15)) {
        size_t times = 1 + random_below(&p->random, 2);
        for (size_t i = 0; i < times; i++, p->now_s += random_between(&p->random, 5, 20))
            event(p, MODEL_REFUSED, 0);
    }
    *p->came_s = p->now_s;
    if (over(p))
        return;
    event(p, MODEL_IN, 0);
    event(p, MODEL_ACT, 0);
}

static void paste(struct play *p)
{
    be_quiet(p, NEED_IDLE, p->class->lesson_s / 2);
    for (size_t i = 0; i < p->n_parts; i++) {
        hand_in(p, &p->parts[i]);
        p->now_s += random_between(&p->random, 0.5, 2);
    }
    note_work(p, p->class->lesson_s / 2, p->now_s, p->total);
}

static void play_robot(struct play *p)
{
    enum profile profile = p->robot->profile;
    p->manner = laws_manner(p->robot->profile, &p->random);
    come(p);
    if (over(p))
        return;
    if (profile == PROFILE_PASTER) {
        paste(p);
        return;
    }
    size_t fateful = (size_t)((double)p->n_parts * random_between(&p->random, 0.1, 0.7));
    for (size_t i = 0; i < p->n_parts && !over(p); i++) {
        if (i == fateful && !fate(p, &p->parts[i]))
            return;
        work(p, &p->parts[i]);
    }
    if (over(p))
        return;
    if (profile == PROFILE_DROPPER)
        drop_a_step(p);
    else if (profile == PROFILE_WRONG_TYPES || profile == PROFILE_NO_KEYS ||
             profile == PROFILE_DOUBLE_ROWS)
        be_quiet(p, NEED_IDLE, p->class->lesson_s); /* and believes to be done */
}

/* -- the class -----------------------------------------------------------------------------------
 */

static size_t make_parts(const struct model_step *steps, size_t n_steps, struct part *ret_parts)
{
    size_t count = 0;
    for (size_t s = 0; s < n_steps; s++) {
        double sum = 0, weights = 0;
        for (int k = 0; k < 6 && steps[s].parts[k] != 0; k++)
            weights += k == 0 ? 3 : 1;
        for (int k = 0; k < 6 && steps[s].parts[k] != 0; k++) {
            int length = steps[s].parts[k];
            double gain = (k == 0 ? 3 : 1) / weights;
            sum += gain;
            ret_parts[count++] = (struct part){(int)s, length < 0 ? 0.3 : 0.4 + length / 600.0,
                                               sum > 0.9999 ? 1 : sum, gain / (double)n_steps};
        }
    }
    return count;
}

static int by_seen(const void *a, const void *b)
{
    const struct model_event *x = a, *y = b;
    if (x->seen_s != y->seen_s)
        return (x->seen_s > y->seen_s) - (x->seen_s < y->seen_s);
    return (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

/* Everything of robot `i` that is after `from_s` happens `by_s` later. */
static void put_off(struct model_robot *robot, double from_s, double by_s, double lesson_s)
{
    for (size_t i = 0; i < robot->n_events; i++)
        if (robot->events[i].at_s > from_s) {
            robot->events[i].at_s += by_s;
            robot->events[i].seen_s += by_s;
        }
    for (size_t i = 0; i < robot->n_needs; i++) {
        struct model_need *n = &robot->needs[i];
        n->onset_s += n->onset_s > from_s ? by_s : 0;
        n->visible_s += n->visible_s > from_s ? by_s : 0;
        n->end_s = n->end_s > from_s ? fmin(n->end_s + by_s, lesson_s) : n->end_s;
    }
}

/* The blocker's open transaction, and the neighbour that runs into it. */
static void block_neighbour(struct play *p, struct play *victim, int index, int victim_index)
{
    double lesson_s = p->class->lesson_s;
    double begin = random_between(&p->random, 0.3, 0.6) * lesson_s;
    double wait = begin + around(p, 60, 0.5), end = wait + around(p, 300, 0.4);
    double visible =
        wait + laws_sure_after(laws.wait_s, laws.wait_sigma, laws_share() / laws.waits_per_lesson);
    put_off(p->robot, begin, end - begin, lesson_s);
    put_off(victim->robot, wait, end - wait, lesson_s);
    need(p, NEED_BLOCKED, begin, visible, end);
    need(victim, NEED_BLOCKED, wait, visible, end);
    event_at(p, begin, MODEL_ACT, 0, 0);
    event_at(p, begin, MODEL_OPEN, 0, 0);
    event_at(p, wait, MODEL_KEEPS, victim_index, 0);
    event_at(victim, wait, MODEL_ACT, 0, 0);
    event_at(victim, wait, MODEL_WAIT, index, 0);
    p->now_s = begin;
    peek_until(p, end, 0.1);
    event_at(p, end, MODEL_CLOSE, 0, 0);
    event_at(p, end, MODEL_KEPT, 0, 0);
    event_at(victim, end, MODEL_WAITED, 0, 0);
    event_at(victim, end, MODEL_ACT, 0, 0);
}

/* Another need of the robot's that covers the moment. */
static bool has_other(size_t i, double at_s, void *data)
{
    const struct model_robot *robot = ((const struct play *)data)[i].robot;
    for (size_t k = 0; k < robot->n_needs; k++)
        if (at_s >= robot->needs[k].onset_s && at_s < robot->needs[k].end_s)
            return true;
    return false;
}

static void fall_behind(size_t i, double onset_s, double visible_s, double until_s, void *data)
{
    need((struct play *)data + i, NEED_BEHIND, onset_s, visible_s, until_s);
}

static void find_behind(struct play *plays, const struct model_class *class, size_t minutes)
{
    struct course *courses = mem_alloc_array(class->n_robots + 1, sizeof(*courses));
    for (size_t i = 0; i < class->n_robots; i++)
        courses[i] = (struct course){.came_s = *plays[i].came_s,
                                     .left_behind = plays[i].robot->profile == PROFILE_LEFT_BEHIND,
                                     .work = plays[i].work,
                                     .handed = plays[i].handed};
    struct behind_calls calls = {has_other, fall_behind, plays};
    behind_find(courses, class->n_robots, minutes, class->lesson_s, &calls);
    free(courses);
}

void model_play(unsigned long seed, size_t n, struct model_class *ret_class)
{
    bool is_library = seed % 2 == 0;
    const struct model_step *steps = is_library ? library : chinook;
    size_t n_steps =
        is_library ? sizeof(library) / sizeof(*library) : sizeof(chinook) / sizeof(*chinook);
    *ret_class = (struct model_class){.lab = is_library ? "library" : "chinook",
                                      .lesson_s = is_library ? 5400 : 3600,
                                      .n_steps = n_steps,
                                      .n_robots = n};
    struct part parts[128];
    size_t n_parts = make_parts(steps, n_steps, parts);
    size_t minutes = (size_t)(ret_class->lesson_s / 60) + 2;
    double difficulty[32], total = 0;
    struct random random;
    random_init(&random, seed, "class");
    for (size_t i = 0; i < n_steps; i++)
        difficulty[i] = random_lognormal(&random, laws.difficulty_sigma);
    for (size_t i = 0; i < n_parts; i++)
        total += parts[i].cost;
    ret_class->robots = mem_alloc_array(n, sizeof(*ret_class->robots));
    struct play *plays = mem_alloc_array(n, sizeof(*plays));
    for (size_t i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof(name), "robot %zu", i);
        ret_class->robots[i].profile = profile_draw(&random);
        ret_class->robots[i].time_factor = 1;
        plays[i] = (struct play){.class = ret_class,
                                 .robot = &ret_class->robots[i],
                                 .parts = parts,
                                 .n_parts = n_parts,
                                 .difficulty = difficulty,
                                 .unit_s = ret_class->lesson_s * 0.75 / total,
                                 .total = total};
        random_init(&plays[i].random, seed, name);
        plays[i].work = mem_alloc_array(minutes, sizeof(double));
        plays[i].handed = mem_alloc_array(minutes, sizeof(double));
        plays[i].came_s = mem_alloc(sizeof(double));
        play_robot(&plays[i]);
    }
    for (size_t i = 0; i < n; i++) {
        size_t victim = (i + 1) % n;
        if (ret_class->robots[i].profile == PROFILE_BLOCKER &&
            ret_class->robots[victim].profile < PROFILE_USUAL)
            block_neighbour(&plays[i], &plays[victim], (int)i, (int)victim);
    }
    find_behind(plays, ret_class, minutes);
    for (size_t i = 0; i < n; i++) {
        struct model_robot *robot = &ret_class->robots[i];
        if (robot->n_events > 0)
            qsort(robot->events, robot->n_events, sizeof(*robot->events), by_seen);
        free(plays[i].work);
        free(plays[i].handed);
        free(plays[i].came_s);
    }
    free(plays);
}

void model_release(struct model_class *class)
{
    for (size_t i = 0; i < class->n_robots; i++) {
        free(class->robots[i].events);
        free(class->robots[i].needs);
    }
    free(class->robots);
}
