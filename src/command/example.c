/*
 * The example of a lab, for provisioning.
 */
#include "command/example.h"

#include "base/error.h"
#include "base/memory.h"
#include "control/connect.h"
#include "example/example.h"

static bool find_place(const struct site *site, struct arena *arena,
                       struct example_place *ret_place, struct error *err)
{
    connect_as_admin(site, "postgres", arena, &ret_place->admin);
    return connect_as_role(site, EXAMPLE_LOADER, "postgres", arena, &ret_place->loader, err);
}

static bool read_example(const struct site *site, const struct lab *lab, event_cb on_event,
                         void *data, struct check_set *ret_checks, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct example_place place;
    struct example_report report;
    if (!find_place(site, &arena, &place, err) ||
        !example_read(&place, lab, ret_checks, &report, err))
        return error_wrap(err, "example");
    for (size_t i = 0; i < report.load.n_failures; i++) {
        const struct load_failure *failure = &report.load.failures[i];
        CLEANUP(mem_free_string)
        char *text = mem_printf("%s:%d: %s", lab->example, failure->line, failure->message);
        struct event event = {
            .kind = EVENT_NOTE, .target = "control", .object = "example", .text = text};
        on_event(&event, data);
    }
    for (size_t i = 0; i < report.notes.count; i++) {
        struct event event = {.kind = EVENT_NOTE,
                              .target = "control",
                              .object = "example",
                              .text = report.notes.items[i]};
        on_event(&event, data);
    }
    example_report_release(&report);
    return true;
}

static bool drop_example(const struct site *site, const char *lab_name, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct example_place place;
    return (find_place(site, &arena, &place, err) && example_drop(&place, lab_name, err)) ||
           error_wrap(err, "example");
}

const struct provision_example command_example = {read_example, drop_example};
