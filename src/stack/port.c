/*
 * Ports: see port.h.
 */
#include "stack/port.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "stack/process.h"

enum { SPREAD = 8000, ATTEMPTS = 2000 };

/* Can the address be bound?  True also where the machine has no such family of addresses. */
static bool can_bind(const struct sockaddr *address, socklen_t len)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true;
    int one = 1;
    /* As the servers do: connections of a former server that still fade away do not count. */
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (address->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    bool ok = bind(fd, address, len) == 0;
    close(fd);
    return ok;
}

bool port_is_free(int port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (!can_bind((const struct sockaddr *)&any, sizeof any))
        return false;
    CLEANUP(mem_free_string)
    char *listener = process_describe_listener(port);
    return listener == NULL;
}

bool port_reserve(int port)
{
    /* An abstract socket's name lives as long as the socket, in the namespace of the ports. */
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int n = snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "lectern-port-%d", port);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true;
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    if (bind(fd, (const struct sockaddr *)&name, len) == 0)
        return true; /* the descriptor stays open on purpose */
    close(fd);
    return false;
}

static int random_below(int n)
{
    unsigned value = 0;
    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
        value = (unsigned)getpid();
    return (int)(value % (unsigned)n);
}

bool port_choose(int first, bool spread, int *ret_port, struct error *err)
{
    int range = first + SPREAD > PORT_HIGHEST ? PORT_HIGHEST - first : SPREAD;
    int start = spread ? first + random_below(range) : first;
    for (int i = 0, port = start; i < ATTEMPTS; i++) {
        if (port_is_free(port) && port_reserve(port)) {
            *ret_port = port;
            return true;
        }
        port = i == 0 ? first + random_below(range) : port + 1;
        if (port > first + range)
            port = first;
    }
    return error_set(err, ERROR_FAILED, "found no free port from %d to %d", first, first + range);
}

bool port_check(int port, const char *service, struct error *err)
{
    if (port_is_free(port))
        return true;
    CLEANUP(mem_free_string)
    char *listener = process_describe_listener(port);
    error_set(err, ERROR_EXISTS, "port %d, which %s uses here, is taken by %s", port, service,
              listener != NULL ? listener : "an unknown process");
    return error_hint(err, "Stop that program, or give the line in site.yaml another port below "
                           "32768 and run \"lectern up\" again; hand-outs name the port.");
}
