/*
 * Completing a path: one directory is read, once per Tab.
 */
#include "ui/complete.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"

enum { ENTRIES_MAX = 20000, NAMED = 12 };

struct search {
    char *folder;      /* that is read */
    const char *start; /* what names begin with */
    char *common;      /* NULL: no candidate so far */
    size_t n;
    bool is_folder; /* the only candidate is one */
    char **names;
    size_t capacity;
};

static bool is_folder(const struct search *search, const char *name)
{
    CLEANUP(mem_free_string)
    char *path = path_join(search->folder, name);
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static void add(struct search *search, const char *name)
{
    size_t len = strlen(search->start);
    if (strncmp(name, search->start, len) != 0 || (name[0] == '.' && len == 0) ||
        strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !utf8_valid(name, strlen(name)))
        return;
    search->names = mem_grow(search->names, search->n, &search->capacity, sizeof *search->names);
    search->names[search->n++] = mem_strdup(name);
    if (search->common == NULL) {
        search->common = mem_strdup(name);
        search->is_folder = is_folder(search, name);
        return;
    }
    size_t same = 0;
    while (name[same] != '\0' && name[same] == search->common[same])
        same++;
    while (same > 0 && ((unsigned char)search->common[same] & 0xc0) == 0x80)
        same--; /* never half of a letter */
    search->common[same] = '\0';
}

static void read_folder(struct search *search)
{
    DIR *dir = opendir(search->folder);
    if (dir == NULL)
        return;
    struct dirent *entry;
    for (int i = 0; i < ENTRIES_MAX && (entry = readdir(dir)) != NULL; i++)
        add(search, entry->d_name);
    closedir(dir);
}

static void print_names(struct search *search, struct strbuf *names)
{
    qsort(search->names, search->n, sizeof *search->names, str_compare);
    for (size_t i = 0; i < search->n && i < NAMED; i++)
        strbuf_printf(names, "%s%s%s", i > 0 ? "  " : "", search->names[i],
                      is_folder(search, search->names[i]) ? "/" : "");
    if (search->n > NAMED)
        strbuf_printf(names, "  and %zu more", search->n - NAMED);
}

size_t complete_path(const char *directory, const char *typed, struct strbuf *out,
                     struct strbuf *names)
{
    const char *start = path_base(typed);
    struct search search = {.start = start};
    CLEANUP(mem_free_string)
    char *given = mem_strndup(typed, (size_t)(start - typed));
    if (strncmp(given, "~/", 2) == 0 && getenv("HOME") != NULL)
        search.folder = mem_printf("%s%s", getenv("HOME"), given + 1);
    else
        search.folder = *given != '\0' ? path_join(directory, given) : mem_strdup(directory);
    read_folder(&search);
    strbuf_printf(out, "%s%s", given, search.common != NULL ? search.common : start);
    if (search.n == 1 && search.is_folder)
        strbuf_add_char(out, '/');
    if (search.n > 1)
        print_names(&search, names);
    for (size_t i = 0; i < search.n; i++)
        free(search.names[i]);
    free(search.names);
    free(search.common);
    free(search.folder);
    return search.n;
}
