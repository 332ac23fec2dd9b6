/*
 * Events as JSON lines.
 */
#include "lab/event.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"

static const char *const names[] = {
    [EVENT_START] = "start", [EVENT_PROGRESS] = "progress", [EVENT_DONE] = "done",
    [EVENT_NOTE] = "note",   [EVENT_ERROR] = "error",
};

/* Text of strangers: what is no UTF-8 becomes visible bytes, for JSON has no other way. */
static json_t *text_value(const char *text)
{
    json_t *value = json_string(text);
    if (value != NULL)
        return value;
    CLEANUP(mem_free_string)
    char *safe = str_disarm_text(text);
    return json_string(safe);
}

char *event_json(const struct event *event)
{
    json_t *object = json_object();
    json_object_set_new(object, "event", json_string(names[event->kind]));
    json_object_set_new(object, "target", text_value(event->target));
    json_object_set_new(object, "object", text_value(event->object));
    json_object_set_new(object, "text", text_value(event->text));
    json_object_set_new(object, "done", json_integer((json_int_t)event->done));
    json_object_set_new(object, "total", json_integer((json_int_t)event->total));
    json_object_set_new(object, "changed", json_integer((json_int_t)event->changed));
    char *line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (line == NULL)
        abort();
    return line;
}
