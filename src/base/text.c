/*
 * Text that strangers wrote: see text.h.
 */
#include "base/text.h"

#include <string.h>
#include <utf8proc.h>
#include <wchar.h>

#include "base/memory.h"
#include "base/strbuf.h"

size_t utf8_decode(const char *text, size_t len, uint32_t *ret_code)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)text[0];
    size_t n = first < 0x80   ? 1
               : first < 0xc2 ? 0
               : first < 0xe0 ? 2
               : first < 0xf0 ? 3
               : first < 0xf5 ? 4
                              : 0;
    *ret_code = 0xfffd;
    if (n == 0 || n > len)
        return 1;
    uint32_t code = n == 1 ? first : first & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c & 0xc0) != 0x80)
            return 1;
        code = code << 6 | (c & 0x3f);
    }
    if (code < lowest[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 1;
    *ret_code = code;
    return n;
}

static bool decodes(const char *text, size_t len, size_t n, uint32_t code)
{
    return code != 0xfffd || (n == 3 && len >= 3 && memcmp(text, "\xef\xbf\xbd", 3) == 0);
}

bool utf8_valid(const char *text, size_t len)
{
    while (len > 0) {
        uint32_t code;
        size_t n = utf8_decode(text, len, &code);
        if (!decodes(text, len, n, code))
            return false;
        text += n;
        len -= n;
    }
    return true;
}

static int code_width(uint32_t code)
{
    int width = wcwidth((wchar_t)code);
    return width < 0 ? 1 : width;
}

int str_width(const char *text)
{
    int width = 0;
    size_t len = strlen(text);
    while (len > 0) {
        uint32_t code;
        size_t n = utf8_decode(text, len, &code);
        width += code_width(code);
        text += n;
        len -= n;
    }
    return width;
}

size_t str_fit(const char *text, int columns)
{
    size_t len = strlen(text), used = 0;
    int width = 0;
    while (used < len) {
        uint32_t code;
        size_t n = utf8_decode(text + used, len - used, &code);
        width += code_width(code);
        if (width > columns)
            break;
        used += n;
    }
    return used;
}

/* Between a number and its unit, as in "55 s". */
static bool is_in_measure(const char *text, size_t blank)
{
    static const char *const units[] = {"s", "min", "h", "d", "%", "MB"};
    if (blank == 0 || text[blank - 1] < '0' || text[blank - 1] > '9')
        return false;
    const char *word = text + blank + 1;
    size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ%");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i]) == len && strncmp(units[i], word, len) == 0)
            return true;
    return false;
}

size_t str_break(const char *text, int columns)
{
    size_t fits = str_fit(text, columns), blank = fits, joint = fits;
    while (blank > 0 && (text[blank] != ' ' || is_in_measure(text, blank)))
        blank--;
    while (joint > 0 && text[joint - 1] != '_')
        joint--;
    return blank > 0 ? blank : joint > 0 ? joint : fits;
}

char *str_fold(const char *text)
{
    size_t len = strlen(text), ascii = 0;
    while (ascii < len && (unsigned char)text[ascii] < 0x80)
        ascii++;
    if (ascii == len) {
        char *copy = mem_strdup(text);
        for (char *p = copy; *p != '\0'; p++)
            if (*p >= 'A' && *p <= 'Z')
                *p = (char)(*p + ('a' - 'A'));
        return copy;
    }
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len,
                                      &folded, UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    return n < 0 ? mem_strdup(text) : (char *)folded;
}

static bool harmful(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           code == 0x200b || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
           (code >= 0xe0000 && code <= 0xe0fff);
}

static char *disarm(const char *text, bool keep_lines)
{
    struct strbuf out = STRBUF_INIT;
    size_t len = strlen(text);
    while (len > 0) {
        uint32_t code;
        size_t n = utf8_decode(text, len, &code);
        if (keep_lines && (code == '\n' || code == '\t'))
            strbuf_add(&out, text, n);
        else if (!decodes(text, len, n, code))
            strbuf_printf(&out, "\\x%02x", (unsigned)(unsigned char)*text);
        else if (harmful(code))
            strbuf_printf(&out, code < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)code);
        else
            strbuf_add(&out, text, n);
        text += n;
        len -= n;
    }
    return strbuf_detach(&out);
}

char *str_disarm(const char *text)
{
    return disarm(text, false);
}

char *str_disarm_text(const char *text)
{
    return disarm(text, true);
}

/* -- near misses ------------------------------------------------------------------------------- */

static size_t least_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

int str_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t str_distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t row[LONGEST + 1], n = strlen(b);
    if (n > LONGEST)
        return 99;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            size_t same = corner + (a[i - 1] != b[j - 1]);
            row[j] = least_of(same, least_of(above, row[j - 1]) + 1);
            corner = above;
        }
    }
    return row[n];
}
