/*
 * Planning a robot's lesson: how long each statement takes, where it errs, what becomes of it.
 */
#include "rehearse/script.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "rehearse/random.h"

enum { TYPED_MAX = 3000 };

struct manner {
    double pace;  /* of the time that the class takes; below 1 is faster */
    double typos; /* how often a statement is mistyped */
};

struct planner {
    const struct split *split;
    struct random random;
    struct arena *arena;
    enum profile profile;
    struct manner manner;
    struct move *moves; /* malloc'd while it grows */
    size_t count, capacity;
    double now_s;
};

static struct manner manner_of(enum profile profile, struct random *random)
{
    double around = random_between(random, 0.85, 1.15);
    switch (profile) {
    case PROFILE_FAST:
        return (struct manner){0.55 * around, 0.03};
    case PROFILE_SLOW:
        return (struct manner){1.9 * around, 0.10};
    case PROFILE_TYPOS:
        return (struct manner){1.1 * around, 0.40};
    case PROFILE_DROPPER:
        return (struct manner){0.45 * around, 0.03};
    default:
        return (struct manner){around, 0.06};
    }
}

/* How much work a part is: rows are pasted, the rest is typed. */
static double cost_of(const struct part *part)
{
    size_t len = strlen(part->sql);
    return part->kind == PART_ROWS || part->kind == PART_SETVAL
               ? 0.15
               : 0.4 + (double)(len < 600 ? len : 600) / 600;
}

static void add_move(struct planner *planner, enum move_kind kind, size_t part, const char *step,
                     const char *sql)
{
    planner->moves =
        mem_grow(planner->moves, planner->count, &planner->capacity, sizeof(*planner->moves));
    planner->moves[planner->count++] = (struct move){kind, planner->now_s, step, sql, part};
}

/* The step at which somebody gets stuck: between a third and two thirds of the way. */
static const char *fateful_step(struct planner *planner)
{
    const struct split *split = planner->split;
    size_t n = 0;
    size_t *firsts = mem_alloc_array(split->count + 1, sizeof(*firsts));
    for (size_t i = 0; i < split->count; i++)
        if (i == 0 || strcmp(split->parts[i].step, split->parts[i - 1].step) != 0)
            firsts[n++] = i;
    size_t chosen = (size_t)((double)n * random_between(&planner->random, 0.3, 0.7));
    const char *step = n > 0 ? split->parts[firsts[chosen < n ? chosen : n - 1]].step : "";
    free(firsts);
    return step;
}

static void ask_odd_questions(struct planner *planner, const char *step)
{
    const char *name = strrchr(step, ' ');
    name = name != NULL ? name + 1 : step;
    while (planner->now_s < LESSON_S) {
        size_t which = random_below(&planner->random, 4);
        const char *sql = which == 0   ? arena_printf(planner->arena, "SELECT * FROM %s_x;", name)
                          : which == 1 ? arena_printf(planner->arena, "SELECT * FORM %s;", name)
                          : which == 2 ? arena_printf(planner->arena, "DESCRIBE %s;", name)
                                       : "SELECT count(*) FROM pg_tables;";
        add_move(planner, MOVE_ODD, 0, step, sql);
        planner->now_s += random_between(&planner->random, 90, 240);
    }
}

static void work_on(struct planner *planner, size_t index)
{
    const struct part *part = &planner->split->parts[index];
    bool typed = strlen(part->sql) <= TYPED_MAX; /* longer ones are pasted */
    if (random_unit(&planner->random) < planner->manner.typos && typed) {
        size_t times = 1 + random_below(&planner->random, 3);
        const char *wrong = mistype(part->sql, &planner->random, planner->arena);
        for (size_t i = 0; wrong != NULL && i < times; i++) {
            add_move(planner, MOVE_TYPO, index, part->step, wrong);
            planner->now_s += random_between(&planner->random, 10, 40);
        }
    }
    add_move(planner, MOVE_WORK, index, part->step, part->sql);
    if (random_unit(&planner->random) < 0.02)
        planner->now_s += random_between(&planner->random, 60, 240); /* coffee */
}

/* The deepest table: the one that hurts. */
static void drop_a_table(struct planner *planner)
{
    const struct split *split = planner->split;
    for (size_t i = split->count; i > 0; i--) {
        const struct part *part = &split->parts[i - 1];
        if (part->kind != PART_TABLE)
            continue;
        CLEANUP(strbuf_release)
        struct strbuf sql = STRBUF_INIT;
        strbuf_add_string(&sql, "DROP TABLE \"");
        for (const char *p = part->object; *p != '\0'; p++)
            if (*p == '.')
                strbuf_add_string(&sql, "\".\"");
            else
                strbuf_printf(&sql, *p == '"' ? "\"%c" : "%c", *p);
        strbuf_add_string(&sql, "\" CASCADE;");
        planner->now_s += 60;
        add_move(planner, MOVE_DROP, i - 1, part->step, arena_strdup(planner->arena, sql.text));
        return;
    }
}

static void plan_work(struct planner *planner)
{
    const struct split *split = planner->split;
    double sum = 0;
    for (size_t i = 0; i < split->count; i++)
        sum += cost_of(&split->parts[i]);
    double unit = sum > 0 ? LESSON_S * 0.8 / sum * planner->manner.pace : 0;
    const char *fate = planner->profile == PROFILE_STUCK ? fateful_step(planner) : NULL;
    for (size_t i = 0; i < split->count; i++) {
        planner->now_s +=
            cost_of(&split->parts[i]) * unit * random_lognormal(&planner->random, 0.5);
        if (fate != NULL && strcmp(split->parts[i].step, fate) == 0) {
            ask_odd_questions(planner, fate);
            return;
        }
        work_on(planner, i);
    }
    if (planner->profile == PROFILE_DROPPER)
        drop_a_table(planner);
}

void robot_script_plan(const struct split *split, uint64_t seed, const char *login,
                       enum profile profile, struct arena *arena, struct robot_script *ret_script)
{
    struct planner planner = {.split = split, .arena = arena, .profile = profile};
    random_init(&planner.random, seed, login);
    planner.manner = manner_of(profile, &planner.random);
    if (profile != PROFILE_NEVER) {
        planner.now_s = random_between(&planner.random, 5, LESSON_S * 0.03);
        add_move(&planner, MOVE_LOGIN, 0, "", NULL);
        plan_work(&planner);
    }
    ret_script->count = planner.count;
    ret_script->moves = arena_alloc_array(arena, planner.count + 1, sizeof(struct move));
    if (planner.count > 0)
        memcpy(ret_script->moves, planner.moves, planner.count * sizeof(struct move));
    free(planner.moves);
}
