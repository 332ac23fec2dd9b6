/*
 * Profiles, and the classes that are made of them.
 */
#include "rehearse/profile.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "rehearse/laws.h"
#include "rehearse/random.h"

static const char *const names[PROFILE_COUNT] = {
    [PROFILE_STEADY] = "steady",
    [PROFILE_FAST] = "fast",
    [PROFILE_SLOW] = "slow",
    [PROFILE_THINKER] = "thinker",
    [PROFILE_TYPOS] = "typos",
    [PROFILE_MANUAL] = "manual_commit",
    [PROFILE_STUCK] = "stuck",
    [PROFILE_ERROR_LOOP] = "error_loop",
    [PROFILE_NO_SEMICOLON] = "no_semicolon",
    [PROFILE_NEVER] = "never",
    [PROFILE_LATE] = "late",
    [PROFILE_IDLE] = "idle",
    [PROFILE_OPEN_TRANSACTION] = "open_transaction",
    [PROFILE_BLOCKER] = "blocker",
    [PROFILE_DROPPER] = "dropper",
    [PROFILE_WRONG_TYPES] = "wrong_types",
    [PROFILE_NO_KEYS] = "no_keys",
    [PROFILE_DOUBLE_ROWS] = "double_rows",
    [PROFILE_PASTER] = "paster",
    [PROFILE_LEAVER] = "leaver",
    [PROFILE_HAND] = "hand",
    [PROFILE_WRONG_PASSWORD] = "wrong_password",
    [PROFILE_LEFT_BEHIND] = "left_behind",
    [PROFILE_HIDER] = "hider",
};

const char *profile_name(enum profile profile)
{
    return names[profile];
}

bool profile_parse(const char *name, size_t len, enum profile *ret_profile)
{
    for (size_t i = 0; i < PROFILE_COUNT; i++)
        if (strlen(names[i]) == len && strncmp(names[i], name, len) == 0) {
            *ret_profile = (enum profile)i;
            return true;
        }
    return false;
}

enum profile profile_draw(struct random *random)
{
    if (random_unit(random) >= laws.usual_share)
        return PROFILE_USUAL + (enum profile)random_below(random, PROFILE_COUNT - PROFILE_USUAL);
    /* Half of the usual ones are steady. */
    size_t which = random_below(random, 2 * PROFILE_USUAL - 2);
    return which < PROFILE_USUAL ? (enum profile)which : PROFILE_STEADY;
}

/* -- a lively class ---------------------------------------------------------------------------- */

/* The first of a class ... */
static const enum profile core[] = {
    PROFILE_STEADY, PROFILE_FAST,  PROFILE_SLOW,    PROFILE_STUCK,
    PROFILE_TYPOS,  PROFILE_NEVER, PROFILE_DROPPER, PROFILE_HAND,
};
/* ... and what the others are, with equal chances. */
static const enum profile crowd[] = {
    PROFILE_STEADY,
    PROFILE_STEADY,
    PROFILE_STEADY,
    PROFILE_STEADY,
    PROFILE_STEADY,
    PROFILE_STEADY,
    PROFILE_FAST,
    PROFILE_FAST,
    PROFILE_SLOW,
    PROFILE_TYPOS,
    PROFILE_THINKER,
    PROFILE_MANUAL,
    PROFILE_STUCK,
    PROFILE_HAND,
    PROFILE_NO_KEYS,
    PROFILE_LEAVER,
    PROFILE_ERROR_LOOP,
    PROFILE_IDLE,
    PROFILE_OPEN_TRANSACTION,
    PROFILE_BLOCKER,
};

static void shuffle(struct random *random, enum profile *profiles, size_t n)
{
    for (size_t i = n; i > 1; i--) { /* Fisher-Yates */
        size_t other = random_below(random, i);
        enum profile swapped = profiles[i - 1];
        profiles[i - 1] = profiles[other];
        profiles[other] = swapped;
    }
}

static void make_lively(struct random *random, size_t n, enum profile *profiles)
{
    size_t n_core = sizeof(core) / sizeof(*core), n_crowd = sizeof(crowd) / sizeof(*crowd);
    for (size_t i = 0; i < n; i++)
        profiles[i] = i < n_core ? core[i] : crowd[random_below(random, n_crowd)];
    shuffle(random, profiles, n);
}

/* -- classes as they were asked for ------------------------------------------------------------ */

static void make_measured(struct random *random, size_t n, enum profile *profiles)
{
    for (size_t i = 0; i < n; i++) {
        profiles[i] = profile_draw(random);
        if (profiles[i] == PROFILE_HIDER) /* no student can hide from a real lecternd at will */
            profiles[i] = PROFILE_STEADY;
    }
}

static bool refuse(const char *name, size_t len, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf all = STRBUF_INIT;
    for (size_t i = 0; i < PROFILE_HIDER; i++)
        strbuf_printf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
    error_set(err, ERROR_INPUT, "there is no profile \"%.*s\"", (int)len, name);
    return error_hint(err, "A class is \"lively\", \"measured\", or a list of: %s.", all.text);
}

static bool deal(const char *mix, size_t n, enum profile *profiles, struct error *err)
{
    size_t n_listed = 0;
    for (const char *at = mix;; at++) {
        size_t len = strcspn(at, ",");
        enum profile profile;
        if (!profile_parse(at, len, &profile) || profile == PROFILE_HIDER)
            return refuse(at, len, err);
        if (n_listed < n)
            profiles[n_listed++] = profile;
        at += len;
        if (*at == '\0')
            break;
    }
    for (size_t i = n_listed; i < n; i++)
        profiles[i] = profiles[i - n_listed];
    return true;
}

bool profiles_assign(const char *mix, uint64_t seed, size_t n, enum profile *ret_profiles,
                     struct error *err)
{
    struct random random;
    random_init(&random, seed, "profiles");
    if (strcmp(mix, "lively") == 0)
        make_lively(&random, n, ret_profiles);
    else if (strcmp(mix, "measured") == 0)
        make_measured(&random, n, ret_profiles);
    else
        return deal(mix, n, ret_profiles, err);
    return true;
}
