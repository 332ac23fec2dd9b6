/*
 * A plan in words and as JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "provision/plan.h"

enum { SHOWN = 6 }; /* objects that are named per verb; the rest is counted */

static void print_verb(const struct plan *plan, enum plan_target target, enum plan_verb verb,
                       struct strbuf *out)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->n_actions; i++) {
        const struct plan_action *action = &plan->actions[i];
        if (action->target != target || action->verb != verb)
            continue;
        if (count++ >= SHOWN)
            continue;
        CLEANUP(mem_free_string)
        char *object = str_disarm(action->object);
        if (count == 1)
            strbuf_printf(out, "    %s %s", plan_verb_name(verb), object);
        else
            strbuf_printf(out, ", %s", object);
    }
    if (count > SHOWN)
        strbuf_printf(out, " and %zu more", count - SHOWN);
    if (count > 0)
        strbuf_add_char(out, '\n');
}

static void print_notes(const struct plan *plan, enum plan_target target, struct strbuf *out)
{
    for (size_t i = 0; i < plan->n_notes; i++) {
        if (plan->notes[i].target != target)
            continue;
        CLEANUP(mem_free_string)
        char *text = str_disarm(plan->notes[i].text);
        strbuf_printf(out, "    %s\n", text);
    }
}

void plan_print(const struct plan *plan, struct strbuf *out)
{
    for (size_t i = 0; i < plan->n_refusals; i++) {
        CLEANUP(mem_free_string)
        char *name = str_disarm(plan->refusals[i].name);
        strbuf_printf(out, "refused: %s \"%s\" exists and was not made by lectern\n",
                      plan->refusals[i].kind, name);
    }
    for (int target = 0; target < PLAN_TARGETS; target++) {
        strbuf_printf(out, "%-10s %5zu wanted, %5zu to change\n",
                      plan_target_name((enum plan_target)target), plan->wanted[target],
                      plan->changes[target]);
        for (int verb = 0; verb < PLAN_VERBS; verb++)
            print_verb(plan, (enum plan_target)target, (enum plan_verb)verb, out);
        print_notes(plan, (enum plan_target)target, out);
    }
    strbuf_printf(out, "connections needed: %d\n", plan->connections_needed);
}

json_t *plan_json(const struct plan *plan)
{
    json_t *targets = json_array(), *refused = json_array(), *notes = json_array();
    for (int target = 0; target < PLAN_TARGETS; target++) {
        json_t *actions = json_array();
        for (size_t i = 0; i < plan->n_actions; i++) {
            const struct plan_action *action = &plan->actions[i];
            if (action->target == (enum plan_target)target)
                json_array_append_new(actions, json_pack("{s:s, s:s, s:s}", "action",
                                                         plan_verb_name(action->verb), "object",
                                                         action->object, "login", action->login));
        }
        json_array_append_new(targets,
                              json_pack("{s:s, s:I, s:I, s:o}", "target",
                                        plan_target_name((enum plan_target)target), "wanted",
                                        (json_int_t)plan->wanted[target], "changes",
                                        (json_int_t)plan->changes[target], "actions", actions));
    }
    for (size_t i = 0; i < plan->n_refusals; i++)
        json_array_append_new(refused, json_pack("{s:s, s:s}", "kind", plan->refusals[i].kind,
                                                 "name", plan->refusals[i].name));
    for (size_t i = 0; i < plan->n_notes; i++)
        json_array_append_new(notes, json_pack("{s:s, s:s}", "target",
                                               plan_target_name(plan->notes[i].target), "text",
                                               plan->notes[i].text));
    return json_pack("{s:s, s:I, s:i, s:o, s:o, s:o}", "lab", plan->lab, "changes",
                     (json_int_t)plan_changes(plan), "connections_needed", plan->connections_needed,
                     "refused", refused, "notes", notes, "targets", targets);
}
