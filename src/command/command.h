/*
 * The commands: one table, one file per command.  A command is a name, what it takes, and a
 * function that returns the exit status; its options are declared once, which parses and documents
 * them.
 */
#ifndef LECTERN_COMMAND_COMMAND_H
#define LECTERN_COMMAND_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "lab/site.h"

enum exit_status { EXIT_FINE = 0, EXIT_FAILED = 1, EXIT_WRONG_USE = 2, EXIT_DIFFERENT = 3 };

struct command {
    const char *program; /* NULL: a command of "lectern"; otherwise a program of its own */
    const char *name;
    const char *arguments;             /* "LAB [LOGIN...]": shown behind the options */
    const char *summary;               /* one line, for the list of commands */
    const char *help;                  /* paragraphs, for --help and the manual */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

/* NULL-terminated, in the order of the manual. */
extern const struct command *const command_table[];
const struct command *command_find(const char *name);
void command_print_list(FILE *stream); /* the usage line and all commands with their summaries */
/* The program's main: finds and runs the command; no command is the console. */
int command_main(int argc, char **argv);
/* lecternd's main. */
int command_daemon_main(int argc, char **argv);

/* -- options ----------------------------------------------------------------------------------- */

enum option_type { OPTION_FLAG, OPTION_STRING, OPTION_INT, OPTION_DOUBLE };

struct option_spec {
    const char *name; /* "json": --json */
    enum option_type type;
    void *value;          /* bool *, const char **, int *, double *: holds the default on entry */
    const char *argument; /* "SECONDS"; NULL for flags */
    const char *help;
};

/*
 * Parse options and arguments ("--name=value", "--name value", "--" ends).  Sets *ret_argc and
 * *ret_argv to the arguments that are left.  Returns -1 to go on, or the exit status: --help was
 * printed (0), or a usage error was reported (2).  --roff prints the manual's entry.  `options`
 * ends with a NULL name.
 */
int options_parse(const struct command *command, const struct option_spec *options, int argc,
                  char **argv, int *ret_argc, char ***ret_argv);
/* Report wrong use of the arguments: "lectern NAME: message" and the usage line.  Returns 2. */
int command_usage(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Report an error and return its exit status (2 for ERROR_USAGE, else 1).  Clears it. */
int command_fail(const struct command *command, struct error *err);

/* -- what most commands need ------------------------------------------------------------------- */

/* The state directory: LECTERN_STATE, $XDG_STATE_HOME/lectern, ~/.local/state/lectern; for root
 * without the first two /var/lib/lectern, which the servers' users can reach.  malloc'd, absolute.
 */
char *command_state_directory(void);
/* Load STATE/site.yaml; ERROR_NOT_FOUND with the hint `lectern up` when there is none, ERROR_EXISTS
 * when its servers are another user's (root may look at everybody's). */
bool command_load_site(struct site *ret_site, struct error *err);
/* The same; ERROR_EXISTS, too, when lectern does not run these servers. */
bool command_load_own_site(struct site *ret_site, struct error *err);
/* As command_load_site() for who needs no secret: lecternd's own user, a student who changes the
 * password. */
bool command_read_site(struct site *ret_site, struct error *err);
/* Print the document for --json, and release it. */
void command_print_json(json_t *document);
/* The path of a program that belongs to this one (lecternd): beside it, malloc'd. */
char *command_sibling(const char *name);
/* The name of the lab that LAB means: NULL or "" the current lab, a name, or a lab file's path. */
bool command_resolve_lab(const struct site *site, const char *argument, char **ret_name,
                         struct error *err);

#endif
