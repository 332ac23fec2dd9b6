/*
 * The HTTP client against a tiny server on loopback: answers, a hanging server, a refused
 * connection, a body without end, cancelling and freeing from within callbacks.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/http.h"

static pid_t server;
static int port;

/* -- the server: the path says what it does ---------------------------------------------------- */

static void send_text(int fd, const char *text)
{
    ssize_t n = send(fd, text, strlen(text), MSG_NOSIGNAL);
    (void)n;
}

static void serve(int fd)
{
    char request[4096];
    ssize_t n = read(fd, request, sizeof(request) - 1);
    request[n > 0 ? n : 0] = '\0';
    if (strstr(request, "GET /hang") != NULL) {
        struct pollfd until_closed = {.fd = fd, .events = POLLRDHUP};
        poll(&until_closed, 1, 30000);
    } else if (strstr(request, "GET /endless") != NULL) {
        send_text(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
        static char chunk[1 << 16];
        for (int i = 0; i < 512 && send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL) > 0; i++)
            ;
    } else if (strstr(request, "GET /broken") != NULL) {
        send_text(fd,
                  "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nonly this");
    } else if (strstr(request, "GET /moved") != NULL) {
        send_text(fd, "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: "
                      "/well\r\nContent-Length: 0\r\n\r\n");
    } else if (strstr(request, "GET /none") != NULL) {
        send_text(fd,
                  "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 4\r\n\r\nnone");
    } else {
        send_text(fd,
                  strstr(request, "gzip") != NULL
                      ? "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nwith gzip"
                      : "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\nwithout");
    }
    close(fd);
}

static int start_server(void **state)
{
    (void)state;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof(address);
    if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 20) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        return -1;
    port = ntohs(address.sin_port);
    server = fork();
    if (server != 0) {
        close(listener);
        return server > 0 ? 0 : -1;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(fd);
            _exit(0);
        }
        close(fd);
    }
}

static int stop_server(void **state)
{
    (void)state;
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return 0;
}

/* -- the tests --------------------------------------------------------------------------------- */

struct seen {
    bool done;
    int calls, status;
    enum error_code code;
    char body[100];
    struct http *http;
    struct http_request *other;
    bool cancel_other, free_client;
};

static void on_done(int status, const char *body, size_t len, const struct error *err, void *data)
{
    struct seen *seen = data;
    seen->calls++;
    seen->status = status;
    seen->code = err != NULL ? err->code : ERROR_NONE;
    assert_int_equal(strlen(body), len);
    strncpy(seen->body, body, sizeof(seen->body) - 1);
    if (seen->cancel_other)
        http_cancel(seen->other);
    if (seen->free_client)
        http_free(seen->http);
    seen->done = true;
}

static char *url_of(const char *path)
{
    return mem_printf("http://127.0.0.1:%d%s", port, path);
}

static struct seen get(const char *url, int64_t timeout_ms)
{
    struct loop loop;
    loop_init(&loop);
    struct http *http = http_new(&loop, NULL);
    struct seen seen = {.done = false};
    http_get(http, url, timeout_ms, on_done, &seen);
    assert_int_equal(seen.calls, 0); /* never from within the call */
    assert_true(loop_run_until(&loop, &seen.done, 20000));
    assert_int_equal(seen.calls, 1);
    http_free(http);
    loop_release(&loop);
    return seen;
}

static struct seen get_path(const char *path, int64_t timeout_ms)
{
    CLEANUP(mem_free_string)
    char *url = url_of(path);
    return get(url, timeout_ms);
}

static void test_answers(void **state)
{
    (void)state;
    struct seen seen = get_path("/well", 5000);
    assert_int_equal(seen.status, 200);
    assert_string_equal(seen.body, "with gzip");
    seen = get_path("/none", 5000);
    assert_int_equal(seen.status, 404);
    assert_string_equal(seen.body, "none");
    seen = get_path("/moved", 5000); /* not followed */
    assert_int_equal(seen.status, 302);
}

static void test_hanging_server(void **state)
{
    (void)state;
    int64_t start = clock_monotonic_ms();
    struct seen seen = get_path("/hang", 200);
    assert_int_equal(seen.code, ERROR_TIMEOUT);
    assert_int_equal(seen.status, 0);
    assert_true(clock_monotonic_ms() - start < 10000);
}

static void test_refused(void **state)
{
    (void)state;
    assert_int_equal(get("http://127.0.0.1:1/", 5000).code, ERROR_CONNECTION);
    assert_int_equal(get_path("/broken", 5000).code, ERROR_CONNECTION);
    assert_int_equal(get("file:///etc/passwd", 5000).code, ERROR_FAILED);
    assert_int_equal(get("http://:::", 5000).code, ERROR_FAILED);
}

static void test_endless_body(void **state)
{
    (void)state;
    struct seen seen = get_path("/endless", 20000);
    assert_int_equal(seen.code, ERROR_FAILED);
    assert_string_equal(seen.body, "");
}

static void test_cancel_and_free(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *hang = url_of("/hang");
    CLEANUP(mem_free_string)
    char *well = url_of("/well");
    struct loop loop;
    loop_init(&loop);
    struct http *http = http_new(&loop, NULL);
    struct seen never = {.done = false};
    struct seen seen = {.cancel_other = true};
    seen.other = http_get(http, hang, 10000, on_done, &never);
    http_get(http, well, 5000, on_done, &seen);
    assert_true(loop_run_until(&loop, &seen.done, 10000));
    /* Freed from within a callback, while another request runs. */
    seen = (struct seen){.http = http, .free_client = true};
    http_get(http, hang, 10000, on_done, &never);
    http_get(http, well, 5000, on_done, &seen);
    assert_true(loop_run_until(&loop, &seen.done, 10000));
    int64_t start = clock_monotonic_ms();
    loop_run(&loop);
    assert_true(clock_monotonic_ms() - start < 5000);
    assert_int_equal(never.calls, 0);
    loop_release(&loop);
}

static void test_many_at_once(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *well = url_of("/well");
    struct loop loop;
    loop_init(&loop);
    struct http *http = http_new(&loop, NULL);
    struct seen seen[15] = {{.done = false}};
    for (size_t i = 0; i < 15; i++)
        http_get(http, well, 10000, on_done, &seen[i]);
    for (size_t i = 0; i < 15; i++) {
        assert_true(loop_run_until(&loop, &seen[i].done, 10000));
        assert_int_equal(seen[i].status, 200);
    }
    http_free(http);
    loop_release(&loop);
}

static void test_blocking(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *well = url_of("/well");
    CLEANUP(mem_free_string)
    char *hang = url_of("/hang");
    CLEANUP(strbuf_release)
    struct strbuf body = STRBUF_INIT;
    struct error err = ERROR_INIT;
    int status = 0;
    struct http_call call = {.url = well, .timeout_ms = 5000};
    assert_true(http_call_now(&call, &status, &body, &err));
    assert_int_equal(status, 200);
    assert_string_equal(body.text, "with gzip");
    call = (struct http_call){.url = hang, .timeout_ms = 200};
    assert_false(http_call_now(&call, &status, &body, &err));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    error_clear(&err);
}

static void test_encoding(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf url = STRBUF_INIT;
    http_add_encoded(&url, "a-b_c.~{x=\"é &\n\"}");
    assert_string_equal(url.text, "a-b_c.~%7Bx%3D%22%C3%A9%20%26%0A%22%7D");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),         cmocka_unit_test(test_hanging_server),
        cmocka_unit_test(test_refused),         cmocka_unit_test(test_endless_body),
        cmocka_unit_test(test_cancel_and_free), cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_blocking),        cmocka_unit_test(test_encoding),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
