/*
 * Child processes: status, output and its caps, input without deadlock, deadlines, environment,
 * process groups; blocking and on the loop.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/child.h"

#define SH(script) ((const char *const[]){"sh", "-c", script, NULL})

static int run(const struct child_spec *spec, struct strbuf *out, struct strbuf *errors)
{
    struct error err = ERROR_INIT;
    int status = -1;
    if (!child_run(spec, &status, out, errors, &err))
        fail_msg("%s", err.message);
    return status;
}

static void test_status_and_output(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf errors = STRBUF_INIT;
    struct child_spec spec = {.argv = SH("echo out; echo err >&2; exit 7")};
    assert_int_equal(run(&spec, &out, &errors), 7);
    assert_string_equal(out.text, "out\n");
    assert_string_equal(errors.text, "err\n");
    spec.argv = SH("kill -9 $$");
    assert_int_equal(run(&spec, NULL, NULL), 128 + 9);
}

static void test_no_such_program(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    int status = -1;
    struct child_spec spec = {.argv = (const char *const[]){"no-such-program-here", NULL}};
    assert_false(child_run(&spec, &status, NULL, NULL, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.message, "no-such-program-here"));
    error_clear(&err);
}

/* More than the pipes hold, in both directions at once. */
static void test_large_input(void **state)
{
    (void)state;
    size_t len = 3u << 20;
    char *input = mem_alloc(len);
    memset(input, 'x', len);
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    struct child_spec spec = {.argv = (const char *const[]){"cat", NULL},
                              .input = input,
                              .input_len = len,
                              .max_output = len + 1};
    assert_int_equal(run(&spec, &out, NULL), 0);
    assert_int_equal(out.len, len);
    assert_memory_equal(out.text, input, len);
    /* A child that does not read its input is no problem either. */
    spec.argv = SH("exit 3");
    assert_int_equal(run(&spec, NULL, NULL), 3);
    free(input);
}

static void test_output_is_capped(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    struct child_spec spec = {.argv = SH("head -c 500000 /dev/zero | tr '\\0' y"),
                              .max_output = 1000};
    assert_int_equal(run(&spec, &out, NULL), 0);
    assert_int_equal(out.len, 1000);
}

/* Gone, or a zombie of whoever adopted it. */
static void expect_gone(int pid)
{
    CLEANUP(mem_free_string)
    char *check = mem_printf("for i in 1 2 3 4 5 6 7 8 9; do [ -e /proc/%d ] || exit 0; "
                             "grep -q '^State:.Z' /proc/%d/status && exit 0; sleep 0.2; done; "
                             "exit 1",
                             pid, pid);
    struct child_spec spec = {.argv = SH(check)};
    assert_int_equal(run(&spec, NULL, NULL), 0);
}

static void test_deadline_ends_the_group(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    int status = -1;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    /* Both ignore TERM, so that KILL is needed; the pid of the inner one is printed. */
    struct child_spec spec = {
        .argv = SH("trap '' TERM; sleep 100 & echo $!; while :; do sleep 100; done"),
        .timeout_ms = 100};
    int64_t start = clock_monotonic_ms();
    assert_false(child_run(&spec, &status, &out, NULL, &err));
    assert_int_equal(err.code, ERROR_TIMEOUT);
    error_clear(&err);
    assert_true(clock_monotonic_ms() - start < 8000);
    expect_gone(atoi(out.text));
}

/* A daemon that keeps our pipe open does not hold us. */
static void test_lingering_grandchild(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    struct child_spec spec = {.argv = SH("sleep 20 & echo $!")};
    int64_t start = clock_monotonic_ms();
    assert_int_equal(run(&spec, &out, NULL), 0);
    assert_true(clock_monotonic_ms() - start < 10000);
    CLEANUP(mem_free_string)
    char *end = mem_printf("kill %d", atoi(out.text));
    spec.argv = SH(end);
    assert_int_equal(run(&spec, NULL, NULL), 0);
}

static void test_environment(void **state)
{
    (void)state;
    setenv("LECTERN_TEST_A", "ours", 1);
    setenv("LECTERN_TEST_B", "ours", 1);
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    struct child_spec spec = {
        .argv = SH("echo $LECTERN_TEST_A $LECTERN_TEST_B $LECTERN_TEST_C"),
        .environment = (const char *const[]){"LECTERN_TEST_B=theirs", "LECTERN_TEST_C=new", NULL}};
    assert_int_equal(run(&spec, &out, NULL), 0);
    assert_string_equal(out.text, "ours theirs new\n");
}

static void test_no_inherited_descriptors(void **state)
{
    (void)state;
    int fd = dup(1); /* without CLOEXEC */
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *script = mem_printf("[ -e /proc/self/fd/%d ] && echo open", fd);
    struct child_spec spec = {.argv = SH(script)};
    run(&spec, &out, NULL);
    close(fd);
    assert_string_equal(out.text, "");
}

static void test_dies_with_us(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t us = fork();
    if (us == 0) {
        struct error err = ERROR_INIT;
        struct loop loop;
        loop_init(&loop);
        struct child_spec spec = {.argv = SH("exec sleep 100")};
        struct child *child = child_start(&loop, &spec, NULL, NULL, NULL, &err);
        pid_t pid = child != NULL ? child_pid(child) : 0;
        ssize_t n = write(ends[1], &pid, sizeof(pid));
        (void)n;
        pause();
        _exit(0);
    }
    pid_t pid = 0;
    assert_int_equal(read(ends[0], &pid, sizeof(pid)), sizeof(pid));
    assert_true(pid > 0);
    kill(us, SIGKILL);
    waitpid(us, NULL, 0);
    expect_gone(pid);
    close(ends[0]);
    close(ends[1]);
}

static void test_other_user(void **state)
{
    (void)state;
    if (getuid() != 0) {
        print_message("# %s\n", "only root changes users");
        return;
    }
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    struct child_spec spec = {
        .argv = SH("id -u; id -g; id -G"), .change_user = true, .uid = 65534, .gid = 65534};
    assert_int_equal(run(&spec, &out, NULL), 0);
    assert_string_equal(out.text, "65534\n65534\n65534\n");
}

static void test_find_program(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *sh = child_find_program("sh", NULL);
    assert_non_null(sh);
    assert_int_equal(sh[0], '/');
    assert_null(child_find_program("no-such-program-here", (const char *const[]){"/bin", NULL}));
}

/* -- on the loop ---------------------------------------------------------------------------- */

struct seen {
    struct strbuf lines, errors;
    int status, exits;
    bool done;
    struct child *child;
};

static void on_line(const char *line, void *data)
{
    struct seen *seen = data;
    strbuf_printf(&seen->lines, "[%s]", line);
}

static void on_exit_status(int status, const char *errors, void *data)
{
    struct seen *seen = data;
    seen->status = status;
    strbuf_add_string(&seen->errors, errors);
    seen->exits++;
    seen->done = true;
}

static void test_loop_lines(void **state)
{
    (void)state;
    struct loop loop;
    loop_init(&loop);
    struct error err = ERROR_INIT;
    struct seen seen = {.lines = STRBUF_INIT, .errors = STRBUF_INIT};
    struct child_spec spec = {
        .argv = SH("cat; echo oops >&2; exit 4"), .input = "one\ntwo\n\nlast", .input_len = 13};
    assert_non_null(child_start(&loop, &spec, on_line, on_exit_status, &seen, &err));
    assert_true(loop_run_until(&loop, &seen.done, 10000));
    loop_run(&loop);
    assert_string_equal(seen.lines.text, "[one][two][][last]");
    assert_string_equal(seen.errors.text, "oops\n");
    assert_int_equal(seen.status, 4);
    assert_int_equal(seen.exits, 1);
    strbuf_release(&seen.lines);
    strbuf_release(&seen.errors);
    loop_release(&loop);
}

static void test_loop_deadline_and_failure(void **state)
{
    (void)state;
    struct loop loop;
    loop_init(&loop);
    struct error err = ERROR_INIT;
    struct seen seen = {.lines = STRBUF_INIT, .errors = STRBUF_INIT};
    struct child_spec spec = {.argv = SH("echo begun; exec sleep 100"), .timeout_ms = 300};
    assert_non_null(child_start(&loop, &spec, on_line, on_exit_status, &seen, &err));
    assert_true(loop_run_until(&loop, &seen.done, 10000));
    assert_int_equal(seen.status, 128 + 15);
    assert_string_equal(seen.lines.text, "[begun]");
    spec.argv = (const char *const[]){"no-such-program-here", NULL};
    assert_null(child_start(&loop, &spec, on_line, on_exit_status, &seen, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    error_clear(&err);
    assert_int_equal(seen.exits, 1);
    strbuf_release(&seen.lines);
    strbuf_release(&seen.errors);
    loop_release(&loop);
}

static void abandon(const char *line, void *data)
{
    (void)line;
    struct seen *seen = data;
    child_abandon(seen->child);
    seen->done = true;
}

static void test_loop_abandon(void **state)
{
    (void)state;
    struct loop loop;
    loop_init(&loop);
    struct error err = ERROR_INIT;
    struct seen seen = {.lines = STRBUF_INIT, .errors = STRBUF_INIT};
    struct child_spec spec = {.argv = SH("echo a; echo b; exec sleep 100")};
    seen.child = child_start(&loop, &spec, abandon, on_exit_status, &seen, &err);
    assert_true(loop_run_until(&loop, &seen.done, 10000));
    int64_t start = clock_monotonic_ms();
    loop_run(&loop); /* returns: the child was killed, reaped and freed */
    assert_true(clock_monotonic_ms() - start < 10000);
    assert_int_equal(seen.exits, 0);
    loop_release(&loop);
}

static void note_stop(void *data)
{
    ++*(int *)data;
}

static void ignore_timer(uv_timer_t *timer)
{
    (void)timer;
}

static void test_loop_stops(void **state)
{
    (void)state;
    struct loop loop;
    int stops = 0;
    loop_init(&loop);
    loop_on_stop(&loop, note_stop, &stops);
    loop_stop(&loop);
    loop_stop(&loop);
    assert_int_equal(stops, 0); /* from the loop, not from the call */
    loop_run(&loop);
    assert_int_equal(stops, 1);
    loop_release(&loop);

    stops = 0;
    loop_init(&loop);
    loop_on_stop(&loop, note_stop, &stops);
    kill(getpid(), SIGTERM);
    bool never = false;
    uv_timer_t hold;
    uv_timer_init(&loop.uv, &hold);
    uv_timer_start(&hold, ignore_timer, 60000, 0);
    assert_false(loop_run_until(&loop, &never, 200));
    assert_int_equal(stops, 1);
    loop_release(&loop);
}

static void test_loop_run_until(void **state)
{
    (void)state;
    struct loop loop;
    loop_init(&loop);
    bool never = false;
    int64_t start = clock_monotonic_ms();
    assert_false(loop_run_until(&loop, &never, 5000)); /* nothing to wait for */
    assert_true(clock_monotonic_ms() - start < 2000);
    loop_release(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_and_output),
        cmocka_unit_test(test_no_such_program),
        cmocka_unit_test(test_large_input),
        cmocka_unit_test(test_output_is_capped),
        cmocka_unit_test(test_deadline_ends_the_group),
        cmocka_unit_test(test_lingering_grandchild),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_no_inherited_descriptors),
        cmocka_unit_test(test_dies_with_us),
        cmocka_unit_test(test_other_user),
        cmocka_unit_test(test_find_program),
        cmocka_unit_test(test_loop_lines),
        cmocka_unit_test(test_loop_deadline_and_failure),
        cmocka_unit_test(test_loop_abandon),
        cmocka_unit_test(test_loop_stops),
        cmocka_unit_test(test_loop_run_until),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
