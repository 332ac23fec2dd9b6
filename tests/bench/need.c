/*
 * The measure of need: classes of the model, looked at as lecternd looks, judged by lab/need and by
 * two simple rules beside it.  One line per case on stdout (need.md has the columns); what they
 * come to is computed from the file by need_report.awk, which knows nothing of this program.
 *
 *     need FIRST_SEED LAST_SEED
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "lab/need.h"
#include "need_model.h"

static const double tick_s = 0.5, learn_s = 10, lag_of_end_s = 30;

enum rule { RULE_LECTERN, RULE_IDLE, RULE_LOWEST, RULES };
static const char *const rule_names[RULES] = {"lectern", "idle-2min", "lowest-first"};

struct flag {
    enum need_kind kind;
    double from_s, to_s;
};

struct flags {
    struct flag *items;
    size_t count, capacity;
    enum need_kind up;
};

/* What is known of a robot from outside. */
struct known {
    struct pace pace;
    struct need need;
    size_t next; /* event */
    int sessions;
    double active_s, open_s, waiting_s, hidden_s, hand_s;
    bool keeps;
    double *steps;
    bool moved; /* steps did */
    double progress;
    int step;
    bool done;
    struct flags flags[RULES];
};

static void set_flag(struct flags *flags, enum need_kind kind, double now_s)
{
    if (kind == flags->up)
        return;
    if (flags->up != NEED_NONE)
        flags->items[flags->count - 1].to_s = now_s;
    flags->up = kind;
    if (kind == NEED_NONE)
        return;
    flags->items = mem_grow(flags->items, flags->count, &flags->capacity, sizeof(*flags->items));
    flags->items[flags->count++] = (struct flag){kind, now_s, (double)INFINITY};
}

/* As lecternd has it: where something rose last and is not done; the first that is not done. */
static void sum_up(struct known *k, const struct model_class *class, int risen)
{
    double sum = 0;
    bool done = true;
    for (size_t i = 0; i < class->n_steps; i++) {
        sum += k->steps[i];
        done &= k->steps[i] >= 1;
    }
    k->progress = sum / (double)class->n_steps;
    k->done = done;
    if (risen >= 0 && k->steps[risen] < 1)
        k->step = risen;
    else if (k->step < 0 || k->steps[k->step] >= 1 || k->steps[k->step] == 0) {
        k->step = -1;
        for (size_t i = class->n_steps; i > 0; i--)
            k->step = k->steps[i - 1] < 1 ? (int)i - 1 : k->step;
    }
}

static void take_score(struct known *k, const struct model_class *class,
                       const struct model_event *event)
{
    bool rose = event->score > k->steps[event->step];
    k->steps[event->step] = event->score;
    k->moved = true;
    sum_up(k, class, rose ? event->step : -1);
}

static void take_event(struct known *k, const struct model_class *class,
                       const struct model_event *event)
{
    char text[40];
    switch (event->kind) {
    case MODEL_IN:
        k->sessions = 1;
        break;
    case MODEL_OUT:
        k->sessions = 0;
        break;
    case MODEL_ACT:
        k->active_s = event->at_s;
        break;
    case MODEL_SCORE:
        take_score(k, class, event);
        break;
    case MODEL_ERROR:
        snprintf(text, sizeof(text), "syntax error at or near \"%d\"", event->step);
        pace_error(&k->pace, event->at_s, "42601", text);
        break;
    case MODEL_OPEN:
        k->open_s = event->at_s;
        break;
    case MODEL_CLOSE:
        k->open_s = (double)NAN;
        break;
    case MODEL_WAIT:
        k->waiting_s = event->at_s;
        break;
    case MODEL_WAITED:
        k->waiting_s = (double)NAN;
        break;
    case MODEL_KEEPS:
    case MODEL_KEPT:
        k->keeps = event->kind == MODEL_KEEPS;
        break;
    case MODEL_HAND:
        k->hand_s = event->at_s;
        break;
    case MODEL_HELPED:
        k->hand_s = (double)NAN;
        pace_helped(&k->pace);
        break;
    case MODEL_REFUSED:
        pace_login_failed(&k->pace, event->at_s);
        break;
    case MODEL_HIDE:
        k->hidden_s = event->at_s;
        break;
    case MODEL_SHOW:
        k->hidden_s = (double)NAN;
        break;
    }
}

static void look(struct known *k, const struct model_class *class, const struct model_robot *robot,
                 double now_s)
{
    for (; k->next < robot->n_events && robot->events[k->next].seen_s <= now_s; k->next++)
        take_event(k, class, &robot->events[k->next]);
    bool hidden = !isnan(k->hidden_s);
    struct pace_look seen = {.now_s = now_s,
                             .active_s = k->active_s,
                             .sessions = k->sessions,
                             .open_s = k->open_s,
                             .waits = !isnan(k->waiting_s),
                             .progress = hidden ? (double)NAN : k->progress,
                             .step = hidden ? -1 : k->step,
                             .steps = k->moved && !hidden ? k->steps : NULL};
    k->moved = k->moved && hidden;
    pace_look(&k->pace, &seen);
}

static void judge(struct known *k, const struct model_robot *robot, const struct class *class,
                  size_t index, double now_s)
{
    bool hidden = !isnan(k->hidden_s);
    struct need_signals signals = {.now_s = now_s,
                                   .progress = hidden ? (double)NAN : k->progress,
                                   .done = !hidden && k->done,
                                   .sessions = k->sessions,
                                   .time_factor = robot->time_factor,
                                   .waiting_s = k->waiting_s,
                                   .keeps = k->keeps ? "a neighbour" : NULL,
                                   .unknown_s = k->hidden_s,
                                   .hand_s = k->hand_s,
                                   .start_s = 0};
    k->need = need_judge(&k->need, &signals, &k->pace, class, index);
    set_flag(&k->flags[RULE_LECTERN], k->need.kind, now_s);
    bool idle = !k->done && now_s - k->active_s > 120;
    set_flag(&k->flags[RULE_IDLE], idle ? NEED_IDLE : NEED_NONE, now_s);
}

/* Before `b` in the order of those who have least. */
static bool has_less(const struct known *a, const struct known *b)
{
    return a->progress < b->progress || (a->progress == b->progress && a < b);
}

/* Each minute, of those who are here and not done, the tenth that has least. */
static void flag_lowest(struct known *known, size_t n, double now_s)
{
    size_t most = (n + 9) / 10;
    for (size_t i = 0; i < n; i++) {
        size_t below = 0;
        bool counts = known[i].sessions > 0 && !known[i].done;
        for (size_t k = 0; counts && k < n; k++)
            below += known[k].sessions > 0 && has_less(&known[k], &known[i]);
        set_flag(&known[i].flags[RULE_LOWEST], counts && below < most ? NEED_BEHIND : NEED_NONE,
                 now_s);
    }
}

/* -- cases ---------------------------------------------------------------------------------------
 */

static void print_time(double s)
{
    if (isnan(s))
        printf("\t-");
    else
        printf("\t%.1f", s);
}

static void print_case(enum rule rule, unsigned long seed, const struct model_class *class,
                       size_t robot, const struct model_need *need, const struct flag *flag)
{
    printf("%s\t%lu\t%s\t%zu\t%zu\t%s\t%s", rule_names[rule], seed, class->lab, class->n_robots,
           robot, profile_name(class->robots[robot].profile),
           need != NULL ? need_name(need->kind) : "-");
    print_time(need != NULL ? need->onset_s : (double)NAN);
    print_time(need != NULL ? need->visible_s : (double)NAN);
    print_time(need != NULL ? need->end_s : (double)NAN);
    double from = flag == NULL                                   ? (double)NAN
                  : need != NULL && flag->from_s < need->onset_s ? need->onset_s
                                                                 : flag->from_s;
    print_time(from);
    printf("\t%s", flag != NULL ? need_name(flag->kind) : "-");
    print_time(flag != NULL ? fmin(flag->to_s, class->lesson_s) : (double)NAN);
    putchar('\n');
}

static void print_robot(enum rule rule, unsigned long seed, const struct model_class *class,
                        size_t index, const struct flags *flags)
{
    const struct model_robot *robot = &class->robots[index];
    for (size_t i = 0; i < robot->n_needs; i++) {
        const struct model_need *need = &robot->needs[i];
        const struct flag *first = NULL;
        for (size_t k = 0; k < flags->count && first == NULL; k++)
            if (flags->items[k].to_s > need->onset_s && flags->items[k].from_s < need->end_s)
                first = &flags->items[k];
        print_case(rule, seed, class, index, need, first);
    }
    /* A flag that goes up outside of any need is false, known or not. */
    for (size_t k = 0; k < flags->count; k++) {
        bool right = false;
        for (size_t i = 0; i < robot->n_needs; i++)
            right |= flags->items[k].from_s >= robot->needs[i].onset_s - 1 &&
                     flags->items[k].from_s <= robot->needs[i].end_s + lag_of_end_s;
        if (!right)
            print_case(rule, seed, class, index, NULL, &flags->items[k]);
    }
}

/* -- one class -----------------------------------------------------------------------------------
 */

static void measure(unsigned long seed)
{
    struct model_class model;
    size_t n = 12 + seed * 7 % 49;
    model_play(seed, n, &model);
    struct known *known = mem_alloc_array(n, sizeof(*known));
    struct pace *paces = mem_alloc_array(n, sizeof(*paces));
    double *factors = mem_alloc_array(n, sizeof(*factors));
    for (size_t i = 0; i < n; i++) {
        known[i] = (struct known){.active_s = (double)NAN,
                                  .open_s = (double)NAN,
                                  .waiting_s = (double)NAN,
                                  .hidden_s = (double)NAN,
                                  .hand_s = (double)NAN};
        known[i].steps = mem_alloc_array(model.n_steps, sizeof(double));
        pace_init(&known[i].pace, model.n_steps);
        factors[i] = model.robots[i].time_factor;
    }
    struct class_rules rules = class_rules_default();
    struct class class;
    class_init(&class, &rules, n, model.n_steps);
    size_t ticks = (size_t)(model.lesson_s / tick_s);
    for (size_t tick = 0; tick < ticks; tick++) {
        double now_s = (double)tick * tick_s;
        for (size_t i = 0; i < n; i++)
            look(&known[i], &model, &model.robots[i], now_s);
        if (tick % (size_t)(learn_s / tick_s) == 0) {
            for (size_t i = 0; i < n; i++)
                paces[i] = known[i].pace;
            class_learn(&class, paces, factors, 0, now_s);
        }
        for (size_t i = 0; i < n; i++)
            judge(&known[i], &model.robots[i], &class, i, now_s);
        if (tick % (size_t)(60 / tick_s) == 0 && now_s >= 600)
            flag_lowest(known, n, now_s);
    }
    for (size_t i = 0; i < n; i++)
        for (enum rule rule = 0; rule < RULES; rule++)
            print_robot(rule, seed, &model, i, &known[i].flags[rule]);
    for (size_t i = 0; i < n; i++) {
        pace_release(&known[i].pace);
        free(known[i].steps);
        for (enum rule rule = 0; rule < RULES; rule++)
            free(known[i].flags[rule].items);
    }
    class_release(&class);
    free(known);
    free(paces);
    free(factors);
    model_release(&model);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: need FIRST_SEED LAST_SEED\n");
        return 2;
    }
    puts("rule\tseed\tlab\tsize\tstudent\tprofile\tkind\tonset\tvisible\tuntil\tdetected\treason"
         "\tdown");
    for (unsigned long seed = strtoul(argv[1], NULL, 10); seed <= strtoul(argv[2], NULL, 10);
         seed++)
        measure(seed);
    return fflush(stdout) == 0 ? 0 : 1;
}
