/*
 * Finding facts for checks, by binary search in the sealed set.
 */
#include "lab/match.h"

#include <stdbool.h>
#include <string.h>

static int order(const struct fact *fact, enum fact_kind kind, const char *relation)
{
    if (fact->kind != kind)
        return fact->kind < kind ? -1 : 1;
    return strcmp(fact->relation, relation);
}

size_t match_range(const struct fact_set *facts, enum fact_kind kind, const char *relation,
                   size_t *ret_end)
{
    size_t low = 0, high = facts->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order(&facts->items[middle], kind, relation) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < facts->count && order(&facts->items[end], kind, relation) == 0)
        end++;
    *ret_end = end;
    return low;
}

/* The example has an object of that kind and name in this schema: it is that one's match. */
static bool claimed(const struct check_set *checks, enum fact_kind kind, const char *schema,
                    const char *relation)
{
    for (size_t i = 0; checks != NULL && i < checks->n_checks; i++)
        if (checks->checks[i].kind == kind && strcmp(checks->checks[i].relation, relation) == 0 &&
            strcmp(checks->checks[i].schema, schema) == 0)
            return true;
    return false;
}

const struct fact *match_home(const struct fact_set *facts, const struct check_set *checks,
                              enum fact_kind kind, const char *schema, const char *relation)
{
    size_t end;
    size_t begin = match_range(facts, kind, relation, &end);
    for (size_t i = begin; i < end; i++)
        if (strcmp(facts->items[i].schema, schema) == 0)
            return &facts->items[i];
    const struct fact *found = NULL;
    for (size_t i = begin; i < end; i++) {
        const struct fact *fact = &facts->items[i];
        if (claimed(checks, kind, fact->schema, relation))
            continue;
        if (found == NULL || strcmp(fact->schema, "public") == 0)
            found = fact;
    }
    return found;
}

const struct fact *match_fact(const struct fact_set *facts, enum fact_kind kind, const char *schema,
                              const char *relation, const char *name)
{
    size_t end;
    size_t i = match_range(facts, kind, relation, &end);
    for (; i < end; i++)
        if (strcmp(facts->items[i].name, name) == 0 && strcmp(facts->items[i].schema, schema) == 0)
            return &facts->items[i];
    return NULL;
}
