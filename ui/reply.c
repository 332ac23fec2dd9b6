/*
 * The answer about the background.
 */
#include "ui/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ESCAPE = 27, BELL = 7, GAP_MS = 1000, INSIDE_MS = 2000 };

void reply_ask(struct reply *reply, int64_t now_ms)
{
    *reply = (struct reply){.wanted = true, .asked_ms = now_ms};
}

/* "11;rgb:ffff/ffff/ffff", one to four digits each. */
static void read_colour(struct reply *reply)
{
    unsigned part[3];
    int start[3], end[3], n = 0;
    reply->text[reply->len < REPLY_MAX ? reply->len : REPLY_MAX - 1] = '\0';
    reply->wanted = false;
    reply->stage = REPLY_NONE;
    if (sscanf(reply->text, "11;rgb:%n%4x%n/%n%4x%n/%n%4x%n", &start[0], &part[0], &end[0],
               &start[1], &part[1], &end[1], &start[2], &part[2], &end[2]) == 3)
        n = 3;
    double sum = 0;
    static const double weights[] = {0.299, 0.587, 0.114};
    for (int i = 0; i < n; i++) {
        int digits = end[i] - start[i];
        if (digits > 4) { /* with blanks before them */
            n = 0;
            break;
        }
        sum += weights[i] * part[i] / (double)((1U << (4 * digits)) - 1);
    }
    reply->known = n == 3;
    reply->light = reply->known && sum > 0.5;
}

static size_t pass(int code, int ret_codes[2], size_t n)
{
    ret_codes[n] = code;
    return n + 1;
}

static size_t take_inside(struct reply *reply, int code)
{
    if (code == BELL || code == 0x9c || (reply->stage == REPLY_ENDING && code == '\\')) {
        read_colour(reply);
        return 0;
    }
    reply->stage = code == ESCAPE ? REPLY_ENDING : REPLY_INSIDE;
    if (reply->len < REPLY_MAX - 1 && code >= 0x20 && code < 0x7f)
        reply->text[reply->len++] = (char)code;
    else if (code != ESCAPE) { /* no answer looks like this */
        reply->stage = REPLY_NONE;
        reply->wanted = false;
    }
    return 0;
}

/* Has it been too long? */
static void give_up(struct reply *reply, int64_t now_ms)
{
    if (now_ms - reply->asked_ms > REPLY_WAIT_MS + INSIDE_MS ||
        (reply->stage == REPLY_NONE && now_ms - reply->asked_ms > REPLY_WAIT_MS))
        reply->wanted = false;
}

size_t reply_take(struct reply *reply, int code, int64_t now_ms, int ret_codes[2])
{
    size_t n = 0;
    give_up(reply, now_ms);
    if (!reply->wanted)
        return pass(code, ret_codes, 0);
    if (reply->stage == REPLY_INSIDE || reply->stage == REPLY_ENDING)
        return take_inside(reply, code);
    bool begun = reply->stage == REPLY_ESCAPE ||
                 (reply->passed_ms > 0 && now_ms - reply->passed_ms < GAP_MS);
    if (code == ']' && begun) {
        reply->stage = REPLY_INSIDE;
        reply->len = 0;
        return 0;
    }
    if (reply->stage == REPLY_ESCAPE)
        n = pass(ESCAPE, ret_codes, n);
    reply->stage = REPLY_NONE;
    reply->passed_ms = 0;
    if (code != ESCAPE)
        return pass(code, ret_codes, n);
    reply->stage = REPLY_ESCAPE;
    return n;
}

size_t reply_idle(struct reply *reply, int64_t now_ms, int ret_codes[2])
{
    give_up(reply, now_ms);
    if (reply->stage != REPLY_ESCAPE)
        return 0;
    reply->stage = REPLY_NONE;
    reply->passed_ms = now_ms;
    return pass(ESCAPE, ret_codes, 0);
}

bool reply_from_colorfgbg(const char *text, bool *ret_light)
{
    const char *last = text != NULL ? strrchr(text, ';') : NULL;
    if (last == NULL || strspn(last + 1, "0123456789") != strlen(last + 1) || last[1] == '\0')
        return false;
    int colour = atoi(last + 1);
    *ret_light = colour == 7 || colour == 15;
    return colour < 16;
}
