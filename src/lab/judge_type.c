/*
 * Judges of what stands for itself: types, sequences, schemas, extensions.
 */
#include <string.h>

#include "lab/judge.h"

double judge_existence(struct hearing *hearing)
{
    return find_own(hearing) != NULL ? 1
                                     : judge_missing(hearing, fact_kind_name(hearing->check->kind));
}

double judge_enum(struct hearing *hearing)
{
    const struct fact *found = find_own(hearing);
    const json_t *wanted = json_object_get(hearing->check->expected, "labels");
    char text[BRIEF_SIZE];
    if (found == NULL) {
        say_wanted(hearing, "labels %s", brief_list(wanted, text));
        return judge_missing(hearing, "such type");
    }
    const json_t *labels = json_object_get(found->def, "labels");
    double credit = 1 - place_costs(hearing, found);
    if (json_equal(wanted, labels) || !rule_counts(hearing, RULE_LABELS))
        return credit;
    say_found(hearing, "labels %s", brief_list(labels, text));
    say_wanted(hearing, "labels %s", brief_list(wanted, text));
    return credit - rule_costs(hearing, RULE_LABELS, list_same_bag(wanted, labels) ? 0.2 : 0.5);
}

/* The type under a domain: family 0.1, another one 0.4. */
static double base_costs(struct hearing *hearing, const struct fact *found)
{
    const json_t *wanted = hearing->check->expected;
    if (def_same(wanted, found->def, "type") || !rule_counts(hearing, RULE_TYPE))
        return 0;
    say_found(hearing, "%s", def_text(found->def, "type"));
    say_wanted(hearing, "%s", def_text(wanted, "type"));
    return rule_costs(hearing, RULE_TYPE, def_same(wanted, found->def, "fam") ? 0.1 : 0.4);
}

/* Its constraints: 0.3 for what is missing, half of it for what says something else. */
static double constraint_costs(struct hearing *hearing, const struct fact *found)
{
    const json_t *wanted = json_object_get(hearing->check->expected, "exprs");
    const json_t *has = json_object_get(found->def, "exprs");
    size_t n = json_array_size(wanted), common = list_common(has, wanted);
    if ((common == n && json_array_size(has) == n) || !rule_counts(hearing, RULE_EXPRESSION))
        return 0;
    char text[BRIEF_SIZE];
    if (json_array_size(has) == 0)
        say_found(hearing, "no constraint");
    else
        say_found(hearing, "check %s", brief_list(has, text));
    if (n == 0)
        say_wanted(hearing, "no constraint");
    else
        say_wanted(hearing, "check %s", brief_list(wanted, text));
    if (n > json_array_size(has)) {
        double missing = 1 - (double)json_array_size(has) / (double)n;
        return rule_costs(hearing, RULE_EXPRESSION, 0.15 + 0.15 * missing);
    }
    return rule_costs(hearing, RULE_EXPRESSION, 0.15);
}

double judge_domain(struct hearing *hearing)
{
    const struct fact *found = find_own(hearing);
    const json_t *wanted = hearing->check->expected;
    if (found == NULL) {
        say_wanted(hearing, "a domain over %s", def_text(wanted, "type"));
        return judge_missing(hearing, "such domain");
    }
    double costs =
        place_costs(hearing, found) + base_costs(hearing, found) + constraint_costs(hearing, found);
    bool nn = def_flag(wanted, "nn");
    if (nn != def_flag(found->def, "nn") && rule_counts(hearing, RULE_NOT_NULL)) {
        say_found(hearing, nn ? "may be null" : "not null");
        say_wanted(hearing, nn ? "not null" : "may be null");
        costs += rule_costs(hearing, RULE_NOT_NULL, 0.1);
    }
    if (!def_same(wanted, found->def, "d") && rule_counts(hearing, RULE_DEFAULT)) {
        char a[BRIEF_SIZE];
        const char *d = def_text(found->def, "d");
        say_found(hearing, "%s%s", *d != '\0' ? "default " : "no default", brief(d, a));
        d = def_text(wanted, "d");
        say_wanted(hearing, "%s%s", *d != '\0' ? "default " : "no default", brief(d, a));
        costs += rule_costs(hearing, RULE_DEFAULT, 0.1);
    }
    return 1 - costs;
}

double judge_composite(struct hearing *hearing)
{
    const struct fact *found = find_own(hearing);
    const json_t *wanted = hearing->check->expected;
    char text[BRIEF_SIZE];
    if (found == NULL) {
        say_wanted(hearing, "attributes %s", brief_list(json_object_get(wanted, "cols"), text));
        return judge_missing(hearing, "such type");
    }
    double credit = 1 - place_costs(hearing, found);
    bool cols = def_same(wanted, found->def, "cols");
    if (cols && def_same(wanted, found->def, "types"))
        return credit;
    const char *key = cols ? "types" : "cols", *word = cols ? "types" : "attributes";
    if (cols && !rule_counts(hearing, RULE_TYPE))
        return credit;
    say_found(hearing, "%s %s", word, brief_list(json_object_get(found->def, key), text));
    say_wanted(hearing, "%s %s", word, brief_list(json_object_get(wanted, key), text));
    return cols ? credit - rule_costs(hearing, RULE_TYPE, 0.2) : credit - 0.5;
}

double judge_sequence(struct hearing *hearing)
{
    const struct fact *found = find_own(hearing);
    const json_t *wanted = hearing->check->expected;
    if (found == NULL)
        return judge_missing(hearing, "such sequence");
    double credit = 1 - place_costs(hearing, found);
    if (!def_same(wanted, found->def, "inc")) {
        credit -= 0.2;
        const char *has = def_text(found->def, "inc"), *wish = def_text(wanted, "inc");
        say_found(hearing, "in steps of %s", *has != '\0' ? has : "1");
        say_wanted(hearing, "steps of %s", *wish != '\0' ? wish : "1");
    }
    if (def_flag(wanted, "cycle") != def_flag(found->def, "cycle")) {
        credit -= 0.2;
        say_found(hearing, def_flag(found->def, "cycle") ? "cycles" : "does not cycle");
        say_wanted(hearing, def_flag(wanted, "cycle") ? "it to cycle" : "it not to cycle");
    }
    return credit;
}
