/*
 * Grafana as a target of plan and apply: its files (grafana_files.c), and for a site that names a
 * Grafana the folder, the data source and the dashboards there.
 *
 * An object is looked at first and written only when it is missing or older than this program's,
 * so a second apply writes nothing.  Dashboards bear a tag that says who made them and one with the
 * digest of what they were made from: Grafana rewrites what it stores in ways that differ from
 * version to version, but keeps tags.  What lacks the first tag is somebody else's and left alone.
 */
#include "provision/grafana.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "io/http.h"
#include "provision/grafana_api.h"
#include "provision/outside.h"
#include "provision/provision.h"

#include "config.h"

#define FOLDER      "lectern" /* uid and title */
#define SOURCE_UID  "lectern-prometheus"
#define SOURCE_NAME "lectern Prometheus"
#define MADE_BY     "made-by-lectern" /* a tag */
#define DIGEST      "lectern-"        /* a tag begins so; 16 hexadecimal digits follow */

enum { DASHBOARDS = 3, OBJECTS = 2 + DASHBOARDS };

enum object_state { AS_WANTED, MISSING, DIFFERENT, FOREIGN };

struct object {
    const char *kind;  /* "dashboard" */
    char *title;       /* of the asset, or what is looked for */
    const char *asset; /* of a dashboard */
    enum object_state state;
    char *why; /* of FOREIGN */
    /* what a change of it has to name */
    json_int_t id, version;
    char *resource_version, *folder;
};

struct target {
    struct grafana grafana;
    struct object objects[OBJECTS]; /* in the order in which they are made */
};

static const char *given(const char *text, const char *otherwise)
{
    return text != NULL && text[0] != '\0' ? text : otherwise;
}

static const char *folder_uid(const struct target *target)
{
    return given(target->grafana.site->grafana_folder, FOLDER);
}

static const char *text_at(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text != NULL ? text : "";
}

static void keep_text(char **kept, const char *text)
{
    free(*kept);
    *kept = mem_strdup(text);
}

bool provision_has_grafana(const struct site *site)
{
    return site->grafana_url != NULL && site->grafana_url[0] != '\0';
}

static void target_release(struct target *target)
{
    grafana_close(&target->grafana);
    for (size_t i = 0; i < OBJECTS; i++) {
        struct object *object = &target->objects[i];
        free(object->title);
        free(object->why);
        free(object->resource_version);
        free(object->folder);
    }
}

/* "dashboard "lectern: the class""; malloc'd. */
static char *name_of(const struct object *object)
{
    return mem_printf("%s \"%s\"", object->kind, object->title);
}

static bool refused(struct target *target, const struct object *object, const char *verb,
                    const struct grafana_answer *answer, struct error *err)
{
    CLEANUP(mem_free_string)
    char *what = mem_printf("%s the %s \"%s\"", verb, object->kind, object->title);
    return grafana_refused(&target->grafana, what, answer, err);
}

static bool is_foreign(struct object *object, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool is_foreign(struct object *object, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    object->state = FOREIGN;
    free(object->why);
    object->why = mem_vprintf(format, args);
    va_end(args);
    return true;
}

static bool is_done(int status)
{
    return status == 200 || status == 201;
}

/* -- dashboards as they should be -------------------------------------------------------------- */

static char *digest_tag(const char *asset)
{
    const struct asset *file = asset_get(asset);
    return mem_printf(DIGEST "%016llx",
                      (unsigned long long)digest_fnv(DIGEST_FNV_START, file->text, file->len));
}

static bool has_tag(const json_t *dashboard, const char *wanted)
{
    const json_t *tags = json_object_get(dashboard, "tags");
    for (size_t i = 0; i < json_array_size(tags); i++) {
        const char *tag = json_string_value(json_array_get(tags, i));
        if (tag != NULL && strcmp(tag, wanted) == 0)
            return true;
    }
    return false;
}

/* The asset with its digest among the tags; a new reference. */
static json_t *wanted_dashboard(const char *asset)
{
    const struct asset *file = asset_get(asset);
    CLEANUP(mem_free_string)
    char *tag = digest_tag(asset);
    json_t *dashboard = json_loadb(file->text, file->len, 0, NULL);
    json_array_append_new(json_object_get(dashboard, "tags"), json_string(tag));
    return dashboard;
}

static const char *dashboard_uid(const struct object *object, json_t **ret_owner)
{
    *ret_owner = wanted_dashboard(object->asset);
    return text_at(*ret_owner, "uid");
}

/* -- the folder -------------------------------------------------------------------------------- */

static bool look_folder(struct target *target, struct object *object, struct error *err)
{
    struct grafana *grafana = &target->grafana;
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    CLEANUP(strbuf_release)
    struct strbuf old = STRBUF_INIT;
    strbuf_add_string(&old, "/api/folders/");
    http_add_encoded(&old, folder_uid(target));
    CLEANUP(mem_free_string)
    char *path = grafana->new_folders
                     ? grafana_new_path(grafana, GRAFANA_FOLDER, folder_uid(target))
                     : mem_strdup(old.text);
    if (!grafana_ask(grafana, "GET", path, NULL, &answer, err))
        return false;
    if (answer.status != 200 && !grafana_is_gone(answer.status))
        return refused(target, object, "look at", &answer, err);
    object->state = answer.status == 200 ? AS_WANTED : MISSING;
    return true;
}

static bool make_folder(struct target *target, struct object *object, struct error *err)
{
    struct grafana *grafana = &target->grafana;
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    const char *uid = folder_uid(target);
    if (!grafana->new_folders) {
        json_t *body = json_pack("{s:s, s:s}", "uid", uid, "title", object->title);
        bool ok = grafana_ask(grafana, "POST", "/api/folders", body, &answer, err);
        json_decref(body);
        if (!ok)
            return false;
        if (!grafana_is_gone(answer.status))
            return is_done(answer.status) || refused(target, object, "make", &answer, err);
        if (!grafana_use_new(grafana, GRAFANA_FOLDER, err))
            return false;
        grafana_answer_release(&answer);
    }
    CLEANUP(mem_free_string)
    char *path = grafana_new_path(grafana, GRAFANA_FOLDER, "");
    CLEANUP(mem_free_string)
    char *version = mem_printf("folder.grafana.app/%s", grafana->folders_version);
    json_t *body = json_pack("{s:s, s:s, s:{s:s}, s:{s:s}}", "kind", "Folder", "apiVersion",
                             version, "metadata", "name", uid, "spec", "title", object->title);
    bool ok = grafana_ask(grafana, "POST", path, body, &answer, err);
    json_decref(body);
    return ok && (is_done(answer.status) || refused(target, object, "make", &answer, err));
}

/* -- the data source --------------------------------------------------------------------------- */

/* One that somebody made by hand under our uid, or that is provisioned there, is used as it is. */
static bool compare_source(struct target *target, struct object *object, const json_t *source)
{
    const json_t *data = json_object_get(source, "jsonData");
    if (strcmp(text_at(source, "type"), "prometheus") != 0)
        return is_foreign(object, "it is a data source of type \"%s\"", text_at(source, "type"));
    bool ours = strcmp(text_at(data, "madeBy"), "lectern") == 0 &&
                !json_is_true(json_object_get(source, "readOnly"));
    const char *url = grafana_prometheus_url(target->grafana.site);
    object->state = ours && strcmp(text_at(source, "url"), url) != 0 ? DIFFERENT : AS_WANTED;
    object->version = json_integer_value(json_object_get(source, "version"));
    return true;
}

static bool look_source(struct target *target, struct object *object, struct error *err)
{
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    CLEANUP(grafana_answer_release)
    struct grafana_answer named = {0, NULL};
    if (!grafana_ask(&target->grafana, "GET", "/api/datasources/uid/" SOURCE_UID, NULL, &answer,
                     err))
        return false;
    if (answer.status == 200)
        return compare_source(target, object, answer.json);
    if (answer.status != 404)
        return refused(target, object, "look at", &answer, err);
    object->state = MISSING;
    if (!grafana_ask(&target->grafana, "GET", "/api/datasources/name/lectern%20Prometheus", NULL,
                     &named, err))
        return false;
    if (named.status == 200)
        return is_foreign(object, "it has the uid \"%s\"", text_at(named.json, "uid"));
    return named.status == 404 || refused(target, object, "look at", &named, err);
}

static bool make_source(struct target *target, struct object *object, struct error *err)
{
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    bool update = object->state == DIFFERENT;
    json_t *body =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:{s:s, s:s, s:s}}", "uid", SOURCE_UID, "name",
                  object->title, "type", "prometheus", "access", "proxy", "url",
                  grafana_prometheus_url(target->grafana.site), "isDefault", 0, "jsonData",
                  "httpMethod", "POST", "timeInterval", "1s", "madeBy", "lectern");
    if (update)
        json_object_set_new(body, "version", json_integer(object->version));
    bool ok = grafana_ask(&target->grafana, update ? "PUT" : "POST",
                          update ? "/api/datasources/uid/" SOURCE_UID : "/api/datasources", body,
                          &answer, err);
    json_decref(body);
    return ok && (is_done(answer.status) ||
                  refused(target, object, update ? "change" : "make", &answer, err));
}

/* -- dashboards -------------------------------------------------------------------------------- */

/* What is there against what is wanted; `dashboard` is the model in either generation. */
static bool compare_dashboard(struct object *object, const json_t *dashboard)
{
    CLEANUP(mem_free_string)
    char *tag = digest_tag(object->asset);
    if (!has_tag(dashboard, MADE_BY))
        return is_foreign(object, "it is titled \"%s\" and lacks the tag \"" MADE_BY "\"",
                          text_at(dashboard, "title"));
    object->state = has_tag(dashboard, tag) ? AS_WANTED : DIFFERENT;
    return true;
}

/* Another dashboard of this title in our folder: up to version 11 Grafana would refuse ours. */
static bool look_title(struct target *target, struct object *object, const char *uid,
                       struct error *err)
{
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    CLEANUP(strbuf_release)
    struct strbuf path = STRBUF_INIT;
    strbuf_add_string(&path, "/api/search?type=dash-db&query=");
    http_add_encoded(&path, object->title);
    if (!grafana_ask(&target->grafana, "GET", path.text, NULL, &answer, err))
        return false;
    if (grafana_is_gone(answer.status))
        return true;
    if (answer.status != 200)
        return refused(target, object, "look for", &answer, err);
    for (size_t i = 0; i < json_array_size(answer.json); i++) {
        const json_t *hit = json_array_get(answer.json, i);
        if (strcmp(text_at(hit, "title"), object->title) == 0 &&
            strcmp(text_at(hit, "uid"), uid) != 0 &&
            strcmp(text_at(hit, "folderUid"), folder_uid(target)) == 0)
            return is_foreign(object, "it has the uid \"%s\"", text_at(hit, "uid"));
    }
    return true;
}

static bool look_old_dashboard(struct target *target, struct object *object, const char *uid,
                               bool *ret_there, struct error *err)
{
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    CLEANUP(mem_free_string)
    char *path = mem_printf("/api/dashboards/uid/%s", uid);
    if (!grafana_ask(&target->grafana, "GET", path, NULL, &answer, err))
        return false;
    *ret_there = answer.status == 200;
    if (answer.status == 404)
        return true;
    if (answer.status != 200)
        return refused(target, object, "look at", &answer, err);
    const json_t *dashboard = json_object_get(answer.json, "dashboard");
    const json_t *meta = json_object_get(answer.json, "meta");
    object->id = json_integer_value(json_object_get(dashboard, "id"));
    object->version = json_integer_value(json_object_get(dashboard, "version"));
    keep_text(&object->folder, text_at(meta, "folderUid"));
    compare_dashboard(object, dashboard);
    if (object->state == DIFFERENT && json_is_true(json_object_get(meta, "provisioned")))
        object->state = AS_WANTED; /* from files over there: they follow by themselves */
    return true;
}

static bool look_new_dashboard(struct target *target, struct object *object, const char *uid,
                               bool *ret_there, struct error *err)
{
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    CLEANUP(mem_free_string)
    char *path = grafana_new_path(&target->grafana, GRAFANA_DASHBOARD, uid);
    if (!grafana_ask(&target->grafana, "GET", path, NULL, &answer, err))
        return false;
    *ret_there = answer.status == 200;
    if (answer.status == 404)
        return true;
    if (answer.status != 200)
        return refused(target, object, "look at", &answer, err);
    const json_t *metadata = json_object_get(answer.json, "metadata");
    keep_text(&object->resource_version, text_at(metadata, "resourceVersion"));
    keep_text(&object->folder,
              text_at(json_object_get(metadata, "annotations"), "grafana.app/folder"));
    return compare_dashboard(object, json_object_get(answer.json, "spec"));
}

static bool look_dashboard(struct target *target, struct object *object, struct error *err)
{
    json_t *owner = NULL;
    const char *uid = dashboard_uid(object, &owner);
    bool there = false;
    bool ok = target->grafana.new_dashboards ? look_new_dashboard(target, object, uid, &there, err)
                                             : look_old_dashboard(target, object, uid, &there, err);
    if (ok && !there) {
        object->state = MISSING;
        ok = look_title(target, object, uid, err);
    }
    json_decref(owner);
    return ok;
}

/* A changed one stays in the folder into which it was moved. */
static const char *folder_of(const struct target *target, const struct object *object)
{
    return object->state == DIFFERENT ? given(object->folder, "") : folder_uid(target);
}

static bool save_old(struct target *target, struct object *object, json_t *dashboard,
                     struct grafana_answer *answer, struct error *err)
{
    if (object->state == DIFFERENT) {
        json_object_set_new(dashboard, "id", json_integer(object->id));
        json_object_set_new(dashboard, "version", json_integer(object->version));
    } else {
        json_object_set_new(dashboard, "id", json_null());
        json_object_set_new(dashboard, "version", json_integer(0));
    }
    json_t *body =
        json_pack("{s:O, s:s, s:s, s:b}", "dashboard", dashboard, "folderUid",
                  folder_of(target, object), "message", "lectern " PACKAGE_VERSION, "overwrite", 0);
    bool ok = grafana_ask(&target->grafana, "POST", "/api/dashboards/db", body, answer, err);
    json_decref(body);
    return ok;
}

static bool save_new(struct target *target, struct object *object, json_t *dashboard,
                     struct grafana_answer *answer, struct error *err)
{
    struct grafana *grafana = &target->grafana;
    bool update = object->state == DIFFERENT;
    const char *uid = text_at(dashboard, "uid");
    CLEANUP(mem_free_string)
    char *version = mem_printf("dashboard.grafana.app/%s", grafana->dashboards_version);
    json_t *annotations = json_pack("{s:s}", "grafana.app/message", "lectern " PACKAGE_VERSION);
    if (folder_of(target, object)[0] != '\0')
        json_object_set_new(annotations, "grafana.app/folder",
                            json_string(folder_of(target, object)));
    json_t *metadata = json_pack("{s:s, s:o}", "name", uid, "annotations", annotations);
    if (update)
        json_object_set_new(metadata, "resourceVersion", json_string(object->resource_version));
    CLEANUP(mem_free_string)
    char *path = grafana_new_path(grafana, GRAFANA_DASHBOARD, update ? uid : "");
    json_t *spec = json_copy(dashboard); /* there the uid is metadata.name, and id and version are
                                          * Grafana's own */
    json_object_del(spec, "id");
    json_object_del(spec, "uid");
    json_object_del(spec, "version");
    json_t *body = json_pack("{s:s, s:s, s:o, s:o}", "kind", "Dashboard", "apiVersion", version,
                             "metadata", metadata, "spec", spec);
    bool ok = grafana_ask(grafana, update ? "PUT" : "POST", path, body, answer, err);
    json_decref(body);
    return ok;
}

static bool make_dashboard(struct target *target, struct object *object, struct error *err)
{
    struct grafana *grafana = &target->grafana;
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    json_t *dashboard = wanted_dashboard(object->asset);
    bool ok = true;
    if (!grafana->new_dashboards) {
        ok = save_old(target, object, dashboard, &answer, err);
        if (ok && grafana_is_gone(answer.status)) {
            grafana_answer_release(&answer);
            ok = grafana_use_new(grafana, GRAFANA_DASHBOARD, err) &&
                 look_dashboard(target, object, err);
        }
    }
    if (ok && grafana->new_dashboards && (object->state == MISSING || object->state == DIFFERENT))
        ok = save_new(target, object, dashboard, &answer, err);
    json_decref(dashboard);
    if (!ok || object->state == AS_WANTED || object->state == FOREIGN)
        return ok;
    const char *verb = object->state == DIFFERENT ? "change" : "make";
    return is_done(answer.status) || refused(target, object, verb, &answer, err);
}

/* -- all of them ------------------------------------------------------------------------------- */

static const struct {
    bool (*look)(struct target *target, struct object *object, struct error *err);
    bool (*make)(struct target *target, struct object *object, struct error *err);
} ways[OBJECTS] = {
    {look_folder, make_folder},       {look_source, make_source},
    {look_dashboard, make_dashboard}, {look_dashboard, make_dashboard},
    {look_dashboard, make_dashboard},
};

static void name_objects(struct target *target)
{
    target->objects[0] = (struct object){.kind = "folder", .title = mem_strdup(folder_uid(target))};
    target->objects[1] = (struct object){.kind = "data source", .title = mem_strdup(SOURCE_NAME)};
    for (size_t i = 0; i < DASHBOARDS; i++) {
        const struct asset *file = asset_get(grafana_dashboards[i]);
        json_t *dashboard = json_loadb(file->text, file->len, 0, NULL);
        target->objects[2 + i] = (struct object){.kind = "dashboard",
                                                 .title = mem_strdup(text_at(dashboard, "title")),
                                                 .asset = grafana_dashboards[i]};
        json_decref(dashboard);
    }
}

/* Reach Grafana and look at everything; what is found out before an error stays in `target`. */
static bool look_at_all(struct target *target, const struct site *site, struct error *err)
{
    *target = (struct target){.grafana = {.site = site}};
    if (!grafana_check_url("prometheus_url", grafana_prometheus_url(site), err) ||
        !grafana_open(&target->grafana, site, err))
        return false;
    name_objects(target);
    for (size_t i = 0; i < OBJECTS; i++)
        if (!ways[i].look(target, &target->objects[i], err))
            return false;
    return true;
}

/* What stands in the way of an object of somebody else's, and the mend; malloc'd. */
static char *foreign_words(const struct object *object)
{
    bool dashboard = strcmp(object->kind, "dashboard") == 0;
    return mem_printf("exists and was not made by lectern (%s): left alone; rename, move or delete "
                      "it there%s",
                      object->why, dashboard ? ", or name another \"folder\" in site.yaml" : "");
}

static char *error_words(const struct error *err)
{
    return mem_printf("%s%s%s%s%s", err->message, err->detail != NULL ? ". " : "",
                      given(err->detail, ""), err->hint != NULL ? ". " : "", given(err->hint, ""));
}

void provision_plan_grafana(const struct site *site, struct plan *plan)
{
    struct target target;
    struct error err = ERROR_INIT;
    if (!provision_has_grafana(site))
        return;
    plan->wanted[PLAN_GRAFANA] += OBJECTS;
    bool ok = look_at_all(&target, site, &err);
    for (size_t i = 0; ok && i < OBJECTS; i++) {
        const struct object *object = &target.objects[i];
        CLEANUP(mem_free_string)
        char *name = name_of(object);
        if (object->state == FOREIGN) {
            CLEANUP(mem_free_string)
            char *why = foreign_words(object);
            CLEANUP(mem_free_string)
            char *text = mem_printf("%s %s", name, why);
            plan_add_note(plan, PLAN_GRAFANA, text);
        } else if (object->state != AS_WANTED) {
            plan_add(plan, PLAN_GRAFANA, object->state == MISSING ? PLAN_CREATE : PLAN_UPDATE,
                     name);
        }
    }
    if (!ok) {
        CLEANUP(mem_free_string)
        char *text = error_words(&err);
        plan_add_note(plan, PLAN_GRAFANA, text);
    }
    error_clear(&err);
    target_release(&target);
}

bool provision_check_grafana(const struct site *site, struct error *err)
{
    struct target target;
    size_t left = 0;
    bool ok = look_at_all(&target, site, err);
    for (size_t i = 0; ok && i < OBJECTS; i++) {
        const struct object *object = &target.objects[i];
        if (object->state == FOREIGN) {
            CLEANUP(mem_free_string)
            char *why = foreign_words(object);
            ok = error_set(err, ERROR_EXISTS, "%s \"%s\" in Grafana %s", object->kind,
                           object->title, why);
            error_hint(err, "Do so, and \"lectern apply\".");
        }
        left += object->state == MISSING || object->state == DIFFERENT;
    }
    if (ok && left > 0) {
        ok = error_set(err, ERROR_FAILED, "Grafana lacks %zu of %d objects, or has older ones",
                       left, OBJECTS);
        error_hint(err, "\"lectern apply\" brings them.");
    }
    target_release(&target);
    return ok;
}

/* -- apply ------------------------------------------------------------------------------------- */

struct reporting {
    struct event event;
    event_cb on_event;
    void *data;
    size_t failed;
};

static void report_error(struct reporting *reporting, const char *object, const char *text)
{
    struct event event = reporting->event;
    event.kind = EVENT_ERROR;
    event.object = object;
    event.text = text;
    reporting->on_event(&event, reporting->data);
    reporting->failed++;
}

static void report_step(struct reporting *reporting, bool changed)
{
    reporting->event.kind = EVENT_PROGRESS;
    reporting->event.done++;
    reporting->event.changed += changed;
    reporting->on_event(&reporting->event, reporting->data);
}

/* An error of one object does not keep the others from being made, a token that is refused does. */
static void make_all(struct target *target, struct reporting *reporting)
{
    bool go_on = true;
    for (size_t i = 0; go_on && i < OBJECTS; i++) {
        struct object *object = &target->objects[i];
        struct error err = ERROR_INIT;
        CLEANUP(mem_free_string)
        char *name = name_of(object);
        bool change = object->state == MISSING || object->state == DIFFERENT;
        if (change)
            outside_call();
        if (change && !ways[i].make(target, object, &err)) {
            CLEANUP(mem_free_string)
            char *text = error_words(&err);
            report_error(reporting, name, text);
            go_on =
                err.code != ERROR_AUTH && err.code != ERROR_CONNECTION && err.code != ERROR_TIMEOUT;
        } else if (object->state == FOREIGN) {
            CLEANUP(mem_free_string)
            char *text = foreign_words(object);
            report_error(reporting, name, text);
        } else {
            report_step(reporting, change && object->state != AS_WANTED);
        }
        error_clear(&err);
    }
}

bool provision_grafana(const struct site *site, bool files_changed, event_cb on_event, void *data,
                       size_t *ret_changed, struct error *err)
{
    struct reporting reporting = {
        .event = {.kind = EVENT_START, .target = "grafana", .object = "", .text = "", .total = 1},
        .on_event = on_event,
        .data = data,
    };
    if (provision_has_grafana(site))
        reporting.event.total += OBJECTS;
    on_event(&reporting.event, data);
    report_step(&reporting, files_changed);
    if (provision_has_grafana(site)) {
        struct target target;
        struct error unseen = ERROR_INIT;
        if (look_at_all(&target, site, &unseen)) {
            make_all(&target, &reporting);
        } else {
            CLEANUP(mem_free_string)
            char *text = error_words(&unseen);
            report_error(&reporting, "", text);
        }
        error_clear(&unseen);
        target_release(&target);
    }
    *ret_changed += reporting.event.changed - files_changed; /* the ground has counted the files */
    if (reporting.failed > 0) {
        error_set(err, ERROR_FAILED, "the lab stands, but Grafana does not show all of it");
        return error_hint(err, "Mend what is named above and apply again; everything else works "
                               "without Grafana.");
    }
    reporting.event.kind = EVENT_DONE;
    on_event(&reporting.event, data);
    return true;
}
