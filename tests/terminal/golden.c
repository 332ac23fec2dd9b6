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

static void take(const struct vt *vt, struct strbuf *out)
{
    strbuf_reset(out);
    vt_text(vt, out);
    strbuf_add_string(out, "\n");
    vt_looks(vt, out);
}

/* Print the first line in which the two differ. */
static void print_difference(const char *name, const char *is, const char *golden)
{
    int line = 1;
    size_t a = 0, b = 0;
    for (;;) {
        size_t m = strcspn(is + a, "\n"), n = strcspn(golden + b, "\n");
        if (m != n || memcmp(is + a, golden + b, m) != 0) {
            fprintf(stderr, "# %s, line %d\n#     is: %.*s\n# golden: %.*s\n", name, line, (int)m,
                    is + a, (int)n, golden + b);
            return;
        }
        if (is[a + m] == '\0' || golden[b + n] == '\0')
            return;
        a += m + 1;
        b += n + 1;
        line++;
    }
}

/* The screen becomes equal to the golden picture, or the deadline passes. */
static bool compare(struct vt *vt, const char *name, const struct strbuf *golden)
{
    int64_t end_ms = clock_monotonic_ms() + VT_DEADLINE_MS;
    CLEANUP(strbuf_release)
    struct strbuf is = STRBUF_INIT;
    do {
        take(vt, &is);
        if (strcmp(is.text, golden->text) == 0)
            return true;
    } while (vt_pump(vt, 500) && clock_monotonic_ms() < end_ms);
    print_difference(name, is.text, golden->text);
    return false;
}

static void write_golden(struct vt *vt, const char *path)
{
    CLEANUP(strbuf_release)
    struct strbuf is = STRBUF_INIT;
    struct error err = ERROR_INIT;
    while (vt_pump(vt, 500))
        continue;
    take(vt, &is);
    if (!file_write(path, is.text, is.len, 0644, &err))
        fail_msg("%s", err.message);
}

void golden_check(struct vt *vt, const char *name)
{
    const char *source = getenv("LECTERN_SRCDIR"), *write = getenv("LECTERN_GOLDEN");
    CLEANUP(mem_free_string)
    char *path = mem_printf("%s/tests/terminal/golden/%s", source != NULL ? source : ".", name);
    if (write != NULL && strcmp(write, "write") == 0) {
        write_golden(vt, path);
        return;
    }
    CLEANUP(strbuf_release)
    struct strbuf golden = STRBUF_INIT;
    struct error err = ERROR_INIT;
    if (!file_read(path, 1 << 20, &golden, &err))
        fail_msg("%s (LECTERN_GOLDEN=write makes it)", err.message);
    assert_true(compare(vt, name, &golden));
}
