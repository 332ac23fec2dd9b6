/*
 * Is a server ready for its users?  Each is asked in its own way, without a login where that works.
 */
#ifndef LECTERN_STACK_READY_H
#define LECTERN_STACK_READY_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/site.h"
#include "stack/service.h"

struct error;

/* Does it answer now? */
bool ready_is(const struct site *site, enum service service);

/*
 * Wait until it answers.  A server that ends again and again is given up early; the error carries
 * the last lines of its log.
 */
bool ready_wait(const struct site *site, enum service service, int64_t timeout_ms,
                struct error *err);

#endif
