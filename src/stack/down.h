/*
 * Ending servers; the public half is stack_down() of stack.h.
 */
#ifndef LECTERN_STACK_DOWN_H
#define LECTERN_STACK_DOWN_H

#include <stdbool.h>
#include <stddef.h>

struct error;

/*
 * End what still works in the state directory without a runsvdir over it, as after a crash, and
 * remove the pid and lock files of dead servers.  `ret_n`: how many processes there were.
 */
bool down_end_leftovers(const char *state, size_t *ret_n, struct error *err);

#endif
