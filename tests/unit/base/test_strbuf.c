/*
 * Growing strings and arenas.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"

static void test_building(void **state)
{
    (void)state;
    struct strbuf buf = STRBUF_INIT;
    assert_string_equal(buf.text, ""); /* before anything was added, and without memory */
    strbuf_reset(&buf);
    strbuf_add(&buf, "x", 0);
    assert_int_equal(buf.capacity, 0);
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&buf, "%d,", i);
    assert_int_equal(buf.len, 3890);
    assert_int_equal(strlen(buf.text), buf.len);
    strbuf_truncate(&buf, 4);
    assert_string_equal(buf.text, "0,1,");
    strbuf_add(&buf, "a\0b", 3);
    assert_int_equal(buf.len, 7);
    assert_memory_equal(buf.text, "0,1,a\0b", 8);
    strbuf_reset(&buf);
    strbuf_add_string(&buf, "kept");
    char *detached = strbuf_detach(&buf);
    assert_string_equal(detached, "kept");
    assert_string_equal(buf.text, "");
    free(detached);
    detached = strbuf_detach(&buf); /* of an empty one: still the caller's to free */
    assert_string_equal(detached, "");
    free(detached);
    strbuf_add_char(&buf, 'z');
    strbuf_release(&buf);
    strbuf_release(&buf);
    assert_string_equal(buf.text, "");
}

static void test_arena(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    char *texts[1000];
    for (int i = 0; i < 1000; i++)
        texts[i] = arena_printf(&arena, "text %d", i);
    char *large = arena_alloc(&arena, 100000);
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(large[i], 0);
    memset(large, 1, 100000);
    for (int i = 0; i < 1000; i++) { /* nothing was overwritten */
        CLEANUP(mem_free_string)
        char *expected = mem_printf("text %d", i);
        assert_string_equal(texts[i], expected);
        assert_int_equal((uintptr_t)texts[i] % _Alignof(max_align_t), 0);
    }
    assert_null(arena_strdup(&arena, NULL));
    assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
    assert_non_null(arena_alloc(&arena, 0));
    arena_release(&arena);
    assert_null(arena.blocks);
    assert_string_equal(arena_strdup(&arena, "again"), "again");
    arena_release(&arena);
}

/* A buffer that moved, and one that ended, leave nothing behind: the freed memory is wiped. */
static void test_secret(void **state)
{
    (void)state;
    struct strbuf buf = STRBUF_INIT;
    for (int i = 0; i < 100; i++)
        strbuf_add_secret(&buf, "kolup-satin-derog ", 18);
    assert_int_equal(buf.len, 1800);
    for (size_t i = 0; i < 100; i++)
        assert_memory_equal(buf.text + i * 18, "kolup-satin-derog ", 18);
    assert_int_equal(buf.text[buf.len], '\0');
    strbuf_wipe(&buf);
    assert_int_equal(buf.len, 0);
    assert_string_equal(buf.text, "");
    strbuf_wipe(&buf);
    strbuf_add_secret(&buf, "", 0);
    assert_string_equal(buf.text, "");
    strbuf_wipe(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_building),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
