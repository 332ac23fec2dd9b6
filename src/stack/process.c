/*
 * Processes as /proc shows them: see process.h.
 */
#include "stack/process.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"

enum { PROC_FILE_MAX = 1 << 20 };

/* A small file of /proc, or false. */
static bool read_proc(pid_t pid, const char *name, struct strbuf *out)
{
    CLEANUP(mem_free_string)
    char *path = mem_printf("/proc/%d/%s", (int)pid, name);
    struct error gone = ERROR_INIT;
    bool ok = file_read(path, PROC_FILE_MAX, out, &gone);
    error_clear(&gone);
    return ok;
}

bool process_read(pid_t pid, struct process *ret_process)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (pid <= 0 || !read_proc(pid, "stat", &text))
        return false;
    /* proc(5): "pid (comm) state ppid ... starttime"; comm may hold anything, so from the last ).
     */
    const char *open = strchr(text.text, '(');
    const char *close = strrchr(text.text, ')');
    if (open == NULL || close == NULL || close < open || close[1] != ' ')
        return false;
    struct process found = {.pid = pid};
    char state;
    int parent;
    unsigned long long start;
    if (sscanf(close + 2,
               "%c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &state, &parent, &start) != 3 ||
        state == 'Z' || state == 'X')
        return false;
    found.parent = parent;
    found.start = start;
    snprintf(found.name, sizeof found.name, "%.*s", (int)(close - open - 1), open + 1);
    *ret_process = found;
    return true;
}

bool process_is_alive(const struct process *process)
{
    struct process now;
    return process_read(process->pid, &now) && now.start == process->start;
}

/* Call `each` for every process. */
static void each_process(void (*each)(pid_t pid, void *data), void *data)
{
    DIR *directory = opendir("/proc");
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (isdigit((unsigned char)entry->d_name[0]))
            each((pid_t)strtol(entry->d_name, NULL, 10), data);
    closedir(directory);
}

static bool is_server_program(const char *name)
{
    static const char *const names[] = {"runsvdir",   "runsv",           "svlogd",   "postgres",
                                        "slapd",      "prometheus-sql-", "lecternd", "sh",
                                        "prometheus", "setpriv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* The directories in which our servers work; a person's shell may stand anywhere else. */
static bool is_server_directory(const char *state, const char *directory, const char *program)
{
    size_t len = strlen(state);
    if (strcmp(directory, state) == 0)
        return strcmp(program, "runsvdir") == 0;
    if (strncmp(directory, state, len) != 0 || directory[len] != '/')
        return false;
    const char *rest = directory + len + 1;
    return strcmp(rest, "postgres") == 0 || strncmp(rest, "service", 7) == 0 ||
           strncmp(rest, "log/", 4) == 0;
}

struct our_list {
    const char *state;
    struct process *items;
    size_t count, capacity;
};

static void add_ours(pid_t pid, void *data)
{
    struct our_list *list = data;
    struct process found;
    char directory[PATH_MAX];
    CLEANUP(mem_free_string)
    char *link = mem_printf("/proc/%d/cwd", (int)pid);
    ssize_t n = readlink(link, directory, sizeof directory - 1);
    if (n <= 0 || pid == getpid() || !process_read(pid, &found))
        return;
    directory[n] = '\0';
    if (!is_server_program(found.name) || !is_server_directory(list->state, directory, found.name))
        return;
    found.ours = true;
    list->items = mem_grow(list->items, list->count, &list->capacity, sizeof *list->items);
    list->items[list->count++] = found;
}

size_t process_list_ours(const char *state, struct process **ret_list)
{
    /* The kernel names directories without symbolic links. */
    char resolved[PATH_MAX];
    struct our_list list = {.state = realpath(state, resolved) != NULL ? resolved : state};
    each_process(add_ours, &list);
    *ret_list = list.items;
    return list.count;
}

/* -- memory ------------------------------------------------------------------------------------ */

static int64_t own_memory_kb(pid_t pid)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (read_proc(pid, "smaps_rollup", &text)) {
        const char *pss = strstr(text.text, "\nPss:");
        if (pss != NULL)
            return strtoll(pss + 5, NULL, 10);
    }
    strbuf_reset(&text);
    long long pages;
    if (!read_proc(pid, "statm", &text) || sscanf(text.text, "%*d %lld", &pages) != 1)
        return -1;
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

struct memory_sum {
    pid_t root;
    int64_t kb;
};

static void add_memory(pid_t pid, void *data)
{
    struct memory_sum *sum = data;
    struct process p = {.pid = pid};
    pid_t at = pid;
    for (int depth = 0; at != sum->root && depth < 4; depth++)
        at = process_read(at, &p) ? p.parent : 0;
    int64_t kb = at == sum->root ? own_memory_kb(pid) : -1;
    if (kb > 0)
        sum->kb += kb;
}

int64_t process_tree_memory_kb(pid_t pid)
{
    struct memory_sum sum = {.root = pid};
    if (own_memory_kb(pid) < 0)
        return -1;
    each_process(add_memory, &sum);
    return sum.kb;
}

/* -- who listens ------------------------------------------------------------------------------- */

struct listener {
    int port;
    unsigned long inode;
    unsigned uid;
    bool found;
    pid_t pid;
};

/* Lines of /proc/net/tcp: "sl local:port remote:port state ... uid timeout inode"; 0A is LISTEN. */
static void find_listener(const char *table, struct listener *listener)
{
    FILE *file = fopen(table, "re");
    if (file == NULL)
        return;
    char line[512];
    while (!listener->found && fgets(line, sizeof line, file) != NULL) {
        unsigned port, state, uid;
        unsigned long inode;
        if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %u %*d %lu",
                   &port, &state, &uid, &inode) == 4 &&
            state == 0x0A && (int)port == listener->port) {
            listener->found = true;
            listener->inode = inode;
            listener->uid = uid;
        }
    }
    fclose(file);
}

static void find_socket_owner(pid_t pid, void *data)
{
    struct listener *listener = data;
    if (listener->pid != 0)
        return;
    CLEANUP(mem_free_string)
    char *path = mem_printf("/proc/%d/fd", (int)pid);
    CLEANUP(mem_free_string)
    char *wanted = mem_printf("socket:[%lu]", listener->inode);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char target[64];
        ssize_t n = readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1);
        if (n > 0 && (size_t)n == strlen(wanted) && memcmp(target, wanted, (size_t)n) == 0)
            listener->pid = pid;
    }
    closedir(directory);
}

char *process_describe_listener(int port)
{
    struct listener listener = {.port = port};
    find_listener("/proc/net/tcp", &listener);
    if (!listener.found)
        find_listener("/proc/net/tcp6", &listener);
    if (!listener.found)
        return NULL;
    each_process(find_socket_owner, &listener);
    const struct passwd *entry = getpwuid(listener.uid);
    CLEANUP(mem_free_string)
    char *user =
        entry != NULL ? mem_printf("\"%s\"", entry->pw_name) : mem_printf("%u", listener.uid);
    struct process process;
    if (listener.pid == 0 || !process_read(listener.pid, &process))
        return mem_printf("a process of user %s", user);
    CLEANUP(mem_free_string)
    char *name = str_disarm(process.name);
    return mem_printf("%s (process %d of user %s)", name, (int)listener.pid, user);
}
