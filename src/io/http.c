/*
 * HTTP through libcurl's multi interface: curl says which sockets to watch and how long to sleep,
 * libuv does both.  curl takes a socket back before it closes it, so that the uv_poll is always
 * stopped first.
 */
#include "io/http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"

enum { BODY_MAX = 16 << 20 };

struct http {
    struct loop *loop;
    char *ca_file;
    CURLM *multi;
    uv_timer_t timer;
    struct http_request *requests; /* that run */
    bool freed;
};

struct http_request {
    struct http *http;
    struct http_request *previous, *next;
    CURL *easy;
    struct strbuf body;
    bool too_large, done;
    char words[CURL_ERROR_SIZE];
    http_cb on_done;
    void *data;
};

/* -- one transfer, for both ways ------------------------------------------------------------- */

struct sink {
    struct strbuf *body;
    bool *too_large;
};

static size_t keep(struct strbuf *body, bool *too_large, const char *data, size_t len)
{
    if (body->len + len > BODY_MAX) {
        *too_large = true;
        return 0; /* ends the transfer */
    }
    strbuf_add(body, data, len);
    return len;
}

static void set_options(CURL *easy, const char *url, const char *ca_file, int64_t timeout_ms,
                        char *words)
{
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    if (ca_file != NULL && *ca_file != '\0')
        curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(timeout_ms > 0 ? timeout_ms : 1));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "lectern");
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, words);
}

static void set_failure(struct error *err, CURLcode code, bool too_large, const char *words)
{
    const char *text = *words != '\0' ? words : curl_easy_strerror(code);
    if (too_large)
        error_set(err, ERROR_FAILED, "the answer is larger than %d MB", BODY_MAX >> 20);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        error_set(err, ERROR_TIMEOUT, "the server did not answer in time");
    else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        error_set(err, ERROR_FAILED, "%s", text);
    else
        error_set(err, ERROR_CONNECTION, "%s", text);
}

/* -- the loop -------------------------------------------------------------------------------- */

static void check_done(struct http *http);

static void on_socket_ready(uv_poll_t *poll, int status, int events)
{
    struct http *http = poll->data;
    uv_os_fd_t fd = -1;
    if (http == NULL || uv_fileno((const uv_handle_t *)poll, &fd) != 0)
        return;
    int flags = (events & UV_READABLE ? CURL_CSELECT_IN : 0) |
                (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0) | (status < 0 ? CURL_CSELECT_ERR : 0);
    int running = 0;
    curl_multi_socket_action(http->multi, fd, flags, &running);
    check_done(http);
}

static void free_poll(uv_handle_t *handle)
{
    free(handle);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data)
{
    (void)easy;
    struct http *http = data;
    uv_poll_t *poll = socket_data;
    if (what == CURL_POLL_REMOVE) {
        if (poll != NULL) {
            poll->data = NULL;
            uv_poll_stop(poll);
            uv_close((uv_handle_t *)poll, free_poll);
            curl_multi_assign(http->multi, fd, NULL);
        }
        return 0;
    }
    if (poll == NULL) {
        poll = mem_alloc(sizeof(*poll));
        if (uv_poll_init(&http->loop->uv, poll, fd) != 0) {
            free(poll);
            return -1;
        }
        poll->data = http;
        curl_multi_assign(http->multi, fd, poll);
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    uv_poll_start(poll, events, on_socket_ready);
    return 0;
}

static void on_timer(uv_timer_t *timer)
{
    struct http *http = timer->data;
    int running = 0;
    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    check_done(http);
}

static int set_timer(CURLM *multi, long timeout_ms, void *data)
{
    (void)multi;
    struct http *http = data;
    if (timeout_ms < 0)
        uv_timer_stop(&http->timer);
    else
        uv_timer_start(&http->timer, on_timer, (uint64_t)timeout_ms, 0);
    return 0;
}

struct http *http_new(struct loop *loop, const char *ca_file)
{
    struct http *http = mem_alloc(sizeof(*http));
    http->loop = loop;
    http->ca_file = ca_file != NULL ? mem_strdup(ca_file) : NULL;
    uv_timer_init(&loop->uv, &http->timer);
    http->timer.data = http;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    http->multi = curl_multi_init();
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    return http;
}

static void unlink_request(struct http_request *request)
{
    if (request->previous != NULL)
        request->previous->next = request->next;
    else
        request->http->requests = request->next;
    if (request->next != NULL)
        request->next->previous = request->previous;
}

static void end_request(struct http_request *request)
{
    request->done = true;
    curl_multi_remove_handle(request->http->multi, request->easy);
    curl_easy_cleanup(request->easy);
    unlink_request(request);
}

static void free_request(struct http_request *request)
{
    strbuf_release(&request->body);
    free(request);
}

static void give_answer(struct http_request *request, CURLcode code)
{
    struct error err = ERROR_INIT;
    long status = 0;
    curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK)
        set_failure(&err, code, request->too_large, request->words);
    end_request(request);
    bool failed = error_is_set(&err);
    request->on_done(failed ? 0 : (int)status, failed ? "" : request->body.text,
                     failed ? 0 : request->body.len, failed ? &err : NULL, request->data);
    error_clear(&err);
    free_request(request);
}

/* Callbacks are called here, outside of curl, so that they may start and cancel requests. */
static void check_done(struct http *http)
{
    int left = 0;
    for (CURLMsg *message; !http->freed && (message = curl_multi_info_read(http->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct http_request *request = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
        give_answer(request, code);
    }
}

static void free_http(uv_handle_t *handle)
{
    struct http *http = handle->data;
    free(http->ca_file);
    free(http);
}

void http_free(struct http *http)
{
    if (http == NULL)
        return;
    http->freed = true;
    while (http->requests != NULL)
        http_cancel(http->requests);
    curl_multi_cleanup(http->multi);
    uv_close((uv_handle_t *)&http->timer, free_http);
}

static size_t on_body(char *data, size_t size, size_t n, void *to)
{
    struct http_request *request = to;
    return keep(&request->body, &request->too_large, data, size * n);
}

struct http_request *http_get(struct http *http, const char *url, int64_t timeout_ms,
                              http_cb on_done, void *data)
{
    struct http_request *request = mem_alloc(sizeof(*request));
    *request = (struct http_request){.http = http,
                                     .next = http->requests,
                                     .easy = curl_easy_init(),
                                     .body = STRBUF_INIT,
                                     .on_done = on_done,
                                     .data = data};
    if (http->requests != NULL)
        http->requests->previous = request;
    http->requests = request;
    set_options(request->easy, url, http->ca_file, timeout_ms, request->words);
    curl_easy_setopt(request->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(request->easy, CURLOPT_WRITEDATA, request);
    curl_easy_setopt(request->easy, CURLOPT_PRIVATE, request);
    curl_multi_add_handle(http->multi, request->easy); /* begins when the loop next turns */
    return request;
}

void http_cancel(struct http_request *request)
{
    if (request == NULL || request->done)
        return;
    end_request(request);
    free_request(request);
}

/* -- blocking -------------------------------------------------------------------------------- */

static size_t on_body_now(char *data, size_t size, size_t n, void *to)
{
    struct sink *sink = to;
    return keep(sink->body, sink->too_large, data, size * n);
}

/* Perform what is set up on the handle, which it frees. */
static bool perform_now(CURL *easy, char *words, int *ret_status, struct strbuf *ret_body,
                        struct error *err)
{
    bool too_large = false;
    CLEANUP(strbuf_release)
    struct strbuf body = STRBUF_INIT;
    struct sink sink = {&body, &too_large};
    long status = 0;
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body_now);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &sink);
    CURLcode code = curl_easy_perform(easy);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(easy);
    if (code != CURLE_OK) {
        set_failure(err, code, too_large, words);
        return false;
    }
    *ret_status = (int)status;
    strbuf_add(ret_body, body.text, body.len);
    return true;
}

bool http_call_now(const struct http_call *call, int *ret_status, struct strbuf *ret_body,
                   struct error *err)
{
    char words[CURL_ERROR_SIZE] = "";
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: application/json");
    set_options(easy, call->url, call->ca_file, call->timeout_ms, words);
    if (call->method != NULL)
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
    if (call->body != NULL) {
        headers = curl_slist_append(headers, "Content-Type: application/json");
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(call->body));
    }
    if (call->bearer != NULL) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, call->bearer);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    bool ok = perform_now(easy, words, ret_status, ret_body, err);
    curl_slist_free_all(headers);
    return ok;
}

void http_add_encoded(struct strbuf *url, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c) != NULL)
            strbuf_add_char(url, *text);
        else
            strbuf_printf(url, "%%%02X", c);
    }
}
