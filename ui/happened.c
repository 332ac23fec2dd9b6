/*
 * Words for events and errors.
 */
#include "ui/happened.h"

#include <string.h>

#include "base/memory.h"
#include "ui/student.h"

/* What these say is on the grid as well, was said to everybody, or has nothing of a person's. */
static const char *const public_kinds[] = {"step_",    "done",  "daemon", "guard", "lesson",
                                           "announce", "hand_", "reset",  "undo",  "kick",
                                           "unlock",   "extra", "passwd"};

const char *event_text(const struct view *view, const struct snapshot_event *event)
{
    if (view->pseudonyms) /* it may name somebody */
        return "";
    if (!view->projector)
        return event->text;
    for (size_t i = 0; i < sizeof public_kinds / sizeof *public_kinds; i++)
        if (strncmp(event->kind, public_kinds[i], strlen(public_kinds[i])) == 0)
            return event->text;
    return *event->text != '\0' ? "(not on a projector)" : "";
}

char *event_kind(const struct snapshot_event *event)
{
    char *kind = mem_strdup(event->kind);
    for (char *c = kind; *c != '\0'; c++)
        if (*c == '_')
            *c = ' ';
    return kind;
}

const char *login_label(const struct view *view, const char *login)
{
    const struct snapshot *snapshot = view->snapshot;
    for (size_t i = 0; i < snapshot->n_students && *login != '\0'; i++)
        if (strcmp(snapshot->students[i].login, login) == 0)
            return student_label(&snapshot->students[i]);
    return view->pseudonyms ? "" : login;
}

/* Appendix A of PostgreSQL's documentation, what classes run into. */
static const struct {
    const char *sqlstate, *name;
} names[] = {
    {"0A000", "not supported"},
    {"21000", "more than one row"},
    {"22001", "text too long"},
    {"22003", "number out of range"},
    {"22007", "not a date"},
    {"22008", "date out of range"},
    {"22012", "division by zero"},
    {"22P02", "not a value of that type"},
    {"23502", "null in a not-null column"},
    {"23503", "foreign key violated"},
    {"23505", "unique violated"},
    {"23514", "check violated"},
    {"25P02", "transaction is aborted"},
    {"28P01", "wrong password"},
    {"2BP01", "other objects depend on it"},
    {"3D000", "no such database"},
    {"40P01", "deadlock"},
    {"42501", "no permission"},
    {"42601", "syntax error"},
    {"42602", "not a name"},
    {"42701", "column twice"},
    {"42702", "ambiguous column"},
    {"42703", "no such column"},
    {"42704", "no such object"},
    {"42710", "object exists already"},
    {"42803", "grouping error"},
    {"42804", "types do not match"},
    {"42830", "foreign key without a unique target"},
    {"42883", "no such function"},
    {"42P01", "no such table"},
    {"42P07", "table exists already"},
    {"42P16", "table is not defined right"},
    {"53100", "disk full"},
    {"53300", "too many connections"},
    {"55P03", "lock not available"},
    {"57014", "cancelled"},
};

const char *sqlstate_name(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].sqlstate, sqlstate) == 0)
            return names[i].name;
    return "";
}
