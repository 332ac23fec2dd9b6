/*
 * Processes as /proc shows them: who is alive, which are the servers of a state directory, what
 * they weigh, and who holds a port.
 */
#ifndef LECTERN_STACK_PROCESS_H
#define LECTERN_STACK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid, parent;
    uint64_t start; /* clock ticks since boot: tells a process from a later one with its pid */
    char name[32];  /* the kernel's, at most 15 bytes */
    bool ours;      /* works in the state directory and is one of its programs */
};

/* False when there is no such process, or it is a zombie. */
bool process_read(pid_t pid, struct process *ret_process);

/* Is it still the same process? */
bool process_is_alive(const struct process *process);

/*
 * The processes of this state directory's servers: supervisor, loggers, servers and their children,
 * told by their working directory and program.  malloc'd array; returns the number.
 */
size_t process_list_ours(const char *state, struct process **ret_list);

/* Memory of a process and its descendants: the sum of Pss, or of resident pages; -1: unknown. */
int64_t process_tree_memory_kb(pid_t pid);

/* "prometheus (process 4711 of user \"prometheus\")", malloc'd; NULL when nobody listens there.
 * A process that we may not look into is named by its user only. */
char *process_describe_listener(int port);

#endif
