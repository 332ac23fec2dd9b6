/*
 * The roster: what is taken has only legal logins, each once; what is not has a place.
 */
#include <string.h>

#include "base/error.h"
#include "fuzz.h"
#include "lab/roster.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    struct roster roster;
    if (!roster_parse("f", (const char *)data, size, &roster, &err)) {
        MUST(err.code == ERROR_INPUT && strncmp(err.message, "f:", 2) == 0);
        error_clear(&err);
        return 0;
    }
    MUST(roster.count > 0);
    for (size_t i = 0; i < roster.count; i++) {
        const struct student *student = &roster.students[i];
        MUST(roster_login_fault(student->login) == NULL);
        MUST(student->time_factor >= 0.5 && student->time_factor <= 5);
        MUST(strlen(student->name) <= 255 && student->line > 1);
        for (size_t j = 0; j < i && i < 100; j++)
            MUST(strcmp(student->login, roster.students[j].login) != 0);
    }
    roster_release(&roster);
    return 0;
}
