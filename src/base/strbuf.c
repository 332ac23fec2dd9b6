/*
 * Growing byte strings.
 */
#include "base/strbuf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

char strbuf_empty[1] = "";

void strbuf_release(struct strbuf *buf)
{
    if (buf->capacity > 0)
        free(buf->text);
    *buf = STRBUF_INIT;
}

void strbuf_reset(struct strbuf *buf)
{
    strbuf_truncate(buf, 0);
}

void strbuf_truncate(struct strbuf *buf, size_t len)
{
    assert(len <= buf->len);
    buf->len = len;
    if (buf->capacity > 0)
        buf->text[len] = '\0';
}

void strbuf_reserve(struct strbuf *buf, size_t extra)
{
    size_t need = buf->len + extra + 1;
    if (need <= buf->capacity)
        return;
    size_t capacity = buf->capacity < 64 ? 64 : buf->capacity;
    while (capacity < need)
        capacity *= 2;
    buf->text = mem_realloc_array(buf->capacity > 0 ? buf->text : NULL, capacity, 1);
    buf->capacity = capacity;
    buf->text[buf->len] = '\0';
}

void strbuf_add(struct strbuf *buf, const void *data, size_t len)
{
    if (len == 0)
        return;
    strbuf_reserve(buf, len);
    memcpy(buf->text + buf->len, data, len);
    buf->len += len;
    buf->text[buf->len] = '\0';
}

void strbuf_add_secret(struct strbuf *buf, const void *data, size_t len)
{
    if (buf->len + len + 1 > buf->capacity) {
        struct strbuf moved = STRBUF_INIT;
        strbuf_reserve(&moved, (buf->len + len) * 2);
        strbuf_add(&moved, buf->text, buf->len);
        strbuf_wipe(buf);
        *buf = moved;
    }
    strbuf_add(buf, data, len);
}

void strbuf_wipe(struct strbuf *buf)
{
    if (buf->capacity > 0)
        explicit_bzero(buf->text, buf->capacity);
    strbuf_release(buf);
}

void strbuf_add_string(struct strbuf *buf, const char *text)
{
    strbuf_add(buf, text, strlen(text));
}

void strbuf_add_char(struct strbuf *buf, char c)
{
    strbuf_add(buf, &c, 1);
}

void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    assert(len >= 0);
    strbuf_reserve(buf, (size_t)len);
    vsnprintf(buf->text + buf->len, (size_t)len + 1, format, again);
    va_end(again);
    buf->len += (size_t)len;
}

void strbuf_printf(struct strbuf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    strbuf_vprintf(buf, format, args);
    va_end(args);
}

char *strbuf_detach(struct strbuf *buf)
{
    char *text = buf->capacity > 0 ? buf->text : mem_strdup("");
    *buf = STRBUF_INIT;
    return text;
}
