/*
 * A program's bytes and the description of its terminal.
 */
#include "tests/terminal/stream.h"

#include <curses.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

#include "base/memory.h"
#include "base/strbuf.h"

/* -- sequences --------------------------------------------------------------------------------- */

/* The bytes of the sequence at `text`, which begins with Escape. */
static size_t sequence_length(const char *text, size_t len)
{
    size_t i = 2;
    if (len < 2)
        return len;
    if (text[1] == '[') {
        while (i < len && text[i] >= 0x20 && text[i] < 0x40)
            i++;
    } else if (text[1] == ']' && len > 2 && text[2] == 'R') {
        /* the kernel's console: its own colours again */
    } else if (text[1] == ']') {
        while (i < len && text[i] != '\a' && text[i] != '\\')
            i++;
    } else {
        i = 1;
        while (i < len && text[i] >= 0x20 && text[i] < 0x30)
            i++;
    }
    return i < len ? i + 1 : len;
}

/* What is the same in all uses of a sequence, one a line: of modes each number by itself, of others
 * what stands around the numbers. */
static void add_forms(const char *text, size_t len, struct strbuf *out)
{
    char last = text[len - 1];
    if (len < 3 || text[1] != '[') {
        strbuf_add_char(out, 'E');
        strbuf_add(out, text + 1, len - 1);
        strbuf_add_char(out, '\n');
        return;
    }
    const char *c = text + 2, *end = text + len - 1;
    char prefix = strchr("<=>?", *c) != NULL ? *c++ : '.';
    if (last != 'h' && last != 'l') {
        strbuf_printf(out, "C%c", prefix);
        for (; c < end; c++)
            if (strchr("0123456789;:", *c) == NULL)
                strbuf_add_char(out, *c);
        strbuf_printf(out, "%c\n", last);
        return;
    }
    while (c < end) {
        size_t n = strspn(c, "0123456789");
        strbuf_printf(out, "C%c%.*s%c\n", prefix, (int)n, c, last);
        c += n + 1;
    }
}

static bool has_line(const char *forms, const char *line, size_t len)
{
    for (; *forms != '\0'; forms += strcspn(forms, "\n") + 1)
        if (strcspn(forms, "\n") == len && memcmp(forms, line, len) == 0)
            return true;
    return false;
}

/* -- the description --------------------------------------------------------------------------- */

/* A capability as it may stand in the output: without what computes and without pauses. */
static void strip(const char *capability, struct strbuf *out)
{
    for (const char *c = capability; *c != '\0'; c++) {
        if (*c == '$' && c[1] == '<') {
            c += strcspn(c, ">");
        } else if (*c != '%') {
            strbuf_add_char(out, *c);
        } else if (*++c == 'p' || *c == 'P' || *c == 'g') {
            c++;
        } else if (*c == '{') {
            c += strcspn(c, "}");
        } else if (*c == '\'') {
            c += 2;
        } else if (*c >= '0' && *c <= '9') {
            c += strspn(c, "0123456789");
        } else if (*c == '%') {
            strbuf_add_char(out, *c);
        }
    }
}

static void add_capability(const char *text, struct strbuf *out)
{
    CLEANUP(strbuf_release)
    struct strbuf plain = STRBUF_INIT;
    strip(text, &plain);
    const char *end = plain.text + plain.len, *c = plain.text;
    while ((c = memchr(c, '\x1b', (size_t)(end - c))) != NULL) {
        size_t len = sequence_length(c, (size_t)(end - c));
        add_forms(c, len, out);
        c += len;
    }
    if (strchr(plain.text, '\x0e') != NULL)
        strbuf_add_string(out, "letters\n");
}

/* Keys that the terminal sends are none that it takes; the mouse goes with them. */
static bool describe(const char *type, struct strbuf *out)
{
    int status;
    char *name = mem_strdup(type);
    bool known = setupterm(name, 1, &status) == OK;
    free(name);
    for (size_t i = 0; known && strnames[i] != NULL; i++) {
        CLEANUP(mem_free_string)
        char *id = mem_strdup(strnames[i]);
        const char *text = tigetstr(id);
        if (text != NULL && text != (const char *)-1 && *id != 'k')
            add_capability(text, out);
        else if (text != NULL && text != (const char *)-1 && strcmp(id, "kmous") == 0)
            strbuf_add_string(out, "C?1000h\nC?1000l\nC?1006h\nC?1006l\n");
    }
    /* Pastes are marked where the terminal says how, by capabilities beyond the standard ones. */
    static const char *const pastes[] = {"BE", "BD"};
    for (size_t i = 0; known && i < sizeof pastes / sizeof *pastes; i++) {
        const char *text = tigetstr(pastes[i]);
        if (text != NULL && text != (const char *)-1)
            add_capability(text, out);
    }
    /* The question for the colour of the background, where it is answered or passed over. */
    if (strncmp(type, "xterm", 5) == 0 || strncmp(type, "tmux", 4) == 0)
        strbuf_add_string(out, "E]11;?\x1b\\\n");
    return known;
}

/* -- what was written -------------------------------------------------------------------------- */

static bool byte_fits(unsigned char byte, const char *forms, bool ascii, struct strbuf *fault)
{
    bool good = strchr("\r\n\b\t", byte) != NULL ||
                ((byte == 0x0e || byte == 0x0f) && has_line(forms, "letters", 7)) ||
                (byte >= 0x20 && byte < 0x7f) || (byte >= 0x80 && !ascii);
    if (!good)
        strbuf_printf(fault, "byte %#04x", byte);
    return good;
}

static bool forms_fit(const char *text, size_t len, const char *forms, struct strbuf *fault)
{
    CLEANUP(strbuf_release)
    struct strbuf found = STRBUF_INIT;
    add_forms(text, len, &found);
    for (const char *line = found.text; *line != '\0'; line += strcspn(line, "\n") + 1)
        if (!has_line(forms, line, strcspn(line, "\n"))) {
            strbuf_add_string(fault, "sequence");
            for (size_t i = 0; i < len; i++)
                strbuf_printf(fault, text[i] > ' ' && text[i] < 0x7f ? " %c" : " %#04x", text[i]);
            return false;
        }
    return true;
}

bool stream_fits(const char *written, size_t len, const char *type, bool ascii,
                 struct strbuf *fault)
{
    CLEANUP(strbuf_release)
    struct strbuf forms = STRBUF_INIT;
    if (!describe(type, &forms)) {
        strbuf_printf(fault, "terminal \"%s\", which is not known here", type);
        return false;
    }
    for (size_t i = 0; i < len;) {
        size_t n = 1;
        if (written[i] == '\x1b') {
            n = sequence_length(written + i, len - i);
            if (!forms_fit(written + i, n, forms.text, fault))
                return false;
        } else if (!byte_fits((unsigned char)written[i], forms.text, ascii, fault))
            return false;
        i += n;
    }
    return true;
}

/* The colour of one number of SGR; a `;5;N` behind 38 and 48 comes in `*c`. */
static int colour_of(const char **c)
{
    long number = strtol(*c, (char **)(uintptr_t)c, 10);
    if ((number == 38 || number == 48) && (**c == ';' || **c == ':')) {
        bool direct = strncmp(*c + 1, "5", 1) != 0;
        const char *colour = *c + 2;
        long index = strtol(colour + 1, (char **)(uintptr_t)c, 10);
        return direct ? 1 << 24 : (int)index + 1;
    }
    if ((number >= 30 && number <= 37) || (number >= 40 && number <= 47))
        return (int)(number % 10) + 1;
    if ((number >= 90 && number <= 97) || (number >= 100 && number <= 107))
        return (int)(number % 10) + 9;
    return number == 39 || number == 49 ? 1 : 0;
}

int stream_colours(const char *written, size_t len)
{
    int most = 0;
    for (size_t i = 0; i < len; i++) {
        size_t n = written[i] == '\x1b' ? sequence_length(written + i, len - i) : 1;
        if (n < 3 || written[i + 1] != '[' || written[i + n - 1] != 'm') {
            i += n - 1;
            continue;
        }
        for (const char *c = written + i + 2; c < written + i + n - 1; c++) {
            int colour = colour_of(&c);
            most = colour > most ? colour : most;
            if (*c == 'm')
                break;
        }
        i += n - 1;
    }
    return most;
}
