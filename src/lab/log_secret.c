/*
 * One pass over the words of a text, wherever they stand: in a literal, a comment or a DO block,
 * they mean the same to who reads them.
 */
#include "lab/log_secret.h"

#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"

enum { WORD_MAX = 40, PASSWORD_GROUP = 5, PASSWORD_GROUPS = 3, MD5_DIGITS = 32 };

/* What begins to be a secret when it is part of a word. */
static const char *const tellers[] = {
    "passw", "passphr", "pwd", "kennwort", "secret", "credential", "bindpw", "crypt", "scram",
};
/* What may follow without being one. */
static const char *const harmless[] = {
    "from", "in",   "text",    "varchar", "char", "character", "as",   "and",    "or",   "asc",
    "desc", "null", "default", "unique",  "not",  "primary",   "does", "column", "must", "of",
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_quote(char c)
{
    return c == '\'' || c == '"' || c == '$' || c == '`';
}

/* The word at `at` in small letters, cut to WORD_MAX; returns where it ends. */
static size_t take_word(const char *text, size_t len, size_t at, char word[WORD_MAX + 1])
{
    size_t end = at, n = 0;
    for (; end < len && is_word(text[end]); end++) {
        char c = text[end];
        if (n < WORD_MAX)
            word[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    word[n] = '\0';
    return end;
}

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* "pasword", "passwrod", "passwort": at most two letters away from the keyword. */
static bool is_misspelt(const char *word)
{
    static const char keyword[] = "password";
    enum { N = sizeof(keyword) - 1, AWAY = 2 };
    size_t len = strlen(word), before[N + 1], now[N + 1];
    if (len + AWAY < N || len > N + AWAY)
        return false;
    for (size_t j = 0; j <= N; j++)
        before[j] = j;
    for (size_t i = 1; i <= len; i++) {
        now[0] = i;
        for (size_t j = 1; j <= N; j++)
            now[j] = least(before[j - 1] + (word[i - 1] != keyword[j - 1]),
                           least(before[j], now[j - 1]) + 1);
        memcpy(before, now, sizeof(before));
    }
    return before[N] <= AWAY;
}

static bool is_teller(const char *word)
{
    for (size_t i = 0; i < sizeof(tellers) / sizeof(tellers[0]); i++)
        if (strstr(word, tellers[i]) != NULL)
            return true;
    return strcmp(word, "identified") == 0 || is_misspelt(word);
}

/* A password as lectern's slips have them, "gujuv-vinut-sasof" (base/secret). */
static bool is_slip(const char *text, size_t len)
{
    size_t at = 0;
    for (int group = 0; group < PASSWORD_GROUPS; group++) {
        if (group > 0 && (at >= len || text[at++] != '-'))
            return false;
        for (int i = 0; i < PASSWORD_GROUP; i++)
            if (at >= len || !is_lower(text[at]) ||
                (strchr("aeiou", text[at++]) != NULL) != (i % 2 == 1))
                return false;
    }
    return at == len || !is_word(text[at]);
}

/* A stored one, "md5" and 32 digits. */
static bool is_md5(const char *word)
{
    return strncmp(word, "md5", 3) == 0 && strlen(word) >= MD5_DIGITS + 3 &&
           strspn(word + 3, "0123456789abcdef") >= MD5_DIGITS;
}

/* "://user:password@host", from the colon on. */
static bool is_uri(const char *text, size_t len)
{
    if (len < 3 || memcmp(text, "://", 3) != 0)
        return false;
    for (size_t at = 3; at < len && !is_space(text[at]) && text[at] != '\''; at++)
        if (text[at] == '@')
            return true;
    return false;
}

static size_t skip_spaces(const char *text, size_t len, size_t at)
{
    while (at < len && is_space(text[at]))
        at++;
    return at;
}

/* Behind a word that tells and ends at `*end`: whether what follows may be the secret.  A quote
 * that closes around the word is part of it. */
static bool follows_secret(const char *text, size_t len, size_t begin, size_t *end)
{
    char word[WORD_MAX + 1];
    if (begin > 0 && *end < len && text[*end] == text[begin - 1] && is_quote(text[*end]))
        (*end)++;
    size_t at = skip_spaces(text, len, *end);
    if (at == len || strchr(",);.(", text[at]) != NULL)
        return false;
    take_word(text, len, at, word);
    return !is_one_of(word, harmless, sizeof(harmless) / sizeof(harmless[0]));
}

/* Behind ALTER ROLE and its like, the end of the name; `at` is behind ROLE. */
static size_t name_end(const char *text, size_t len, size_t at)
{
    at = skip_spaces(text, len, at);
    if (at < len && text[at] == '"') {
        const char *close = memchr(text + at + 1, '"', len - at - 1);
        return close != NULL ? (size_t)(close - text) + 1 : len;
    }
    while (at < len && is_word(text[at]))
        at++;
    return at;
}

/* Where the first secret may begin; `len`: nowhere.  `ret_told`: secrets are spoken of. */
static size_t find_secret(const char *text, size_t len, bool *ret_told)
{
    static const char *const makes[] = {"alter", "create"};
    static const char *const roles[] = {"role", "user", "group", "login"};
    char word[WORD_MAX + 1], before[WORD_MAX + 1] = "";
    bool armed = false;
    for (size_t at = 0; at < len;) {
        char c = text[at];
        if ((armed && is_quote(c)) || is_uri(text + at, len - at)) {
            *ret_told = true;
            return at;
        }
        if (!is_word(c)) {
            at++;
            continue;
        }
        size_t end = take_word(text, len, at, word);
        *ret_told = true;
        if (is_slip(text + at, len - at) || is_md5(word))
            return at;
        if (is_one_of(before, makes, 2) && is_one_of(word, roles, 4))
            return name_end(text, len, end);
        if (is_teller(word)) {
            armed = true;
            if (follows_secret(text, len, at, &end))
                return end;
        }
        *ret_told = armed;
        memcpy(before, word, sizeof(before));
        at = end;
    }
    *ret_told = armed;
    return len;
}

bool log_secret_hide(struct strbuf *out, const char *text, size_t len)
{
    bool told = false;
    size_t at = find_secret(text, len, &told);
    strbuf_add(out, text, at);
    if (skip_spaces(text, len, at) < len)
        strbuf_add_string(out, at > 0 && is_space(text[at - 1]) ? "***" : " ***");
    return told;
}

void log_secret_hide_message(struct strbuf *out, const char *text, size_t len, bool secret)
{
    const char *quoted = secret ? memchr(text, '"', len) : NULL;
    if (quoted == NULL) {
        log_secret_hide(out, text, len);
        return;
    }
    /* What is quoted may have quotes of its own: nothing behind the first one is sure. */
    log_secret_hide(out, text, (size_t)(quoted - text));
    strbuf_add_string(out, "***");
}
