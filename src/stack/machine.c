/*
 * The machine's names and addresses: see machine.h.
 */
#include "stack/machine.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strbuf.h"

enum { NAMES_MAX = 64, NAME_LENGTH_MAX = 253, LABEL_LENGTH_MAX = 63 };

/* A numeric IPv4 or IPv6 address. */
static bool is_address(const char *text)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static bool is_loopback(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127 || v4.s_addr == 0;
    return inet_pton(AF_INET6, address, &v6) == 1 &&
           (IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6));
}

static bool is_host_name(const char *text)
{
    size_t label = 0;
    if (text[0] == '\0' || strlen(text) > NAME_LENGTH_MAX)
        return false;
    for (const char *p = text; *p != '\0'; p++) {
        bool edge = label == 0 || p[1] == '.' || p[1] == '\0';
        if (*p == '.') {
            if (label == 0)
                return false;
            label = 0;
        } else if (!(isalnum((unsigned char)*p) || (*p == '-' && !edge)) ||
                   ++label > LABEL_LENGTH_MAX || (unsigned char)*p > 127) {
            return false;
        }
    }
    return label > 0;
}

bool machine_check_room(const char *room, struct error *err)
{
    if (is_address(room) ? is_loopback(room) : strcmp(room, "localhost") == 0) {
        error_set(err, ERROR_USAGE, "\"%s\" is this machine itself, not a room", room);
        return error_hint(err, "Give the name or address under which lab PCs reach this machine; "
                               "\"lectern up --loopback\" closes the room.");
    }
    if (is_address(room) || is_host_name(room))
        return true;
    return error_set(err, ERROR_USAGE, "\"%s\" is neither a host name nor a numeric address", room);
}

/* The numeric addresses of this machine's interfaces, without loopback and link-local ones. */
static const char **own_addresses(struct arena *arena, size_t *ret_n)
{
    const char **list = arena_alloc_array(arena, NAMES_MAX, sizeof *list);
    size_t n = 0;
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0)
        all = NULL;
    for (const struct ifaddrs *i = all; i != NULL && n < NAMES_MAX; i = i->ifa_next) {
        if (i->ifa_addr == NULL || (i->ifa_flags & IFF_UP) == 0)
            continue;
        int family = i->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6)
            continue;
        char text[NI_MAXHOST];
        socklen_t len =
            family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
        if (getnameinfo(i->ifa_addr, len, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0 ||
            strchr(text, '%') != NULL || is_loopback(text)) /* %eth0: link-local */
            continue;
        list[n++] = arena_strdup(arena, text);
    }
    if (all != NULL)
        freeifaddrs(all);
    *ret_n = n;
    return list;
}

const char **machine_names(const struct site *site, struct arena *arena, size_t *ret_n)
{
    size_t n = 0, n_addresses = 0;
    const char **addresses = own_addresses(arena, &n_addresses);
    const char **names = arena_alloc_array(arena, NAMES_MAX + 8, sizeof *names);
    char host[HOST_NAME_MAX + 1] = "";
    names[n++] = "localhost";
    names[n++] = "127.0.0.1";
    names[n++] = "::1";
    if (gethostname(host, sizeof host - 1) == 0 && is_host_name(host))
        names[n++] = arena_strdup(arena, host);
    if (site->room_open) {
        names[n++] = site->room_host;
        for (size_t i = 0; i < n_addresses; i++)
            names[n++] = addresses[i];
    }
    *ret_n = n;
    return names;
}

char *machine_listen_addresses(const struct site *site)
{
    if (!site->room_open)
        return mem_strdup("127.0.0.1");
    if (is_address(site->room_host))
        return mem_printf("127.0.0.1,%s", site->room_host);
    return mem_strdup("*");
}

static bool is_ours(const char *address)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    size_t n;
    const char **ours = own_addresses(&arena, &n);
    for (size_t i = 0; i < n; i++)
        if (strcmp(ours[i], address) == 0)
            return true;
    return is_loopback(address);
}

bool machine_is_elsewhere(const char *room)
{
    unsigned char bytes[16];
    char usual[INET6_ADDRSTRLEN]; /* fd00:0::2 is fd00::2 */
    int family = inet_pton(AF_INET, room, bytes) == 1    ? AF_INET
                 : inet_pton(AF_INET6, room, bytes) == 1 ? AF_INET6
                                                         : 0;
    return family != 0 && inet_ntop(family, bytes, usual, sizeof usual) != NULL &&
           !is_loopback(usual) && !is_ours(usual);
}

char *machine_resolve(const char *name, bool *ret_ours)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;
    *ret_ours = false;
    if (getaddrinfo(name, NULL, &hints, &all) != 0)
        return NULL;
    for (const struct addrinfo *i = all; i != NULL; i = i->ai_next) {
        char address[NI_MAXHOST];
        if (getnameinfo(i->ai_addr, i->ai_addrlen, address, sizeof address, NULL, 0,
                        NI_NUMERICHOST) != 0)
            continue;
        strbuf_printf(&text, "%s%s", text.len > 0 ? ", " : "", address);
        *ret_ours = *ret_ours || is_ours(address);
    }
    freeaddrinfo(all);
    return text.len > 0 ? strbuf_detach(&text) : NULL;
}
