/*
 * Splitting an example for the robots: whatever comes, each part is a statement with a step, and
 * the tables' parts stand together.
 */
#include <string.h>

#include "base/error.h"
#include "facts/split.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    struct split split;
    if (split_script("f", (const char *)data, size, 3, &split, &err)) {
        for (size_t i = 0; i < split.count; i++) {
            const struct part *part = &split.parts[i];
            MUST(part->sql != NULL && *part->sql != '\0' && *part->sql != '\\');
            MUST(part->step != NULL && *part->step != '\0' && part->object != NULL);
            MUST(part->line >= 1 && part->kind <= PART_OTHER);
            MUST((part->kind == PART_TRIGGER) == (strcmp(part->step, "triggers") == 0));
            MUST(part->kind != PART_TABLE || strncmp(part->step, "table ", 6) == 0);
        }
        split_release(&split);
    }
    MUST(!error_is_set(&err) || strncmp(err.message, "f:", 2) == 0);
    error_clear(&err);
    return 0;
}
