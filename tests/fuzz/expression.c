/*
 * Expressions: whatever comes, the canonical form ends, is no longer than a little more than it was
 * (blanks between words), and holds no parenthesis outside literals and quotes.
 */
#include <string.h>

#include "base/memory.h"
#include "facts/expression.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(mem_free_string)
    char *text = mem_strndup((const char *)data, size);
    CLEANUP(mem_free_string)
    char *canonical = expression_canonical(text);
    MUST(strlen(canonical) <= 2 * strlen(text));
    if (strpbrk(text, "'\"") == NULL)
        MUST(strpbrk(canonical, "() \t\n") == NULL || strchr(canonical, ' ') != NULL);
    CLEANUP(mem_free_string)
    char *exact = expression_exact(text);
    MUST(strlen(exact) <= 3 * strlen(text));
    json_t *parts = expression_conjuncts(text);
    json_decref(parts);
    return 0;
}
