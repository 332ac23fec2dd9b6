/*
 * Which students a filter finds.
 */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "ui/roll.h"

enum { WORDS_MAX = 16 };

static bool contains(const char *text, const char *word)
{
    CLEANUP(mem_free_string)
    char *folded = str_fold(text);
    return strstr(folded, word) != NULL;
}

static bool begins(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

static bool finds(const char *word, const struct snapshot_student *student, bool marked,
                  bool logins)
{
    bool hand = student->need == NEED_HAND || student->hand > 0;
    return contains(student->name, word) || contains(student->seat, word) ||
           contains(student->group, word) ||
           ((logins || *student->name == '\0') && contains(student->login, word)) ||
           begins(state_name(student->state), word) || (hand && begins("hand", word)) ||
           (student->need != NEED_NONE && begins(need_name(student->need), word)) ||
           (marked && begins("marked", word));
}

bool filter_matches(const char *words, const struct snapshot_student *student, bool marked,
                    bool logins)
{
    CLEANUP(mem_free_string)
    char *folded = str_fold(words != NULL ? words : "");
    char *rest = folded, *word;
    for (int n = 0; n < WORDS_MAX && (word = strsep(&rest, " ")) != NULL; n++)
        if (*word != '\0' && !finds(word, student, marked, logins))
            return false;
    return true;
}
