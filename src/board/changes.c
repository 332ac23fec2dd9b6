/*
 * Changes: what of a snapshot is remembered, and comparing the next with it.
 */
#include "board/changes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct changes_student {
    const char *login;
    enum student_state state;
    enum need_kind need;
    double *steps; /* the last known scores; NAN */
    size_t n_steps;
};

struct changes_hand {
    int64_t id;
    const char *state;
};

/* -- the memory -------------------------------------------------------------------------------- */

static int compare_students(const void *a, const void *b)
{
    return strcmp(((const struct changes_student *)a)->login,
                  ((const struct changes_student *)b)->login);
}

static const struct changes_student *known(const struct changes *changes, const char *login)
{
    struct changes_student wanted = {.login = login};
    return changes->n_students == 0 ? NULL
                                    : bsearch(&wanted, changes->students, changes->n_students,
                                              sizeof wanted, compare_students);
}

static bool is_old(const struct snapshot *snapshot)
{
    return snapshot->freshness == FRESH_STALE || snapshot->freshness == FRESH_NEVER;
}

/* A step's score that is not known now is still the one that was. */
static double *steps_now(struct arena *arena, const struct snapshot_student *student,
                         const struct changes_student *before)
{
    double *steps = arena_alloc_array(arena, student->n_steps + 1, sizeof *steps);
    for (size_t i = 0; i < student->n_steps; i++) {
        steps[i] = student->steps[i].score;
        if (isnan(steps[i]) && before != NULL && i < before->n_steps)
            steps[i] = before->steps[i];
    }
    return steps;
}

static void remember(struct changes *changes, const struct snapshot *snapshot)
{
    struct changes next = CHANGES_INIT;
    bool keep = is_old(snapshot);
    next.begun = changes->begun || !keep;
    next.lab = arena_strdup(&next.arena, snapshot->lab);
    next.announcement = arena_strdup(&next.arena, snapshot->announcement);
    next.lesson = snapshot->lesson.state;
    next.trouble = snapshot->trouble;
    next.n_students = snapshot->n_students;
    next.students = arena_alloc_array(&next.arena, snapshot->n_students + 1, sizeof *next.students);
    for (size_t i = 0; i < snapshot->n_students; i++) {
        const struct snapshot_student *student = &snapshot->students[i];
        const struct changes_student *before = known(changes, student->login);
        next.students[i] = (struct changes_student){
            .login = arena_strdup(&next.arena, student->login),
            .state = keep && before != NULL ? before->state : student->state,
            .need =
                keep && before != NULL && student->need != NEED_HAND ? before->need : student->need,
            .steps = steps_now(&next.arena, student, before),
            .n_steps = student->n_steps,
        };
    }
    if (next.n_students > 0)
        qsort(next.students, next.n_students, sizeof *next.students, compare_students);
    next.n_hands = snapshot->n_hands;
    next.hands = arena_alloc_array(&next.arena, snapshot->n_hands + 1, sizeof *next.hands);
    for (size_t i = 0; i < snapshot->n_hands; i++)
        next.hands[i] = (struct changes_hand){snapshot->hands[i].id,
                                              arena_strdup(&next.arena, snapshot->hands[i].state)};
    arena_release(&changes->arena);
    *changes = next;
}

/* -- telling ----------------------------------------------------------------------------------- */

struct teller {
    const struct changes *before;
    const struct snapshot *snapshot;
    change_cb on_change;
    void *data;
    struct strbuf text;
};

static void tell(struct teller *t, const char *kind, const struct snapshot_student *student,
                 const char *from, const char *to)
{
    const struct change change = {
        .kind = kind,
        .login = student != NULL ? student->login : "",
        .name = student != NULL ? student->name : "",
        .from = from,
        .to = to,
        .text = t->text.text,
    };
    t->on_change(&change, t->data);
    strbuf_reset(&t->text);
}

static void tell_of_steps(struct teller *t, const struct snapshot_student *student,
                          const struct changes_student *before)
{
    for (size_t i = 0; i < student->n_steps && i < before->n_steps; i++) {
        const struct snapshot_step *step = &student->steps[i];
        if (isnan(step->score) || isnan(before->steps[i]))
            continue;
        bool was = before->steps[i] >= 1, is = step->score >= 1;
        if (was == is)
            continue;
        strbuf_printf(&t->text, is ? "completed %s" : "%s is no longer complete", step->title);
        tell(t, "step", student, was ? step->title : "", is ? step->title : "");
    }
}

static void tell_of_need(struct teller *t, const struct snapshot_student *student,
                         enum need_kind before)
{
    if (student->need == NEED_HAND || (student->need == NEED_NONE && before == NEED_HAND))
        return; /* the hand itself is told */
    if (student->need == NEED_NONE)
        strbuf_printf(&t->text, "no longer %s", need_name(before));
    else {
        strbuf_add_string(&t->text, need_name(student->need));
        if (*student->reason != '\0')
            strbuf_printf(&t->text, ": %s", student->reason);
    }
    tell(t, "need", student, before == NEED_NONE ? "" : need_name(before),
         student->need == NEED_NONE ? "" : need_name(student->need));
}

static void tell_of_student(struct teller *t, const struct snapshot_student *student)
{
    const struct changes_student *before = known(t->before, student->login);
    if (before == NULL) {
        strbuf_add_string(&t->text, "is on the roster now");
        tell(t, "state", student, "", state_name(student->state));
        return;
    }
    tell_of_steps(t, student, before);
    if (student->state != before->state) {
        strbuf_printf(&t->text, "%s, was %s", state_name(student->state),
                      state_name(before->state));
        tell(t, "state", student, state_name(before->state), state_name(student->state));
    }
    if (student->need != before->need)
        tell_of_need(t, student, before->need);
}

static const char *state_before(const struct teller *t, int64_t id)
{
    for (size_t i = 0; i < t->before->n_hands; i++)
        if (t->before->hands[i].id == id)
            return t->before->hands[i].state;
    return "";
}

static void tell_of_hand(struct teller *t, const struct snapshot_hand *hand)
{
    const char *before = state_before(t, hand->id);
    if (strcmp(before, hand->state) == 0)
        return;
    if (strcmp(hand->state, "waiting") == 0) {
        strbuf_add_string(&t->text, *before == '\0' ? "raised a hand" : "waits again");
        if (*hand->message != '\0')
            strbuf_printf(&t->text, ": %s", hand->message);
    } else if (strcmp(hand->state, "claimed") == 0)
        strbuf_printf(&t->text, "is helped by %s", hand->helper);
    else if (strcmp(hand->state, "paused") == 0)
        strbuf_add_string(&t->text, "the hand is put off");
    else
        strbuf_printf(&t->text, "the hand is down: %s",
                      *hand->outcome != '\0' ? hand->outcome : hand->state);
    tell(t, "hand", &t->snapshot->students[hand->student], before, hand->state);
}

static void tell_of_class(struct teller *t)
{
    const struct snapshot *snapshot = t->snapshot;
    const struct changes *before = t->before;
    if (snapshot->trouble != before->trouble) {
        strbuf_add_string(&t->text, snapshot->trouble != TROUBLE_NONE
                                        ? snapshot_trouble_text(snapshot->trouble)
                                        : "the data is fresh again");
        tell(t, "feed", NULL, snapshot_trouble_name(before->trouble),
             snapshot_trouble_name(snapshot->trouble));
    }
    if (snapshot->lesson.state != before->lesson) {
        strbuf_printf(&t->text, "the lesson is %s", snapshot_lesson_name(snapshot->lesson.state));
        tell(t, "lesson", NULL, snapshot_lesson_name(before->lesson),
             snapshot_lesson_name(snapshot->lesson.state));
    }
    if (strcmp(snapshot->announcement, before->announcement) != 0) {
        strbuf_printf(&t->text, "%s%s", *snapshot->announcement != '\0' ? "announced: " : "",
                      *snapshot->announcement != '\0' ? snapshot->announcement
                                                      : "the announcement is over");
        tell(t, "announcement", NULL, before->announcement, snapshot->announcement);
    }
}

static void tell_how_it_stands(struct teller *t)
{
    const struct snapshot *snapshot = t->snapshot;
    strbuf_printf(&t->text, "%s: %zu student%s", snapshot->title, snapshot->n_students,
                  snapshot->n_students == 1 ? "" : "s");
    for (size_t i = STATES; i-- > 0;)
        if (snapshot->by_state[i] > 0)
            strbuf_printf(&t->text, ", %zu %s", snapshot->by_state[i],
                          state_name((enum student_state)i));
    if (snapshot->n_queue > 0)
        strbuf_printf(&t->text, "; %zu in the queue", snapshot->n_queue);
    tell(t, "class", NULL, "", snapshot->lab);
}

void changes_take(struct changes *changes, const struct snapshot *snapshot, change_cb on_change,
                  void *data)
{
    struct teller t = {changes, snapshot, on_change, data, STRBUF_INIT};
    bool other_lab = changes->lab == NULL || strcmp(changes->lab, snapshot->lab) != 0;
    if (other_lab) {
        arena_release(&changes->arena);
        *changes = (struct changes){
            .arena = ARENA_INIT, .lab = "", .announcement = "", .trouble = changes->trouble};
    }
    bool first = !changes->begun;
    tell_of_class(&t);
    if (first && !is_old(snapshot))
        tell_how_it_stands(&t);
    for (size_t i = 0; !first && !is_old(snapshot) && i < snapshot->n_students; i++)
        tell_of_student(&t, &snapshot->students[i]);
    for (size_t i = 0; !first && i < snapshot->n_hands; i++)
        tell_of_hand(&t, &snapshot->hands[i]);
    strbuf_release(&t.text);
    remember(changes, snapshot);
}

void changes_release(struct changes *changes)
{
    arena_release(&changes->arena);
    *changes = CHANGES_INIT;
}
