/*
 * Options of the commands: one declaration parses them and prints their help.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "command/command.h"

static const char *program_of(const struct command *command)
{
    return command->program != NULL ? command->program : "lectern";
}

static void print_help(const struct command *command, const struct option_spec *options)
{
    const char *arguments = command->arguments;
    printf("usage: %s%s%s [options]%s%s\n\n%s\n\n%s\n\noptions:\n", program_of(command),
           *command->name != '\0' ? " " : "", command->name, *arguments != '\0' ? " " : "",
           arguments, command->summary, command->help);
    for (const struct option_spec *o = options; o->name != NULL; o++) {
        CLEANUP(mem_free_string)
        char *left = o->argument != NULL ? mem_printf("--%s %s", o->name, o->argument)
                                         : mem_printf("--%s", o->name);
        printf("  %-24s %s\n", left, o->help);
    }
    printf("  %-24s %s\n", "--help", "show this");
}

/* Text as roff: a line that begins with a dot or a quote, and backslashes, would be commands. */
static void print_roff_text(const char *text)
{
    bool line_start = true;
    for (const char *p = text; *p != '\0'; p++) {
        if (line_start && (*p == '.' || *p == '\''))
            fputs("\\&", stdout);
        if (*p == '\\')
            fputs("\\e", stdout);
        else if (*p == '-')
            fputs("\\-", stdout);
        else if (*p == '\n' && p[1] == '\n')
            fputs("\n.PP", stdout);
        else
            putchar(*p);
        line_start = *p == '\n';
    }
    putchar('\n');
}

static void print_roff(const struct command *command, const struct option_spec *options)
{
    printf(".SS lectern %s\n.I ", command->name);
    print_roff_text(command->arguments);
    printf(".PP\n");
    print_roff_text(command->summary);
    printf(".PP\n");
    print_roff_text(command->help);
    for (const struct option_spec *o = options; o->name != NULL; o++) {
        printf(".TP\n.BR \\-\\-");
        for (const char *p = o->name; *p != '\0'; p++)
            printf(*p == '-' ? "\\-" : "%c", *p);
        printf(o->argument != NULL ? " \" \" %s\n" : "%s\n",
               o->argument != NULL ? o->argument : "");
        print_roff_text(o->help);
    }
}

int command_usage(const struct command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    CLEANUP(mem_free_string)
    char *text = mem_vprintf(format, args);
    va_end(args);
    struct error err = ERROR_INIT;
    const char *name = command->name, *separator = *name != '\0' ? ": " : "";
    error_set(&err, ERROR_USAGE, "%s%s%s", name, separator, text);
    error_hint(&err, "Usage: %s%s%s [options]%s%s", program_of(command), *name != '\0' ? " " : "",
               name, *command->arguments != '\0' ? " " : "", command->arguments);
    error_report(&err, stderr, program_of(command));
    error_clear(&err);
    return EXIT_WRONG_USE;
}

int command_fail(const struct command *command, struct error *err)
{
    int status = err->code == ERROR_USAGE ? EXIT_WRONG_USE : EXIT_FAILED;
    if (*command->name != '\0')
        error_wrap(err, "%s", command->name);
    error_report(err, stderr, program_of(command));
    error_clear(err);
    return status;
}

static bool set_value(const struct option_spec *option, char *text)
{
    char *end = text;
    errno = 0;
    if (option->type == OPTION_STRING) {
        *(const char **)option->value = text;
        return true;
    }
    if (option->type == OPTION_INT) {
        long value = strtol(text, &end, 10);
        if (errno != 0 || end == text || *end != '\0' || value < -1000000000 || value > 1000000000)
            return false;
        *(int *)option->value = (int)value;
        return true;
    }
    double value = strtod(text, &end);
    if (errno != 0 || end == text || *end != '\0')
        return false;
    *(double *)option->value = value;
    return true;
}

static const struct option_spec *find_option(const struct option_spec *options, const char *name,
                                             size_t len)
{
    for (const struct option_spec *o = options; o->name != NULL; o++)
        if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

int options_parse(const struct command *command, const struct option_spec *options, int argc,
                  char **argv, int *ret_argc, char ***ret_argv)
{
    int kept = 0;
    bool ended = false;
    for (int i = 1; i < argc; i++) {
        char *arg = argv[i];
        if (ended || arg[0] != '-' || arg[1] == '\0' || strchr("0123456789", arg[1]) != NULL) {
            argv[kept++] = arg;
            continue;
        }
        if (strcmp(arg, "--") == 0) {
            ended = true;
            continue;
        }
        if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            print_help(command, options);
            return EXIT_FINE;
        }
        if (strcmp(arg, "--roff") == 0) {
            print_roff(command, options);
            return EXIT_FINE;
        }
        if (arg[1] != '-')
            return command_usage(command, "unknown option \"%s\"", arg);
        char *name = arg + 2;
        char *value = strchr(name, '=');
        size_t len = value != NULL ? (size_t)(value - name) : strlen(name);
        const struct option_spec *option = find_option(options, name, len);
        if (option == NULL)
            return command_usage(command, "unknown option \"--%.*s\"", (int)len, name);
        if (option->type == OPTION_FLAG) {
            if (value != NULL)
                return command_usage(command, "option \"--%s\" takes no value", option->name);
            *(bool *)option->value = true;
            continue;
        }
        value = value != NULL ? value + 1 : ++i < argc ? argv[i] : NULL;
        if (value == NULL)
            return command_usage(command, "option \"--%s\" needs %s", option->name,
                                 option->argument);
        if (!set_value(option, value))
            return command_usage(command, "option \"--%s\" does not take \"%s\"", option->name,
                                 value);
    }
    *ret_argc = kept;
    *ret_argv = argv;
    return -1;
}
