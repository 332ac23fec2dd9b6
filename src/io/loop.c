/*
 * The event loop: starting, being asked to stop, running to a deadline, and closing all that hangs
 * on it.  A stop is delivered from a timer of zero, so that nobody's callback runs inside another.
 */
#include "io/loop.h"

#include <assert.h>
#include <signal.h>
#include <stddef.h>

static void deliver_stop(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    uv_signal_stop(&loop->terminate);
    uv_signal_stop(&loop->interrupt);
    if (loop->on_stop != NULL)
        loop->on_stop(loop->data);
    else
        uv_stop(&loop->uv);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    (void)signum;
    loop_stop(handle->data);
}

void loop_init(struct loop *loop)
{
    signal(SIGPIPE, SIG_IGN);
    *loop = (struct loop){.stopping = false};
    int failed = uv_loop_init(&loop->uv);
    assert(failed == 0);
    failed = uv_signal_init(&loop->uv, &loop->terminate);
    assert(failed == 0);
    failed = uv_signal_init(&loop->uv, &loop->interrupt);
    assert(failed == 0);
    uv_timer_init(&loop->uv, &loop->stop_turn);
    uv_timer_init(&loop->uv, &loop->deadline);
    loop->terminate.data = loop->interrupt.data = loop->stop_turn.data = loop;
    /* Waiting for a signal is no reason to go on. */
    uv_unref((uv_handle_t *)&loop->terminate);
    uv_unref((uv_handle_t *)&loop->interrupt);
    uv_unref((uv_handle_t *)&loop->deadline);
    (void)failed;
}

void loop_on_stop(struct loop *loop, void (*on_stop)(void *data), void *data)
{
    loop->on_stop = on_stop;
    loop->data = data;
    uv_signal_start(&loop->terminate, on_signal, SIGTERM);
    uv_signal_start(&loop->interrupt, on_signal, SIGINT);
}

void loop_stop(struct loop *loop)
{
    if (loop->stopping)
        return;
    loop->stopping = true;
    uv_timer_start(&loop->stop_turn, deliver_stop, 0, 0);
}

void loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

static void set_flag(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

bool loop_run_until(struct loop *loop, const bool *done, int64_t timeout_ms)
{
    assert(!uv_is_active((const uv_handle_t *)&loop->deadline));
    bool expired = false;
    loop->deadline.data = &expired;
    uv_update_time(&loop->uv);
    uv_timer_start(&loop->deadline, set_flag, timeout_ms > 0 ? (uint64_t)timeout_ms : 0, 0);
    while (!*done && !expired)
        if (uv_run(&loop->uv, UV_RUN_ONCE) == 0)
            break;
    uv_timer_stop(&loop->deadline);
    return *done;
}

static void close_handle(uv_handle_t *handle, void *data)
{
    (void)data;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_release(struct loop *loop)
{
    uv_walk(&loop->uv, close_handle, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    int failed = uv_loop_close(&loop->uv);
    assert(failed == 0);
    (void)failed;
}
