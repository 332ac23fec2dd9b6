/*
 * Actions: what is asked before each.
 */
#include "ui/action.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTES_MAX = 24 * 60 };

static const struct action_ask asks[ACTIONS] = {
    [ACTION_CLAIM] = {.title = "Help", .needs_helper = true},
    [ACTION_PAUSE] = {.title = "Put off"},
    [ACTION_RESUME] = {.title = "Back to the queue"},
    [ACTION_NOT_FOUND] = {.title = "Not found"},
    [ACTION_RESOLVE] = {.title = "Helped",
                        .label = "note",
                        .text = "",
                        .help = "For those who teach; may stay empty."},
    [ACTION_RESET] = {.title = "Reset the database",
                      .question = "All sessions end and an empty database takes its place. What is "
                                  "there now is kept: undo brings it back."},
    [ACTION_UNDO] = {.title = "Undo the last reset",
                     .question = "All sessions end and the database that was put aside last comes "
                                 "back. What is there now is kept in turn."},
    [ACTION_PASSWD] = {.title = "New password",
                       .question = "The password of now stops working. The hand-out (F6) shows the "
                                   "new one."},
    [ACTION_KICK] = {.title = "End all sessions",
                     .question = "Whatever is not committed is lost. The login stays open."},
    [ACTION_UNLOCK] = {.title = "Unlock"},
    [ACTION_TRY] = {.title = "Try the login"},
    [ACTION_EXTRA_TIME] = {.title = "Extra time",
                           .label = "minutes",
                           .text = "5",
                           .help = "In this lesson; -5 takes five away again.",
                           .needs_text = true,
                           .minutes = true},
    [ACTION_NOTE] = {.title = "Note",
                     .label = "note",
                     .text = "",
                     .help = "For those who teach; the student does not see it.",
                     .needs_text = true},
    [ACTION_PSQL] = {.title = "Look into the database"},
    [ACTION_LESSON_START] = {.title = "Start a lesson",
                             .label = "minutes",
                             .text = "90",
                             .help = "How long it is; empty: until you end it.",
                             .minutes = true},
    [ACTION_LESSON_PAUSE] = {.title = "Pause the lesson"},
    [ACTION_LESSON_RESUME] = {.title = "Go on with the lesson"},
    [ACTION_LESSON_ANNOUNCE] = {.title = "Announce the end",
                                .label = "minutes",
                                .text = "5",
                                .help = "The class is told. Until then t and b takes it back.",
                                .needs_text = true,
                                .minutes = true},
    [ACTION_LESSON_END] = {.title = "End the lesson",
                           .question = "Everybody is measured once more, and those results stand."},
    [ACTION_LESSON_CLOSE] = {.title = "Close the logins",
                             .question = "The lesson's results stand, all sessions end, and nobody "
                                         "gets in until the next lesson starts."},
    [ACTION_ANNOUNCE] = {.title = "Announce",
                         .label = "text",
                         .text = "",
                         .help = "Everybody sees it: SELECT * FROM lectern.board. Empty takes back "
                                 "what is announced."},
};

const struct action_ask *action_ask(enum action_kind kind)
{
    assert(kind < ACTIONS);
    return &asks[kind];
}

void action_want(struct action *action, enum action_kind kind, const char *login)
{
    char helper[ACTION_HELPER_MAX];
    memcpy(helper, action->helper, sizeof helper); /* is remembered */
    *action = (struct action){.kind = kind};
    memcpy(action->helper, helper, sizeof helper);
    snprintf(action->login, sizeof action->login, "%s", login != NULL ? login : "");
}

bool action_is_ready(const struct action *action)
{
    const struct action_ask *ask = action_ask(action->kind);
    return action->asked || (ask->question == NULL && ask->label == NULL &&
                             (!ask->needs_helper || *action->helper != '\0'));
}

const char *action_fault(const struct action *action)
{
    const struct action_ask *ask = action_ask(action->kind);
    if (ask->needs_helper && *action->helper == '\0')
        return "Who helps? A name.";
    if (ask->needs_text && *action->text == '\0')
        return "Type something, or leave with Esc.";
    if (!ask->minutes || *action->text == '\0')
        return NULL;
    char *end;
    long minutes = strtol(action->text, &end, 10);
    if (*end != '\0' || minutes == 0 || minutes > MINUTES_MAX || minutes < -MINUTES_MAX ||
        (minutes < 0 && action->kind != ACTION_EXTRA_TIME))
        return "A number of minutes, as 10.";
    return NULL;
}
