/*
 * The roll.  The order is stable: ties keep the roster's order, and an unsorted roll is the roster,
 * so nobody jumps while somebody looks.
 */
#include "ui/roll.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "ui/student.h"

/* -- order ------------------------------------------------------------------------------------- */

static int urgency(const struct snapshot_student *student)
{
    static const int ranks[STATES] = {
        [STATE_BLOCKED] = 1, [STATE_STUCK] = 1,   [STATE_BEHIND] = 2, [STATE_UNKNOWN] = 3,
        [STATE_IDLE] = 4,    [STATE_WORKING] = 5, [STATE_ABSENT] = 6, [STATE_DONE] = 7,
    };
    return student_has_hand(student) ? 0 : ranks[student->state];
}

static int compare_numbers(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

int compare_natural(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            a += strspn(a, "0"), b += strspn(b, "0");
            size_t m = strspn(a, "0123456789"), n = strspn(b, "0123456789");
            int by = m != n ? (m > n) - (m < n) : strncmp(a, b, m);
            if (by != 0)
                return by;
            a += m, b += n;
        } else {
            int x = tolower((unsigned char)*a++), y = tolower((unsigned char)*b++);
            if (x != y)
                return x - y;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

/* Who has no seat comes last. */
static int compare_seats(const char *a, const char *b)
{
    if (*a == '\0' || *b == '\0')
        return (*a == '\0') - (*b == '\0');
    return compare_natural(a, b);
}

struct sorting {
    const struct snapshot *snapshot;
    enum roll_sort sort;
};

static int compare(const void *a, const void *b, void *data)
{
    const struct sorting *sorting = data;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    const struct snapshot_student *x = &sorting->snapshot->students[i],
                                  *y = &sorting->snapshot->students[j];
    int by = 0;
    if (sorting->sort == SORT_PROGRESS)
        by = compare_numbers(x->progress, y->progress);
    else if (sorting->sort == SORT_STATE)
        by = urgency(x) - urgency(y);
    else if (sorting->sort == SORT_NAME)
        by = strcoll(student_label(x), student_label(y));
    else if (sorting->sort == SORT_SEAT)
        by = compare_seats(x->seat, y->seat);
    return by != 0 ? by : (i > j) - (i < j);
}

const char *roll_sort_name(enum roll_sort sort)
{
    static const char *const names[SORTS] = {"roster", "seat", "name", "progress", "state"};
    return names[sort];
}

/* -- who is shown ------------------------------------------------------------------------------ */

bool roll_is_marked(const struct roll *roll, const char *login)
{
    for (size_t i = 0; i < roll->n_marks; i++)
        if (strcmp(roll->marks[i], login) == 0)
            return true;
    return false;
}

static bool is_found(const struct roll *roll, const char *words,
                     const struct snapshot_student *student)
{
    return filter_matches(words, student, roll_is_marked(roll, student->login), !roll->hide_logins);
}

static bool is_shown(const struct roll *roll, const struct snapshot_student *student)
{
    return (roll->group == NULL || strcmp(roll->group, student->group) == 0) &&
           (!roll->marked_only || roll_is_marked(roll, student->login)) &&
           (roll->filter == NULL || is_found(roll, roll->filter, student));
}

bool roll_is_filtered(const struct roll *roll)
{
    return roll->group != NULL || roll->marked_only || roll->filter != NULL;
}

char *roll_words(const struct roll *roll)
{
    struct strbuf text = STRBUF_INIT;
    if (roll->group != NULL)
        strbuf_printf(&text, "group %s", roll->group);
    if (roll->marked_only)
        strbuf_printf(&text, "%smarked", text.len > 0 ? ", " : "");
    if (roll->filter != NULL)
        strbuf_printf(&text, "%s/%s", text.len > 0 ? ", " : "", roll->filter);
    return strbuf_detach(&text);
}

static void set(char **place, const char *text)
{
    char *copy = text != NULL && *text != '\0' ? mem_strdup(text) : NULL;
    free(*place);
    *place = copy;
}

void roll_filter(struct roll *roll, const char *words)
{
    if (roll->filter != NULL && (words == NULL || *words == '\0'))
        set(&roll->last, roll->filter);
    set(&roll->filter, words);
}

void roll_next_group(struct roll *roll, const struct snapshot *snapshot)
{
    /* The smallest above the present one; behind the last comes everybody. */
    const char *next = NULL;
    for (size_t i = 0; i < snapshot->n_students; i++) {
        const char *group = snapshot->students[i].group;
        if (*group != '\0' && (roll->group == NULL || compare_natural(group, roll->group) > 0) &&
            (next == NULL || compare_natural(group, next) < 0))
            next = group;
    }
    set(&roll->group, next);
}

bool roll_show_all(struct roll *roll)
{
    if (!roll_is_filtered(roll))
        return false;
    roll_filter(roll, NULL);
    set(&roll->group, NULL);
    roll->marked_only = false;
    return true;
}

void roll_toggle_mark(struct roll *roll, const char *login)
{
    for (size_t i = 0; i < roll->n_marks; i++)
        if (strcmp(roll->marks[i], login) == 0) {
            free(roll->marks[i]);
            roll->marks[i] = roll->marks[--roll->n_marks];
            return;
        }
    roll->marks = mem_grow(roll->marks, roll->n_marks, &roll->marks_capacity, sizeof *roll->marks);
    roll->marks[roll->n_marks++] = mem_strdup(login);
}

/* -- selection --------------------------------------------------------------------------------- */

const struct snapshot_student *roll_student(const struct roll *roll,
                                            const struct snapshot *snapshot, size_t at)
{
    return &snapshot->students[roll->order[at]];
}

bool roll_is_selected(const struct roll *roll, const struct snapshot_student *student)
{
    return roll->selected != NULL && strcmp(roll->selected, student->login) == 0;
}

const struct snapshot_student *roll_selected(const struct roll *roll,
                                             const struct snapshot *snapshot)
{
    if (roll->at < roll->n && roll_is_selected(roll, roll_student(roll, snapshot, roll->at)))
        return roll_student(roll, snapshot, roll->at);
    for (size_t i = 0; i < snapshot->n_students; i++)
        if (roll_is_selected(roll, &snapshot->students[i]))
            return &snapshot->students[i];
    return NULL;
}

void roll_select(struct roll *roll, const struct snapshot *snapshot, size_t at)
{
    roll->apart = false;
    roll->at = at < roll->n ? at : roll->n > 0 ? roll->n - 1 : 0;
    set(&roll->selected, roll->n > 0 ? roll_student(roll, snapshot, roll->at)->login : NULL);
}

void roll_select_login(struct roll *roll, const char *login)
{
    roll->apart = true;
    set(&roll->selected, login);
}

void roll_move(struct roll *roll, const struct snapshot *snapshot, long by)
{
    long at = (long)roll->at + by;
    roll_select(roll, snapshot, at < 0 ? 0 : (size_t)at);
}

bool roll_search(struct roll *roll, const struct snapshot *snapshot, bool forward)
{
    const char *words = roll->filter != NULL ? roll->filter : roll->last;
    for (size_t i = 1; words != NULL && i <= roll->n; i++) {
        size_t at = (roll->at + (forward ? i : roll->n - i)) % roll->n;
        if (is_found(roll, words, roll_student(roll, snapshot, at))) {
            roll_select(roll, snapshot, at);
            return true;
        }
    }
    return false;
}

static void follow_selection(struct roll *roll, const struct snapshot *snapshot)
{
    for (size_t i = 0; roll->selected != NULL && i < roll->n; i++)
        if (roll_is_selected(roll, roll_student(roll, snapshot, i))) {
            roll->at = i;
            return;
        }
    if (roll->apart && roll_selected(roll, snapshot) != NULL)
        return;
    /* Gone, or not shown, or nobody yet: whoever stands at that place now. */
    roll_select(roll, snapshot, roll->at);
}

void roll_recalc(struct roll *roll, const struct snapshot *snapshot)
{
    if (snapshot->n_students > roll->capacity) {
        roll->capacity = snapshot->n_students;
        roll->order = mem_realloc_array(roll->order, roll->capacity, sizeof *roll->order);
    }
    roll->n = 0;
    for (size_t i = 0; i < snapshot->n_students; i++)
        if (is_shown(roll, &snapshot->students[i]))
            roll->order[roll->n++] = i;
    struct sorting sorting = {snapshot, roll->sort};
    if (roll->n > 0)
        qsort_r(roll->order, roll->n, sizeof *roll->order, compare, &sorting);
    follow_selection(roll, snapshot);
}

size_t roll_scroll(size_t first, size_t at, size_t seen, size_t all)
{
    if (at < first)
        first = at;
    if (at >= first + seen)
        first = at - seen + 1;
    if (all <= seen)
        return 0;
    return first > all - seen ? all - seen : first;
}

/* -- life -------------------------------------------------------------------------------------- */

void roll_init(struct roll *roll)
{
    *roll = (struct roll){.n = 0};
}

void roll_release(struct roll *roll)
{
    for (size_t i = 0; i < roll->n_marks; i++)
        free(roll->marks[i]);
    free(roll->marks);
    free(roll->filter);
    free(roll->last);
    free(roll->group);
    free(roll->selected);
    free(roll->order);
    roll_init(roll);
}
