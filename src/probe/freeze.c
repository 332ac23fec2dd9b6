/*
 * Freeze: who was measured behind the lesson's end.
 */
#include "probe/freeze.h"

#include <stdlib.h>

#include "base/memory.h"

void freeze_init(struct freeze *freeze, size_t count)
{
    *freeze = (struct freeze){.count = count};
    freeze->students = mem_alloc_array(count + 1, sizeof(*freeze->students));
}

void freeze_release(struct freeze *freeze)
{
    free(freeze->students);
    *freeze = (struct freeze){.students = NULL};
}

void freeze_watch(struct freeze *freeze, int lesson_id, int64_t ended_us, int64_t now_ms)
{
    if (lesson_id == freeze->lesson_id && ended_us == freeze->ended_us)
        return;
    freeze->lesson_id = lesson_id;
    freeze->ended_us = ended_us;
    freeze->since_ms = now_ms;
    for (size_t i = 0; i < freeze->count; i++)
        freeze->students[i].asked = false;
}

bool freeze_wants(const struct freeze *freeze, size_t student)
{
    return freeze->lesson_id != 0 && freeze->students[student].settled_us < freeze->ended_us;
}

bool freeze_asks(struct freeze *freeze, size_t student)
{
    if (!freeze_wants(freeze, student) || freeze->students[student].asked)
        return false;
    return freeze->students[student].asked = true;
}

void freeze_settle(struct freeze *freeze, size_t student, int64_t begun_us)
{
    freeze->students[student].settled_us = begun_us;
}

bool freeze_is_due(const struct freeze *freeze, int64_t now_ms)
{
    if (freeze->lesson_id == 0)
        return false;
    if (now_ms - freeze->since_ms >= FREEZE_DEADLINE_MS)
        return true;
    for (size_t i = 0; i < freeze->count; i++)
        if (freeze_wants(freeze, i))
            return false;
    return true;
}
