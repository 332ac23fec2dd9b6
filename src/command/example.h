/*
 * What provisioning needs of an example, by src/example; and the notes about it as events.
 */
#ifndef LECTERN_COMMAND_EXAMPLE_H
#define LECTERN_COMMAND_EXAMPLE_H

#include "provision/provision.h"

extern const struct provision_example command_example;

#endif
