/*
 * What the host and the containers share: a private directory on the host that follows the state
 * volume, so that every command works on containers as it works on the embedded servers.
 *
 * Secrets, CA and site come from the volume.  Labs (their secrets, files) go both ways, by what was
 * last equal on both sides (the file `exchanged`): a lab's secret burned on one side is gone on the
 * other, too.  Secrets pass through pipes and files of mode 0600, never through arguments.
 */
#ifndef LECTERN_STACK_EXCHANGE_H
#define LECTERN_STACK_EXCHANGE_H

#include <stdbool.h>

#include "stack/engine.h"

struct error;

/* Bring STATE (made when missing) up to date: site.yaml, secrets, tls/ca.crt, labs. */
bool exchange_all(const struct engine_project *project, const char *state, struct error *err);

/* After a command: the labs again, if it changed any. */
bool exchange_labs(const struct engine_project *project, const char *state, struct error *err);

/* What to do about a file, from what it is here, there, and was when both were last the same.
 * Texts are digests, "" for none. */
enum exchange_verdict { EXCHANGE_NOTHING, EXCHANGE_FETCH, EXCHANGE_SEND, EXCHANGE_CONFLICT };
enum exchange_verdict exchange_judge(const char *here, const char *there, const char *before);

#endif
