/*
 * Golden pictures of a screen.
 */
#include "tests/terminal/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"

#define SECTION "@@ "
#define LOOKS   "@ looks\n"

enum { SEEN_MAX = 1000, SETTLE_MS = 500, PATIENCE_MS = 2000 };

/* "FILE\nSECTION" of all that was checked. */
static char *seen[SEEN_MAX];
static size_t n_seen;

static bool is_writing(void)
{
    const char *write = getenv("LECTERN_GOLDEN");
    return write != NULL && strcmp(write, "write") == 0;
}

/* -- files ------------------------------------------------------------------------------------- */

static char *path_of(const char *file)
{
    const char *source = getenv("LECTERN_SRCDIR");
    return mem_printf("%s/tests/terminal/golden/%s", source != NULL ? source : ".", file);
}

static void read_file(const char *file, struct strbuf *out)
{
    CLEANUP(mem_free_string)
    char *path = path_of(file);
    struct error err = ERROR_INIT;
    if (!file_read(path, 4 << 20, out, &err) && !is_writing())
        fail_msg("%s (LECTERN_GOLDEN=write makes it)", err.message);
    error_clear(&err);
}

static void write_file(const char *file, const struct strbuf *text)
{
    CLEANUP(mem_free_string)
    char *path = path_of(file);
    struct error err = ERROR_INIT;
    if (!file_write(path, text->text, text->len, 0644, &err))
        fail_msg("%s", err.message);
}

static const char *next_section(const char *text)
{
    const char *next = strncmp(text, SECTION, strlen(SECTION)) == 0 ? text : NULL;
    if (next == NULL) {
        next = strstr(text, "\n" SECTION);
        next = next != NULL ? next + 1 : text + strlen(text);
    }
    return next;
}

/* The section's head line, and where the section ends; NULL: there is none of that name. */
static const char *find_section(const char *text, const char *name, const char **ret_end)
{
    size_t len = strlen(name);
    for (const char *p = next_section(text); *p != '\0'; p = next_section(p + 1))
        if (strncmp(p + strlen(SECTION), name, len) == 0 && p[strlen(SECTION) + len] == '\n') {
            *ret_end = next_section(p + 1);
            return p;
        }
    return NULL;
}

struct picture {
    struct strbuf text, looks;
};

static void read_section(const char *text, const char *name, struct picture *out)
{
    const char *end, *head = find_section(text, name, &end);
    if (head == NULL)
        fail_msg("there is no picture \"%s\" (LECTERN_GOLDEN=write makes it)", name);
    const char *body = strchr(head, '\n') + 1, *looks = strstr(body, LOOKS);
    bool has_looks = looks != NULL && looks < end;
    strbuf_add(&out->text, body, (size_t)((has_looks ? looks : end) - body));
    if (has_looks)
        strbuf_add(&out->looks, looks + strlen(LOOKS), (size_t)(end - looks) - strlen(LOOKS));
}

/* -- the screen -------------------------------------------------------------------------------- */

/* A line of looks as runs, without its plain end; nothing for a plain line. */
static void add_runs(struct strbuf *out, int number, const char *line, size_t len)
{
    while (len > 0 && line[len - 1] == '.')
        len--;
    if (len == 0)
        return;
    strbuf_printf(out, "%d ", number);
    for (size_t i = 0, n; i < len; i += n) {
        for (n = 1; i + n < len && line[i + n] == line[i];)
            n++;
        strbuf_add_char(out, line[i]);
        if (n > 1)
            strbuf_printf(out, "%zu", n);
    }
    strbuf_add_char(out, '\n');
}

static void take(const struct vt *vt, struct picture *out)
{
    CLEANUP(strbuf_release)
    struct strbuf looks = STRBUF_INIT;
    strbuf_reset(&out->text);
    strbuf_reset(&out->looks);
    vt_text(vt, &out->text);
    vt_looks(vt, &looks);
    const char *line = looks.text;
    for (int y = 1; y <= vt->rows; y++, line = strchr(line, '\n') + 1)
        add_runs(&out->looks, y, line, strcspn(line, "\n"));
    strbuf_add_string(&out->looks, line); /* what the letters stand for */
}

static void picture_release(struct picture *picture)
{
    strbuf_release(&picture->text);
    strbuf_release(&picture->looks);
}

/* -- comparing --------------------------------------------------------------------------------- */

/* Print the first line in which the two differ. */
static void print_difference(const struct golden *golden, const char *what, const char *is,
                             const char *wanted)
{
    int line = 1;
    size_t a = 0, b = 0;
    for (;;) {
        size_t m = strcspn(is + a, "\n"), n = strcspn(wanted + b, "\n");
        if (m != n || memcmp(is + a, wanted + b, m) != 0) {
            fprintf(stderr, "# %s, %s, %s line %d\n#     is: %.*s\n# golden: %.*s\n", golden->file,
                    golden->section, what, line, (int)m, is + a, (int)n, wanted + b);
            return;
        }
        if (is[a + m] == '\0' || wanted[b + n] == '\0')
            return;
        a += m + 1;
        b += n + 1;
        line++;
    }
}

/* The screen becomes equal to the picture, or the deadline passes. */
static bool becomes(struct vt *vt, const struct golden *golden, const struct picture *wanted)
{
    int64_t end_ms = clock_monotonic_ms() + VT_DEADLINE_MS;
    struct picture is = {STRBUF_INIT, STRBUF_INIT};
    bool text = false, looks = false;
    do {
        take(vt, &is);
        text = strcmp(is.text.text, wanted->text.text) == 0;
        /* Whoever has no looks of his own, and is like somebody without, may look as he likes. */
        looks = wanted->looks.len == 0 || strcmp(is.looks.text, wanted->looks.text) == 0;
    } while (!(text && looks) && vt_pump(vt, PATIENCE_MS) && clock_monotonic_ms() < end_ms);
    if (!text)
        print_difference(golden, "text", is.text.text, wanted->text.text);
    else if (!looks)
        print_difference(golden, "looks", is.looks.text, wanted->looks.text);
    picture_release(&is);
    return text && looks;
}

/* What the section doesn't hold, the other one says. */
static void fill_in(const char *text, const struct golden *golden, struct picture *wanted)
{
    struct picture other = {STRBUF_INIT, STRBUF_INIT};
    if (golden->like == NULL)
        return;
    read_section(text, golden->like, &other);
    if (!golden->own_text) {
        strbuf_reset(&wanted->text);
        strbuf_add(&wanted->text, other.text.text, other.text.len);
    }
    if (!golden->own_looks && !golden->own_text) {
        strbuf_reset(&wanted->looks);
        strbuf_add(&wanted->looks, other.looks.text, other.looks.len);
    }
    picture_release(&other);
}

/* -- writing ----------------------------------------------------------------------------------- */

static void put_section(struct strbuf *file, const struct golden *golden,
                        const struct picture *picture)
{
    const char *end = NULL, *head = find_section(file->text, golden->section, &end);
    struct strbuf out = STRBUF_INIT;
    strbuf_add(&out, file->text, head != NULL ? (size_t)(head - file->text) : file->len);
    strbuf_printf(&out, SECTION "%s\n", golden->section);
    if (golden->own_text)
        strbuf_add(&out, picture->text.text, picture->text.len);
    if (golden->own_looks)
        strbuf_printf(&out, LOOKS "%s", picture->looks.text);
    if (head != NULL)
        strbuf_add_string(&out, end);
    strbuf_release(file);
    *file = out;
}

static void write_golden(struct vt *vt, const struct golden *golden, struct strbuf *file)
{
    struct picture is = {STRBUF_INIT, STRBUF_INIT};
    while (vt_pump(vt, SETTLE_MS))
        continue;
    take(vt, &is);
    put_section(file, golden, &is);
    write_file(golden->file, file);
    picture_release(&is);
}

/* -- checking ---------------------------------------------------------------------------------- */

void golden_check(struct vt *vt, const struct golden *golden)
{
    CLEANUP(strbuf_release)
    struct strbuf file = STRBUF_INIT;
    read_file(golden->file, &file);
    assert_true(n_seen < SEEN_MAX);
    seen[n_seen++] = mem_printf("%s\n%s", golden->file, golden->section);
    bool held = golden->own_text || golden->own_looks || golden->like == NULL;
    if (held && is_writing()) {
        write_golden(vt, golden, &file);
        return;
    }
    struct picture wanted = {STRBUF_INIT, STRBUF_INIT};
    if (held)
        read_section(file.text, golden->section, &wanted);
    fill_in(file.text, golden, &wanted);
    bool good = becomes(vt, golden, &wanted);
    picture_release(&wanted);
    assert_true(good);
}

static bool was_seen(const char *file, const char *section, size_t len)
{
    for (size_t i = 0; i < n_seen; i++) {
        size_t n = strlen(file);
        if (strncmp(seen[i], file, n) == 0 && seen[i][n] == '\n' &&
            strlen(seen[i] + n + 1) == len && memcmp(seen[i] + n + 1, section, len) == 0)
            return true;
    }
    return false;
}

void golden_finish(const char *file)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf kept = STRBUF_INIT;
    read_file(file, &text);
    for (const char *p = next_section(text.text); *p != '\0';) {
        const char *name = p + strlen(SECTION), *end = next_section(p + 1);
        size_t len = strcspn(name, "\n");
        if (was_seen(file, name, len))
            strbuf_add(&kept, p, (size_t)(end - p));
        else if (!is_writing())
            fail_msg("nobody draws \"%.*s\" of %s any more", (int)len, name, file);
        p = end;
    }
    if (is_writing() && kept.len != text.len)
        write_file(file, &kept);
}
