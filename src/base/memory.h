/*
 * Memory: allocation that cannot fail (it aborts in one place), scoped cleanup, and arenas.
 *
 * Every input is capped by its reader, so running out of memory is a programmer's error or a
 * broken machine; nobody checks for NULL.
 */
#ifndef LECTERN_BASE_MEMORY_H
#define LECTERN_BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>

void *mem_alloc(size_t size);                 /* zeroed */
void *mem_alloc_array(size_t n, size_t size); /* zeroed; aborts on overflow */
void *mem_realloc_array(void *ptr, size_t n, size_t size);
char *mem_strdup(const char *text); /* NULL in, NULL out */
char *mem_strndup(const char *text, size_t len);
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* Grow `*items` (an array of elements of `size` bytes) so that index `count` can be written. */
void *mem_grow(void *items, size_t count, size_t *capacity, size_t size);

/* Run `fn(&variable)` when the variable goes out of scope: CLEANUP(strbuf_release) struct strbuf b.
 */
#define CLEANUP(fn) __attribute__((cleanup(fn)))
void mem_free_string(char **text); /* for CLEANUP(mem_free_string) char *text */

/*
 * An arena owns everything that is allocated from it, until arena_release().  One per plan,
 * snapshot, fact set or request.
 */
struct arena {
    struct arena_block *blocks;
};

#define ARENA_INIT ((struct arena){NULL})

void arena_release(struct arena *arena); /* frees all; the arena is empty and usable again */
void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for any type */
void *arena_alloc_array(struct arena *arena, size_t n, size_t size);
char *arena_strdup(struct arena *arena, const char *text); /* NULL in, NULL out */
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
