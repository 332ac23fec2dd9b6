/*
 * The services: what each runs, as whom, and from which files; and the service directories that
 * runit reads:
 *
 *     STATE/service/NAME/run          starts the server in the foreground, as its user
 *     STATE/service/NAME/finish       notes how it ended
 *     STATE/service/NAME/control/t    how it is asked to end, where TERM is the wrong signal
 *     STATE/service/NAME/down         not wanted (yet)
 *     STATE/service/NAME/log/run      svlogd into STATE/log/NAME, rotated by size
 */
#ifndef LECTERN_STACK_SERVICE_H
#define LECTERN_STACK_SERVICE_H

#include <stdbool.h>

#include "lab/site.h"
#include "stack/programs.h"

struct error;

/* In the order of their start. */
enum service {
    SERVICE_SLAPD,
    SERVICE_POSTGRES,
    SERVICE_EXPORTER_STUDENTS,
    SERVICE_EXPORTER_STEPS,
    SERVICE_PROMETHEUS,
    SERVICE_LECTERND,
    SERVICES,
};

extern const char *const service_names[SERVICES];

/* The system user that it runs as; "" for the caller's own. */
const char *service_user(const struct site *site, enum service service);
/* The port that it listens on; 0 for none. */
int service_port(const struct site *site, enum service service);
/* The files, relative to the state directory, that it reads when it starts; NULL-terminated. */
const char *const *service_files(enum service service);

/* Write the service directory, all but `down`.  `lecternd` is the daemon's program. */
bool service_write(const struct site *site, const struct programs *programs, const char *lecternd,
                   enum service service, struct error *err);

#endif
