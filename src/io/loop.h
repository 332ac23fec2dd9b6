/*
 * The event loop: libuv's, one per process, one thread.  Nothing that hangs on it may block.
 */
#ifndef LECTERN_IO_LOOP_H
#define LECTERN_IO_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct loop {
    uv_loop_t uv;
    uv_signal_t terminate, interrupt;
    uv_timer_t stop_turn, deadline;
    void (*on_stop)(void *data); /* asked to stop by SIGTERM or SIGINT, or by loop_stop() */
    void *data;
    bool stopping;
};

/* Ignores SIGPIPE, too: a broken pipe is an error of the write. */
void loop_init(struct loop *loop);
/* Call `on_stop` once, from the loop, at SIGTERM, SIGINT or loop_stop(); it closes what is open.
 * After the first signal both are as before, so that a second Ctrl-C ends a program that hangs. */
void loop_on_stop(struct loop *loop, void (*on_stop)(void *data), void *data);
void loop_stop(struct loop *loop);
/* Run until nothing is left to wait for. */
void loop_run(struct loop *loop);
/* Run until `*done` is true or the deadline passed; returns *done.  For commands, not for panes. */
bool loop_run_until(struct loop *loop, const bool *done, int64_t timeout_ms);
void loop_release(struct loop *loop); /* closes all that is left and frees */

#endif
