/*
 * Disarmed text: valid UTF-8 without anything that steers a terminal, and the same when disarmed
 * again; a prefix that fits is as wide as allowed at most.
 */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "fuzz.h"

static void check_harmless(const char *text)
{
    size_t len = strlen(text);
    MUST(utf8_valid(text, len));
    while (len > 0) {
        uint32_t code;
        size_t n = utf8_decode(text, len, &code);
        MUST(code >= 0x20 && (code < 0x7f || code > 0x9f));
        MUST(code < 0x202a || (code > 0x202e && code < 0x2066) || code > 0x2069);
        MUST(code != 0x200e && code != 0x200f && code != 0x61c && code != 0xfeff);
        text += n;
        len -= n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(mem_free_string)
    char *text = mem_strndup((const char *)data, size);
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    check_harmless(safe);
    CLEANUP(mem_free_string)
    char *again = str_disarm(safe);
    MUST(strcmp(safe, again) == 0);
    CLEANUP(mem_free_string)
    char *folded = str_fold(text);
    MUST(folded != NULL);
    for (int columns = 0; columns < 8; columns++) {
        CLEANUP(mem_free_string)
        char *prefix = mem_strdup(safe);
        prefix[str_fit(safe, columns)] = '\0';
        MUST(utf8_valid(prefix, strlen(prefix)) && str_width(prefix) <= columns);
    }
    return 0;
}
