/*
 * The turn: looks in, rounds out, results into the record.
 */
#include "probe/turn.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "io/pg.h"
#include "probe/feedback.h"
#include "probe/freeze.h"
#include "probe/hands.h"
#include "probe/measure.h"
#include "probe/needs.h"
#include "probe/queue.h"
#include "probe/reason.h"
#include "probe/record.h"
#include "probe/watch.h"

enum {
    SWEEP_MS = 60000,        /* nobody goes unmeasured for longer */
    REST_MS = 60000,         /* without a move for so long: the facts connection is closed */
    LOCK_GRACE_MS = 1200,    /* a lock that passes is not worth a word */
    FAILURE_GRACE_MS = 2000, /* nor is a connection that comes back */
    ABSENCE_GRACE_MS = 1000, /* nor a database that is renamed */
    AGAIN_MS = 400,          /* within the grace */
    AGAIN_LOCKED_MS = 2000,  /* behind it */
    AGAIN_FAILED_MS = 5000,
    AGAIN_PARTLY_MS = 10000,
    NEWS_MS = 3000,        /* news wait so long for a session that the watch has not seen yet */
    TELL_AGAIN_MS = 10000, /* a student's database that could not be told how his hand stands */
};

/* A reason of the queue's beside those of watch.h. */
enum { WHY_SWEEP = 8, WHY_AGAIN = 16, WHY_END = 32, WHY_TELL = 64 };

struct pupil {
    struct turn *turn;
    size_t index;
    struct measure *measure;
    bool looked;              /* the watch saw him at least once */
    int64_t moved_ms;         /* when something last moved */
    int64_t round_ms;         /* when the last round ended; 0: none yet */
    int64_t again_ms;         /* try again then; 0: no need */
    int64_t trouble_since_ms; /* since when something is unknown; 0: nothing is */
    int64_t sized_counters;   /* at the last asking for the size; -1: never */
    char *told;               /* the feedback that was written last; NULL: none */
    int64_t begun_us;         /* when the round that runs began, by the server's clock */
    bool anew;                /* nothing that is remembered holds for the next round */
    char *hand_told;          /* how his hand stands, likewise */
    char *news;               /* for those who listen in his database; NULL: nothing */
    int64_t news_ms;          /* since when it is news */
    int64_t tell_again_ms;    /* not before */
};

struct turn {
    struct loop *loop;
    struct turn_options options;
    struct measured_lab *lab;
    struct record record;
    struct needs *needs;
    struct hands *hands;
    int announced; /* the announcement that those who are here know of; 0: none, -1: not asked yet
                    */
    struct queue queue;
    struct freeze freeze;
    struct pupil *pupils;
    struct watch_row *looks; /* of each student, the last */
    size_t next_size;
    int64_t clock_offset_us; /* the server's clock minus ours */
};

static void start_rounds(struct turn *turn);
static void on_measured(const struct measure_result *result, void *data);
static void tell(struct pupil *pupil, int64_t now_ms);

struct turn *turn_new(struct loop *loop, const struct site *site,
                      const struct turn_options *options, struct measured_lab *lab)
{
    struct turn *turn = mem_alloc(sizeof(*turn));
    turn->loop = loop;
    turn->options = *options;
    turn->lab = lab;
    record_init(&turn->record);
    turn->needs = needs_new(lab);
    turn->hands = hands_new(lab);
    turn->announced = -1;
    queue_init(&turn->queue, lab->n_students, (size_t)options->probes);
    freeze_init(&turn->freeze, lab->n_students);
    turn->pupils = mem_alloc_array(lab->n_students + 1, sizeof(*turn->pupils));
    turn->looks = mem_alloc_array(lab->n_students + 1, sizeof(*turn->looks));
    for (size_t i = 0; i < lab->n_students; i++) {
        struct pupil *pupil = &turn->pupils[i];
        *pupil = (struct pupil){.turn = turn, .index = i, .sized_counters = -1};
        pupil->measure = measure_new(loop, site, &lab->checks, lab->students[i].login, lab->speed,
                                     on_measured, pupil);
    }
    return turn;
}

void turn_free(struct turn *turn)
{
    if (turn == NULL)
        return;
    for (size_t i = 0; i < turn->lab->n_students; i++) {
        measure_free(turn->pupils[i].measure);
        free(turn->pupils[i].told);
        free(turn->pupils[i].hand_told);
        free(turn->pupils[i].news);
    }
    free(turn->pupils);
    free(turn->looks);
    queue_release(&turn->queue);
    freeze_release(&turn->freeze);
    record_release(&turn->record);
    needs_free(turn->needs);
    hands_free(turn->hands);
    measured_lab_free(turn->lab);
    free(turn);
}

const struct measured_lab *turn_lab(const struct turn *turn)
{
    return turn->lab;
}

/* The server's time now, by the last look. */
static int64_t server_now_us(const struct turn *turn)
{
    return clock_utc_us() + turn->clock_offset_us;
}

/* -- rounds ------------------------------------------------------------------------------------ */

/* A word in the log when a student's database begins or ceases to be a trouble. */
static void log_trouble(const struct turn *turn, size_t index, const char *reason)
{
    const struct measured_student *student = &turn->lab->students[index];
    const char *before = student->reason;
    if (strcmp(reason_word(before), reason_word(reason)) == 0 &&
        (*before == '\0') == (*reason == '\0'))
        return;
    if (*reason != '\0')
        log_line(LOG_LEVEL_INFO, "student \"%s\": %s", student->login, reason);
    else if (*before != '\0')
        log_line(LOG_LEVEL_INFO, "student \"%s\": measured again", student->login);
}

static void publish_unknown(struct turn *turn, size_t index, const char *reason)
{
    log_trouble(turn, index, reason);
    record_unknown(turn->lab, index, reason, server_now_us(turn));
}

static void settle(struct pupil *pupil, int64_t at_us)
{
    freeze_settle(&pupil->turn->freeze, pupil->index, at_us);
}

static void take_scores(struct pupil *pupil, const struct measure_result *result, int64_t now_ms)
{
    struct turn *turn = pupil->turn;
    bool troubled = result->reason[0] != '\0';
    if (!troubled)
        pupil->trouble_since_ms = 0;
    else if (pupil->trouble_since_ms == 0)
        pupil->trouble_since_ms = now_ms;
    if (result->passing && now_ms - pupil->trouble_since_ms < LOCK_GRACE_MS &&
        turn->lab->students[pupil->index].probed_us != 0) {
        pupil->again_ms = now_ms + AGAIN_MS;
        return;
    }
    pupil->again_ms =
        !troubled ? 0 : now_ms + (result->passing ? AGAIN_LOCKED_MS : AGAIN_PARTLY_MS);
    settle(pupil, pupil->begun_us);
    log_trouble(turn, pupil->index, result->reason);
    record_measured(&turn->record, turn->lab, pupil->index, result->scores, result->reason,
                    server_now_us(turn));
    char *document = feedback_document(turn->lab, pupil->index);
    if (pupil->told == NULL || strcmp(pupil->told, document) != 0)
        measure_feedback(pupil->measure, document);
    free(pupil->told);
    pupil->told = document;
}

static void take_failure(struct pupil *pupil, const struct measure_result *result, int64_t now_ms)
{
    if (pupil->trouble_since_ms == 0)
        pupil->trouble_since_ms = now_ms;
    if (now_ms - pupil->trouble_since_ms < FAILURE_GRACE_MS) {
        pupil->again_ms = now_ms + AGAIN_MS;
        return;
    }
    pupil->again_ms = now_ms + AGAIN_FAILED_MS;
    settle(pupil, pupil->begun_us);
    publish_unknown(pupil->turn, pupil->index, result->reason);
}

static void on_measured(const struct measure_result *result, void *data)
{
    struct pupil *pupil = data;
    struct turn *turn = pupil->turn;
    struct measured_student *student = &turn->lab->students[pupil->index];
    int64_t now_ms = clock_monotonic_ms();
    queue_done(&turn->queue, pupil->index, now_ms);
    pupil->round_ms = now_ms;
    /* Gone while it was measured: the watch has said so, and what came of it is of no use. */
    if (turn->looks[pupil->index].absence == WATCH_PRESENT) {
        if (result->outcome == MEASURE_SCORED) {
            take_scores(pupil, result, now_ms);
        } else if (result->outcome == MEASURE_FAILED) {
            take_failure(pupil, result, now_ms);
        } else {
            pupil->trouble_since_ms = pupil->again_ms = 0;
            settle(pupil, pupil->begun_us);
            student->probed_us = server_now_us(turn);
            student->changed = true;
        }
    }
    if (result->due_ms >= 0 && (pupil->again_ms == 0 || now_ms + result->due_ms < pupil->again_ms))
        pupil->again_ms = now_ms + result->due_ms;
    tell(pupil, now_ms);
    /* Connections are for those who are here: a sweep over the class must not fill the server. */
    if (turn->looks[pupil->index].sessions == 0)
        measure_leave(pupil->measure);
    start_rounds(turn);
    turn->options.on_news(turn->options.data);
}

/* He said something: that goes on at once, whatever else the round brings. */
static int64_t on_hands(const PGresult *rows, void *data)
{
    struct pupil *pupil = data;
    struct turn *turn = pupil->turn;
    int64_t database_id = turn->looks[pupil->index].database_id;
    if (hands_rows(turn->hands, pupil->index, database_id, rows))
        turn->options.on_calls(turn->options.data);
    return hands_known_row(turn->hands, pupil->index, database_id);
}

/* In another database, and for the lesson's results, everything is read again. */
static void begin_round(struct pupil *pupil, unsigned why)
{
    struct turn *turn = pupil->turn;
    bool last = freeze_wants(&turn->freeze, pupil->index);
    if (pupil->anew || last) {
        measure_forget(pupil->measure);
        free(pupil->told);
        pupil->told = NULL;
        free(pupil->hand_told);
        pupil->hand_told = NULL;
        pupil->anew = false;
    }
    pupil->begun_us = server_now_us(turn);
    measure_hands(
        pupil->measure, on_hands,
        hands_known_row(turn->hands, pupil->index, turn->looks[pupil->index].database_id));
    measure_start(pupil->measure, turn->looks[pupil->index].database_id,
                  last || (why & WATCH_SESSION) != 0);
}

static void start_rounds(struct turn *turn)
{
    unsigned why;
    int index;
    while ((index = queue_take(&turn->queue, clock_monotonic_ms(), &why)) >= 0) {
        struct pupil *pupil = &turn->pupils[index];
        if (turn->looks[index].absence != WATCH_PRESENT) {
            queue_done(&turn->queue, (size_t)index, clock_monotonic_ms());
            continue;
        }
        pupil->again_ms = 0;
        begin_round(pupil, why);
    }
}

/* -- looks ------------------------------------------------------------------------------------- */

static void absent(struct turn *turn, struct pupil *pupil, const struct watch_row *row,
                   int64_t now_ms)
{
    /* What comes in its place may look the same: a copy of the template has its marks. */
    if (!measure_is_busy(pupil->measure))
        measure_forget(pupil->measure);
    pupil->again_ms = 0;
    if (pupil->trouble_since_ms == 0)
        pupil->trouble_since_ms = now_ms;
    if (row->absence == WATCH_ASIDE) {
        settle(pupil, server_now_us(turn));
        record_kept(turn->lab, pupil->index, "closed: the database is put aside for another lab");
        return;
    }
    /* While it is made, renamed or put back it is away for a moment. */
    if (now_ms - pupil->trouble_since_ms < ABSENCE_GRACE_MS)
        return;
    settle(pupil, server_now_us(turn));
    publish_unknown(turn, pupil->index,
                    row->absence == WATCH_GONE ? "gone: the database does not exist"
                                               : "closed: the database takes no connections");
}

static void look_at(struct turn *turn, struct pupil *pupil, const struct watch_row *row,
                    int64_t now_ms)
{
    struct watch_row *last = &turn->looks[pupil->index];
    unsigned why = pupil->looked ? watch_moved(last, row) : WATCH_PLACE;
    *last = *row;
    record_watched(turn->lab, pupil->index, row);
    if (row->absence != WATCH_PRESENT) {
        absent(turn, pupil, row, now_ms);
        pupil->looked = true;
        return;
    }
    pupil->anew |= pupil->looked && (why & WATCH_PLACE) != 0;
    if (why != 0)
        pupil->moved_ms = now_ms;
    else if (freeze_asks(&turn->freeze, pupil->index))
        why = WHY_END;
    else if (pupil->again_ms != 0 && now_ms >= pupil->again_ms)
        why = WHY_AGAIN;
    else if (pupil->round_ms != 0 && now_ms - pupil->round_ms >= SWEEP_MS)
        why = WHY_SWEEP;
    /* At the start those who are here come first. */
    if (why != 0)
        queue_add(&turn->queue, pupil->index, why,
                  !pupil->looked && row->sessions == 0 ? now_ms + 1 : now_ms);
    pupil->looked = true;
}

/* Close connections that nobody needs, and the longest unused ones above the limit. */
static void rest_idle(struct turn *turn, int64_t now_ms)
{
    int open = 0;
    struct pupil *idlest = NULL;
    for (size_t i = 0; i < turn->lab->n_students; i++) {
        struct pupil *pupil = &turn->pupils[i];
        if (!measure_is_connected(pupil->measure) || measure_is_busy(pupil->measure))
            continue;
        if (turn->looks[i].sessions == 0 || now_ms - pupil->moved_ms >= REST_MS) {
            measure_rest(pupil->measure);
            continue;
        }
        open++;
        if (idlest == NULL || pupil->moved_ms < idlest->moved_ms)
            idlest = pupil;
    }
    if (open > turn->options.connections)
        measure_rest(idlest->measure);
}

bool turn_watched(struct turn *turn, const PGresult *result, int64_t now_us)
{
    int64_t now_ms = clock_monotonic_ms();
    bool called = false;
    if ((size_t)PQntuples(result) != turn->lab->n_students)
        return false;
    turn->clock_offset_us = now_us - clock_utc_us();
    for (size_t i = 0; i < turn->lab->n_students; i++) {
        struct watch_row row;
        watch_read(result, (int)i, &row);
        if (row.student_id != turn->lab->students[i].student_id)
            return false;
        watch_keep_open(&turn->looks[i], &row);
        look_at(turn, &turn->pupils[i], &row, now_ms);
        called |= hands_seen(turn->hands, i, pg_value(result, (int)i, "call"),
                             strtoll(pg_value(result, (int)i, "called_us"), NULL, 10));
    }
    if (called)
        turn->options.on_calls(turn->options.data);
    rest_idle(turn, now_ms);
    start_rounds(turn);
    return true;
}

/* -- the end of a lesson ------------------------------------------------------------------------
 */

void turn_ended(struct turn *turn, int lesson_id, int64_t ended_us)
{
    freeze_watch(&turn->freeze, lesson_id, ended_us, clock_monotonic_ms());
}

bool turn_results_are_due(const struct turn *turn)
{
    return freeze_is_due(&turn->freeze, clock_monotonic_ms());
}

/* -- hands ------------------------------------------------------------------------------------- */

json_t *turn_calls(struct turn *turn)
{
    return hands_take_calls(turn->hands);
}

void turn_heard(struct turn *turn, size_t student, const char *sqlstate, const char *text,
                int64_t at_us)
{
    if (hands_heard(turn->hands, student, sqlstate, text, at_us))
        turn->options.on_calls(turn->options.data);
}

static void drop_news(struct pupil *pupil)
{
    free(pupil->news);
    pupil->news = NULL;
}

/* Tell the student's database how his hand stands, and whoever listens there the news. */
static void tell(struct pupil *pupil, int64_t now_ms)
{
    struct turn *turn = pupil->turn;
    const char *document = hands_document(turn->hands, pupil->index);
    if (measure_tell_failed(pupil->measure)) { /* made by an older template, or locked */
        mem_free_string(&pupil->hand_told);
        pupil->hand_told = NULL;
        pupil->tell_again_ms = now_ms + TELL_AGAIN_MS;
    }
    bool due =
        document != NULL && (pupil->hand_told == NULL || strcmp(pupil->hand_told, document) != 0);
    bool here = turn->looks[pupil->index].sessions > 0;
    if (!here && pupil->news != NULL && now_ms - pupil->news_ms > NEWS_MS)
        drop_news(pupil); /* who comes later reads the board */
    const char *news = here ? pupil->news : NULL;
    if ((!due && news == NULL) || now_ms < pupil->tell_again_ms ||
        turn->looks[pupil->index].absence != WATCH_PRESENT || !pupil->looked)
        return;
    if (!measure_tell(pupil->measure, due ? document : NULL, news)) {
        if (!measure_is_busy(pupil->measure)) /* else the round's end comes here again */
            queue_add(&turn->queue, pupil->index, WHY_TELL, now_ms);
        return;
    }
    if (news != NULL)
        drop_news(pupil);
    if (!due)
        return;
    free(pupil->hand_told);
    pupil->hand_told = mem_strdup(document);
}

static void on_standing(size_t student, const struct hand_standing *before,
                        const struct hand_standing *now, void *data)
{
    struct turn *turn = data;
    needs_hand(turn->needs, student, now->is_up ? now->raised_us : 0, now->helped);
    if (before->is_up && now->helped > before->helped)
        needs_helped(turn->needs, student);
}

void turn_hands(struct turn *turn, const PGresult *result)
{
    int64_t now_ms = clock_monotonic_ms();
    hands_look(turn->hands, result, on_standing, turn);
    for (size_t i = 0; i < turn->lab->n_students; i++)
        tell(&turn->pupils[i], now_ms);
    start_rounds(turn);
}

void turn_announced(struct turn *turn, int announcement_id, const char *text)
{
    bool news = turn->announced >= 0 && announcement_id != turn->announced && announcement_id > 0;
    turn->announced = announcement_id;
    for (size_t i = 0; news && i < turn->lab->n_students; i++) {
        drop_news(&turn->pupils[i]);
        turn->pupils[i].news = mem_printf("announcement: %s", text);
        turn->pupils[i].news_ms = clock_monotonic_ms();
    }
}

/* -- the server's log -------------------------------------------------------------------------- */

void turn_error(struct turn *turn, size_t student, const char *sqlstate, const char *message,
                int64_t at_us)
{
    /* A session may come and go between two looks; its error tells of it. */
    record_acted(turn->lab, student, at_us);
    needs_error(turn->needs, student, sqlstate, message, at_us);
}

void turn_login_failed(struct turn *turn, size_t student, int64_t at_us)
{
    needs_login_failed(turn->needs, student, at_us);
}

void turn_logged_in(struct turn *turn, size_t student, int64_t at_us)
{
    record_acted(turn->lab, student, at_us);
    needs_logged_in(turn->needs, student);
}

int64_t turn_logged_in_us(const struct turn *turn, size_t student)
{
    return turn->looks[student].began_us;
}

/* -- what is to be recorded -------------------------------------------------------------------- */

bool turn_is_due(const struct turn *turn)
{
    return record_is_due(&turn->record, turn->lab);
}

char *turn_document(struct turn *turn, bool last)
{
    int64_t now_us = server_now_us(turn);
    struct record *record = &turn->record;
    needs_judge(turn->needs, turn->looks, now_us);
    json_t *lacks = needs_lacks(turn->needs, now_us);
    json_t *memory = needs_memory(turn->needs, now_us, last);
    if (lacks != NULL) {
        json_decref(record->lacks);
        record->lacks = lacks;
    }
    if (memory != NULL) {
        json_decref(record->memory);
        record->memory = memory;
    }
    return record_take(record, turn->lab);
}

void turn_lesson(struct turn *turn, const char *text)
{
    needs_lesson(turn->needs, text);
}

int turn_next_size(struct turn *turn)
{
    for (size_t step = 0; step < turn->lab->n_students; step++) {
        size_t i = turn->next_size++ % turn->lab->n_students;
        const struct watch_row *look = &turn->looks[i];
        if (!turn->pupils[i].looked || look->absence != WATCH_PRESENT ||
            turn->pupils[i].sized_counters == look->counters)
            continue;
        turn->pupils[i].sized_counters = look->counters;
        return (int)i;
    }
    return -1;
}

void turn_sized(struct turn *turn, int student, int64_t bytes)
{
    struct measured_student *s = &turn->lab->students[student];
    if (s->bytes == bytes)
        return;
    s->bytes = bytes;
    s->changed = true;
}
