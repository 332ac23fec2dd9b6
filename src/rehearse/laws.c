/*
 * The laws' numbers.
 */
#include "rehearse/laws.h"

#include <math.h>

#include "rehearse/random.h"

const struct laws laws = {
    .work_sigma = 0.45,
    .difficulty_sigma = 0.25,
    .pace_sigma = 0.15,
    .peek_s = 75,
    .peek_sigma = 0.6,
    .break_s = 180,
    .break_sigma = 0.3,
    .breaks_per_lesson = 0.6,
    .break_logout = 0.1,
    .arrive_s = 90,
    .arrive_sigma = 0.6,
    .typo_share = 0.12,
    .typo_again = 0.35,
    .typo_same = 0.8,
    .commit_s = 40,
    .commit_sigma = 0.6,
    .commit_share = 0.3,
    .wait_s = 2,
    .wait_sigma = 0.8,
    .waits_per_lesson = 0.3,
    .hide_s = 3,
    .hide_sigma = 0.7,
    .hides_per_lesson = 0.5,
    .usual_share = 0.45,
    .sure = 0.9,
    .least_need_s = 60,
    .least_behind_s = 180,
    .behind_ratio = 0.5,
    .behind_by = 0.25,
};

/* The normal distribution's quantile, by halving. */
static double normal_quantile(double p)
{
    double low = -8, high = 8;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (0.5 * erfc(-middle / sqrt(2)) < p)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct manner laws_manner(enum profile profile, struct random *random)
{
    struct manner manner = {.pace = random_lognormal(random, laws.pace_sigma)};
    manner.peek_s = laws.peek_s * random_lognormal(random, 0.5);
    manner.typos = laws.typo_share;
    switch (profile) {
    case PROFILE_FAST:
    case PROFILE_DROPPER:
        manner.pace *= 0.6;
        break;
    case PROFILE_SLOW:
        manner.pace = random_between(random, 1.3, 1.75);
        break;
    case PROFILE_LEFT_BEHIND:
        manner.pace = random_between(random, 2.4, 4);
        break;
    case PROFILE_WRONG_TYPES:
    case PROFILE_NO_KEYS:
    case PROFILE_DOUBLE_ROWS:
        manner.pace *= 0.8;
        break;
    case PROFILE_THINKER:
        manner.thinker = true;
        manner.peek_s *= 2;
        break;
    case PROFILE_TYPOS:
        manner.typos = 0.4;
        break;
    case PROFILE_MANUAL:
        manner.manual = true;
        break;
    default:
        break;
    }
    return manner;
}

double laws_share(void)
{
    return (1 - laws.usual_share) / (PROFILE_COUNT - PROFILE_USUAL);
}

double laws_sure_after(double median_s, double sigma, double needs)
{
    double tail = needs * (1 - laws.sure) / laws.sure;
    return tail >= 1 ? 0 : median_s * exp(sigma * normal_quantile(1 - tail));
}

int laws_sure_errors(size_t n_parts)
{
    double tail = laws_share() / (double)n_parts / laws.typo_share * (1 - laws.sure) / laws.sure;
    return 1 + (int)ceil(log(tail) / log(laws.typo_again * laws.typo_same));
}

bool laws_far_behind(double done, double usual)
{
    return done < usual * laws.behind_ratio && usual - done >= laws.behind_by;
}
