/*
 * Facts: their kinds' names, and the set that holds them in order.
 */
#include "lab/fact.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[FACT_KINDS] = {
    [FACT_SCHEMA] = "schema",
    [FACT_EXTENSION] = "extension",
    [FACT_ENUM] = "enum",
    [FACT_DOMAIN] = "domain",
    [FACT_COMPOSITE] = "composite",
    [FACT_SEQUENCE] = "sequence",
    [FACT_TABLE] = "table",
    [FACT_VIEW] = "view",
    [FACT_MATVIEW] = "matview",
    [FACT_COLUMN] = "column",
    [FACT_PK] = "pk",
    [FACT_UNIQUE] = "unique",
    [FACT_FK] = "fk",
    [FACT_CHECK] = "check",
    [FACT_EXCLUDE] = "exclude",
    [FACT_INDEX] = "index",
    [FACT_POLICY] = "policy",
    [FACT_ROWS] = "rows",
    [FACT_CONTENT] = "content",
    [FACT_RESULT] = "result",
    [FACT_FUNCTION] = "function",
    [FACT_CALL] = "call",
    [FACT_TRIGGER] = "trigger",
    [FACT_RULE] = "rule",
    [FACT_COMMENT] = "comment",
    [FACT_EXTRA] = "extra",
};

const char *fact_kind_name(enum fact_kind kind)
{
    assert(kind < FACT_KINDS);
    return kind_names[kind];
}

bool fact_kind_parse(const char *name, enum fact_kind *ret_kind)
{
    for (size_t i = 0; i < FACT_KINDS; i++)
        if (strcmp(kind_names[i], name) == 0) {
            *ret_kind = (enum fact_kind)i;
            return true;
        }
    return false;
}

void fact_set_init(struct fact_set *set)
{
    *set = (struct fact_set){.arena = ARENA_INIT};
}

void fact_set_release(struct fact_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        json_decref(set->items[i].def);
    free(set->items);
    arena_release(&set->arena);
    fact_set_init(set);
}

void fact_set_add(struct fact_set *set, enum fact_kind kind, const char *schema,
                  const char *relation, const char *name, json_t *def, bool locked)
{
    set->items = mem_grow(set->items, set->count, &set->capacity, sizeof *set->items);
    set->items[set->count++] = (struct fact){
        .kind = kind,
        .schema = arena_strdup(&set->arena, schema),
        .relation = arena_strdup(&set->arena, relation),
        .name = arena_strdup(&set->arena, name),
        .def = def,
        .locked = locked,
    };
}

static int compare(const void *a, const void *b)
{
    const struct fact *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    int order = strcmp(x->relation, y->relation);
    if (order == 0)
        order = strcmp(x->name, y->name);
    return order != 0 ? order : strcmp(x->schema, y->schema);
}

void fact_set_seal(struct fact_set *set)
{
    if (set->count > 1)
        qsort(set->items, set->count, sizeof *set->items, compare);
}
