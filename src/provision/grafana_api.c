/*
 * Asking Grafana: see grafana_api.h.
 */
#include "provision/grafana_api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "io/http.h"

enum { ANSWER_MS = 10000, WORDS_MAX = 200 };

/* -- pure -------------------------------------------------------------------------------------- */

bool grafana_parse_token(const char *text, size_t len, char ret_token[GRAFANA_TOKEN_MAX + 1],
                         struct error *err)
{
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    if (len == 0)
        return error_set(err, ERROR_INPUT, "the file is empty");
    if (len > GRAFANA_TOKEN_MAX)
        return error_set(err, ERROR_INPUT, "a token has at most %d characters", GRAFANA_TOKEN_MAX);
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return error_set(err, ERROR_INPUT,
                             "a token is one line without blanks; byte %zu is none of it", i + 1);
    memcpy(ret_token, text, len);
    ret_token[len] = '\0';
    return true;
}

int grafana_major(const char *version)
{
    char *end;
    if (version[0] < '0' || version[0] > '9')
        return 0;
    errno = 0;
    long major = strtol(version, &end, 10);
    return *end == '.' && errno == 0 && major < 1000 ? (int)major : 0;
}

bool grafana_check_url(const char *key, const char *url, struct error *err)
{
    size_t scheme = strncmp(url, "http://", 7) == 0 ? 7 : strncmp(url, "https://", 8) == 0 ? 8 : 0;
    bool good = scheme > 0 && url[scheme] != '\0' && url[scheme] != '/' && url[scheme] != ':';
    for (const char *p = url; *p != '\0'; p++)
        good = good && *p > ' ' && *p <= '~' && strchr("\"'\\<>{}|^`$?#@", *p) == NULL;
    if (good)
        return true;
    CLEANUP(mem_free_string)
    char *shown = str_disarm(url);
    error_set(err, ERROR_INPUT, "site.yaml: \"%s\" of section \"grafana\" is no URL: \"%s\"", key,
              shown);
    return error_hint(err, "Write it like \"https://grafana.school.example\", without a login or a "
                           "query in it.");
}

bool grafana_is_gone(int status)
{
    return status == 404 || status == 410;
}

/* -- the token --------------------------------------------------------------------------------- */

/* Read an open file of which only its owner may know. */
static bool read_token(int fd, char ret_token[GRAFANA_TOKEN_MAX + 1], struct error *err)
{
    struct stat info;
    char text[GRAFANA_TOKEN_MAX + 3];
    if (fstat(fd, &info) != 0)
        return error_set_errno(err, errno, "could not be read");
    if (!S_ISREG(info.st_mode))
        return error_set(err, ERROR_INPUT, "is no file");
    if ((info.st_mode & 077) != 0)
        return error_set(err, ERROR_INPUT, "others than its owner may read it");
    ssize_t n = read(fd, text, sizeof text);
    bool ok = n >= 0 ? grafana_parse_token(text, (size_t)n, ret_token, err)
                     : error_set_errno(err, errno, "could not be read");
    explicit_bzero(text, sizeof text);
    return ok;
}

static bool load_token(struct grafana *grafana, struct error *err)
{
    const char *file = grafana->site->grafana_token_file;
    grafana->token_path = site_secret_path(grafana->site, "grafana");
    grafana->token_file = file != NULL && file[0] != '\0' ? file : grafana->token_path;
    int fd = open(grafana->token_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        error_set_errno(err, errno, "could not open Grafana's token file \"%s\"",
                        grafana->token_file);
        return error_hint(err, "Make a token for a service account in Grafana (Administration, "
                               "Service accounts; role Admin) and put it there, mode 0600.");
    }
    bool ok = read_token(fd, grafana->token, err);
    close(fd);
    if (ok)
        return true;
    error_wrap(err, "Grafana's token file \"%s\"", grafana->token_file);
    return error_hint(err, "It holds one line, the token of a service account; \"chmod 600 %s\".",
                      grafana->token_file);
}

/* -- asking ------------------------------------------------------------------------------------ */

void grafana_answer_release(struct grafana_answer *answer)
{
    json_decref(answer->json);
    *answer = (struct grafana_answer){0, NULL};
}

bool grafana_ask(struct grafana *grafana, const char *method, const char *path, const json_t *body,
                 struct grafana_answer *ret_answer, struct error *err)
{
    CLEANUP(mem_free_string)
    char *url = mem_printf("%s%s", grafana->base, path);
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    CLEANUP(strbuf_release)
    struct strbuf answer = STRBUF_INIT;
    const struct http_call call = {
        .method = method,
        .url = url,
        .bearer = grafana->token,
        .body = text,
        .ca_file = grafana->site->grafana_ca_file,
        .timeout_ms = ANSWER_MS,
    };
    int status = 0;
    bool ok = http_call_now(&call, &status, &answer, err);
    free(text);
    if (!ok) {
        error_wrap(err, "Grafana at \"%s\"", grafana->base);
        return error_hint(err,
                          "Start it, or mend \"url\" (and \"ca_file\" for https) in section "
                          "\"grafana\" of %s/site.yaml, and apply again.",
                          grafana->site->state);
    }
    ret_answer->status = status;
    ret_answer->json = json_loadb(answer.text, answer.len, 0, NULL);
    return true;
}

/* Grafana's own words, for a message; malloc'd, "" when it has none. */
static char *words_of(const struct grafana_answer *answer)
{
    const char *message = json_string_value(json_object_get(answer->json, "message"));
    CLEANUP(mem_free_string)
    char *safe = str_disarm(message != NULL ? message : "");
    return mem_strndup(safe, str_fit(safe, WORDS_MAX));
}

static bool refused_token(const struct grafana *grafana, const char *what, int status,
                          const char *words, struct error *err)
{
    if (status == 401) {
        error_set(err, ERROR_AUTH, "Grafana at \"%s\" refuses the token (401)", grafana->base);
        error_hint(err,
                   "It may have expired or been deleted: make a new one for the service account "
                   "and put it into \"%s\".",
                   grafana->token_file);
    } else {
        error_set(err, ERROR_AUTH, "Grafana's token may not %s (403)", what);
        error_hint(err, "Give its service account the role Admin; Editor suffices once the data "
                        "source \"lectern-prometheus\" is there.");
    }
    return words[0] != '\0' ? error_detail(err, "Grafana says: %s", words) : false;
}

bool grafana_refused(const struct grafana *grafana, const char *what,
                     const struct grafana_answer *answer, struct error *err)
{
    int status = answer->status;
    CLEANUP(mem_free_string)
    char *words = words_of(answer);
    if (status == 401 || status == 403)
        return refused_token(grafana, what, status, words, err);
    error_set(err, status == 409 || status == 412 ? ERROR_EXISTS : ERROR_FAILED,
              "Grafana would not %s (%d)", what, status);
    if (words[0] != '\0')
        error_detail(err, "Grafana says: %s", words);
    if (status >= 300 && status < 400)
        return error_hint(err, "It sends elsewhere: write the address where it really is as \"url\""
                               " in section \"grafana\" of site.yaml.");
    if (status == 409 || status == 412)
        return error_hint(err, "Somebody changed it in the meantime, or has something of that name:"
                               " look at it there, and apply again.");
    if (status >= 500)
        return error_hint(err, "Look into its log, and apply again once it is well.");
    return error_hint(err, "Is \"%s\" a Grafana, version %d to %d?", grafana->base, GRAFANA_OLDEST,
                      GRAFANA_NEWEST);
}

/* -- the newer generation ---------------------------------------------------------------------- */

static const char *group_of(enum grafana_kind kind)
{
    return kind == GRAFANA_FOLDER ? "folder" : "dashboard";
}

char *grafana_new_path(const struct grafana *grafana, enum grafana_kind kind, const char *uid)
{
    const char *version =
        kind == GRAFANA_FOLDER ? grafana->folders_version : grafana->dashboards_version;
    CLEANUP(strbuf_release)
    struct strbuf path = STRBUF_INIT;
    strbuf_printf(&path, "/apis/%s.grafana.app/%s/namespaces/%s/%ss", group_of(kind), version,
                  grafana->namespace_name, group_of(kind));
    if (uid[0] != '\0') {
        strbuf_add_char(&path, '/');
        http_add_encoded(&path, uid);
    }
    return strbuf_detach(&path);
}

/* "default" for the first organisation, else "org-N".  A token that may not ask is most likely of
 * the first. */
static bool find_namespace(struct grafana *grafana, struct error *err)
{
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    if (grafana->namespace_name != NULL)
        return true;
    if (!grafana_ask(grafana, "GET", "/api/org", NULL, &answer, err))
        return false;
    if (answer.status == 401)
        return grafana_refused(grafana, "be asked", &answer, err);
    json_int_t id = json_integer_value(json_object_get(answer.json, "id"));
    grafana->namespace_name = answer.status == 200 && id > 1 ? mem_printf("org-%lld", (long long)id)
                                                             : mem_strdup("default");
    return true;
}

bool grafana_use_new(struct grafana *grafana, enum grafana_kind kind, struct error *err)
{
    static const char *const versions[] = {"v1", "v1beta1"};
    const char **version =
        kind == GRAFANA_FOLDER ? &grafana->folders_version : &grafana->dashboards_version;
    if (!find_namespace(grafana, err))
        return false;
    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        CLEANUP(grafana_answer_release)
        struct grafana_answer answer = {0, NULL};
        *version = versions[i];
        CLEANUP(mem_free_string)
        char *all = grafana_new_path(grafana, kind, "");
        CLEANUP(mem_free_string)
        char *path = mem_printf("%s?limit=1", all);
        if (!grafana_ask(grafana, "GET", path, NULL, &answer, err))
            return false;
        if (answer.status == 200) {
            *(kind == GRAFANA_FOLDER ? &grafana->new_folders : &grafana->new_dashboards) = true;
            return true;
        }
        if (!grafana_is_gone(answer.status))
            return grafana_refused(grafana, "list what is there", &answer, err);
    }
    error_set(err, ERROR_FAILED, "Grafana at \"%s\" serves %ss neither at /api nor at /apis",
              grafana->base, group_of(kind));
    return error_hint(err,
                      "lectern knows versions %d to %d: copy %s/grafana/dashboards there by "
                      "hand.",
                      GRAFANA_OLDEST, GRAFANA_NEWEST, grafana->site->state);
}

/* -- opening ----------------------------------------------------------------------------------- */

static bool check_health(struct grafana *grafana, struct error *err)
{
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    if (!grafana_ask(grafana, "GET", "/api/health", NULL, &answer, err))
        return false;
    const char *database = json_string_value(json_object_get(answer.json, "database"));
    const char *version = json_string_value(json_object_get(answer.json, "version"));
    if (answer.status != 200 || database == NULL)
        return grafana_refused(grafana, "tell how it is", &answer, err);
    grafana->major = version != NULL ? grafana_major(version) : 0;
    if (grafana->major == 0 || grafana->major >= GRAFANA_OLDEST)
        return true;
    error_set(err, ERROR_FAILED, "Grafana at \"%s\" is of version %d, which is too old",
              grafana->base, grafana->major);
    return error_hint(err, "It takes version %d to %d.", GRAFANA_OLDEST, GRAFANA_NEWEST);
}

/* A request that an older generation always answers tells whether it is still there. */
static bool find_generation(struct grafana *grafana, enum grafana_kind kind, struct error *err)
{
    CLEANUP(grafana_answer_release)
    struct grafana_answer answer = {0, NULL};
    const char *path = kind == GRAFANA_FOLDER ? "/api/folders?limit=1" : "/api/dashboards/tags";
    if (!grafana_ask(grafana, "GET", path, NULL, &answer, err))
        return false;
    if (answer.status == 200)
        return true;
    return grafana_is_gone(answer.status)
               ? grafana_use_new(grafana, kind, err)
               : grafana_refused(grafana, "list what is there", &answer, err);
}

bool grafana_open(struct grafana *grafana, const struct site *site, struct error *err)
{
    *grafana = (struct grafana){.site = site};
    if (!grafana_check_url("url", site->grafana_url, err))
        return false;
    size_t len = strlen(site->grafana_url);
    while (site->grafana_url[len - 1] == '/')
        len--;
    grafana->base = mem_strndup(site->grafana_url, len);
    return load_token(grafana, err) && check_health(grafana, err) &&
           find_generation(grafana, GRAFANA_FOLDER, err) &&
           find_generation(grafana, GRAFANA_DASHBOARD, err);
}

void grafana_close(struct grafana *grafana)
{
    free(grafana->base);
    free(grafana->token_path);
    free(grafana->namespace_name);
    explicit_bzero(grafana->token, sizeof grafana->token);
}
