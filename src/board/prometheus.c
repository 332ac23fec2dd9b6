/*
 * Prometheus' query API: the questions' URLs, and the answers' JSON.  No I/O.
 */
#include "board/prometheus.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "io/http.h"

void prometheus_add_string(struct strbuf *query, const char *text)
{
    strbuf_add_char(query, '"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            strbuf_add_char(query, '\\');
        if (*c == '\n')
            strbuf_add_string(query, "\\n");
        else
            strbuf_add_char(query, *c);
    }
    strbuf_add_char(query, '"');
}

static void add_query(struct strbuf *url, const char *base, const struct strbuf *query)
{
    strbuf_printf(url, "%s/api/v1/query?query=", base);
    http_add_encoded(url, query->text);
}

/* A regular expression that matches the lab's name or a series without one: a lab's name has no
 * character with a meaning there, and what has one is escaped all the same. */
static void add_lab_or_none(struct strbuf *query, const char *lab)
{
    CLEANUP(strbuf_release)
    struct strbuf pattern = STRBUF_INIT;
    if (*lab == '\0')
        strbuf_add_string(&pattern, ".*");
    for (const char *c = lab; *c != '\0'; c++) {
        if (strchr(".+*?()|[]{}^$\\", *c) != NULL)
            strbuf_add_char(&pattern, '\\');
        strbuf_add_char(&pattern, *c);
    }
    strbuf_add_char(&pattern, '|');
    prometheus_add_string(query, pattern.text);
}

void prometheus_grid_url(struct strbuf *url, const char *base, const char *lab)
{
    CLEANUP(strbuf_release)
    struct strbuf query = STRBUF_INIT;
    /* `up` and the feed's own word come in the same answer, so that the diagnosis and the data are
     * of the same moment. */
    strbuf_add_string(
        &query, "{__name__=~\"lectern_student_(progress_ratio|state|need|last_progress_timestamp_"
                "seconds)|lectern_daemon_heartbeat_timestamp_seconds|lectern_students|"
                "lectern_feed_failed|up\",lab=~");
    add_lab_or_none(&query, lab);
    strbuf_add_char(&query, '}');
    add_query(url, base, &query);
}

void prometheus_steps_url(struct strbuf *url, const char *base, const char *lab)
{
    CLEANUP(strbuf_release)
    struct strbuf query = STRBUF_INIT;
    strbuf_add_string(&query, "lectern_step_score_ratio{lab=");
    prometheus_add_string(&query, lab);
    strbuf_add_char(&query, '}');
    add_query(url, base, &query);
}

/* -- answers ----------------------------------------------------------------------------------- */

static bool add_label(struct prometheus_answer *answer, const json_t *metric, const char *key,
                      const char **ret_text, struct error *err)
{
    const json_t *label = json_object_get(metric, key);
    *ret_text = "";
    if (label == NULL)
        return true;
    if (!json_is_string(label) || json_string_length(label) > PROMETHEUS_LABEL_MAX)
        return error_set(err, ERROR_INPUT, "Prometheus' answer has a bad label \"%s\"", key);
    *ret_text = arena_strdup(&answer->arena, json_string_value(label));
    return true;
}

static bool add_sample(struct prometheus_answer *answer, const json_t *item,
                       struct prometheus_sample *sample, struct error *err)
{
    const json_t *metric = json_object_get(item, "metric");
    const json_t *pair = json_object_get(item, "value");
    const json_t *at = json_array_get(pair, 0), *value = json_array_get(pair, 1);
    if (!json_is_object(metric) || !json_is_number(at) || !json_is_string(value))
        return error_set(err, ERROR_INPUT, "Prometheus' answer has a sample without a value");
    double seconds = json_number_value(at);
    if (!(seconds > 0 && seconds < 1e11))
        return error_set(err, ERROR_INPUT, "Prometheus' answer has a sample without a time");
    answer->at_us = (int64_t)(seconds * 1e6);
    char *end;
    const char *text = json_string_value(value);
    sample->value = strtod(text, &end);
    if (end == text || *end != '\0')
        return error_set(err, ERROR_INPUT, "Prometheus' answer has a value that is no number");
    return add_label(answer, metric, "__name__", &sample->name, err) &&
           add_label(answer, metric, "lab", &sample->lab, err) &&
           add_label(answer, metric, "student", &sample->student, err) &&
           add_label(answer, metric, "state", &sample->state, err) &&
           add_label(answer, metric, "step", &sample->step, err) &&
           add_label(answer, metric, "feed", &sample->feed, err) &&
           add_label(answer, metric, "job", &sample->job, err) &&
           add_label(answer, metric, "reason", &sample->reason, err);
}

static bool read_answer(const json_t *root, struct prometheus_answer *answer, struct error *err)
{
    const char *status = json_string_value(json_object_get(root, "status"));
    if (status != NULL && strcmp(status, "error") == 0) {
        const char *text = json_string_value(json_object_get(root, "error"));
        return error_set(err, ERROR_FAILED, "Prometheus refused the query: %s",
                         text != NULL ? text : "no reason given");
    }
    const json_t *data = json_object_get(root, "data");
    const char *type = json_string_value(json_object_get(data, "resultType"));
    const json_t *result = json_object_get(data, "result");
    if (status == NULL || strcmp(status, "success") != 0 || type == NULL ||
        strcmp(type, "vector") != 0 || !json_is_array(result))
        return error_set(err, ERROR_INPUT, "Prometheus' answer is no instant vector");
    size_t n = json_array_size(result);
    if (n > PROMETHEUS_SAMPLES_MAX)
        return error_set(err, ERROR_INPUT, "Prometheus' answer has %zu samples, more than %d", n,
                         PROMETHEUS_SAMPLES_MAX);
    answer->samples = arena_alloc_array(&answer->arena, n + 1, sizeof *answer->samples);
    for (size_t i = 0; i < n; i++)
        if (!add_sample(answer, json_array_get(result, i), &answer->samples[i], err))
            return false;
    answer->n_samples = n;
    return true;
}

bool prometheus_parse(const char *body, size_t len, struct prometheus_answer *ret_answer,
                      struct error *err)
{
    json_error_t fault;
    json_t *root = json_loadb(body, len, 0, &fault);
    if (root == NULL)
        return error_set(err, ERROR_INPUT, "Prometheus' answer is no JSON: line %d: %s", fault.line,
                         fault.text);
    struct prometheus_answer answer = {.arena = ARENA_INIT};
    bool ok = read_answer(root, &answer, err);
    json_decref(root);
    if (ok)
        *ret_answer = answer;
    else
        prometheus_answer_release(&answer);
    return ok;
}

void prometheus_answer_release(struct prometheus_answer *answer)
{
    arena_release(&answer->arena);
    *answer = (struct prometheus_answer){.arena = ARENA_INIT};
}

int64_t prometheus_heartbeat(const struct prometheus_answer *answer)
{
    int64_t newest = 0;
    for (size_t i = 0; i < answer->n_samples; i++) {
        const struct prometheus_sample *s = &answer->samples[i];
        if (strcmp(s->name, "lectern_daemon_heartbeat_timestamp_seconds") == 0 && s->value > 0 &&
            s->value < 1e11 && (int64_t)(s->value * 1e6) > newest)
            newest = (int64_t)(s->value * 1e6);
    }
    return newest;
}

static int flag(const struct prometheus_answer *answer, const char *name, const char *job,
                const char *feed)
{
    int found = -1;
    for (size_t i = 0; i < answer->n_samples; i++) {
        const struct prometheus_sample *s = &answer->samples[i];
        if (strcmp(s->name, name) == 0 && (job == NULL || strcmp(s->job, job) == 0) &&
            (feed == NULL || strcmp(s->feed, feed) == 0) && !isnan(s->value))
            found = s->value != 0;
    }
    return found;
}

int prometheus_exporter_up(const struct prometheus_answer *answer)
{
    return flag(answer, "up", "lectern_students", NULL);
}

int prometheus_feed_failed(const struct prometheus_answer *answer)
{
    return flag(answer, "lectern_feed_failed", NULL, "students");
}
