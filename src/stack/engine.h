/*
 * The container engine: the containers of one compose project as `docker` tells of them, by the
 * labels that docker-compose 1.29 and docker compose v2 both set.  Everything here blocks.
 */
#ifndef LECTERN_STACK_ENGINE_H
#define LECTERN_STACK_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

struct error;
struct strbuf;

struct container {
    const char *service; /* "postgres" */
    const char *id, *name, *image;
    const char *state;  /* the engine's: "created", "running", "restarting", "exited", "dead" */
    const char *health; /* "starting", "healthy", "unhealthy"; "" without a check */
    const char *error;  /* the engine's words about a failed start; "" mostly */
    int exit_code;
    int restarts;
    int64_t since_us; /* UTC, of the last start, or of the end; 0: unknown */
    /* The first published port: where it is reached from this machine. */
    const char *host; /* numeric; "" when none is */
    int port;
};

struct engine_project {
    struct arena arena;
    const char *name;
    struct container *containers; /* those of `up`, by service; not those of `run` */
    size_t n;
};

/* What compose takes for a project's name: small letters, digits, "_" and "-". */
bool engine_check_name(const char *name, struct error *err);

/*
 * The project's containers.  Errors: ERROR_NOT_FOUND without docker or such a project (the hint
 * names those that there are), ERROR_CONNECTION when the engine does not answer, ERROR_AUTH when it
 * does not let us.
 */
bool engine_find(const char *name, struct engine_project *ret_project, struct error *err);
void engine_release(struct engine_project *project);
const struct container *engine_get(const struct engine_project *project, const char *service);

/* Run `docker ARGUMENTS...` (NULL-terminated, without "docker") to success; its words otherwise. */
bool engine_run(const char *const *arguments, const void *input, size_t input_len,
                struct strbuf *out, struct error *err);

/* The same with stdout and stderr in one. */
bool engine_run_both(const char *const *arguments, struct strbuf *out, struct error *err);

/* Restart a service and wait until it is healthy. */
bool engine_restart(const char *project, const char *service, struct error *err);

/* From the engine's answer to `inspect`; for engine_find() and tests. */
bool engine_parse(const char *text, size_t len, struct engine_project *project, struct error *err);

#endif
