/*
 * Random numbers that are the same for the same seed, on every machine: xoshiro256**, seeded by
 * splitmix64 (Blackman and Vigna).
 */
#ifndef LECTERN_REHEARSE_RANDOM_H
#define LECTERN_REHEARSE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state[4];
};

/* `name` makes streams of one seed differ. */
void random_init(struct random *random, uint64_t seed, const char *name);
double random_unit(struct random *random);                             /* [0, 1) */
double random_between(struct random *random, double low, double high); /* [low, high) */
size_t random_below(struct random *random, size_t n);                  /* 0 .. n-1; n > 0 */
/* exp() of a normal deviate with mean 0: how long people take. */
double random_lognormal(struct random *random, double sigma);

#endif
