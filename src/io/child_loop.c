/*
 * A child process on the loop.  It is over when its process ended and both pipes did (or a moment
 * after its end, for a grandchild may hold them).
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/child.h"
#include "io/child_spawn.h"

enum {
    LINE_MAX_BYTES = 64 * 1024,
    ERRORS_MAX = 1 << 20,
    KILL_AFTER_MS = 1000,
    LINGER_MS = 250,
};

struct child {
    struct loop *loop;
    pid_t pid;
    uv_pipe_t in, out, err;
    uv_signal_t ended_signal;
    uv_timer_t timer; /* the deadline, then KILL, then the lingering */
    uv_write_t write;
    char *input;
    char buffer[16384];
    struct strbuf line, errors;
    size_t max_errors;
    bool out_open, err_open, ended, abandoned, reported, secret;
    int status;
    int handles; /* that are not closed yet */
    child_line_cb on_line;
    child_exit_cb on_exit;
    void *data;
};

static void on_closed(uv_handle_t *handle)
{
    struct child *child = handle->data;
    if (--child->handles > 0)
        return;
    strbuf_wipe(&child->line);
    strbuf_release(&child->errors);
    free(child->input);
    free(child);
}

static void close_once(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_all(struct child *child)
{
    close_once((uv_handle_t *)&child->in);
    close_once((uv_handle_t *)&child->out);
    close_once((uv_handle_t *)&child->err);
    close_once((uv_handle_t *)&child->ended_signal);
    close_once((uv_handle_t *)&child->timer);
}

static void give_line(struct child *child)
{
    if (child->on_line != NULL && !child->abandoned)
        child->on_line(child->line.text, child->data);
    if (child->secret)
        explicit_bzero(child->line.text, child->line.len);
    strbuf_reset(&child->line);
}

static void finish(struct child *child)
{
    if (child->abandoned || child->reported)
        return;
    if (child->line.len > 0)
        give_line(child);
    if (child->abandoned)
        return;
    child->reported = true;
    if (child->on_exit != NULL)
        child->on_exit(child->status, child->errors.text, child->data);
    close_all(child);
}

static void on_linger(uv_timer_t *timer)
{
    finish(timer->data);
}

static void check_over(struct child *child)
{
    if (!child->ended || child->abandoned || child->reported)
        return;
    if (!child->out_open && !child->err_open)
        finish(child);
    else
        uv_timer_start(&child->timer, on_linger, LINGER_MS, 0);
}

static void check_end(struct child *child)
{
    int status = 0;
    if (child->ended || waitpid(child->pid, &status, WNOHANG) != child->pid)
        return;
    child->ended = true;
    child->status = child_status(status);
    uv_signal_stop(&child->ended_signal);
    uv_timer_stop(&child->timer);
    if (child->abandoned)
        close_all(child);
    else
        check_over(child);
}

static void on_child_signal(uv_signal_t *handle, int signum)
{
    (void)signum;
    check_end(handle->data);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct child *child = handle->data;
    *buffer = uv_buf_init(child->buffer, sizeof(child->buffer));
}

static void take_output(struct child *child, const char *data, size_t len)
{
    for (size_t i = 0; i < len && !child->abandoned;) {
        const char *newline = memchr(data + i, '\n', len - i);
        size_t n = newline != NULL ? (size_t)(newline - data) - i : len - i;
        child_keep(&child->line, data + i, n, LINE_MAX_BYTES);
        i += n;
        if (newline != NULL) {
            give_line(child);
            i++;
        }
    }
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    struct child *child = stream->data;
    bool is_out = stream == (uv_stream_t *)&child->out;
    if (n > 0 && is_out) {
        take_output(child, buffer->base, (size_t)n);
        if (child->secret)
            explicit_bzero(buffer->base, (size_t)n);
    } else if (n > 0)
        child_keep(&child->errors, buffer->base, (size_t)n, child->max_errors);
    if (n >= 0 || child->abandoned)
        return;
    *(is_out ? &child->out_open : &child->err_open) = false;
    uv_read_stop(stream);
    check_over(child);
}

static void on_written(uv_write_t *request, int status)
{
    (void)status; /* a child that reads no more says so by its status */
    struct child *child = request->data;
    close_once((uv_handle_t *)&child->in);
}

static void on_kill(uv_timer_t *timer)
{
    struct child *child = timer->data;
    kill(-child->pid, SIGKILL);
}

static void on_deadline(uv_timer_t *timer)
{
    struct child *child = timer->data;
    kill(-child->pid, SIGTERM);
    uv_timer_start(timer, on_kill, KILL_AFTER_MS, KILL_AFTER_MS);
}

static void set_up(struct child *child, struct loop *loop)
{
    uv_pipe_init(&loop->uv, &child->in, 0);
    uv_pipe_init(&loop->uv, &child->out, 0);
    uv_pipe_init(&loop->uv, &child->err, 0);
    uv_signal_init(&loop->uv, &child->ended_signal);
    uv_timer_init(&loop->uv, &child->timer);
    child->handles = 5;
    child->in.data = child->out.data = child->err.data = child;
    child->ended_signal.data = child->timer.data = child->write.data = child;
}

struct child *child_start(struct loop *loop, const struct child_spec *spec, child_line_cb on_line,
                          child_exit_cb on_exit, void *data, struct error *err)
{
    struct child *child = mem_alloc(sizeof(*child));
    *child = (struct child){.loop = loop,
                            .line = STRBUF_INIT,
                            .errors = STRBUF_INIT,
                            .secret = spec->secret,
                            .max_errors = spec->max_output > 0 ? spec->max_output : ERRORS_MAX,
                            .on_line = on_line,
                            .on_exit = on_exit,
                            .data = data};
    if (child->secret)
        strbuf_reserve(&child->line, LINE_MAX_BYTES); /* it never moves */
    set_up(child, loop);
    /* Before the fork, so that an early end is seen as well. */
    uv_signal_start(&child->ended_signal, on_child_signal, SIGCHLD);
    struct child_spawned spawned;
    if (!child_spawn(spec, &spawned, err)) {
        child->abandoned = true;
        close_all(child);
        return NULL;
    }
    child->pid = spawned.pid;
    child->out_open = child->err_open = true;
    uv_pipe_open(&child->out, spawned.out);
    uv_pipe_open(&child->err, spawned.err);
    uv_read_start((uv_stream_t *)&child->out, allocate, on_read);
    uv_read_start((uv_stream_t *)&child->err, allocate, on_read);
    if (spawned.in >= 0) {
        uv_pipe_open(&child->in, spawned.in);
        child->input = mem_alloc(spec->input_len + 1);
        memcpy(child->input, spec->input, spec->input_len);
        uv_buf_t buffer = uv_buf_init(child->input, (unsigned)spec->input_len);
        uv_write(&child->write, (uv_stream_t *)&child->in, &buffer, 1, on_written);
    }
    if (spec->timeout_ms > 0)
        uv_timer_start(&child->timer, on_deadline, (uint64_t)spec->timeout_ms, 0);
    return child;
}

void child_kill(struct child *child, int signum)
{
    if (!child->ended)
        kill(-child->pid, signum);
}

void child_abandon(struct child *child)
{
    if (child == NULL || child->abandoned || child->reported)
        return;
    child->abandoned = true;
    uv_timer_stop(&child->timer);
    uv_read_stop((uv_stream_t *)&child->out);
    uv_read_stop((uv_stream_t *)&child->err);
    if (child->ended) {
        close_all(child);
        return;
    }
    /* It is reaped before the struct goes. */
    kill(-child->pid, SIGKILL);
}

pid_t child_pid(const struct child *child)
{
    return child->pid;
}
