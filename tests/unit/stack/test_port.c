/*
 * Ports: a taken one is told by name, a reserved one is passed over, choices stay in their range.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "stack/port.h"
#include "stack/process.h"

/* A listener on loopback, on a port of the kernel's choice. */
static int listen_somewhere(int *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void test_taken_port_names_the_process(void **state)
{
    (void)state;
    int port;
    int fd = listen_somewhere(&port);
    assert_false(port_is_free(port));
    struct error err = ERROR_INIT;
    assert_false(port_check(port, "postgres", &err));
    assert_int_equal(err.code, ERROR_EXISTS);
    CLEANUP(mem_free_string)
    char *number = mem_printf("port %d,", port);
    CLEANUP(mem_free_string)
    char *process = mem_printf("(process %d of user", (int)getpid());
    assert_non_null(strstr(err.message, number));
    assert_non_null(strstr(err.message, "postgres"));
    assert_non_null(strstr(err.message, process));
    assert_non_null(err.hint);
    error_clear(&err);
    close(fd);
    assert_true(port_is_free(port));
    assert_true(port_check(port, "postgres", &err));
    assert_null(process_describe_listener(port));
}

static void test_choice_avoids_reserved_and_taken(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    int first = 0, second = 0;
    assert_true(port_choose(20000, true, &first, &err));
    assert_in_range(first, 20000, 28000);
    assert_false(port_reserve(first)); /* this process has it already */
    /* A search that begins there finds another. */
    assert_true(port_choose(first, false, &second, &err));
    assert_int_not_equal(first, second);
    assert_in_range(second, first, PORT_HIGHEST);
}

static void test_choice_stays_below_the_outgoing_ports(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    for (int i = 0; i < 20; i++) {
        int port = 0;
        assert_true(port_choose(32700, true, &port, &err));
        assert_in_range(port, 32700, PORT_HIGHEST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken_port_names_the_process),
        cmocka_unit_test(test_choice_avoids_reserved_and_taken),
        cmocka_unit_test(test_choice_stays_below_the_outgoing_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
