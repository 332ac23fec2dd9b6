/*
 * Listing a directory, and moving from one to the next.
 */
#include "ui/browse.h"

#include <curses.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

enum { ENTRIES_MAX = 5000, CTRL_H = 8, DELETE = 127 };

void browse_init(struct browse *browse, const char *endings, bool archives)
{
    *browse = (struct browse){.endings = endings, .archives = archives};
    browse->typed.text = STRBUF_INIT;
}

static void forget(struct browse *browse)
{
    for (size_t i = 0; i < browse->n; i++) {
        free(browse->entries[i].name);
        free(browse->entries[i].key);
    }
    free(browse->entries);
    browse->entries = NULL;
    browse->n = browse->capacity = browse->selected = browse->first = 0;
    browse->cut = false;
    mem_free_string(&browse->fault);
    edit_set(&browse->typed, "");
}

void browse_release(struct browse *browse)
{
    forget(browse);
    edit_release(&browse->typed);
    mem_free_string(&browse->folder);
}

/* The name in the directory, which may be "/". */
static char *inside(const char *folder, const char *name)
{
    return path_join(strcmp(folder, "/") == 0 ? "" : folder, name);
}

/* -- a directory ------------------------------------------------------------------------------- */

/* The name ends in a dot and one of the words. */
static bool fits(const char *endings, const char *name)
{
    const char *dot = strrchr(name, '.');
    if (dot == NULL || dot == name)
        return false;
    for (const char *word = endings; *word != '\0'; word += strspn(word, " ")) {
        size_t len = strcspn(word, " ");
        if (strlen(dot + 1) == len && strncasecmp(dot + 1, word, len) == 0)
            return true;
        word += len;
    }
    return false;
}

static bool is_archive(const char *path)
{
    CLEANUP(mem_free_string)
    char *contents = path_join(path, "toc.dat");
    return file_exists(contents);
}

static void add(struct browse *browse, const char *name)
{
    struct stat info;
    CLEANUP(mem_free_string)
    char *path = inside(browse->folder, name);
    bool there = stat(path, &info) == 0;
    bool up = strcmp(name, "..") == 0;
    browse->entries =
        mem_grow(browse->entries, browse->n, &browse->capacity, sizeof *browse->entries);
    struct browse_entry *entry = &browse->entries[browse->n++];
    *entry = (struct browse_entry){.name = mem_strdup(name), .key = str_fold(name)};
    entry->kind = up                               ? BROWSE_UP
                  : there && S_ISDIR(info.st_mode) ? BROWSE_FOLDER
                  : there && S_ISREG(info.st_mode) ? BROWSE_FILE
                                                   : BROWSE_OTHER;
    if (entry->kind == BROWSE_FILE) {
        entry->size = info.st_size;
        entry->fits = fits(browse->endings, name);
    } else if (entry->kind == BROWSE_FOLDER)
        entry->fits = browse->archives && is_archive(path);
}

/* Up, directories, what fits, the rest; each by name. */
static int rank(const struct browse_entry *entry)
{
    return entry->kind == BROWSE_UP ? 0 : entry->kind == BROWSE_FOLDER ? 1 : entry->fits ? 2 : 3;
}

static int compare(const void *a, const void *b)
{
    const struct browse_entry *x = a, *y = b;
    int by_rank = rank(x) - rank(y);
    int by_key = by_rank != 0 ? by_rank : strcmp(x->key, y->key);
    return by_key != 0 ? by_key : strcmp(x->name, y->name);
}

static char *words_for(int number)
{
    switch (number) {
    case EACCES:
    case EPERM:
        return mem_strdup("You may not look into this directory.");
    case ENOENT:
        return mem_strdup("This directory is gone.");
    case ENOTDIR:
        return mem_strdup("That is not a directory.");
    default:
        return mem_printf("This directory cannot be read: %s.", strerror(number));
    }
}

static void list(struct browse *browse)
{
    DIR *dir = opendir(browse->folder);
    int number = errno;
    const struct dirent *entry;
    if (strcmp(browse->folder, "/") != 0)
        add(browse, "..");
    if (dir == NULL) {
        browse->fault = words_for(number);
        return;
    }
    while ((errno = 0, entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
            (name[0] == '.' && !browse->hidden))
            continue;
        if (browse->n > ENTRIES_MAX) {
            browse->cut = true;
            break;
        }
        add(browse, name);
    }
    if (entry == NULL && errno != 0)
        browse->fault = words_for(errno);
    closedir(dir);
    qsort(browse->entries, browse->n, sizeof *browse->entries, compare);
}

static size_t find(const struct browse *browse, const char *name)
{
    for (size_t i = 0; name != NULL && i < browse->n; i++)
        if (strcmp(browse->entries[i].name, name) == 0)
            return i;
    for (size_t i = 0; i < browse->n; i++)
        if (browse->entries[i].fits)
            return i;
    return browse->n > 1 && browse->entries[0].kind == BROWSE_UP ? 1 : 0;
}

void browse_read(struct browse *browse, const char *folder, const char *select)
{
    /* Either may be part of what is listed now. */
    char *own = mem_strdup(folder);
    CLEANUP(mem_free_string)
    char *name = mem_strdup(select);
    forget(browse);
    free(browse->folder);
    browse->folder = own;
    list(browse);
    browse->selected = find(browse, name);
}

/* -- paths ------------------------------------------------------------------------------------- */

static const char *home(void)
{
    const char *home = getenv("HOME");
    return home != NULL && home[0] == '/' && home[1] != '\0' ? home : NULL;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

void browse_begin(struct browse *browse, const char *directory, const char *typed)
{
    CLEANUP(mem_free_string)
    char *select = NULL;
    CLEANUP(mem_free_string)
    char *path = typed[0] == '~' && (typed[1] == '/' || typed[1] == '\0') && home() != NULL
                     ? mem_printf("%s%s", home(), typed + 1)
                 : *typed != '\0' ? path_join(directory, typed)
                                  : mem_strdup(directory);
    while (!is_folder(path) || (browse->archives && is_archive(path))) {
        char *above = path_directory(path);
        bool top = strcmp(above, path) == 0;
        free(select);
        select = mem_strdup(path_base(path));
        free(path);
        path = above;
        if (top)
            break;
    }
    CLEANUP(mem_free_string)
    char *real = realpath(path, NULL);
    browse_read(browse, real != NULL ? real : "/", select);
}

char *browse_path(const struct browse *browse)
{
    const struct browse_entry *entry = &browse->entries[browse->selected];
    return entry->kind == BROWSE_UP ? path_directory(browse->folder)
                                    : inside(browse->folder, entry->name);
}

/* What of the path is below the directory; NULL: it is elsewhere. */
static const char *below(const char *directory, const char *path)
{
    size_t len = strlen(directory);
    return strncmp(path, directory, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

char *browse_spell(const char *directory, const char *path)
{
    CLEANUP(mem_free_string)
    char *here = directory != NULL ? realpath(directory, NULL) : NULL;
    CLEANUP(mem_free_string)
    char *own = home() != NULL ? realpath(home(), NULL) : NULL;
    const char *rest = here != NULL ? below(here, path) : NULL;
    if (rest != NULL && *rest != '~')
        return mem_strdup(rest);
    if (own != NULL && strcmp(own, path) == 0)
        return mem_strdup("~");
    rest = own != NULL ? below(own, path) : NULL;
    return rest != NULL ? mem_printf("~/%s", rest) : mem_strdup(path);
}

char *browse_size(int64_t size)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    if (size < 1000)
        return mem_printf("%d B", (int)size);
    double value = (double)size / 1000;
    size_t unit = 0;
    for (; value >= 999.5 && unit < 3; unit++)
        value /= 1000;
    return mem_printf(value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

/* -- keys -------------------------------------------------------------------------------------- */

static void go_up(struct browse *browse)
{
    if (strcmp(browse->folder, "/") == 0)
        return;
    CLEANUP(mem_free_string)
    char *above = path_directory(browse->folder);
    browse_read(browse, above, path_base(browse->folder));
}

/* What a field can hold: UTF-8 without what would have to be disarmed, of a length. */
static bool can_be_typed(const char *path)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(path);
    return strcmp(safe, path) == 0 && strlen(path) <= EDIT_MAX;
}

static enum browse_result open_selected(struct browse *browse, bool choose)
{
    if (browse->n == 0)
        return BROWSE_MOVED;
    const struct browse_entry *entry = &browse->entries[browse->selected];
    CLEANUP(mem_free_string)
    char *path = browse_path(browse);
    if (entry->kind == BROWSE_UP)
        go_up(browse);
    else if (entry->kind == BROWSE_OTHER)
        browse->refusal = "That is no regular file.";
    else if (entry->kind == BROWSE_FOLDER && !(choose && entry->fits))
        browse_read(browse, path, NULL);
    else if (choose && can_be_typed(path))
        return BROWSE_CHOSEN;
    else if (choose)
        browse->refusal = "That name cannot be typed in a field; rename it first.";
    return BROWSE_MOVED;
}

static void move_to(struct browse *browse, long to)
{
    long last = (long)browse->n - 1;
    to = to > last ? last : to;
    browse->selected = to > 0 ? (size_t)to : 0;
}

/* To the first name, from the selected one on, that begins with what is typed. */
static bool jump(struct browse *browse)
{
    CLEANUP(mem_free_string)
    char *wanted = str_fold(browse->typed.text.text);
    for (size_t i = 0; i < browse->n; i++) {
        size_t at = (browse->selected + i) % browse->n;
        if (browse->entries[at].kind != BROWSE_UP &&
            strncmp(browse->entries[at].key, wanted, strlen(wanted)) == 0) {
            browse->selected = at;
            return true;
        }
    }
    return false;
}

/* A letter that no name goes on with is not taken. */
static void type(struct browse *browse, int key)
{
    CLEANUP(mem_free_string)
    char *before = mem_strdup(browse->typed.text.text);
    if (edit_key(&browse->typed, key) == EDIT_CHANGED && !jump(browse))
        edit_set(&browse->typed, before);
}

static void show_hidden(struct browse *browse)
{
    const char *name = browse->n > 0 ? browse->entries[browse->selected].name : NULL;
    browse->hidden = !browse->hidden;
    browse_read(browse, browse->folder, name);
}

/* False: not a key that moves. */
static bool move_by_key(struct browse *browse, int key, size_t rows)
{
    long at = (long)browse->selected, page = rows > 1 ? (long)rows - 1 : 1;
    switch (key) {
    case KEY_UP:
        move_to(browse, at - 1);
        return true;
    case KEY_DOWN:
    case '\t':
        move_to(browse, at + 1);
        return true;
    case KEY_PPAGE:
        move_to(browse, at - page);
        return true;
    case KEY_NPAGE:
        move_to(browse, at + page);
        return true;
    case KEY_HOME:
        move_to(browse, 0);
        return true;
    case KEY_END:
        move_to(browse, (long)browse->n - 1);
        return true;
    default:
        return false;
    }
}

enum browse_result browse_key(struct browse *browse, int key, size_t rows)
{
    bool typing = browse->typed.text.len > 0 || browse->typed.n_pending > 0;
    bool back = key == KEY_BACKSPACE || key == CTRL_H || key == DELETE;
    browse->refusal = NULL;
    if (key == '\r' || key == '\n' || key == KEY_ENTER)
        return open_selected(browse, true);
    if (move_by_key(browse, key, rows))
        edit_set(&browse->typed, "");
    else if (key == KEY_RIGHT || key == '/')
        return open_selected(browse, false);
    else if (key == KEY_LEFT || (back && !typing))
        go_up(browse);
    else if (back)
        edit_key(&browse->typed, key);
    else if (key == '.' && !typing)
        show_hidden(browse);
    else if (key >= ' ' && key < 256)
        type(browse, key);
    else
        return BROWSE_IGNORED;
    return BROWSE_MOVED;
}

void browse_show(struct browse *browse, size_t rows)
{
    if (browse->selected < browse->first)
        browse->first = browse->selected;
    if (rows > 0 && browse->selected >= browse->first + rows)
        browse->first = browse->selected - rows + 1;
    size_t last = browse->n > rows ? browse->n - rows : 0;
    if (browse->first > last)
        browse->first = last;
}
