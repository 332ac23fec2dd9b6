/*
 * lectern hands: who waits for help, and what the helpers do about it.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "command/act.h"
#include "command/class.h"
#include "command/commands.h"
#include "control/hands.h"

enum { NAME_MAX_CHARACTERS = 60, NOTE_MAX_CHARACTERS = 500, MESSAGE_COLUMNS = 60 };

struct hands_request {
    char *lab, *by;
    const char *login; /* NULL: list */
    enum hand_act act;
    const char *note;
    bool json;
};

/* -- the list ---------------------------------------------------------------------------------- */

static json_t *hand_json(const struct hand_row *hand)
{
    json_t *o = json_object();
    json_object_set_new(o, "place", hand->place > 0 ? json_integer(hand->place) : json_null());
    json_object_set_new(o, "login", json_string(hand->login));
    json_object_set_new(o, "name", json_string(hand->name));
    json_object_set_new(o, "seat", json_string(hand->seat));
    json_object_set_new(o, "state", json_string(hand->state));
    json_object_set_new(o, "helper", json_string(hand->helper));
    json_object_set_new(o, "message", json_string(hand->message));
    json_object_set_new(o, "raised_at", act_moment(hand->raised_us));
    json_object_set_new(o, "claimed_at", act_moment(hand->claimed_us));
    json_object_set_new(o, "resolved_at", act_moment(hand->resolved_us));
    json_object_set_new(o, "waiting_seconds", json_integer((json_int_t)hand->waiting_s));
    json_object_set_new(o, "not_found", json_integer(hand->not_found));
    json_object_set_new(o, "helped_today", json_integer(hand->helped_today));
    json_object_set_new(o, "outcome", json_string(hand->outcome));
    json_object_set_new(o, "note", json_string(hand->note));
    return o;
}

static bool is_up(const struct hand_row *hand)
{
    return hand->resolved_us == 0;
}

static bool was_helped(const struct hand_row *hand)
{
    return strcmp(hand->outcome, "helped") == 0 ||
           (strcmp(hand->outcome, "thanks") == 0 && hand->helper[0] != '\0');
}

static json_t *list_json(const char *lab, const struct hand_row *rows, size_t n)
{
    json_t *hands = json_array(), *resolved = json_array();
    int helped = 0;
    for (size_t i = 0; i < n; i++) {
        json_array_append_new(is_up(&rows[i]) ? hands : resolved, hand_json(&rows[i]));
        helped += was_helped(&rows[i]);
    }
    return json_pack("{s:s, s:o, s:o, s:i}", "lab", lab, "hands", hands, "resolved_today", resolved,
                     "helped_today", helped);
}

static void add_cell(struct strbuf *out, const char *text, int columns)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    size_t len = str_fit(safe, columns);
    safe[len] = '\0';
    strbuf_printf(out, "%s%*s  ", safe, columns - str_width(safe), "");
}

static char *state_words(const struct hand_row *hand)
{
    if (strcmp(hand->state, "claimed") == 0)
        return mem_printf("%s comes", hand->helper);
    if (hand->not_found > 0 && strcmp(hand->state, "paused") == 0)
        return mem_strdup("not found");
    if (hand->helper[0] != '\0') /* without an outcome: the lesson's end came first */
        return mem_printf("%s: %s", hand->outcome[0] != '\0' ? hand->outcome : "over",
                          hand->helper);
    return mem_strdup(is_up(hand) ? hand->state : hand->outcome);
}

static void print_hand(const struct hand_row *hand)
{
    CLEANUP(strbuf_release)
    struct strbuf line = STRBUF_INIT, span = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *state = state_words(hand);
    CLEANUP(mem_free_string)
    char *message = str_disarm(hand->message);
    CLEANUP(mem_free_string)
    char *note = str_disarm(hand->note);
    message[str_fit(message, MESSAGE_COLUMNS)] = '\0';
    clock_format_span(hand->waiting_s, &span);
    if (hand->place > 0)
        strbuf_printf(&line, "%3d  ", hand->place);
    else
        strbuf_add_string(&line, "     ");
    add_cell(&line, hand->login, 12);
    add_cell(&line, hand->name, 20);
    add_cell(&line, hand->seat, 5);
    add_cell(&line, span.text, 10);
    add_cell(&line, state, 20);
    strbuf_add_string(&line, message);
    if (*note != '\0')
        strbuf_printf(&line, "%s(%s)", *message != '\0' ? "  " : "", note);
    while (line.len > 0 && line.text[line.len - 1] == ' ')
        strbuf_truncate(&line, line.len - 1);
    printf("%s\n", line.text);
}

static void print_list(const struct hand_row *rows, size_t n)
{
    size_t up = 0, helped = 0;
    for (size_t i = 0; i < n; i++)
        up += is_up(&rows[i]);
    if (up == 0)
        printf("no hand is up\n");
    for (size_t i = 0; i < n; i++) {
        if (i == up)
            printf("%sresolved today\n", up > 0 ? "\n" : "");
        print_hand(&rows[i]);
        helped += was_helped(&rows[i]);
    }
    if (n > up)
        printf("helped today: %zu\n", helped);
}

static bool list(PGconn *conn, const struct hands_request *request, json_t **ret_document,
                 struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct hand_row *rows;
    size_t n;
    if (!control_list_hands(conn, &arena, request->lab, true, &rows, &n, err))
        return false;
    *ret_document = list_json(request->lab, rows, n);
    if (!request->json)
        print_list(rows, n);
    return true;
}

/* -- acts -------------------------------------------------------------------------------------- */

static void print_act(const struct hands_request *request, const struct hand_row *hand)
{
    CLEANUP(mem_free_string)
    char *helper = str_disarm(hand->helper);
    switch (request->act) {
    case HAND_CLAIM:
        printf("%s comes to \"%s\"\n", helper, hand->login);
        break;
    case HAND_PAUSE:
        printf("the hand of \"%s\" is put off, its place is kept\n", hand->login);
        break;
    case HAND_RESUME:
        printf("the hand of \"%s\" waits again\n", hand->login);
        break;
    case HAND_NOT_FOUND:
        printf(hand->outcome[0] == '\0'
                   ? "\"%s\" was not found: told so, the place is kept until a new call\n"
                   : "\"%s\" was not found again: the hand is down\n",
               hand->login);
        break;
    case HAND_RESOLVE:
        printf("\"%s\" is helped by %s\n", hand->login, helper);
        break;
    default:
        printf("the hand of \"%s\" is withdrawn\n", hand->login);
        break;
    }
}

static bool act(PGconn *conn, const struct hands_request *request, json_t **ret_document,
                struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct hand_row hand;
    if (!control_act_on_hand(conn, &arena, request->lab, request->login, request->act, request->by,
                             request->note != NULL ? request->note : "", &hand, err))
        return false;
    *ret_document = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "lab", request->lab, "login",
                              hand.login, "act", hand_act_name(request->act), "by", request->by,
                              "state", hand.state, "helper", hand.helper, "outcome", hand.outcome);
    if (!request->json)
        print_act(request, &hand);
    return true;
}

/* -- the command ------------------------------------------------------------------------------- */

static int carry_out(struct hands_request *request, const char *lab)
{
    struct error err = ERROR_INIT;
    struct site site;
    PGconn *conn = NULL;
    json_t *document = NULL;
    if (command_load_site(&site, &err)) {
        if (command_resolve_lab(&site, lab, &request->lab, &err) &&
            class_connect(&site, &conn, &err))
            request->login != NULL ? act(conn, request, &document, &err)
                                   : list(conn, request, &document, &err);
        PQfinish(conn);
        site_release(&site);
    }
    int status = act_answer(&command_hands, request->json, document, &err);
    free(request->lab);
    free(request->by);
    return status;
}

static int run(int argc, char **argv)
{
    struct hands_request request = {0};
    const char *by = NULL;
    const struct option_spec options[] = {
        {"by", OPTION_STRING, &by, "NAME", "who helps (default: your login)"},
        {"note", OPTION_STRING, &request.note, "TEXT", "what to keep about it"},
        {"json", OPTION_FLAG, &request.json, NULL, "print as JSON"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_hands, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 3)
        return command_usage(&command_hands, "it takes a lab, what to do and a login");
    bool acts = argc >= 2;
    enum hand_act last;
    if (argc >= 1 && hand_act_parse(argv[argc - 1], &last) &&
        (argc == 1 || !hand_act_parse(argv[argc - 2], &request.act)))
        return command_usage(&command_hands, "whom to \"%s\"? It takes a login", argv[argc - 1]);
    if (acts && !hand_act_parse(argv[argc - 2], &request.act))
        return command_usage(&command_hands,
                             "there is no \"%s\"; there are \"claim\", \"pause\", \"resume\", "
                             "\"not-found\", \"resolve\" and \"withdraw\"",
                             argv[argc - 2]);
    if (!acts && (by != NULL || request.note != NULL))
        return command_usage(&command_hands, "options \"--by\" and \"--note\" are for acts");
    if (by != NULL && (by[0] == '\0' || str_fit(by, NAME_MAX_CHARACTERS) < strlen(by)))
        return command_usage(&command_hands, "option \"--by\" takes a short name");
    if (request.note != NULL && str_fit(request.note, NOTE_MAX_CHARACTERS) < strlen(request.note))
        return command_usage(&command_hands, "a note has at most %d characters",
                             NOTE_MAX_CHARACTERS);
    request.login = acts ? argv[argc - 1] : NULL;
    request.by = by != NULL ? mem_strdup(by) : act_actor();
    return carry_out(&request, argc == 3 || argc == 1 ? argv[0] : NULL);
}

const struct command command_hands = {
    .name = "hands",
    .arguments = "[LAB] [claim|pause|resume|not-found|resolve|withdraw LOGIN]",
    .summary = "who waits for help, and helping",
    .help =
        "Without an act lists the hands that are up, in the order in which to help: who was not\n"
        "helped yet today ahead, then by waiting time; then those of today that are resolved.\n"
        "claim      you come; who claims it after you is told so\n"
        "pause      put it off; its place is kept\n"
        "resume     back to the queue, paused or claimed\n"
        "not-found  you came and nobody sat there: the student is told, the place is kept until\n"
        "           the next call; the second time the hand goes down\n"
        "resolve    helped\n"
        "withdraw   it needs nobody any more\n"
        "Students raise a hand in their own client, SELECT lectern.help('which key?'); and take it "
        "down\nwith SELECT lectern.thanks(); their place is in SELECT * FROM lectern.queue;.",
    .run = run,
};
