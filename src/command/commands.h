/*
 * The commands' structs, one per file of this folder.
 */
#ifndef LECTERN_COMMAND_COMMANDS_H
#define LECTERN_COMMAND_COMMANDS_H

#include "command/command.h"

#define COMMAND(name) extern const struct command command_##name;
#include "command/commands.def"
#undef COMMAND

#endif
