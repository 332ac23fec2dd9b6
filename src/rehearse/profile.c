/*
 * Who the robots are.
 */
#include "rehearse/random.h"
#include "rehearse/script.h"

const char *profile_name(enum profile profile)
{
    static const char *const names[PROFILE_COUNT] = {
        [PROFILE_STEADY] = "steady",  [PROFILE_FAST] = "fast",   [PROFILE_SLOW] = "slow",
        [PROFILE_STUCK] = "stuck",    [PROFILE_TYPOS] = "typos", [PROFILE_NEVER] = "never",
        [PROFILE_DROPPER] = "dropper"};
    return names[profile];
}

/* What the students after the first PROFILE_COUNT are, out of ten. */
static const enum profile crowd[10] = {
    PROFILE_STEADY, PROFILE_STEADY, PROFILE_STEADY, PROFILE_STEADY, PROFILE_STEADY,
    PROFILE_FAST,   PROFILE_FAST,   PROFILE_SLOW,   PROFILE_TYPOS,  PROFILE_STUCK,
};

void profiles_assign(uint64_t seed, size_t n, enum profile *ret_profiles)
{
    struct random random;
    random_init(&random, seed, "profiles");
    for (size_t i = 0; i < n; i++)
        ret_profiles[i] = i < PROFILE_COUNT ? (enum profile)i : crowd[random_below(&random, 10)];
    for (size_t i = n; i > 1; i--) { /* Fisher-Yates */
        size_t other = random_below(&random, i);
        enum profile swapped = ret_profiles[i - 1];
        ret_profiles[i - 1] = ret_profiles[other];
        ret_profiles[other] = swapped;
    }
}
