/*
 * Hands: calls in, standings out.
 */
#include "probe/hands.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/pg.h"
#include "probe/hand_call.h"

#define IN_FAILED_TRANSACTION "25P02"

enum { SAME_CALL_US = 1000000 }; /* that both the log and the watch tell of */

struct pupil_hand {
    int64_t heard_us; /* of the last call that is recorded or on its way */
    int64_t database_id, row;
    struct hand_standing standing;
    char *message;  /* owns standing.message */
    char *document; /* NULL: nothing was ever said */
};

struct hands {
    const struct measured_lab *lab;
    struct pupil_hand *pupils;
    json_t *calls;
};

struct hands *hands_new(const struct measured_lab *lab)
{
    struct hands *hands = mem_alloc(sizeof(*hands));
    hands->lab = lab;
    hands->pupils = mem_alloc_array(lab->n_students + 1, sizeof(*hands->pupils));
    for (size_t i = 0; i < lab->n_students; i++)
        hands->pupils[i].standing.message = "";
    hands->calls = json_array();
    return hands;
}

void hands_free(struct hands *hands)
{
    if (hands == NULL)
        return;
    for (size_t i = 0; i < hands->lab->n_students; i++) {
        free(hands->pupils[i].message);
        free(hands->pupils[i].document);
    }
    free(hands->pupils);
    json_decref(hands->calls);
    free(hands);
}

/* -- calls ------------------------------------------------------------------------------------- */

json_t *hands_take_calls(struct hands *hands)
{
    if (json_array_size(hands->calls) == 0)
        return NULL;
    json_t *calls = hands->calls;
    hands->calls = json_array();
    return calls;
}

static json_t *number_or_null(int64_t value)
{
    return value == 0 ? json_null() : json_integer(value);
}

/* `database_id` and `row` 0: it is no row yet. */
static void add_call(struct hands *hands, size_t student, enum hand_call_kind kind,
                     const char *message, int64_t said_us, int64_t database_id, int64_t row)
{
    json_array_append_new(hands->calls,
                          json_pack("{s:i, s:s, s:I, s:s, s:o, s:o}", "student",
                                    hands->lab->students[student].student_id, "kind",
                                    hand_call_name(kind), "said", (json_int_t)said_us, "message",
                                    message, "oid", number_or_null(database_id), "source",
                                    number_or_null(row)));
    if (said_us > hands->pupils[student].heard_us)
        hands->pupils[student].heard_us = said_us;
}

bool hands_seen(struct hands *hands, size_t student, const char *query, int64_t at_us)
{
    struct hand_call call;
    /* The watch shows it again and again while the transaction stays open. */
    if (query == NULL || at_us <= hands->pupils[student].heard_us || !hand_call_parse(query, &call))
        return false;
    add_call(hands, student, call.kind, call.message, at_us, 0, 0);
    free(call.message);
    return true;
}

bool hands_heard(struct hands *hands, size_t student, const char *sqlstate, const char *text,
                 int64_t at_us)
{
    /* The log's time is whole milliseconds, a little behind the statement's begin. */
    int64_t said_us = at_us + 1000;
    if (strcmp(sqlstate, IN_FAILED_TRANSACTION) != 0 || text == NULL ||
        said_us - hands->pupils[student].heard_us < SAME_CALL_US)
        return false;
    return hands_seen(hands, student, text, said_us);
}

int64_t hands_known_row(const struct hands *hands, size_t student, int64_t database_id)
{
    const struct pupil_hand *pupil = &hands->pupils[student];
    return pupil->database_id == database_id ? pupil->row : 0;
}

bool hands_rows(struct hands *hands, size_t student, int64_t database_id, const PGresult *rows)
{
    struct pupil_hand *pupil = &hands->pupils[student];
    int n = PQntuples(rows);
    for (int i = 0; i < n; i++) {
        const char *kind = pg_value(rows, i, "kind");
        int64_t row = strtoll(pg_value(rows, i, "hand_id"), NULL, 10);
        CLEANUP(mem_free_string)
        char *message = hand_call_words(pg_value(rows, i, "message"));
        add_call(hands, student,
                 strcmp(kind, hand_call_name(HAND_THANKS)) == 0 ? HAND_THANKS : HAND_HELP, message,
                 strtoll(pg_value(rows, i, "said_us"), NULL, 10), database_id, row);
        pupil->database_id = database_id;
        pupil->row = row;
    }
    return n > 0;
}

/* -- the queue --------------------------------------------------------------------------------- */

static char *make_document(const PGresult *rows, int row)
{
    json_t *document = json_pack(
        "{s:I, s:s, s:o, s:I, s:s, s:s, s:i, s:i}", "heard",
        (json_int_t)pg_whole(rows, row, "heard_us", 0), "state", pg_value(rows, row, "state"),
        "place", number_or_null(pg_whole(rows, row, "place", 0)), "raised",
        (json_int_t)pg_whole(rows, row, "raised_us", 0), "message", pg_value(rows, row, "message"),
        "helper", pg_value(rows, row, "helper"), "not_found",
        (int)pg_whole(rows, row, "not_found", 0), "helped_today",
        (int)pg_whole(rows, row, "helped", 0));
    char *text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    return text;
}

static void take_row(struct pupil_hand *pupil, const PGresult *rows, int row)
{
    int64_t heard_us = pg_whole(rows, row, "heard_us", 0);
    int64_t database_id = pg_whole(rows, row, "database_id", 0),
            id = pg_whole(rows, row, "source_id", 0);
    if (heard_us > pupil->heard_us)
        pupil->heard_us = heard_us;
    if (pupil->database_id == 0 || (pupil->database_id == database_id && id > pupil->row)) {
        pupil->database_id = database_id;
        pupil->row = id;
    }
    free(pupil->message);
    pupil->message = mem_strdup(pg_value(rows, row, "message"));
    pupil->standing = (struct hand_standing){
        .is_up = pg_value(rows, row, "state")[0] != '\0',
        .raised_us = pg_whole(rows, row, "raised_us", 0),
        .message = pupil->message,
        .helped = (int)pg_whole(rows, row, "helped", 0),
    };
}

void hands_look(struct hands *hands, const PGresult *rows,
                void (*on_change)(size_t student, const struct hand_standing *before,
                                  const struct hand_standing *now, void *data),
                void *data)
{
    size_t student = 0;
    for (int i = 0; i < PQntuples(rows); i++) {
        int id = (int)pg_whole(rows, i, "student_id", 0);
        while (student < hands->lab->n_students && hands->lab->students[student].student_id != id)
            student++;
        if (student == hands->lab->n_students) /* an apply came in between */
            return;
        struct pupil_hand *pupil = &hands->pupils[student];
        char *document = make_document(rows, i);
        if (pupil->document != NULL && strcmp(pupil->document, document) == 0) {
            free(document);
            continue;
        }
        free(pupil->document);
        pupil->document = document;
        struct hand_standing before = pupil->standing;
        CLEANUP(mem_free_string)
        char *message = mem_strdup(before.message);
        before.message = message;
        take_row(pupil, rows, i);
        on_change(student, &before, &pupil->standing, data);
    }
}

const char *hands_document(const struct hands *hands, size_t student)
{
    return hands->pupils[student].document;
}
