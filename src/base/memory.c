/*
 * Memory: allocation that aborts instead of failing, and arenas made of doubling blocks.
 */
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    max_align_t data[];
};

static void *check(void *ptr)
{
    if (ptr == NULL) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return ptr;
}

static size_t product(size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        check(NULL);
    return total;
}

void *mem_alloc(size_t size)
{
    return check(calloc(1, size > 0 ? size : 1));
}

void *mem_alloc_array(size_t n, size_t size)
{
    return mem_alloc(product(n, size));
}

void *mem_realloc_array(void *ptr, size_t n, size_t size)
{
    size_t total = product(n, size);
    return check(realloc(ptr, total > 0 ? total : 1));
}

char *mem_strdup(const char *text)
{
    return text == NULL ? NULL : check(strdup(text));
}

char *mem_strndup(const char *text, size_t len)
{
    return check(strndup(text, len));
}

char *mem_vprintf(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        check(NULL);
    return text;
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    return text;
}

void *mem_grow(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity == 0 ? 16 : product(*capacity, 2);
    return mem_realloc_array(items, *capacity, size);
}

void mem_free_string(char **text)
{
    free(*text);
    *text = NULL;
}

void arena_release(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t align = sizeof(max_align_t);
    size_t need = product((size + align - 1) / align + (size == 0), align);
    struct arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < need) {
        size_t want = block == NULL ? 4096 : block->size < 1048576 ? block->size * 2 : block->size;
        if (want < need)
            want = need;
        block = mem_alloc(sizeof *block + want);
        block->size = want;
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *ptr = (char *)block->data + block->used;
    block->used += need;
    return ptr;
}

void *arena_alloc_array(struct arena *arena, size_t n, size_t size)
{
    return arena_alloc(arena, product(n, size));
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    len = strnlen(text, len);
    char *copy = arena_alloc(arena, len + 1);
    memcpy(copy, text, len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    char *copy = arena_strdup(arena, text);
    free(text);
    return copy;
}
