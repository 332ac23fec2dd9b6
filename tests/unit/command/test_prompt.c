/*
 * A hidden answer: nothing of it is shown, and the terminal has its echo back however it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "command/prompt.h"

enum { DEADLINE_MS = 20000 };

static int master = -1;
static pid_t child;

/* Asks in a terminal of its own; ends with 0 when the answer is "geheim". */
static void ask(void)
{
    child = forkpty(&master, NULL, NULL, NULL);
    assert_true(child >= 0);
    if (child > 0)
        return;
    struct error err = ERROR_INIT;
    char *answer = NULL;
    bool good = prompt_line("Old password", true, &answer, &err);
    int status = good && strcmp(answer, "geheim") == 0 ? 0 : err.code == ERROR_INTERRUPTED ? 3 : 4;
    prompt_free(&answer);
    error_clear(&err);
    _exit(status);
}

static int finish(void **state)
{
    (void)state;
    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    if (master >= 0)
        close(master);
    child = 0;
    master = -1;
    return 0;
}

static bool has_echo(void)
{
    struct termios modes;
    assert_int_equal(tcgetattr(master, &modes), 0);
    return (modes.c_lflag & ECHO) != 0 && (modes.c_lflag & ICANON) != 0;
}

static void wait_echo(bool wanted)
{
    int64_t end_ms = clock_monotonic_ms() + DEADLINE_MS;
    while (has_echo() != wanted && clock_monotonic_ms() < end_ms)
        clock_sleep_ms(5);
    assert_true(has_echo() == wanted);
}

static int wait_child(int options)
{
    int64_t end_ms = clock_monotonic_ms() + DEADLINE_MS;
    int status = 0;
    while (waitpid(child, &status, options | WNOHANG) != child) {
        assert_true(clock_monotonic_ms() < end_ms);
        clock_sleep_ms(5);
    }
    if (!WIFSTOPPED(status))
        child = 0;
    return status;
}

static void type(const char *keys)
{
    assert_int_equal(write(master, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static void test_hidden(void **state)
{
    (void)state;
    char shown[256] = "";
    size_t len = 0;
    ask();
    wait_echo(false);
    type("gehx\x7f"
         "eim\r");
    int status = wait_child(0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    struct pollfd ready = {.fd = master, .events = POLLIN};
    while (len < sizeof shown - 1 && poll(&ready, 1, 0) > 0) {
        ssize_t n = read(master, shown + len, sizeof shown - 1 - len);
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    assert_non_null(strstr(shown, "Old password: "));
    assert_null(strstr(shown, "g"));
    assert_true(has_echo());
}

static void test_ctrl_c(void **state)
{
    (void)state;
    ask();
    wait_echo(false);
    type("gehe\x03");
    int status = wait_child(0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
    assert_true(has_echo());
}

static void test_signals(void **state)
{
    (void)state;
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        signal(signals[i], SIG_DFL); /* a shell that ran the tests with & has two of them ignored */
        ask();
        wait_echo(false);
        kill(child, signals[i]);
        int status = wait_child(0);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signals[i]);
        assert_true(has_echo());
        finish(NULL);
    }
}

static void test_stop_and_go_on(void **state)
{
    (void)state;
    ask();
    wait_echo(false);
    type("geh");
    kill(child, SIGTSTP);
    assert_true(WIFSTOPPED(wait_child(WUNTRACED)));
    assert_true(has_echo());
    kill(child, SIGCONT);
    wait_echo(false);
    type("eim\r");
    int status = wait_child(0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_hidden, finish),
        cmocka_unit_test_teardown(test_ctrl_c, finish),
        cmocka_unit_test_teardown(test_signals, finish),
        cmocka_unit_test_teardown(test_stop_and_go_on, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
