/*
 * Schema lectern in students' databases that an older template made.
 *
 * The template's script can be said twice, so it is run again, by the administrator, in each of
 * them, and then noted.  It names every object in full, and in schema lectern nothing is a
 * student's.
 */
#include <string.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "control/labs.h"
#include "io/pg.h"
#include "provision/apply.h"
#include "provision/ground.h"
#include "provision/outside.h"

static bool lags(const struct work *work, const struct plan_action *action)
{
    const char *name = action->verb == PLAN_BRING_BACK ? action->to : action->object;
    if (action->target != PLAN_DATABASES || action->verb == PLAN_CREATE ||
        action->verb == PLAN_SET_ASIDE)
        return false;
    for (size_t i = 0; i < work->found->n_databases; i++)
        if (strcmp(work->found->databases[i].name, name) == 0)
            return plan_lags(work->wanted, &work->found->databases[i]);
    return false;
}

/* Whoever reads lectern.board in an open transaction holds a lock on it: that is not waited for. */
static bool bring_up(const struct work *work, const char *name, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    PGconn *conn = NULL;
    if (!ground_connect(work->site, name, &conn, err))
        return false;
    strbuf_add_string(&sql, "BEGIN; SET LOCAL lock_timeout = '3s';\n");
    strbuf_add_string(&sql, asset_get("assets/sql/template.sql")->text);
    strbuf_add_string(&sql, "\nCOMMIT");
    bool ok = outside_script(conn, sql.text, err);
    PQfinish(conn);
    outside_call();
    return ok && control_note_template(work->conn, name, err);
}

bool apply_templates(struct work *work, struct event *event, struct error *err)
{
    for (size_t i = 0; i < work->plan->n_actions; i++) {
        const struct plan_action *action = &work->plan->actions[i];
        struct error failure = ERROR_INIT;
        if (!lags(work, action) || bring_up(work, action->object, &failure))
            continue;
        if (failure.code == ERROR_CONNECTION || failure.code == ERROR_TIMEOUT) {
            error_move(err, &failure);
            return false;
        }
        CLEANUP(mem_free_string)
        char *text =
            mem_printf("schema lectern could not be brought up to date: %s", failure.message);
        work_error(work, event, action->object, text);
        error_clear(&failure);
    }
    return true;
}
