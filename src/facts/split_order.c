/*
 * The order in which a person builds a database: types, tables by the depth of their foreign keys
 * (inside cycles an edge is cut), each table's parts together, views, functions, triggers.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "facts/split_inside.h"

enum stage { STAGE_TYPES, STAGE_TABLES, STAGE_VIEWS, STAGE_FUNCTIONS, STAGE_TRIGGERS, STAGE_OTHER };

struct table {
    const char *name;
    int level;
    bool visiting, done;
};

struct order {
    struct rough_list *list;
    struct table *tables; /* sorted by name */
    size_t n_tables;
};

static int compare_tables(const void *a, const void *b)
{
    return strcmp(((const struct table *)a)->name, ((const struct table *)b)->name);
}

static struct table *find_table(const struct order *order, const char *name)
{
    struct table key = {.name = name};
    return order->n_tables == 0 ? NULL
                                : bsearch(&key, order->tables, order->n_tables,
                                          sizeof(*order->tables), compare_tables);
}

static void collect_tables(struct order *order, struct arena *arena)
{
    order->tables = arena_alloc_array(arena, order->list->count + 1, sizeof(*order->tables));
    for (size_t i = 0; i < order->list->count; i++)
        if (order->list->items[i].kind == PART_TABLE)
            order->tables[order->n_tables++].name = order->list->items[i].object;
    qsort(order->tables, order->n_tables, sizeof(*order->tables), compare_tables);
}

static int level_of(struct order *order, struct table *table)
{
    if (table->done || table->visiting)
        return table->level;
    table->visiting = true;
    for (size_t i = 0; i < order->list->count; i++) {
        const struct rough *rough = &order->list->items[i];
        if (rough->n_references == 0 || strcmp(rough->owner, table->name) != 0)
            continue;
        for (size_t j = 0; j < rough->n_references; j++) {
            struct table *other = find_table(order, rough->references[j]);
            if (other == NULL || other->visiting)
                continue;
            int level = level_of(order, other) + 1;
            if (level > table->level)
                table->level = level;
        }
    }
    table->visiting = false;
    table->done = true;
    return table->level;
}

/* Who owns what does not say so itself: sequences by OWNED BY, else by their name. */
static const char *owner_of_sequence(const struct order *order, const char *sequence)
{
    for (size_t i = 0; i < order->list->count; i++) {
        const struct rough *rough = &order->list->items[i];
        if (rough->kind == PART_ALTER && strcmp(rough->sequence, sequence) == 0 &&
            find_table(order, rough->owner) != NULL)
            return rough->owner;
    }
    const char *longest = "";
    for (size_t i = 0; i < order->n_tables; i++) {
        const char *name = order->tables[i].name;
        size_t len = strlen(name);
        if (len > strlen(longest) && strncmp(sequence, name, len) == 0 && sequence[len] == '_')
            longest = name;
    }
    return longest;
}

/* The table that has an index or a key of that name. */
static const char *owner_of_index(const struct order *order, const char *index)
{
    for (size_t i = 0; i < order->list->count; i++) {
        const struct rough *rough = &order->list->items[i];
        if ((rough->kind == PART_KEY || rough->kind == PART_INDEX) &&
            strcmp(rough->object, index) == 0 && find_table(order, rough->owner) != NULL)
            return rough->owner;
    }
    return "";
}

static void find_owner(const struct order *order, struct rough *rough)
{
    if (rough->kind == PART_SEQUENCE || rough->kind == PART_SETVAL)
        rough->owner = owner_of_sequence(order, rough->object);
    else if (rough->kind == PART_ATTACH && find_table(order, rough->owner) == NULL)
        rough->owner = owner_of_index(order, rough->owner);
}

static void find_step(const struct order *order, struct rough *rough, struct arena *arena)
{
    const struct table *table = find_table(order, rough->owner);
    switch (rough->kind) {
    case PART_TYPE:
        rough->stage = STAGE_TYPES;
        rough->step = "types";
        return;
    case PART_VIEW:
        rough->stage = STAGE_VIEWS;
        rough->step = arena_printf(arena, "view %s", rough->object);
        return;
    case PART_FUNCTION:
        rough->stage = STAGE_FUNCTIONS;
        rough->step = arena_printf(arena, "function %s", rough->object);
        return;
    case PART_TRIGGER:
        rough->stage = STAGE_TRIGGERS;
        rough->step = "triggers";
        return;
    default:
        break;
    }
    if (table != NULL) {
        rough->stage = STAGE_TABLES;
        rough->level = table->level;
        rough->step = arena_printf(arena, "table %s", rough->owner);
    } else {
        /* A sequence of its own; what hangs on a view, or on nothing that we know. */
        rough->stage = rough->kind == PART_SEQUENCE ? STAGE_TYPES : STAGE_OTHER;
        rough->step = rough->kind == PART_SEQUENCE ? "types" : "other";
        rough->owner = "";
    }
}

static int compare_parts(const void *a, const void *b)
{
    const struct rough *x = a, *y = b;
    if (x->stage != y->stage)
        return x->stage < y->stage ? -1 : 1;
    if (x->stage == STAGE_TABLES) {
        int names = strcmp(x->owner, y->owner);
        if (x->level != y->level)
            return x->level < y->level ? -1 : 1;
        if (names != 0)
            return names;
        if (x->kind != y->kind)
            return x->kind < y->kind ? -1 : 1;
    }
    return x->place < y->place ? -1 : x->place > y->place;
}

void split_order(struct rough_list *list, struct arena *arena)
{
    struct order order = {.list = list};
    collect_tables(&order, arena);
    for (size_t i = 0; i < order.n_tables; i++)
        level_of(&order, &order.tables[i]);
    for (size_t i = 0; i < list->count; i++)
        find_owner(&order, &list->items[i]);
    for (size_t i = 0; i < list->count; i++)
        find_step(&order, &list->items[i], arena);
    if (list->count > 0)
        qsort(list->items, list->count, sizeof(*list->items), compare_parts);
}
