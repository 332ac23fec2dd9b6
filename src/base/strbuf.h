/*
 * Growing byte strings.  `text` is always NUL-terminated and never NULL.
 */
#ifndef LECTERN_BASE_STRBUF_H
#define LECTERN_BASE_STRBUF_H

#include <stdarg.h>
#include <stddef.h>

struct strbuf {
    char *text;
    size_t len;
    size_t capacity; /* 0: `text` is the shared empty string */
};

extern char strbuf_empty[];
#define STRBUF_INIT ((struct strbuf){strbuf_empty, 0, 0})

void strbuf_release(struct strbuf *buf); /* frees; the buffer is empty and usable again */
void strbuf_reset(struct strbuf *buf);   /* length 0, memory kept */
void strbuf_truncate(struct strbuf *buf, size_t len);
void strbuf_reserve(struct strbuf *buf, size_t extra);
void strbuf_add(struct strbuf *buf, const void *data, size_t len);
void strbuf_add_string(struct strbuf *buf, const char *text);
void strbuf_add_char(struct strbuf *buf, char c);
void strbuf_printf(struct strbuf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* For secrets: nothing is left behind in memory when the buffer moves, or goes. */
void strbuf_add_secret(struct strbuf *buf, const void *data, size_t len);
void strbuf_wipe(struct strbuf *buf); /* wipes, then strbuf_release() */

/* The contents as a malloc'd string that the caller frees; the buffer is empty afterwards. */
char *strbuf_detach(struct strbuf *buf);

#endif
