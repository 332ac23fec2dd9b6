/*
 * lectern announce: a word to the whole class, in the console's header, in every student's
 * lectern.board, and in psql at the next prompt.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/yaml.h"
#include "command/act.h"
#include "command/class.h"
#include "command/commands.h"
#include "control/hands.h"

enum { SPAN_MAX_S = 24 * 3600 };

struct announce_request {
    char *lab, *by;
    const char *text; /* NULL: list */
    int64_t until_us; /* 0: none */
    bool end, json;
};

static void print_rows(const struct announcement_row *rows, size_t n)
{
    if (n == 0)
        printf("nothing is announced\n");
    for (size_t i = 0; i < n; i++) {
        CLEANUP(mem_free_string)
        char *text = str_disarm(rows[i].text);
        CLEANUP(mem_free_string)
        char *actor = str_disarm(rows[i].actor);
        char until[24] = "";
        time_t at = (time_t)(rows[i].until_us / 1000000);
        struct tm local;
        if (at != 0 && localtime_r(&at, &local) != NULL)
            strftime(until, sizeof until, ", until %H:%M", &local);
        printf("%s  (%s%s)\n", text, actor, until);
    }
}

static bool list(PGconn *conn, const struct announce_request *request, json_t **ret_document,
                 struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct announcement_row *rows;
    size_t n;
    if (!control_list_announcements(conn, &arena, request->lab, &rows, &n, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o}", "text", rows[i].text, "by",
                                              rows[i].actor, "made_at", act_moment(rows[i].made_us),
                                              "until", act_moment(rows[i].until_us)));
    *ret_document = json_pack("{s:s, s:o}", "lab", request->lab, "announcements", list);
    if (!request->json)
        print_rows(rows, n);
    return true;
}

static bool end(PGconn *conn, const struct announce_request *request, json_t **ret_document,
                struct error *err)
{
    size_t ended = 0;
    if (!control_end_announcements(conn, request->lab, request->by, &ended, err))
        return false;
    *ret_document = json_pack("{s:s, s:I}", "lab", request->lab, "ended", (json_int_t)ended);
    if (!request->json)
        printf(ended == 0 ? "nothing was announced\n" : "ended %zu announcement%s\n", ended,
               ended == 1 ? "" : "s");
    return true;
}

static bool announce(PGconn *conn, const struct announce_request *request, json_t **ret_document,
                     struct error *err)
{
    if (!control_announce(conn, request->lab, request->text, request->until_us, request->by, err))
        return false;
    *ret_document = json_pack("{s:s, s:s, s:o}", "lab", request->lab, "text", request->text,
                              "until", act_moment(request->until_us));
    if (!request->json)
        printf("announced to the class of \"%s\"\n", request->lab);
    return true;
}

static int carry_out(struct announce_request *request, const char *lab)
{
    struct error err = ERROR_INIT;
    struct site site;
    PGconn *conn = NULL;
    json_t *document = NULL;
    if (command_load_site(&site, &err)) {
        if (command_resolve_lab(&site, lab, &request->lab, &err) &&
            class_connect(&site, &conn, &err)) {
            if (request->end)
                end(conn, request, &document, &err);
            else if (request->text != NULL)
                announce(conn, request, &document, &err);
            else
                list(conn, request, &document, &err);
        }
        PQfinish(conn);
        site_release(&site);
    }
    int status = act_answer(&command_announce, request->json, document, &err);
    free(request->lab);
    free(request->by);
    return status;
}

/* "11:30", today by this machine's clock, or "20min" from now. */
static bool read_until(const char *text, int64_t *ret_us)
{
    double seconds;
    int hour, minute, end = 0;
    int64_t now_us = clock_utc_us();
    if (sscanf(text, "%2d:%2d%n", &hour, &minute, &end) == 2 && text[end] == '\0' && hour >= 0 &&
        hour < 24 && minute >= 0 && minute < 60) {
        time_t now = (time_t)(now_us / 1000000);
        struct tm local;
        if (localtime_r(&now, &local) == NULL)
            return false;
        local.tm_hour = hour;
        local.tm_min = minute;
        local.tm_sec = 0;
        local.tm_isdst = -1;
        *ret_us = (int64_t)mktime(&local) * 1000000;
        return *ret_us > now_us;
    }
    if (!yaml_seconds(text, &seconds) || seconds < 1 || seconds > SPAN_MAX_S)
        return false;
    *ret_us = now_us + (int64_t)(seconds * 1e6);
    return true;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static size_t characters(const char *text)
{
    size_t n = 0, len = strlen(text);
    for (uint32_t code; len > 0; n++) {
        size_t used = utf8_decode(text, len, &code);
        text += used;
        len -= used;
    }
    return n;
}

static int run(int argc, char **argv)
{
    struct announce_request request = {0};
    const char *until = NULL;
    const struct option_spec options[] = {
        {"until", OPTION_STRING, &until, "TIME", "it ends then: 11:30, or after 20min"},
        {"end", OPTION_FLAG, &request.end, NULL, "end what is announced"},
        {"json", OPTION_FLAG, &request.json, NULL, "print as JSON"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_announce, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > (request.end ? 1 : 2))
        return command_usage(&command_announce, request.end
                                                    ? "--end takes at most a lab"
                                                    : "it takes a lab and a text; quote the text");
    request.text = request.end || argc == 0 ? NULL : argv[argc - 1];
    if (until != NULL && request.text == NULL)
        return command_usage(&command_announce, "option \"--until\" is for a new announcement");
    if (until != NULL && !read_until(until, &request.until_us))
        return command_usage(&command_announce,
                             "option \"--until\" takes a time to come today, as 11:30, or a "
                             "duration, as 20min; not \"%s\"",
                             until);
    if (request.text != NULL &&
        (is_blank(request.text) || !utf8_valid(request.text, strlen(request.text)) ||
         characters(request.text) > ANNOUNCEMENT_MAX))
        return command_usage(&command_announce, "an announcement has 1 to %d characters",
                             ANNOUNCEMENT_MAX);
    request.by = act_actor();
    bool lab = request.end ? argc == 1 : argc == 2;
    return carry_out(&request, lab ? argv[0] : NULL);
}

const struct command command_announce = {
    .name = "announce",
    .arguments = "[[LAB] TEXT]",
    .summary = "a word to the whole class",
    .help = "The text stands in the console's header and in every student's SELECT * FROM "
            "lectern.board;,\nand psql with the hand-out's psqlrc says it at the next prompt.  It "
            "ends at the time of\n--until, with the lesson, or by --end.  Without a text: what is "
            "announced now.",
    .run = run,
};
