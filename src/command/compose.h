/*
 * lectern --compose NAME: the commands on the containers of docker-compose.yml.
 *
 * The option is the environment's LECTERN_COMPOSE, so that the console's children inherit it.  It
 * gives the project a state directory of its own below the usual one (compose/NAME), which
 * command_load_site() brings up to date.
 */
#ifndef LECTERN_COMMAND_COMPOSE_H
#define LECTERN_COMMAND_COMPOSE_H

#include <stdbool.h>

struct command;
struct site;
struct error;

/* The project's name, or NULL. */
const char *compose_project(void);

/* Take --compose NAME, --compose=NAME from the arguments' front; 0, or the exit status. */
int compose_take_option(int *argc, char ***argv);

/* Bring the state directory up to date, once per process. */
bool compose_refresh(const char *state, struct error *err);

/* A command ended: what it changed of labs goes to the containers. */
bool compose_leave(struct error *err);

/* Give PostgreSQL in its container at least `n` connections; only the host can restart it. */
bool compose_ensure_connections(const struct site *site, int n, bool *ret_restarted,
                                struct error *err);

/* Is this a command for servers on this machine, which containers have no use for?  Reports it. */
bool compose_refuses(const struct command *command, int *ret_status);

/* The project's own ps and logs. */
int compose_ps(const struct command *command, bool json);
int compose_logs(const struct command *command, const char *service, int lines);

#endif
