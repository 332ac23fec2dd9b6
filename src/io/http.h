/*
 * HTTP and HTTPS: GET through libcurl's multi interface on the loop; blocking calls for commands.
 * Bodies are capped at 16 MB; gzip is asked for; proxies and redirects are off (the servers are
 * known).  A `ca_file` says whom https trusts; NULL or "": the system's authorities.
 */
#ifndef LECTERN_IO_HTTP_H
#define LECTERN_IO_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "io/loop.h"

struct error;
struct http;         /* the client: one per loop */
struct http_request; /* one running request */

/* `status` is the HTTP status and `body` NUL-terminated, borrowed during the call; or `err` is set
 * (ERROR_CONNECTION, ERROR_TIMEOUT), then status is 0. */
typedef void (*http_cb)(int status, const char *body, size_t len, const struct error *err,
                        void *data);

struct http *http_new(struct loop *loop, const char *ca_file); /* which is copied */
void http_free(struct http *http); /* cancels what is running; callbacks are not called */
struct http_request *http_get(struct http *http, const char *url, int64_t timeout_ms,
                              http_cb on_done, void *data);
void http_cancel(struct http_request *request); /* its callback is not called */

/* Append percent-encoded text (RFC 3986 unreserved characters stay). */
struct strbuf;
void http_add_encoded(struct strbuf *url, const char *text);

/* A blocking call, for commands: true with the status and the body added to `ret_body`.  Members
 * that are NULL are left out. */
struct http_call {
    const char *method; /* NULL: GET */
    const char *url;
    const char *bearer; /* the token of the header Authorization; in no message, in no argv */
    const char *body;   /* JSON */
    const char *ca_file;
    int64_t timeout_ms;
};
bool http_call_now(const struct http_call *call, int *ret_status, struct strbuf *ret_body,
                   struct error *err);

#endif
