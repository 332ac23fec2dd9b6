/*
 * The map of keys: the table of actions, and what became of it.
 */
#include "ui/keymap.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/yaml.h"

enum { ESCAPE = 27, CTRL_C = 3, CTRL_L = 12, CTRL_Q = 17, CTRL_S = 19, CTRL_Z = 26 };

/* -- keys -------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int code;
} names[] = {{"Enter", '\r'},     {"Esc", ESCAPE},      {"Tab", '\t'},
             {"Space", ' '},      {"up", KEY_UP},       {"down", KEY_DOWN},
             {"left", KEY_LEFT},  {"right", KEY_RIGHT}, {"PgUp", KEY_PPAGE},
             {"PgDn", KEY_NPAGE}, {"Home", KEY_HOME},   {"End", KEY_END},
             {"Del", KEY_DC},     {"Ins", KEY_IC},      {"Backspace", KEY_BACKSPACE}};

int keymap_key_code(const char *name)
{
    char *end;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, name) == 0)
            return names[i].code;
    if (*name == 'F' && name[1] != '\0') {
        long number = strtol(name + 1, &end, 10);
        return *end == '\0' && number >= 1 && number <= 24 ? KEY_F((int)number) : -1;
    }
    if (*name == '^' && name[1] >= 'A' && name[1] <= 'Z' && name[2] == '\0')
        return name[1] - 'A' + 1;
    if (strncmp(name, "Ctrl-", 5) == 0 && name[5] >= 'A' && name[5] <= 'Z' && name[6] == '\0')
        return name[5] - 'A' + 1;
    return *name > ' ' && *name < 0x7f && name[1] == '\0' ? *name : -1;
}

void keymap_key_name(int code, char ret_name[16])
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == code) {
            snprintf(ret_name, 16, "%s", names[i].name);
            return;
        }
    if (code >= KEY_F(1) && code <= KEY_F(24))
        snprintf(ret_name, 16, "F%d", code - KEY_F0);
    else if (code > 0 && code < ' ')
        snprintf(ret_name, 16, "^%c", code + 'A' - 1);
    else
        snprintf(ret_name, 16, "%c", code);
}

/* -- actions ----------------------------------------------------------------------------------- */

static const struct bound {
    const char *pane, *name, *key;
} actions[] = {
    {KEYMAP_EVERYWHERE, "help", "F1"},
    {KEYMAP_EVERYWHERE, "grid", "F2"},
    {KEYMAP_EVERYWHERE, "heat-map", "F3"},
    {KEYMAP_EVERYWHERE, "student", "F4"},
    {KEYMAP_EVERYWHERE, "seats", "F5"},
    {KEYMAP_EVERYWHERE, "hand-out", "F6"},
    {KEYMAP_EVERYWHERE, "queue", "F7"},
    {KEYMAP_EVERYWHERE, "new-lab", "F8"},
    {KEYMAP_EVERYWHERE, "log", "F9"},
    {KEYMAP_EVERYWHERE, "timer", "t"},
    {KEYMAP_EVERYWHERE, "announce", "a"},
    {KEYMAP_EVERYWHERE, "projector", "p"},
    {KEYMAP_EVERYWHERE, "pseudonyms", "P"},
    {"grid", "student", "Enter"},
    {"grid", "queue", "Tab"},
    {"grid", "claim", "c"},
    {"grid", "done", "d"},
    {"grid", "filter", "/"},
    {"grid", "sort", "s"},
    {"grid", "view", "v"},
    {"grid", "larger", "+"},
    {"grid", "smaller", "-"},
    {"grid", "by-itself", "0"},
    {"grid", "mark", "m"},
    {"grid", "only-marked", "M"},
    {"grid", "group", "f"},
    {"grid", "next", "n"},
    {"grid", "previous", "N"},
    {"grid", "help", "?"},
    {"grid", "quit", "q"},
    {"heat map", "student", "Enter"},
    {"heat map", "filter", "/"},
    {"heat map", "sort", "s"},
    {"heat map", "mark", "m"},
    {"heat map", "only-marked", "M"},
    {"heat map", "group", "f"},
    {"heat map", "next", "n"},
    {"heat map", "previous", "N"},
    {"heat map", "help", "?"},
    {"heat map", "back", "Esc"},
    {"seats", "student", "Enter"},
    {"seats", "turn", "r"},
    {"seats", "filter", "/"},
    {"seats", "sort", "s"},
    {"seats", "mark", "m"},
    {"seats", "only-marked", "M"},
    {"seats", "group", "f"},
    {"seats", "next", "n"},
    {"seats", "previous", "N"},
    {"seats", "help", "?"},
    {"seats", "back", "Esc"},
    {"queue", "claim", "c"},
    {"queue", "done", "d"},
    {"queue", "put-off", "z"},
    {"queue", "not-found", "x"},
    {"queue", "open", "Enter"},
    {"queue", "help", "?"},
    {"queue", "back", "Esc"},
    {"student", "claim", "c"},
    {"student", "done", "d"},
    {"student", "course", "Tab"},
    {"student", "reset", "r"},
    {"student", "undo", "u"},
    {"student", "password", "w"},
    {"student", "kick", "x"},
    {"student", "unlock", "o"},
    {"student", "try", "i"},
    {"student", "extra-time", "e"},
    {"student", "note", "n"},
    {"student", "psql", "s"},
    {"student", "help", "?"},
    {"student", "back", "Esc"},
    {"log", "filter", "/"},
    {"log", "help", "?"},
    {"log", "back", "Esc"},
    {"hand-out", "one", "Enter"},
    {"hand-out", "print", "P"},
    {"hand-out", "save", "S"},
    {"hand-out", "help", "?"},
    {"hand-out", "back", "Esc"},
    {"new lab", "next", "F10"},
    {"new lab", "back", "F9"},
    {"new lab", "leave", "Esc"},
    {"new lab", "browse", "^O"},
    {"new lab", "break-off", "^X"},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

static const struct bound *find_action(const char *pane, const char *name)
{
    for (size_t i = 0; i < ACTIONS; i++)
        if (strcmp(actions[i].pane, pane) == 0 && (name == NULL || !strcmp(actions[i].name, name)))
            return &actions[i];
    return NULL;
}

/* The key that does it now. */
static int key_of(const struct keymap *keymap, const struct bound *action)
{
    int code = keymap_key_code(action->key);
    for (size_t i = 0; i < keymap->n; i++)
        if (keymap->entries[i].code == code && strcmp(keymap->entries[i].pane, action->pane) == 0)
            return keymap->entries[i].typed;
    return code;
}

int keymap_code(const struct keymap *keymap, const char *pane, int typed)
{
    typed = typed == '\n' || typed == KEY_ENTER ? '\r' : typed;
    for (size_t i = 0; i < keymap->n; i++)
        if (keymap->entries[i].typed == typed && strcmp(keymap->entries[i].pane, pane) == 0)
            return keymap->entries[i].code;
    for (size_t i = 0; i < keymap->n; i++)
        if (keymap->entries[i].code == typed && strcmp(keymap->entries[i].pane, pane) == 0)
            return 0;
    return typed;
}

void keymap_label(const struct keymap *keymap, const char *pane, const char *keys,
                  struct strbuf *out)
{
    for (const char *p = keys; *p != '\0';) {
        char word[16];
        size_t len = strcspn(p, " ");
        snprintf(word, sizeof word, "%.*s", (int)len, p);
        int code = len < sizeof word ? keymap_key_code(word) : -1;
        for (size_t i = 0; code >= 0 && i < keymap->n; i++)
            if (keymap->entries[i].code == code && strcmp(keymap->entries[i].pane, pane) == 0)
                keymap_key_name(keymap->entries[i].typed, word);
        if (len < sizeof word)
            strbuf_add_string(out, word);
        else
            strbuf_add(out, p, len);
        p += len;
        for (; *p == ' '; p++)
            strbuf_add_char(out, ' ');
    }
}

/* -- reading ----------------------------------------------------------------------------------- */

static bool list_panes(struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf hint = STRBUF_INIT;
    for (size_t i = 0; i < ACTIONS; i++)
        if (i == 0 || strcmp(actions[i].pane, actions[i - 1].pane) != 0)
            strbuf_printf(&hint, "%s%s", i == 0 ? "" : ", ", actions[i].pane);
    return error_hint(err, "There are: %s.", hint.text);
}

static bool list_actions(const char *pane, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf hint = STRBUF_INIT;
    for (size_t i = 0; i < ACTIONS; i++)
        if (strcmp(actions[i].pane, pane) == 0)
            strbuf_printf(&hint, "%s%s", hint.len == 0 ? "" : ", ", actions[i].name);
    return error_hint(err, "There are: %s.", hint.text);
}

static bool is_reserved(int code)
{
    return code == CTRL_C || code == CTRL_L || code == CTRL_Z || code == CTRL_Q || code == CTRL_S;
}

static bool add(struct keymap *keymap, const struct yaml_document *document,
                const struct yaml_node *node, const struct bound *action, struct error *err)
{
    int typed = node->kind == YAML_TEXT ? keymap_key_code(node->text) : -1;
    if (typed < 0) {
        yaml_error(document, node, err, "\"%s\" is no key",
                   node->kind == YAML_TEXT ? node->text : "");
        return error_hint(err,
                          "A key is a character, F1 to F24, Ctrl-A to Ctrl-Z, or one of Enter, "
                          "Esc, Tab, Space, up, down, left, right, PgUp, PgDn, Home, End, "
                          "Del, Ins, Backspace.");
    }
    if (is_reserved(typed))
        return yaml_error(document, node, err, "the terminal itself takes \"%s\"", node->text);
    if (strcmp(action->pane, "new lab") == 0 && typed >= ' ' && typed < 0x7f)
        return yaml_error(document, node, err, "\"%s\" is typed into the fields of \"%s\"",
                          node->text, action->pane);
    if (keymap->n == KEYMAP_MAX)
        return yaml_error(document, node, err, "too many keys: %d at most", KEYMAP_MAX);
    if (typed != keymap_key_code(action->key))
        keymap->entries[keymap->n++] =
            (struct keymap_entry){action->pane, typed, keymap_key_code(action->key)};
    return true;
}

/* Another action on the same key, in the same pane or everywhere.  Where nobody moved either, the
 * pane's own is meant to come first: F9 is the log, and the page before while a lab is made. */
static const struct bound *find_conflict(const struct keymap *keymap, const struct bound *action)
{
    bool everywhere = strcmp(action->pane, KEYMAP_EVERYWHERE) == 0;
    bool stayed = key_of(keymap, action) == keymap_key_code(action->key);
    for (size_t i = 0; i < ACTIONS; i++) {
        const struct bound *other = &actions[i];
        if (stayed && key_of(keymap, other) == keymap_key_code(other->key))
            continue;
        if (other != action && key_of(keymap, other) == key_of(keymap, action) &&
            (everywhere || strcmp(other->pane, action->pane) == 0 ||
             strcmp(other->pane, KEYMAP_EVERYWHERE) == 0))
            return other;
    }
    return NULL;
}

/* Only once all are known: two actions may change their keys. */
static bool check(const struct keymap *keymap, const struct yaml_document *document,
                  const struct yaml_node *node, struct error *err)
{
    for (size_t p = 0; p < node->count; p++)
        for (size_t a = 0; a < node->items[p]->count; a++) {
            const struct bound *action =
                find_action(node->keys[p]->text, node->items[p]->keys[a]->text);
            const struct bound *other = find_conflict(keymap, action);
            if (other != NULL)
                return yaml_error(document, node->items[p]->items[a], err,
                                  "\"%s\" is the key of \"%s\" (%s) already",
                                  node->items[p]->items[a]->text, other->name, other->pane);
        }
    return true;
}

bool keymap_read(struct keymap *keymap, const struct yaml_document *document,
                 const struct yaml_node *node, struct error *err)
{
    if (node->kind != YAML_MAP)
        return yaml_error(document, node, err, "\"keys\" must hold \"pane: {action: key}\" lines");
    for (size_t p = 0; p < node->count; p++) {
        const struct yaml_node *name = node->keys[p], *pane = node->items[p];
        if (find_action(name->text, NULL) == NULL) {
            yaml_error(document, name, err, "there is no pane \"%s\"", name->text);
            return list_panes(err);
        }
        if (pane->kind != YAML_MAP)
            return yaml_error(document, pane, err, "\"%s\" must hold \"action: key\" lines",
                              name->text);
        for (size_t a = 0; a < pane->count; a++) {
            const struct bound *action = find_action(name->text, pane->keys[a]->text);
            if (action == NULL) {
                yaml_error(document, pane->keys[a], err, "\"%s\" has no action \"%s\"", name->text,
                           pane->keys[a]->text);
                return list_actions(name->text, err);
            }
            if (!add(keymap, document, pane->items[a], action, err))
                return false;
        }
    }
    return check(keymap, document, node, err);
}

void keymap_document(struct strbuf *out)
{
    strbuf_add_string(out, "keys:");
    for (size_t i = 0; i < ACTIONS; i++) {
        if (i == 0 || strcmp(actions[i].pane, actions[i - 1].pane) != 0)
            strbuf_printf(out, "\n  %s:", actions[i].pane);
        strbuf_printf(out, "\n    %s: \"%s\"", actions[i].name, actions[i].key);
    }
    strbuf_add_char(out, '\n');
}
