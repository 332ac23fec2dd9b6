/*
 * Reasons in words for what is unknown.
 */
#include "probe/reason.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"

/* A server's message may carry what a student named; the reader disarms it. */
enum { NAMES_MAX = 3, MESSAGE_MAX = 300 };

/* How texts of ours and of facts/content begin, and the word that stands for them. */
static const struct {
    const char *beginning, *word;
} words[] = {
    {"locked", "locked"},    {"changed", "changed"},       {"timeout", "timeout"},
    {"too slow", "timeout"}, {"unreadable", "unreadable"}, {"not measured", "unmeasured"},
    {"gone", "gone"},        {"closed", "closed"},         {"unreachable", "unreachable"},
    {"failing", "failing"},
};

char *reason_of_error(const struct error *err, const char *sqlstate)
{
    if (strcmp(sqlstate, "3D000") == 0 || err->code == ERROR_NOT_FOUND)
        return mem_strdup("gone: the database does not exist");
    if (strcmp(sqlstate, "55P03") == 0)
        return mem_strdup("locked: the catalogue could not be read");
    if (strcmp(sqlstate, "57014") == 0 || err->code == ERROR_TIMEOUT)
        return mem_strdup("timeout: the database did not answer in time");
    if (strcmp(sqlstate, "55000") == 0)
        return mem_strdup("closed: the database takes no connections");
    if (err->code == ERROR_AUTH || strcmp(sqlstate, "42501") == 0)
        return mem_printf("unreadable: %.*s", MESSAGE_MAX, err->message);
    return mem_printf("unreachable: %.*s", MESSAGE_MAX, err->message);
}

const char *reason_word(const char *reason)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strncmp(reason, words[i].beginning, strlen(words[i].beginning)) == 0)
            return words[i].word;
    return "unreadable";
}

static bool is_locked(const struct fact_set *facts, const char *relation)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->items[i].locked && strcasecmp(facts->items[i].relation, relation) == 0)
            return true;
    return false;
}

static bool is_result(const struct check *check)
{
    return check->kind == FACT_RESULT || check->kind == FACT_CALL || check->kind == FACT_EXTRA;
}

/* Why this check is unknown; NULL: it is not, or nothing stands in the way of measuring it. */
static const char *cause(const struct check *check, const struct score *score,
                         const struct fact_set *facts, const struct table_measure *measures,
                         size_t n)
{
    if (!isnan(score->value))
        return NULL;
    if (is_result(check))
        return score->verdict != NULL ? reason_word(score->verdict) : NULL;
    for (size_t i = 0; i < n; i++)
        if (strcmp(measures[i].relation, check->relation) == 0 && !measures[i].known &&
            measures[i].reason != NULL && measures[i].reason[0] != '\0')
            return reason_word(measures[i].reason);
    return is_locked(facts, check->relation) ? words[0].word : NULL;
}

char *reason_of_unknown(const struct check_set *set, const struct score *scores,
                        const struct fact_set *facts, const struct table_measure *measures,
                        size_t n_measures, bool *ret_passing)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    const char *first = NULL, *last_name = "";
    size_t names = 0;
    bool lasting = false;
    for (size_t i = 0; i < set->n_checks; i++) {
        const struct check *check = &set->checks[i];
        const char *word = cause(check, &scores[i], facts, measures, n_measures);
        if (word == NULL)
            continue;
        lasting |= word != words[0].word && word != words[1].word;
        if (first == NULL)
            strbuf_printf(&text, "%s: ", first = word);
        const char *name = *check->relation != '\0' ? check->relation : check->name;
        if (word != first || strcmp(name, last_name) == 0)
            continue;
        last_name = name;
        if (names++ < NAMES_MAX)
            strbuf_printf(&text, "%s%s", names > 1 ? ", " : "", name);
    }
    if (names > NAMES_MAX)
        strbuf_printf(&text, " and %zu more", names - NAMES_MAX);
    *ret_passing = first != NULL && !lasting;
    return strbuf_detach(&text);
}
