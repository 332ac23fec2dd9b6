/*
 * Other keys for what the keys do.  An action has a name and the key that the pane itself knows;
 * the map turns a key that was typed into that one.  Panes never hear of it.
 */
#ifndef LECTERN_UI_KEYMAP_H
#define LECTERN_UI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct strbuf;
struct yaml_document;
struct yaml_node;

enum { KEYMAP_MAX = 96 };

/* Of actions that work in every pane. */
#define KEYMAP_EVERYWHERE "everywhere"

struct keymap {
    struct keymap_entry {
        const char *pane; /* static */
        int typed, code;
    } entries[KEYMAP_MAX];
    size_t n;
};

/* Read "pane: {action: key}"; two actions on one key are an error.  Adds to `keymap`, which may be
 * half filled when it fails. */
bool keymap_read(struct keymap *keymap, const struct yaml_document *document,
                 const struct yaml_node *node, struct error *err);
/* What a typed key is for this pane: itself, another, or 0 where its action went to another key. */
int keymap_code(const struct keymap *keymap, const char *pane, int typed);
/* Append "s" or "up down", a pane's own words for its keys, as they are now. */
void keymap_label(const struct keymap *keymap, const char *pane, const char *keys,
                  struct strbuf *out);
/* Append the part `keys:` of the settings' template: every action and its key. */
void keymap_document(struct strbuf *out);

/* A key's name, "F1", "Enter", "s"; and back: -1 where it is none. */
void keymap_key_name(int code, char ret_name[16]);
int keymap_key_code(const char *name);

#endif
