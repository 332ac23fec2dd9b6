/*
 * The queue: need_compare() within three turns (to be helped, being helped, paused).
 */
#include "lab/queue.h"

#include <stdlib.h>
#include <string.h>

static bool is_up(const struct snapshot_hand *hand)
{
    return strcmp(hand->state, "resolved") != 0;
}

/* Who is to be helped, who is being helped, who waits by choice. */
static int turn_of(const struct snapshot_hand *hand)
{
    if (hand == NULL || strcmp(hand->state, "waiting") == 0)
        return 0;
    return strcmp(hand->state, "claimed") == 0 ? 1 : 2;
}

struct place {
    int turn;
    struct need need;
    size_t index; /* of the hand or the student: what else is equal keeps its order */
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->turn != y->turn)
        return x->turn - y->turn;
    int by_need = need_compare(&x->need, &y->need);
    return by_need != 0 ? by_need : (x->index > y->index) - (x->index < y->index);
}

static struct need hand_need(const struct snapshot *snapshot, const struct snapshot_hand *hand)
{
    return (struct need){.kind = NEED_HAND,
                         .since_s = (double)hand->raised_us / 1e6,
                         .helped = snapshot->students[hand->student].helped};
}

static int compare_resolved(const void *a, const void *b)
{
    const struct snapshot_hand *x = a, *y = b;
    int by_time = (x->resolved_us < y->resolved_us) - (x->resolved_us > y->resolved_us);
    return by_time != 0 ? by_time : (x->id < y->id) - (x->id > y->id);
}

/* Those that are up come first, in their order. */
static void sort_hands(struct snapshot *snapshot)
{
    size_t n = snapshot->n_hands, n_up = 0, n_down = 0;
    struct arena *arena = &snapshot->arena;
    struct place *places = arena_alloc_array(arena, n + 1, sizeof *places);
    struct snapshot_hand *sorted = arena_alloc_array(arena, n + 1, sizeof *sorted);
    struct snapshot_hand *down = arena_alloc_array(arena, n + 1, sizeof *down);
    for (size_t i = 0; i < n; i++) {
        const struct snapshot_hand *hand = &snapshot->hands[i];
        if (is_up(hand))
            places[n_up++] = (struct place){turn_of(hand), hand_need(snapshot, hand), i};
        else
            down[n_down++] = *hand;
    }
    if (n_up > 0)
        qsort(places, n_up, sizeof *places, compare_places);
    if (n_down > 0)
        qsort(down, n_down, sizeof *down, compare_resolved);
    for (size_t i = 0; i < n_up; i++)
        sorted[i] = snapshot->hands[places[i].index];
    for (size_t i = 0; i < n_down; i++)
        sorted[n_up + i] = down[i];
    snapshot->hands = sorted;
    for (size_t i = 0; i < snapshot->n_students; i++)
        snapshot->students[i].hand = 0;
    for (size_t i = 0; i < n_up; i++) {
        struct snapshot_student *student = &snapshot->students[sorted[i].student];
        if (student->hand == 0)
            student->hand = i + 1;
    }
}

void queue_order(struct snapshot *snapshot)
{
    sort_hands(snapshot);
    size_t n = 0;
    struct place *places =
        arena_alloc_array(&snapshot->arena, snapshot->n_students + 1, sizeof *places);
    for (size_t i = 0; i < snapshot->n_students; i++) {
        const struct snapshot_student *student = &snapshot->students[i];
        const struct snapshot_hand *hand =
            student->hand > 0 ? &snapshot->hands[student->hand - 1] : NULL;
        if (hand == NULL && (student->need == NEED_NONE || student->need == NEED_ABSENT))
            continue;
        struct need need = {.kind = student->need, .since_s = (double)student->need_since_us / 1e6};
        places[n++] =
            (struct place){turn_of(hand), hand != NULL ? hand_need(snapshot, hand) : need, i};
    }
    if (n > 0)
        qsort(places, n, sizeof *places, compare_places);
    snapshot->queue = arena_alloc_array(&snapshot->arena, n + 1, sizeof *snapshot->queue);
    for (size_t i = 0; i < n; i++)
        snapshot->queue[i] = places[i].index;
    snapshot->n_queue = n;
}
