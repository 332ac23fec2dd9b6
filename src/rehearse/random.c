/*
 * The robots' random numbers: see random.h.
 */
#include "rehearse/random.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void random_init(struct random *random, uint64_t seed, const char *name)
{
    uint64_t state = seed ^ 0xcbf29ce484222325u; /* FNV-1a of the name on top of the seed */
    for (; *name != '\0'; name++)
        state = (state ^ (unsigned char)*name) * 0x100000001b3u;
    for (int i = 0; i < 4; i++)
        random->state[i] = splitmix(&state);
}

static uint64_t next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double random_unit(struct random *random)
{
    return (double)(next(random) >> 11) * 0x1.0p-53;
}

double random_between(struct random *random, double low, double high)
{
    return low + (high - low) * random_unit(random);
}

size_t random_below(struct random *random, size_t n)
{
    return (size_t)(random_unit(random) * (double)n);
}

double random_lognormal(struct random *random, double sigma)
{
    /* Box-Muller; 1 - u is never 0. */
    double radius = sqrt(-2 * log(1 - random_unit(random)));
    double angle = 2 * 3.14159265358979323846 * random_unit(random);
    return exp(sigma * radius * cos(angle));
}
