/*
 * What src/stack offers to other commands, for the test to call:
 * check_stack connections N | restart SERVICE.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "command/command.h"
#include "stack/stack.h"

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct site site;
    bool ok = false, restarted = false;
    if (argc != 3 || !command_load_site(&site, &err))
        return 2;
    if (strcmp(argv[1], "connections") == 0) {
        ok = stack_ensure_connections(&site, atoi(argv[2]), &restarted, &err);
        printf(restarted ? "restarted\n" : "kept\n");
    } else if (strcmp(argv[1], "restart") == 0) {
        ok = stack_restart_service(&site, argv[2], &err);
    }
    site_release(&site);
    if (ok)
        return 0;
    error_report(&err, stderr, "check_stack");
    error_clear(&err);
    return 1;
}
