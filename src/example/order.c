/*
 * The graph of relations, and each one's depth in it.
 */
#include "example/order.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct node {
    const char *name;
    size_t *needs; /* indexes of the nodes that it needs */
    size_t n_needs;
    int group; /* strongly connected component: edges within one are no order */
    int depth; /* -1: not known yet */
};

struct depths {
    struct node *nodes; /* by name */
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct node *)a)->name, ((const struct node *)b)->name);
}

static struct node *find(const struct depths *depths, const char *name)
{
    const struct node key = {.name = name};
    return depths->count == 0
               ? NULL
               : bsearch(&key, depths->nodes, depths->count, sizeof *depths->nodes, by_name);
}

static void add_need(struct depths *depths, struct arena *arena, const char *from, const char *to)
{
    struct node *a = find(depths, from), *b = find(depths, to);
    if (a == NULL || b == NULL || a == b)
        return;
    if ((a->n_needs & (a->n_needs + 1)) == 0) { /* 0, 1, 3, 7 ...: make room for twice as many */
        size_t *more = arena_alloc_array(arena, a->n_needs * 2 + 1, sizeof *more);
        if (a->n_needs > 0)
            memcpy(more, a->needs, a->n_needs * sizeof *more);
        a->needs = more;
    }
    a->needs[a->n_needs++] = (size_t)(b - depths->nodes);
}

/* Tarjan's strongly connected components, with a stack of our own: a student's chain of ten
 * thousand foreign keys must not be ours of calls. */
struct frame {
    size_t node, next;
};

struct tarjan {
    struct depths *depths;
    int *index, *low;
    bool *on_stack;
    size_t *stack;
    size_t n_stack;
    struct frame *frames;
    int counter, groups;
};

static void enter(struct tarjan *t, size_t node, size_t *n_frames)
{
    t->index[node] = t->low[node] = ++t->counter;
    t->stack[t->n_stack++] = node;
    t->on_stack[node] = true;
    t->frames[(*n_frames)++] = (struct frame){node, 0};
}

/* The node is finished: its component, when it is the root of one; its depth, which needs only
 * components that are finished already. */
static void leave(struct tarjan *t, size_t node)
{
    if (t->low[node] != t->index[node])
        return;
    size_t first = t->n_stack;
    do
        t->depths->nodes[t->stack[--first]].group = t->groups;
    while (t->stack[first] != node);
    int deepest = 0;
    for (size_t i = first; i < t->n_stack; i++) {
        const struct node *member = &t->depths->nodes[t->stack[i]];
        t->on_stack[t->stack[i]] = false;
        for (size_t k = 0; k < member->n_needs; k++) {
            const struct node *need = &t->depths->nodes[member->needs[k]];
            if (need->group != t->groups && need->depth + 1 > deepest)
                deepest = need->depth + 1;
        }
    }
    for (size_t i = first; i < t->n_stack; i++)
        t->depths->nodes[t->stack[i]].depth = deepest;
    t->n_stack = first;
    t->groups++;
}

static void visit(struct tarjan *t, size_t root)
{
    size_t n_frames = 0;
    enter(t, root, &n_frames);
    while (n_frames > 0) {
        struct frame *frame = &t->frames[n_frames - 1];
        const struct node *node = &t->depths->nodes[frame->node];
        if (frame->next < node->n_needs) {
            size_t need = node->needs[frame->next++];
            if (t->index[need] == 0)
                enter(t, need, &n_frames);
            else if (t->on_stack[need] && t->index[need] < t->low[frame->node])
                t->low[frame->node] = t->index[need];
            continue;
        }
        size_t done = frame->node;
        leave(t, done);
        if (--n_frames > 0) {
            size_t parent = t->frames[n_frames - 1].node;
            if (t->low[done] < t->low[parent])
                t->low[parent] = t->low[done];
        }
    }
}

static void find_depths(struct depths *depths)
{
    size_t n = depths->count + 1;
    struct tarjan t = {
        .depths = depths,
        .index = mem_alloc_array(n, sizeof *t.index),
        .low = mem_alloc_array(n, sizeof *t.low),
        .on_stack = mem_alloc_array(n, sizeof *t.on_stack),
        .stack = mem_alloc_array(n, sizeof *t.stack),
        .frames = mem_alloc_array(n, sizeof *t.frames),
    };
    for (size_t i = 0; i < depths->count; i++)
        depths->nodes[i].group = -1;
    for (size_t i = 0; i < depths->count; i++)
        if (t.index[i] == 0)
            visit(&t, i);
    free(t.index);
    free(t.low);
    free(t.on_stack);
    free(t.stack);
    free(t.frames);
}

static void add_needs(struct depths *depths, struct arena *arena, const struct fact *fact)
{
    if (fact->kind == FACT_FK) {
        const char *target = json_string_value(json_object_get(fact->def, "ref"));
        if (target != NULL)
            add_need(depths, arena, fact->relation, target);
    }
    if (fact->kind != FACT_VIEW && fact->kind != FACT_MATVIEW)
        return;
    size_t i;
    const json_t *used;
    const json_t *uses = json_object_get(fact->def, "uses");
    json_array_foreach(uses, i, used) {
        const struct node *node = find(depths, json_string_value(used));
        /* Tables come before all views anyway. */
        if (node != NULL && node->group == 1)
            add_need(depths, arena, fact->relation, json_string_value(used));
    }
}

struct depths *depths_new(const struct fact_set *facts, struct arena *arena)
{
    struct depths *depths = arena_alloc(arena, sizeof *depths);
    depths->nodes = arena_alloc_array(arena, facts->count + 1, sizeof *depths->nodes);
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->items[i];
        bool view = fact->kind == FACT_VIEW || fact->kind == FACT_MATVIEW;
        if (view || fact->kind == FACT_TABLE) /* `group` says for now: it is a view */
            depths->nodes[depths->count++] =
                (struct node){.name = arena_strdup(arena, fact->relation), .group = view};
    }
    qsort(depths->nodes, depths->count, sizeof *depths->nodes, by_name);
    for (size_t i = 0; i < facts->count; i++)
        add_needs(depths, arena, &facts->items[i]);
    find_depths(depths);
    return depths;
}

int depth_of(const struct depths *depths, const char *relation)
{
    const struct node *node = find(depths, relation);
    return node != NULL ? node->depth : 0;
}
