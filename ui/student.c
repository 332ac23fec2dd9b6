/*
 * A student on the screen.
 */
#include "ui/student.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"

/* -- who --------------------------------------------------------------------------------------- */

const char *student_label(const struct snapshot_student *student)
{
    return *student->name != '\0' ? student->name : student->login;
}

char *student_short(const struct snapshot_student *student, int width)
{
    char *whole = str_disarm(student_label(student));
    size_t first = strcspn(whole, " ");
    const char *last = strrchr(whole, ' ');
    if (str_width(whole) <= width || last == NULL || last[1] == '\0' || first == 0)
        return whole;
    uint32_t code;
    size_t letter = utf8_decode(last + 1, strlen(last + 1), &code);
    bool number = code >= '0' && code <= '9';
    char *text = number ? mem_printf("%.*s %s", (int)first, whole, last + 1)
                        : mem_printf("%.*s %.*s.", (int)first, whole, (int)letter, last + 1);
    int room = width - 1 - str_width(last + 1);
    if (str_width(text) > width && number && room > 0) { /* "Student 07": the number tells who */
        free(text);
        text = mem_printf("%.*s %s", (int)str_fit(whole, room), whole, last + 1);
    } else if (str_width(text) > width)
        text[first] = '\0';
    mem_free_string(&whole);
    return text;
}

const char *student_login(const struct view *view, const struct snapshot_student *student)
{
    return view->pseudonyms ? "" : student->login;
}

char *student_percent(const struct snapshot_student *student)
{
    if (isnan(student->progress))
        return mem_strdup("-");
    return mem_printf("%.0f %%", floor(student->progress * 100 + 1e-9));
}

/* -- sign -------------------------------------------------------------------------------------- */

bool student_has_hand(const struct snapshot_student *student)
{
    return student->need == NEED_HAND || student->hand > 0;
}

bool student_needs_help(const struct snapshot_student *student)
{
    return student_has_hand(student) || student->state == STATE_STUCK ||
           student->state == STATE_BLOCKED || student->state == STATE_BEHIND;
}

struct student_sign student_sign(const struct theme *theme, const struct snapshot_student *student)
{
    if (student_has_hand(student))
        return (struct student_sign){theme->glyphs.hand, 'H', "hand", THEME_HAND, THEME_BAR_HAND};
    return (struct student_sign){theme_state_glyph(theme, student->state),
                                 state_letter(student->state), state_name(student->state),
                                 THEME_STATE + student->state, THEME_BAR + student->state};
}

/* -- why --------------------------------------------------------------------------------------- */

const struct snapshot_hand *student_hand(const struct snapshot *snapshot,
                                         const struct snapshot_student *student)
{
    return student->hand > 0 && student->hand <= snapshot->n_hands
               ? &snapshot->hands[student->hand - 1]
               : NULL;
}

static int64_t since(const struct snapshot *snapshot, int64_t us)
{
    int64_t s = (snapshot->now_us - us) / 1000000;
    return us <= 0 ? -1 : s < 0 ? 0 : s;
}

int64_t student_idle_s(const struct snapshot *snapshot, const struct snapshot_student *student)
{
    return since(snapshot, student->last_progress_us);
}

int64_t student_waits_s(const struct snapshot *snapshot, const struct snapshot_student *student)
{
    const struct snapshot_hand *hand = student_hand(snapshot, student);
    if (hand != NULL && hand->raised_us > 0)
        return since(snapshot, hand->raised_us);
    return since(snapshot,
                 student->need_since_us > 0 ? student->need_since_us : student->last_progress_us);
}

/* What it asks is between the student and who helps. */
static void hand_reason(const struct view *view, const struct snapshot_student *student,
                        struct strbuf *out)
{
    const struct snapshot_hand *hand = student_hand(view->snapshot, student);
    bool told = hand != NULL && *hand->message != '\0' && !view->projector;
    if (told)
        strbuf_printf(out, "\"%s\"", hand->message);
    else
        strbuf_add_string(out, "asks for help");
    if (!told && *student->current_step != '\0')
        strbuf_printf(out, " on %s", student->current_step);
    if (hand == NULL || strcmp(hand->state, "waiting") == 0)
        return;
    if (strcmp(hand->state, "claimed") == 0 && *hand->helper != '\0')
        strbuf_printf(out, ", %s helps", hand->helper);
    else
        strbuf_printf(out, ", %s", hand->state);
}

static void state_reason(const struct snapshot *snapshot, const struct snapshot_student *student,
                         struct strbuf *out)
{
    bool at_step = *student->current_step != '\0';
    if (student->state == STATE_STUCK) {
        strbuf_add_string(out, student_idle_s(snapshot, student) < 0 ? "no progress so far"
                                                                     : "no progress");
        if (at_step)
            strbuf_printf(out, " on %s", student->current_step);
    } else if (student->state == STATE_BEHIND) {
        if (at_step)
            strbuf_printf(out, "still on %s, ", student->current_step);
        if (!isnan(student->progress) && !isnan(snapshot->median))
            strbuf_printf(out, "%.0f %% below the class",
                          (snapshot->median - student->progress) * 100);
        else
            strbuf_add_string(out, "far below the class");
    } else if (student->state == STATE_BLOCKED)
        strbuf_add_string(out, "waits for a lock, or left a transaction open");
}

void student_reason(const struct view *view, const struct snapshot_student *student,
                    struct strbuf *out)
{
    if (student_has_hand(student))
        hand_reason(view, student, out);
    else if (*student->reason != '\0')
        strbuf_add_string(out, student->reason);
    else
        state_reason(view->snapshot, student, out);
}
