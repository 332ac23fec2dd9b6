/*
 * A fuzz target: libFuzzer's one function (`make fuzz`), or tests/fuzz/replay.c's main, which gives
 * it the corpus and mutations of it (`make check`).
 */
#ifndef LECTERN_TESTS_FUZZ_H
#define LECTERN_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* As assert(), whatever NDEBUG says. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition);          \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
