/*
 * What runs: the state of each service for `lectern ps`.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "stack/process.h"
#include "stack/ready.h"
#include "stack/service.h"
#include "stack/stack.h"
#include "stack/supervise.h"

_Static_assert((int)STACK_SERVICES == (int)SERVICES, "stack.h promises all services");

static void describe_exit(const struct supervise_status *status, char *text, size_t size)
{
    if (status->exited_us == 0)
        return;
    CLEANUP(strbuf_release)
    struct strbuf ago = STRBUF_INIT;
    clock_format_span((clock_utc_us() - status->exited_us) / 1000000, &ago);
    if (status->exit_signal != 0)
        snprintf(text, size, "signal %d (%s), %s ago", status->exit_signal,
                 strsignal(status->exit_signal), ago.text);
    else
        snprintf(text, size, "exit status %d, %s ago", status->exit_code, ago.text);
}

static void describe(const struct site *site, enum service service, struct stack_service *entry)
{
    struct supervise_status status;
    supervise_read(site->state, service_names[service], &status);
    *entry = (struct stack_service){.name = service_names[service],
                                    .state = "stopped",
                                    .uptime_s = -1,
                                    .memory_kb = -1,
                                    .port = service_port(site, service)};
    if (status.supervised && status.wanted)
        entry->state = ready_is(site, service) ? "running" : "starting";
    if (status.since_us > 0)
        entry->uptime_s = (clock_utc_us() - status.since_us) / 1000000;
    if (status.running) {
        entry->pid = status.pid;
        entry->memory_kb = process_tree_memory_kb(status.pid);
    }
    describe_exit(&status, entry->last_exit, sizeof entry->last_exit);
}

void stack_list(const struct site *site, struct stack_service ret_services[STACK_SERVICES])
{
    for (int i = 0; i < SERVICES; i++)
        describe(site, (enum service)i, &ret_services[i]);
}

char *stack_log_path(const char *state, const char *name)
{
    return mem_printf("%s/log/%s/current", state, name);
}
