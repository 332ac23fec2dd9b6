/*
 * The plan of a lesson, out of JSON.
 */
#include "lab/lesson_plan.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/memory.h"

static int64_t moment(const json_t *value)
{
    return (int64_t)json_integer_value(value); /* 0 for null */
}

/* The pauses; the end is one that lasts.  Those that began after it are none. */
static void read_pauses(struct lesson_plan *plan, const json_t *list, int64_t ended_us)
{
    size_t n = json_array_size(list);
    struct lesson_pause *pauses = mem_alloc_array(n + 1, sizeof(*pauses));
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(list, i);
        struct lesson_pause pause = {moment(json_array_get(pair, 0)),
                                     moment(json_array_get(pair, 1))};
        if (ended_us != 0 &&
            (pause.from_us >= ended_us || pause.to_us == 0 || pause.to_us >= ended_us))
            pause.to_us = ended_us;
        if (pause.to_us == 0 || pause.to_us > pause.from_us)
            pauses[count++] = pause;
    }
    if (ended_us != 0)
        pauses[count++] = (struct lesson_pause){.from_us = ended_us};
    plan->clock.pauses = plan->pauses = pauses;
    plan->clock.n_pauses = count;
}

static void read_extras(struct lesson_plan *plan, json_t *extras)
{
    const char *key;
    json_t *value;
    plan->extras = mem_alloc_array(json_object_size(extras) + 1, sizeof(*plan->extras));
    json_object_foreach(extras, key, value)
        plan->extras[plan->n_extras++] =
            (struct lesson_extra){(int)strtol(key, NULL, 10), json_number_value(value)};
}

bool lesson_plan_read(struct lesson_plan *plan, const char *text)
{
    *plan = (struct lesson_plan){.lesson_id = 0};
    if (text == NULL || text[0] == '\0')
        return true;
    json_t *object = json_loads(text, 0, NULL);
    int64_t start_us = moment(json_object_get(object, "start"));
    int id = (int)json_integer_value(json_object_get(object, "lesson"));
    if (id > 0 && start_us > 0) {
        int64_t ended_us = moment(json_object_get(object, "ended"));
        plan->lesson_id = id;
        plan->clock.start_us = start_us;
        plan->length_s = json_number_value(json_object_get(object, "length"));
        plan->ended_us = ended_us;
        read_pauses(plan, json_object_get(object, "pauses"), ended_us);
        read_extras(plan, json_object_get(object, "extra"));
    }
    json_decref(object);
    return plan->lesson_id != 0;
}

void lesson_plan_release(struct lesson_plan *plan)
{
    free(plan->pauses);
    free(plan->extras);
    *plan = (struct lesson_plan){.lesson_id = 0};
}

double lesson_plan_factor(const struct lesson_plan *plan, int student_id)
{
    if (!(plan->length_s > 0))
        return 1;
    for (size_t i = 0; i < plan->n_extras; i++)
        if (plan->extras[i].student_id == student_id && plan->extras[i].seconds > 0)
            return (plan->length_s + plan->extras[i].seconds) / plan->length_s;
    return 1;
}
