/*
 * What happens to some: each profile's mishap, and the need that comes of it, with the first moment
 * at which it can be known.  tests/bench/need.md has the rules in words.
 */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "io/pg.h"
#include "rehearse/script_inside.h"

/* Quiet until `end_s`: away, or something that the server does not hear. */
static void be_quiet(struct planner *p, enum need_kind kind, double end_s)
{
    /* So many profiles rest; those who log out are the fewer. */
    double needs = kind == NEED_ABSENT ? laws_share() / (laws.breaks_per_lesson * laws.break_logout)
                                       : 7 * laws_share() / laws.breaks_per_lesson;
    plan_need(p, kind, p->now_s, p->now_s + laws_sure_after(laws.break_s, laws.break_sigma, needs),
              end_s);
    p->now_s = end_s;
}

static void be_stuck(struct planner *p, const struct unit *unit)
{
    double begin = p->now_s;
    double visible = begin + laws_sure_after(plan_unit_median(p, unit), laws.work_sigma,
                                             laws_share() / (double)p->n_units);
    double end = plan_chance(p, 0.4) ? begin + plan_around(p, 900, 0.4) : p->class->lesson_s;
    plan_need(p, NEED_STUCK, begin, visible, end);
    /* Some ask the server, some stare at it. */
    double errors = random_between(&p->random, 0.2, 0.7);
    plan_looks(p, end, errors, MOVE_ODD);
}

static void loop_errors(struct planner *p, const struct unit *unit)
{
    const struct part *part = &p->class->split->parts[unit->first];
    double begin = p->now_s, end = begin + plan_around(p, 600, 0.4), visible = (double)NAN;
    int n = 0, enough = laws_sure_errors(p->n_units);
    const char *wrong = mistype(part->sql, &p->random, p->arena);
    while (p->now_s < end) {
        plan_move(p, MOVE_TYPO, p->now_s, part->step,
                  wrong != NULL ? wrong : "CREATE TABEL this (id integer);");
        p->moves[p->n_moves - 1].part = unit->first;
        if (++n == enough)
            visible = p->now_s;
        p->now_s += plan_chance(p, 0.1) ? random_between(&p->random, 20, 60)
                                        : random_between(&p->random, 6, 15);
    }
    plan_need(p, NEED_STUCK, begin, visible, end);
}

static void forget_commit(struct planner *p)
{
    double begin = p->now_s, end = begin + plan_around(p, 1200, 0.5);
    double shares = laws.usual_share / (2 * PROFILE_USUAL - 2) * laws.commit_share;
    double visible = begin + laws_sure_after(laws.commit_s, laws.commit_sigma,
                                             2 * laws_share() / (shares * (double)p->n_units));
    plan_move(p, MOVE_BEGIN, begin, p->step, "BEGIN;");
    plan_need(p, NEED_BLOCKED, begin, visible, end);
    plan_looks(p, end, 0.1, MOVE_LOOK);
    plan_move(p, MOVE_COMMIT, end, p->step, "COMMIT;");
}

/* In another window a transaction holds a table that the work then runs into. */
static void block_oneself(struct planner *p)
{
    double begin = p->now_s, wait = begin + plan_around(p, 60, 0.5);
    double end = wait + plan_around(p, 300, 0.4);
    double visible =
        wait + laws_sure_after(laws.wait_s, laws.wait_sigma, laws_share() / laws.waits_per_lesson);
    plan_move(p, MOVE_HOLD, begin, p->step,
              arena_printf(p->arena, "BEGIN; LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;", p->table));
    p->moves[p->n_moves - 1].hold_s = end - begin;
    plan_move(p, MOVE_WAIT, wait, p->step,
              arena_printf(p->arena, "SELECT count(*) FROM %s;", p->table));
    plan_need(p, NEED_BLOCKED, begin, visible, end);
    p->now_s = end + 5;
}

static void raise_hand(struct planner *p)
{
    double end = p->now_s + plan_around(p, 240, 0.6);
    plan_need(p, NEED_HAND, p->now_s, p->now_s, end);
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *text = mem_printf("I do not get on with %s", p->step);
    strbuf_add_string(&sql, "SELECT lectern.help(");
    pg_add_literal(&sql, text);
    strbuf_add_string(&sql, ");");
    plan_move(p, MOVE_HAND, p->now_s, p->step, arena_strdup(p->arena, sql.text));
    plan_move(p, MOVE_THANKS, end, p->step, "SELECT lectern.thanks();");
    if (plan_chance(p, 0.5)) /* waits for the answer */
        plan_looks(p, end, 0.3, MOVE_LOOK);
}

bool plan_fate_is_possible(const struct planner *p)
{
    return p->profile != PROFILE_BLOCKER || p->table != NULL;
}

bool plan_fate(struct planner *p, const struct unit *unit)
{
    double lesson_s = p->class->lesson_s;
    switch (p->profile) {
    case PROFILE_STUCK:
        be_stuck(p, unit);
        break;
    case PROFILE_ERROR_LOOP:
        loop_errors(p, unit);
        break;
    case PROFILE_NO_SEMICOLON:
        be_quiet(p, NEED_IDLE,
                 plan_chance(p, 0.5) ? p->now_s + plan_around(p, 900, 0.4) : lesson_s);
        break;
    case PROFILE_IDLE:
        be_quiet(p, NEED_IDLE,
                 plan_chance(p, 0.5) ? p->now_s + plan_around(p, 1200, 0.3) : lesson_s);
        break;
    case PROFILE_OPEN_TRANSACTION:
        forget_commit(p);
        break;
    case PROFILE_BLOCKER:
        block_oneself(p);
        break;
    case PROFILE_LEAVER:
        plan_move(p, MOVE_LOGOUT, p->now_s, "", NULL);
        be_quiet(p, NEED_ABSENT, lesson_s);
        break;
    case PROFILE_HAND:
        raise_hand(p);
        break;
    default:
        return true;
    }
    if (plan_is_over(p))
        return false;
    plan_move(p, MOVE_LOOK, p->now_s, p->step, "SELECT now();");
    return true;
}

void plan_coming(struct planner *p)
{
    double lesson_s = p->class->lesson_s, came = plan_around(p, laws.arrive_s, laws.arrive_sigma);
    double sure_absent = laws_sure_after(laws.arrive_s, laws.arrive_sigma, 2 * laws_share());
    if (p->profile == PROFILE_LATE || p->profile == PROFILE_NEVER) {
        came = p->profile == PROFILE_LATE ? random_between(&p->random, 600, 1200) : lesson_s;
        plan_need(p, NEED_ABSENT, 0, sure_absent, came);
    }
    p->now_s = came;
    if (p->profile == PROFILE_WRONG_PASSWORD) {
        double end = came + plan_around(p, 480, 0.4), third = (double)NAN;
        for (int n = 1; p->now_s < end; n++) {
            plan_move(p, MOVE_REFUSED, p->now_s, "", NULL);
            if (n == 3)
                third = p->now_s;
            p->now_s += random_between(&p->random, 10, n % 4 == 0 ? 150 : 30);
        }
        plan_need(p, NEED_BLOCKED, came, third, p->now_s);
    } else if (!plan_is_over(p) && plan_chance(p, 0.15)) {
        size_t times = 1 + random_below(&p->random, 2);
        for (size_t i = 0; i < times; i++, p->now_s += random_between(&p->random, 5, 20))
            plan_move(p, MOVE_REFUSED, p->now_s, "", NULL);
    }
    p->came_s = p->now_s;
    if (!plan_is_over(p))
        plan_move(p, MOVE_LOGIN, p->now_s, "", NULL);
}

/* Nothing until half time, and then everything. */
void plan_paste(struct planner *p)
{
    double half = p->class->lesson_s / 2;
    be_quiet(p, NEED_IDLE, half);
    for (size_t i = 0; i < p->n_units; i++)
        plan_hand_in(p, &p->units[i]);
    plan_note_work(p, half, p->now_s, p->total);
}

/* Make anew what went with the table: whatever speaks of it. */
static void make_anew(struct planner *p, const struct part *lost)
{
    const struct split *split = p->class->split;
    for (size_t i = 0; i < split->count; i++)
        if (strcmp(split->parts[i].step, lost->step) == 0 ||
            strstr(split->parts[i].sql, lost->object) != NULL) {
            plan_move(p, MOVE_WORK, p->now_s, split->parts[i].step, split->parts[i].sql);
            p->moves[p->n_moves - 1].part = i;
            p->now_s += 1;
        }
}

/* The deepest table: the one that hurts. */
static void drop_a_table(struct planner *p)
{
    const struct split *split = p->class->split;
    size_t i = split->count;
    while (i > 0 && split->parts[i - 1].kind != PART_TABLE)
        i--;
    if (i == 0)
        return;
    const struct part *part = &split->parts[i - 1];
    p->now_s += plan_around(p, 60, 0.3);
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "DROP TABLE ");
    plan_add_object(&sql, part->object);
    strbuf_add_string(&sql, " CASCADE;");
    plan_move(p, MOVE_DROP, p->now_s, part->step, arena_strdup(p->arena, sql.text));
    if (plan_chance(p, 0.4)) {
        plan_looks(p, p->now_s + random_between(&p->random, 60, 240), 0.1, MOVE_LOOK);
        make_anew(p, part);
    } else {
        be_quiet(p, NEED_IDLE, p->class->lesson_s);
    }
}

void plan_after_work(struct planner *p)
{
    if (p->profile == PROFILE_DROPPER)
        drop_a_table(p);
    else if (p->profile == PROFILE_WRONG_TYPES || p->profile == PROFILE_NO_KEYS ||
             p->profile == PROFILE_DOUBLE_ROWS)
        be_quiet(p, NEED_IDLE, p->class->lesson_s); /* and believes to be done */
}
