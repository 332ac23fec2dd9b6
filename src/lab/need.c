/*
 * Need: each kind has a cause that raises it and a weaker one that keeps it up.
 */
#include "lab/need.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/strbuf.h"
#include "lab/sqlstate.h"

static const struct {
    const char *name;
    int severity;
} kinds[NEEDS] = {
    [NEED_NONE] = {"none", 0},       [NEED_UNKNOWN] = {"unknown", 1}, [NEED_ABSENT] = {"absent", 1},
    [NEED_IDLE] = {"idle", 2},       [NEED_BEHIND] = {"behind", 3},   [NEED_STUCK] = {"stuck", 4},
    [NEED_BLOCKED] = {"blocked", 4}, [NEED_HAND] = {"hand", 5},
};

/* Each error beyond so many makes a student that does not get on more likely to be stuck. */
enum { ERRORS_USUAL = 1, ERRORS_MOST = 5 };
static const double error_counts = 0.3;
/* A flag that is up stays up while its cause is above this part of what raised it. */
static const double keeps = 0.6;
/* The same error is "again and again" while it comes at least so often. */
static const double error_rests_s = 90;
/* The last wrong password is news for so long. */
static const double password_rests_s = 300;
/* Of the lab: behind ends that much above where it began. */
static const double behind_keeps = 0.06;
static const double behind_turns_s = 30;
/* What he has handed in is less than what he has done: so much earlier must the class have passed
 * it.
 */
static const double behind_passed = 0.85;
/* Nobody is stuck before this part of what the setting says, however quick the class is. */
static const double stuck_least = 0.6;
/* Who logs out leaves more often than who only stops: so much sooner is he taken to have left. */
static const double left_sooner = 0.85;

const char *need_name(enum need_kind kind)
{
    assert(kind < NEEDS);
    return kinds[kind].name;
}

bool need_parse(const char *name, enum need_kind *ret_kind)
{
    for (size_t i = 0; i < NEEDS; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            *ret_kind = (enum need_kind)i;
            return true;
        }
    return false;
}

int need_severity(enum need_kind kind)
{
    assert(kind < NEEDS);
    return kinds[kind].severity;
}

/* What one judgement looks at. */
struct look {
    const struct need *before;
    const struct need_signals *signals;
    const struct pace *pace;
    const struct class *class;
    size_t index;
};

static bool was(const struct look *look, enum need_kind kind)
{
    return look->before->kind == kind;
}

/* NAN, never, is no time at all. */
static double lasted(double now_s, double since_s)
{
    return now_s >= since_s ? now_s - since_s : 0;
}

/* Whether he leaves steps as they are: another one than where he works is begun and not done. */
static bool leaves_steps(const struct pace *pace)
{
    for (size_t step = 0; step < pace->n_steps; step++)
        if (pace->score[step] > 0 && pace->score[step] < 1 - 1e-9 &&
            (int)step != pace->at / PACE_STAGES)
            return true;
    return false;
}

/*
 * The median time that progress takes where he works.  Who leaves steps as they are may have left
 * this one, too, and be at the next one that he has nothing of: the longer time counts.
 */
static double usual_time(const struct pace *pace, const struct class *class)
{
    double usual = class->cells[pace->at].median_s;
    if (pace->at % PACE_STAGES == 0 || !leaves_steps(pace))
        return usual;
    for (size_t step = 0; step < pace->n_steps; step++)
        if (!(pace->score[step] > 0)) {
            double next = class->cells[step * PACE_STAGES].median_s;
            return next > usual ? next : usual;
        }
    return usual;
}

double need_patience(const struct need_signals *signals, const struct pace *pace,
                     const struct class *class, size_t index)
{
    const struct class_rules *rules = &class->rules;
    double factor = signals->time_factor > 0 ? signals->time_factor : 1;
    if (pace->at < 0)
        return (double)INFINITY;
    if (!rules->learn)
        return rules->stuck_after_s * factor;
    int errors = pace->different < ERRORS_MOST ? pace->different : ERRORS_MOST;
    double unusual =
        rules->stuck_factor - (errors > ERRORS_USUAL ? error_counts * (errors - ERRORS_USUAL) : 0);
    double spread = class_spread(class, (size_t)pace->at);
    double patience = usual_time(pace, class) * exp(class->own[index] + unusual * spread);
    double least = rules->stuck_after_s * stuck_least, most = rules->stuck_after_s * 4 * factor;
    return patience < least ? least : patience > most ? most : patience;
}

/* -- the causes, each with the time since when; NAN: it is not there -----------------------------
 */

static double blocked(const struct look *look)
{
    const struct need_signals *s = look->signals;
    const struct pace *pace = look->pace;
    const struct class_rules *rules = &look->class->rules;
    bool up = was(look, NEED_BLOCKED);
    if (lasted(s->now_s, s->waiting_s) >= (up ? 0.001 : rules->wait_after_s))
        return s->waiting_s;
    /* An open transaction that somebody waits for is a need as soon as the wait is one. */
    double open_after = s->keeps != NULL && look->class->open_s > rules->wait_after_s
                            ? rules->wait_after_s
                            : look->class->open_s;
    double own = 1.75 * pace_longest(&pace->open);
    open_after = own > open_after ? fmin(own, 4 * rules->open_after_s) : open_after;
    double open = lasted(s->now_s, pace->open_s);
    if (open >= open_after || (up && open > 0 && pace->open_s <= look->before->raised_s))
        return pace->open_s;
    if (s->sessions <= 0 && pace->logins_failed >= rules->wrong_passwords &&
        lasted(s->now_s, pace->login_failed_s) < password_rests_s &&
        !(pace->active_s > pace->login_failed_s))
        return pace->login_failed_s;
    return (double)NAN;
}

static double same_error(const struct look *look)
{
    const struct pace_error *same = pace_same(look->pace);
    double now_s = look->signals->now_s;
    bool up = was(look, NEED_STUCK) && look->before->errors;
    if (same == NULL || same->count < look->class->rules.same_error)
        return (double)NAN;
    /* Once raised, a rest before the next try does not end it. */
    return lasted(now_s, same->last_s) < (up ? 2 : 1) * error_rests_s ? same->first_s : (double)NAN;
}

/* Since when he does not get on. */
static double stands_since(const struct look *look)
{
    const struct pace *pace = look->pace;
    return isnan(pace->progress_s) ? pace->first_s : pace->progress_s;
}

static double no_progress(const struct look *look)
{
    const struct need_signals *s = look->signals;
    double patience = need_patience(s, look->pace, look->class, look->index);
    bool up = was(look, NEED_STUCK) && !look->before->errors;
    double worked = pace_worked(look->pace, s->now_s);
    return worked >= (up ? keeps : 1) * patience ? stands_since(look) : (double)NAN;
}

static double quiet(const struct look *look)
{
    const struct pace *pace = look->pace;
    double idle_s = look->class->idle_s * (look->signals->sessions > 0 ? 1 : left_sooner);
    return lasted(look->signals->now_s, pace->active_s) >= idle_s ? pace->active_s : (double)NAN;
}

static double not_come(const struct look *look)
{
    const struct need_signals *s = look->signals;
    if (!isnan(look->pace->first_s) || s->sessions > 0)
        return (double)NAN;
    return lasted(s->now_s, s->start_s) >= look->class->absent_s ? s->start_s : (double)NAN;
}

static bool is_behind(const struct look *look)
{
    const struct need_signals *s = look->signals;
    const struct class *class = look->class;
    double factor = s->time_factor > 0 ? s->time_factor : 1;
    double elapsed = (s->now_s - look->pace->first_s) / factor;
    double expected = class_expected(class, elapsed);
    double slack = was(look, NEED_BEHIND) ? behind_keeps : 0;
    double ratio = class->behind_ratio + slack;
    /* Where much is handed in at once, half of the progress need not be half of the way: the class
     * must also have taken less than that part of his time to get where he is. */
    return expected - s->progress >= class->rules.behind_by - slack &&
           s->progress < expected * ratio &&
           class_passed(class, s->progress) < elapsed * ratio * behind_passed;
}

/* Both ways only when it lasts: the class moves by steps, as he does. */
static bool judge_behind(const struct look *look, struct need *need)
{
    double now_s = look->signals->now_s;
    bool up = was(look, NEED_BEHIND), is = is_behind(look);
    if (is == up) /* nothing turns */
        return up;
    need->turned_s = look->before->turned_s > 0 ? look->before->turned_s : fmax(now_s, 1);
    return now_s - need->turned_s < behind_turns_s ? up : is;
}

/* -- the judgement -------------------------------------------------------------------------------
 */

static struct need raise(const struct look *look, enum need_kind kind, double since_s)
{
    bool same = was(look, kind);
    return (struct need){.kind = kind,
                         .since_s = since_s,
                         .raised_s = same ? look->before->raised_s : look->signals->now_s,
                         .helped = look->signals->helped};
}

/* Those that do not depend on what he has done. */
static bool judge_outer(const struct look *look, struct need *ret_need)
{
    const struct need_signals *s = look->signals;
    double since;
    if (!isnan(s->hand_s))
        *ret_need = raise(look, NEED_HAND, s->hand_s);
    else if (s->done)
        *ret_need = (struct need){.kind = NEED_NONE};
    else if (!isnan(since = blocked(look)))
        *ret_need = raise(look, NEED_BLOCKED, since);
    else if (lasted(s->now_s, s->unknown_s) >= look->class->rules.unknown_after_s)
        *ret_need = raise(look, NEED_UNKNOWN, s->unknown_s);
    else if (!isnan(since = not_come(look)))
        *ret_need = raise(look, NEED_ABSENT, since);
    else
        return false;
    return true;
}

struct need need_judge(const struct need *before, const struct need_signals *signals,
                       const struct pace *pace, const struct class *class, size_t index)
{
    const struct look look = {before, signals, pace, class, index};
    struct need need = {.kind = NEED_NONE};
    double since;
    if (judge_outer(&look, &need) || isnan(pace->first_s))
        return need;
    if (!isnan(since = same_error(&look))) {
        need = raise(&look, NEED_STUCK, since);
        need.errors = true;
        return need;
    }
    /* Who was struggling and is quiet now is not resting. */
    bool stood = before->kind == NEED_STUCK && !before->errors;
    bool is_quiet = !isnan(since = quiet(&look));
    double still = no_progress(&look);
    if (signals->sessions <= 0 && is_quiet)
        return raise(&look, NEED_ABSENT, since);
    if (!isnan(still) && (stood || !is_quiet))
        return raise(&look, NEED_STUCK, still);
    if (is_quiet)
        return raise(&look, NEED_IDLE, since);
    if (judge_behind(&look, &need)) {
        double turned = need.turned_s;
        bool up = before->kind == NEED_BEHIND;
        need = raise(&look, NEED_BEHIND, up ? before->since_s : turned);
        need.turned_s = up ? turned : 0;
    }
    return need;
}

/* -- words ---------------------------------------------------------------------------------------
 */

static void add_time(struct strbuf *out, double seconds)
{
    if (seconds < 90)
        strbuf_printf(out, "%.0f s", seconds < 0 || isnan(seconds) ? 0 : seconds);
    else
        strbuf_printf(out, "%.0f min", seconds / 60);
}

static void add_place(struct strbuf *out, const char *step)
{
    if (step[0] != '\0')
        strbuf_printf(out, " at \"%s\"", step);
}

static void words_of_blocked(struct strbuf *out, const struct need_signals *signals,
                             const struct pace *pace)
{
    if (!isnan(signals->waiting_s)) {
        strbuf_printf(out, "%swaits for a lock", signals->waits_for_own ? "blocks himself: " : "");
        if (signals->waits_for != NULL)
            strbuf_printf(out, " of %s", signals->waits_for);
        strbuf_add_string(out, ", for ");
        add_time(out, signals->now_s - signals->waiting_s);
    } else if (!isnan(pace->open_s)) {
        strbuf_add_string(out, "a transaction sits open for ");
        add_time(out, signals->now_s - pace->open_s);
        if (signals->keeps != NULL)
            strbuf_printf(out, " and keeps %s waiting", signals->keeps);
        strbuf_add_string(out, ": COMMIT or ROLLBACK");
    } else {
        strbuf_printf(out, "%d wrong passwords", pace->logins_failed);
        if (signals->seat != NULL && signals->seat[0] != '\0')
            strbuf_printf(out, " at seat %s", signals->seat);
    }
}

static void words_of_stuck(struct strbuf *out, const struct need *need,
                           const struct need_signals *signals, const struct pace *pace,
                           const struct class *class, const char *step)
{
    const struct pace_error *same = pace_same(pace);
    if (need->errors && same != NULL) {
        strbuf_printf(out, "the same error %d times", same->count);
        add_place(out, step);
        /* Not the message: reasons stand on the projector. */
        strbuf_printf(out, ": %s (%s)", sqlstate_words(same->sqlstate), same->sqlstate);
        return;
    }
    strbuf_add_string(out, "no progress in ");
    add_time(out, pace_worked(pace, signals->now_s));
    strbuf_add_string(out, " of work");
    add_place(out, step);
    if (class->rules.learn && pace->at >= 0 && class->cells[pace->at].finished >= 3) {
        strbuf_add_string(out, ", the class took ");
        add_time(out, class->cells[pace->at].median_s);
    }
    if (pace->errors > ERRORS_USUAL)
        strbuf_printf(out, "; %d errors", pace->errors);
}

void need_words(struct strbuf *out, const struct need *need, const struct need_signals *signals,
                const struct pace *pace, const struct class *class, size_t index, const char *step)
{
    (void)index;
    double since = signals->now_s - need->since_s;
    switch (need->kind) {
    case NEED_HAND:
        strbuf_add_string(out, "raised a hand ");
        add_time(out, since);
        strbuf_add_string(out, " ago"); /* what for is private, and a reason is not */
        break;
    case NEED_BLOCKED:
        words_of_blocked(out, signals, pace);
        break;
    case NEED_STUCK:
        words_of_stuck(out, need, signals, pace, class, step);
        break;
    case NEED_BEHIND:
        strbuf_printf(out, "at %.0f %%, the class was at %.0f %% after as long",
                      signals->progress * 100,
                      100 * class_expected(class, signals->now_s - pace->first_s));
        break;
    case NEED_IDLE:
        strbuf_add_string(out, "connected, but nothing arrives for ");
        add_time(out, since);
        add_place(out, step);
        strbuf_add_string(out, ": away, or a missing ; or quote");
        break;
    case NEED_ABSENT:
        if (isnan(pace->first_s)) {
            strbuf_add_string(out, "has not come");
        } else {
            strbuf_add_string(out, "left ");
            add_time(out, since);
            strbuf_add_string(out, " ago, unfinished");
        }
        break;
    case NEED_UNKNOWN:
        strbuf_add_string(out, "cannot be measured for ");
        add_time(out, since);
        if (signals->unknown != NULL && signals->unknown[0] != '\0')
            strbuf_printf(out, ": %s", signals->unknown);
        break;
    default:
        break;
    }
}

/* -- state and rank ------------------------------------------------------------------------------
 */

enum student_state need_state(const struct need *need, const struct need_signals *signals,
                              const struct pace *pace)
{
    static const enum student_state states[NEEDS] = {
        [NEED_NONE] = STATE_WORKING,    [NEED_UNKNOWN] = STATE_UNKNOWN,
        [NEED_ABSENT] = STATE_ABSENT,   [NEED_IDLE] = STATE_IDLE,
        [NEED_BEHIND] = STATE_BEHIND,   [NEED_STUCK] = STATE_STUCK,
        [NEED_BLOCKED] = STATE_BLOCKED, [NEED_HAND] = STATE_WORKING,
    };
    if (signals->done)
        return STATE_DONE;
    if (need->kind == NEED_NONE || need->kind == NEED_HAND) {
        if (isnan(pace->first_s) && signals->sessions <= 0)
            return STATE_ABSENT;
        if (isnan(signals->progress))
            return STATE_UNKNOWN;
    }
    return states[need->kind];
}

int need_compare(const struct need *a, const struct need *b)
{
    int by_kind = kinds[b->kind].severity - kinds[a->kind].severity;
    if (by_kind != 0 || a->kind == NEED_NONE)
        return by_kind;
    if (a->kind == NEED_HAND && (a->helped == 0) != (b->helped == 0))
        return a->helped == 0 ? -1 : 1;
    return (a->since_s > b->since_s) - (a->since_s < b->since_s);
}
