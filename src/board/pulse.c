/*
 * The pulse: freshness and diagnosis, from what the feed has seen.
 */
#include "board/pulse.h"

#include <math.h>

void pulse_init(struct pulse *pulse, int64_t now_ms)
{
    *pulse = (struct pulse){.started_ms = now_ms, .exporter_up = -1, .feed_failed = -1};
}

void pulse_answer(struct pulse *pulse, int64_t now_ms, int64_t answer_us, int64_t heartbeat_us,
                  int exporter_up, int feed_failed)
{
    pulse->answer_ms = now_ms;
    pulse->refused = false;
    pulse->exporter_up = exporter_up;
    pulse->feed_failed = feed_failed;
    if (heartbeat_us == 0) {
        if (pulse->absent < PULSE_ABSENT_MAX)
            pulse->absent++;
        return;
    }
    pulse->absent = 0;
    pulse->has_data = true;
    pulse->data_ms = now_ms;
    pulse->data_age_ms = answer_us > heartbeat_us ? (answer_us - heartbeat_us) / 1000 : 0;
}

void pulse_refusal(struct pulse *pulse)
{
    pulse->refused = true;
}

/* The first link of the chain that is known to be broken; lecternd when all others are well. */
static enum trouble diagnose(const struct pulse *pulse, int64_t now_ms)
{
    int64_t silent_ms = now_ms - (pulse->answer_ms != 0 ? pulse->answer_ms : pulse->started_ms);
    if (pulse->refused || silent_ms > PULSE_PATIENCE_MS)
        return TROUBLE_PROMETHEUS;
    if (pulse->exporter_up == 0)
        return TROUBLE_EXPORTER;
    if (pulse->feed_failed == 1 || pulse->words_lost_ms != 0)
        return TROUBLE_CONTROL;
    /* Prometheus has just been started and has not asked anybody yet. */
    if (pulse->exporter_up < 0)
        return TROUBLE_PROMETHEUS;
    return TROUBLE_DAEMON;
}

struct pulse_verdict pulse_judge(const struct pulse *pulse, int64_t now_ms)
{
    struct pulse_verdict verdict = {FRESH_NEVER, TROUBLE_NONE, (double)NAN};
    bool words_lost =
        pulse->words_lost_ms != 0 && now_ms - pulse->words_lost_ms > PULSE_PATIENCE_MS;
    if (pulse->has_data) {
        int64_t age_ms = pulse->data_age_ms + (now_ms - pulse->data_ms);
        verdict.age_s = (double)age_ms / 1000;
        verdict.freshness = age_ms > PULSE_STALE_MS || pulse->absent >= PULSE_ABSENT_MAX
                                ? FRESH_STALE
                            : age_ms > PULSE_LATE_MS ? FRESH_LATE
                                                     : FRESH;
    }
    if (pulse->no_lab)
        verdict.trouble = TROUBLE_NO_LAB;
    else if (verdict.freshness == FRESH)
        verdict.trouble = words_lost ? TROUBLE_CONTROL : TROUBLE_NONE;
    else if (verdict.freshness != FRESH_NEVER || pulse->absent >= PULSE_ABSENT_MAX ||
             now_ms - pulse->started_ms > PULSE_PATIENCE_MS)
        verdict.trouble = diagnose(pulse, now_ms);
    return verdict;
}
