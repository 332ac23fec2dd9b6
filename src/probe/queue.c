/*
 * The queue of databases that wait to be probed.
 */
#include "probe/queue.h"

#include <assert.h>
#include <stdlib.h>

#include "base/memory.h"

void queue_init(struct queue *queue, size_t count, size_t limit)
{
    *queue = (struct queue){.count = count, .limit = limit};
    queue->entries = mem_alloc_array(count + 1, sizeof(*queue->entries));
}

void queue_release(struct queue *queue)
{
    free(queue->entries);
    *queue = (struct queue){0};
}

void queue_add(struct queue *queue, size_t index, unsigned why, int64_t now_ms)
{
    assert(index < queue->count);
    struct queue_entry *entry = &queue->entries[index];
    if (!entry->waiting)
        entry->since_ms = now_ms;
    entry->waiting = true;
    entry->why |= why;
}

int queue_take(struct queue *queue, int64_t now_ms, unsigned *ret_why)
{
    struct queue_entry *oldest = NULL;
    if (queue->running >= queue->limit)
        return -1;
    for (size_t i = 0; i < queue->count; i++) {
        struct queue_entry *entry = &queue->entries[i];
        if (!entry->waiting || entry->running || entry->not_before_ms > now_ms ||
            (entry->slow && queue->running_slow > 0))
            continue;
        if (oldest == NULL || entry->since_ms < oldest->since_ms)
            oldest = entry;
    }
    if (oldest == NULL)
        return -1;
    oldest->waiting = false;
    oldest->running = true;
    oldest->started_ms = now_ms;
    queue->running++;
    queue->running_slow += oldest->slow;
    *ret_why = oldest->why;
    oldest->why = 0;
    return (int)(oldest - queue->entries);
}

void queue_done(struct queue *queue, size_t index, int64_t now_ms)
{
    assert(index < queue->count);
    struct queue_entry *entry = &queue->entries[index];
    int64_t took = now_ms - entry->started_ms;
    assert(entry->running && queue->running > 0);
    entry->running = false;
    queue->running--;
    queue->running_slow -= entry->slow;
    entry->slow = took >= QUEUE_SLOW_MS;
    if (!entry->slow)
        return;
    int64_t pause = 3 * took > QUEUE_SLOW_PAUSE_MS ? 3 * took : QUEUE_SLOW_PAUSE_MS;
    if (entry->not_before_ms < now_ms + pause)
        entry->not_before_ms = now_ms + pause;
}
