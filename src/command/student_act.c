/*
 * What is done to one student: the database exchanged and back, sessions ended, the login opened,
 * more time, a note.
 */
#include "command/student_act.h"

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
#include "control/lesson.h"
#include "provision/provision.h"

enum { EXTRA_MAX_MIN = 24 * 60, NOTE_MAX = 2000 };

struct doing {
    const struct student_act *act;
    const struct site *site;
    const char *lab; /* its name */
    char *actor;
    struct arena arena;
    json_t *answer;       /* what is to be told of it */
    struct strbuf spoken; /* the same in words */
};

/* -- the database ------------------------------------------------------------------------------ */

static void tell_swap(struct doing *d, const struct provision_swap *swap)
{
    json_object_set_new(d->answer, "kept_as", json_string(swap->aside));
    json_object_set_new(d->answer, "brought_back", json_string(swap->from));
    json_object_set_new(d->answer, "sessions_ended", json_integer((json_int_t)swap->sessions));
    json_object_set_new(d->answer, "milliseconds", json_integer(swap->took_ms));
    if (swap->from[0] != '\0')
        strbuf_printf(&d->spoken, "\"%s\" has back what was \"%s\"", d->act->login, swap->from);
    else
        strbuf_printf(&d->spoken, "\"%s\" has a new database", d->act->login);
    if (swap->aside[0] != '\0')
        strbuf_printf(&d->spoken, "; what was there is kept as \"%s\"", swap->aside);
    strbuf_printf(&d->spoken, " (%zu session%s ended, %lld ms)\n", swap->sessions,
                  swap->sessions == 1 ? "" : "s", (long long)swap->took_ms);
}

static bool list_asides(struct doing *d, struct error *err)
{
    struct provision_aside *asides;
    size_t n;
    if (!provision_asides(d->site, d->lab, d->act->login, &d->arena, &asides, &n, err))
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        CLEANUP(mem_free_string)
        char *why = str_disarm(asides[i].why);
        json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:I}", "database",
                                              asides[i].database, "number", asides[i].number, "why",
                                              why, "bytes", (json_int_t)asides[i].bytes));
        strbuf_printf(&d->spoken, "%-20s %6lld kB  %s\n", asides[i].database,
                      (long long)asides[i].bytes / 1024, why);
    }
    if (n == 0)
        strbuf_printf(&d->spoken, "nothing of \"%s\" was put aside\n", d->act->login);
    json_object_set_new(d->answer, "put_aside", list);
    return true;
}

static bool reset(struct doing *d, struct error *err)
{
    struct provision_swap swap;
    if (d->act->list)
        return list_asides(d, err);
    CLEANUP(mem_free_string)
    char *question = mem_printf("End the sessions of \"%s\" and give a new database? (The one that "
                                "is there is kept; undo brings it back.)",
                                d->act->login);
    if (!act_confirm(d->act->yes, question, err) ||
        !provision_reset(d->site, d->lab, d->act->login, d->actor, &d->arena, &swap, err))
        return false;
    tell_swap(d, &swap);
    return true;
}

static bool undo(struct doing *d, struct error *err)
{
    struct provision_swap swap;
    if (d->act->list)
        return list_asides(d, err);
    CLEANUP(mem_free_string)
    char *question = mem_printf("End the sessions of \"%s\" and bring back the database that was "
                                "put aside last? (The one that is there is kept.)",
                                d->act->login);
    if (!act_confirm(d->act->yes, question, err) ||
        !provision_undo(d->site, d->lab, d->act->login, d->actor, &d->arena, &swap, err))
        return false;
    tell_swap(d, &swap);
    return true;
}

/* -- the login --------------------------------------------------------------------------------- */

static bool kick(struct doing *d, struct error *err)
{
    size_t sessions;
    CLEANUP(mem_free_string)
    char *question =
        mem_printf("End all sessions of \"%s\"? What is not committed is lost.", d->act->login);
    if (!act_confirm(d->act->yes, question, err) ||
        !provision_kick(d->site, d->lab, d->act->login, d->actor, &sessions, err))
        return false;
    json_object_set_new(d->answer, "sessions_ended", json_integer((json_int_t)sessions));
    strbuf_printf(&d->spoken, "%zu session%s of \"%s\" ended\n", sessions, sessions == 1 ? "" : "s",
                  d->act->login);
    return true;
}

static bool unlock(struct doing *d, struct error *err)
{
    struct provision_unlocked was;
    if (!provision_unlock(d->site, d->lab, d->act->login, d->actor, &was, err))
        return false;
    json_object_set_new(d->answer, "account_was_locked", json_boolean(was.entry));
    json_object_set_new(d->answer, "login_was_closed", json_boolean(was.role));
    json_object_set_new(d->answer, "database_was_closed", json_boolean(was.database));
    if (was.entry || was.role || was.database)
        strbuf_printf(&d->spoken, "the login of \"%s\" is open (closed were:%s%s%s)\n",
                      d->act->login, was.entry ? " the account" : "", was.role ? " the role" : "",
                      was.database ? " the database" : "");
    else
        strbuf_printf(&d->spoken, "the login of \"%s\" is open, as before\n", d->act->login);
    return true;
}

/* -- the lesson -------------------------------------------------------------------------------- */

static bool find_lesson(struct doing *d, PGconn *conn, struct lesson_row *ret_row,
                        struct error *err)
{
    bool found;
    if (!lessons_read(conn, d->lab, 0, &d->arena, ret_row, &found, err))
        return false;
    if (found && ret_row->lesson.frozen_us == 0)
        return true;
    error_set(err, ERROR_NOT_FOUND, "no lesson of lab \"%s\" is open", d->lab);
    return error_hint(err, "\"lectern lesson %s start\" starts one.", d->lab);
}

static bool parse_minutes(const char *text, int64_t *ret_s, struct error *err)
{
    char *end;
    long minutes = strtol(text, &end, 10);
    if (end != text && (*end == '\0' || strcmp(end, "min") == 0) && minutes != 0 &&
        labs(minutes) <= EXTRA_MAX_MIN) {
        *ret_s = (int64_t)minutes * 60;
        return true;
    }
    return error_set(err, ERROR_USAGE, "extra time is minutes, as 10, 10min or -5; not \"%s\"",
                     text);
}

static bool extra_time(struct doing *d, struct error *err)
{
    int64_t seconds = 0, total = 0;
    struct lesson_row row;
    PGconn *conn = NULL;
    if (!parse_minutes(d->act->words[0], &seconds, err) || !class_connect(d->site, &conn, err))
        return false;
    bool ok = find_lesson(d, conn, &row, err) &&
              lessons_extra(conn, row.lesson_id, d->act->login, seconds, d->actor, &total, err);
    PQfinish(conn);
    if (!ok)
        return false;
    double left = lesson_left(&row.lesson, (double)total, row.now_us);
    json_object_set_new(d->answer, "seconds", json_integer(seconds));
    json_object_set_new(d->answer, "total_seconds", json_integer(total));
    json_object_set_new(d->answer, "left_seconds",
                        row.lesson.length_s > 0 ? json_integer((json_int_t)left) : json_null());
    strbuf_printf(&d->spoken, "\"%s\" has %s", d->act->login, total < 0 ? "-" : "+");
    clock_format_span(total < 0 ? -total : total, &d->spoken);
    strbuf_add_string(&d->spoken, " in this lesson\n");
    return true;
}

static bool note(struct doing *d, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    for (size_t i = 0; i < d->act->n_words; i++) {
        if (i > 0)
            strbuf_add_char(&text, ' ');
        strbuf_add_string(&text, d->act->words[i]);
    }
    if (text.text[strspn(text.text, " \t\n")] == '\0' || text.len > NOTE_MAX ||
        !utf8_valid(text.text, text.len))
        return error_set(err, ERROR_USAGE, "a note is a text of at most %d bytes", NOTE_MAX);
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text.text);
    PGconn *conn = NULL;
    if (!class_connect(d->site, &conn, err))
        return false;
    bool ok = lessons_note(conn, d->lab, d->act->login, safe, d->actor, err);
    PQfinish(conn);
    if (!ok)
        return false;
    json_object_set_new(d->answer, "text", json_string(safe));
    strbuf_printf(&d->spoken, "noted about \"%s\"\n", d->act->login);
    return true;
}

/* -- all of them ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool (*act)(struct doing *, struct error *);
    size_t least, most; /* words behind it */
} verbs[] = {
    {"reset", reset, 0, 0},
    {"undo", undo, 0, 0},
    {"kick", kick, 0, 0},
    {"unlock", unlock, 0, 0},
    {"extra-time", extra_time, 1, 1},
    {"note", note, 1, 1000},
};

static int find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return (int)i;
    return -1;
}

bool student_act_is_verb(const char *verb)
{
    return find_verb(verb) >= 0;
}

static void begin_answer(struct doing *d)
{
    d->answer = json_object();
    json_object_set_new(d->answer, "lab", json_string(d->lab));
    json_object_set_new(d->answer, "login", json_string(d->act->login));
    json_object_set_new(d->answer, "action", json_string(d->act->verb));
    json_object_set_new(d->answer, "actor", json_string(d->actor));
    json_object_set_new(d->answer, "at", act_moment(clock_utc_us()));
}

static bool carry_out(struct doing *d, int verb, struct error *err)
{
    char *lab = NULL;
    if (!command_resolve_lab(d->site, d->act->lab, &lab, err))
        return false;
    d->lab = arena_strdup(&d->arena, lab);
    free(lab);
    if (!class_knows(d->site, d->lab, d->act->login, err))
        return false;
    begin_answer(d);
    return verbs[verb].act(d, err);
}

int student_act(const struct student_act *act)
{
    int verb = find_verb(act->verb);
    if (act->n_words < verbs[verb].least)
        return command_usage(&command_student, "\"%s\" needs something behind it", act->verb);
    if (act->n_words > verbs[verb].most)
        return command_usage(&command_student, "unexpected argument \"%s\"",
                             act->words[verbs[verb].most]);
    struct error err = ERROR_INIT;
    struct site site;
    if (!command_load_site(&site, &err))
        return act_answer(&command_student, act->json, NULL, &err);
    struct doing d = {.act = act,
                      .site = &site,
                      .actor = act_actor(),
                      .arena = ARENA_INIT,
                      .spoken = STRBUF_INIT};
    bool good = carry_out(&d, verb, &err);
    if (good && !act->json)
        fputs(d.spoken.text, stdout);
    int status = act_answer(&command_student, act->json, d.answer, &err);
    strbuf_release(&d.spoken);
    arena_release(&d.arena);
    free(d.actor);
    site_release(&site);
    return status;
}
