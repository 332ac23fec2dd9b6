/*
 * What commands share that act on a class.
 */
#include "command/act.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "command/prompt.h"

char *act_actor(void)
{
    const char *sudo = getenv("SUDO_USER");
    if (geteuid() == 0 && sudo != NULL && sudo[0] != '\0')
        return str_disarm(sudo);
    const struct passwd *user = getpwuid(getuid());
    return user != NULL ? str_disarm(user->pw_name) : mem_printf("uid %u", (unsigned)getuid());
}

static bool ask(const char *question, const char *word, const char *other_word, struct error *err)
{
    if (isatty(STDIN_FILENO) != 1) {
        error_set(err, ERROR_USAGE, "this asks on a terminal, and there is none");
        return error_hint(err, "Use --yes in scripts.");
    }
    CLEANUP(mem_free_string)
    char *answer = NULL;
    if (!prompt_line(question, false, &answer, err))
        return false;
    return strcmp(answer, word) == 0 || strcmp(answer, other_word) == 0 ||
           error_set(err, ERROR_INTERRUPTED, "nothing was changed");
}

bool act_confirm(bool yes, const char *question, struct error *err)
{
    CLEANUP(mem_free_string)
    char *line = mem_printf("%s [y/N]", question);
    return yes || ask(line, "y", "yes", err);
}

bool act_confirm_lab(bool yes, const char *consequence, const char *lab, struct error *err)
{
    CLEANUP(mem_free_string)
    char *line = mem_printf("%s\nType the lab's name to go on", consequence);
    return yes || ask(line, lab, lab, err);
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

int act_answer(const struct command *command, bool json, json_t *document, struct error *err)
{
    bool good = !error_is_set(err);
    if (!good) {
        json_decref(document);
        if (!json)
            return command_fail(command, err);
        document = json_object();
        json_object_set_new(document, "message", json_string(err->message));
        json_object_set_new(document, "detail", text_or_null(err->detail));
        json_object_set_new(document, "hint", text_or_null(err->hint));
    }
    int status = good ? EXIT_FINE : err->code == ERROR_USAGE ? EXIT_WRONG_USE : EXIT_FAILED;
    error_clear(err);
    if (!json) {
        json_decref(document);
        return status;
    }
    json_t *answer = json_object();
    json_object_set_new(answer, "ok", json_boolean(good));
    json_object_update(answer, document);
    json_decref(document);
    command_print_json(answer);
    return status;
}

json_t *act_moment(int64_t utc_us)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (utc_us == 0)
        return json_null();
    clock_format_utc(utc_us, &text);
    return json_string(text.text);
}
