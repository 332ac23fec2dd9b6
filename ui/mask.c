/*
 * Pseudonyms.
 */
#include "ui/mask.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

static const char *const colours[] = {
    "amber", "ash",   "azure", "beige", "blue",  "bold",  "calm",  "coral", "cream",
    "dusky", "fair",  "fawn",  "gold",  "gray",  "green", "happy", "ivory", "jade",
    "keen",  "kind",  "lilac", "lime",  "mauve", "merry", "mild",  "mint",  "navy",
    "noble", "ochre", "olive", "opal",  "peach", "pearl", "pink",  "plum",  "proud",
    "quick", "rosy",  "ruby",  "rust",  "sandy", "slate", "snowy", "sunny", "swift",
    "tan",   "teal",  "topaz", "umber", "vivid", "white", "wise",
};
static const char *const animals[] = {
    "alpaca", "badger", "bear",   "beaver", "bison",  "camel",  "cobra",  "condor", "crane",
    "crow",   "deer",   "dingo",  "dove",   "eagle",  "eland",  "elk",    "ermine", "falcon",
    "ferret", "finch",  "fox",    "gecko",  "gibbon", "goose",  "hare",   "hawk",   "heron",
    "hippo",  "horse",  "hyena",  "ibex",   "ibis",   "iguana", "impala", "jackal", "jaguar",
    "kiwi",   "koala",  "lark",   "lemur",  "llama",  "lynx",   "marten", "mole",   "moose",
    "mouse",  "newt",   "okapi",  "orca",   "oryx",   "otter",  "owl",    "panda",  "parrot",
    "pigeon", "puffin", "puma",   "quail",  "rabbit", "raven",  "robin",  "seal",   "shark",
    "sheep",  "shrew",  "skunk",  "sloth",  "snail",  "stork",  "swan",   "tapir",  "tiger",
    "toad",   "trout",  "turtle", "viper",  "vole",   "walrus", "whale",  "wolf",   "wombat",
    "yak",    "zebra",
};
enum {
    COLOURS = sizeof colours / sizeof *colours,
    ANIMALS = sizeof animals / sizeof *animals,
    PAIRS = COLOURS * ANIMALS
};

static size_t wish(const char *key, const char *login)
{
    unsigned char digest[DIGEST_SHA256_BYTES];
    digest_hmac_sha256(key, strlen(key), login, strlen(login), digest);
    size_t number = 0;
    for (int i = 0; i < 6; i++)
        number = number << 8 | digest[i];
    return number % PAIRS;
}

/* Whose wish is taken gets the next that is free; a class of thousands counts on. */
static const char *name_of(struct arena *arena, bool *taken, const char *key, const char *login,
                           size_t place)
{
    size_t pair = wish(key, login), tries = 0;
    while (tries < PAIRS && taken[pair])
        pair = (pair + 1) % PAIRS, tries++;
    if (tries == PAIRS)
        return arena_printf(arena, "student %zu", place);
    taken[pair] = true;
    return arena_printf(arena, "%s %s", colours[pair / ANIMALS], animals[pair % ANIMALS]);
}

const struct snapshot *mask_snapshot(struct mask *mask, const struct snapshot *snapshot,
                                     const char *key)
{
    mask_release(mask);
    bool *taken = arena_alloc_array(&mask->arena, PAIRS, sizeof *taken);
    mask->students = mem_alloc_array(snapshot->n_students + 1, sizeof *mask->students);
    mask->shown = *snapshot;
    mask->shown.arena = ARENA_INIT; /* not ours */
    for (size_t i = 0; i < snapshot->n_students; i++) {
        mask->students[i] = snapshot->students[i];
        mask->students[i].name =
            name_of(&mask->arena, taken, key, snapshot->students[i].login, i + 1);
    }
    mask->shown.students = mask->students;
    return &mask->shown;
}

void mask_release(struct mask *mask)
{
    arena_release(&mask->arena);
    free(mask->students);
    *mask = (struct mask){.arena = ARENA_INIT};
}
