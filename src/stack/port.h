/*
 * TCP ports for servers of ours: chosen once, below 32768, where the kernel does not pick ports for
 * outgoing connections.
 */
#ifndef LECTERN_STACK_PORT_H
#define LECTERN_STACK_PORT_H

#include <stdbool.h>

struct error;

enum { PORT_LOWEST = 1024, PORT_HIGHEST = 32767 };

/* Nobody listens on it, on any address. */
bool port_is_free(int port);

/*
 * Keep other `lectern up`s of this machine from choosing it, until this process ends: a port is
 * free between its choice and its server's start.  False when another has reserved it.
 */
bool port_reserve(int port);

/*
 * The first free port from `first` on, reserved; with `spread` from a random one of the 8000 behind
 * it.  When `first` is taken the search goes on at a random one, too.
 */
bool port_choose(int first, bool spread, int *ret_port, struct error *err);

/* An error that names who has the port, unless it is free. */
bool port_check(int port, const char *service, struct error *err);

#endif
