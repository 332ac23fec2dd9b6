/*
 * What a command said on its stderr, as one line for the console's screen.
 */
#ifndef LECTERN_COMMAND_CONSOLE_WORDS_H
#define LECTERN_COMMAND_CONSOLE_WORDS_H

/* "lectern: COMMAND: " in front and the hint's indent go; malloc'd. */
char *console_words(const char *errors, const char *command);

#endif
