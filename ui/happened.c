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

char *hand_outcome(const struct snapshot_hand *hand)
{
    static const struct {
        const char *outcome, *words, *whom;
    } words[] = {{"helped", "helped", " by "},
                 {"thanks", "said thanks", " to "},
                 {"not_found", "was not found", " by "},
                 {"withdrawn", "withdrawn", " by "}};
    bool helped = *hand->helper != '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].outcome, hand->outcome) == 0)
            return mem_printf("%s%s%s", words[i].words, helped ? words[i].whom : "", hand->helper);
    const char *state = strcmp(hand->state, "resolved") == 0 ? "the hand went down" : hand->state;
    return mem_printf("%s%s%s", state, helped ? " by " : "", hand->helper);
}
