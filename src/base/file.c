/*
 * Files: see file.h.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"

static bool read_all(int fd, const char *path, size_t max, struct strbuf *out, struct error *err)
{
    size_t total = 0;
    for (;;) {
        char chunk[65536];
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n == 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(err, errno, "could not read \"%s\"", path);
        total += (size_t)n;
        if (total > max)
            return error_set(err, ERROR_INPUT, "\"%s\" is larger than %zu bytes", path, max);
        strbuf_add(out, chunk, (size_t)n);
    }
}

bool file_read(const char *path, size_t max, struct strbuf *out, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", path);
    bool ok = read_all(fd, path, max, out, err);
    close(fd);
    return ok;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

bool file_write(const char *path, const void *data, size_t len, mode_t mode, struct error *err)
{
    CLEANUP(mem_free_string)
    char *beside = mem_printf("%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "could not create a file beside \"%s\"", path);
    int saved = 0;
    if (!write_all(fd, data, len) || fchmod(fd, mode) != 0)
        saved = errno;
    if (close(fd) != 0 && saved == 0)
        saved = errno;
    if (saved == 0 && rename(beside, path) != 0)
        saved = errno;
    if (saved == 0)
        return true;
    unlink(beside);
    return error_set_errno(err, saved, "could not write \"%s\"", path);
}

bool file_update(const char *path, const void *data, size_t len, mode_t mode, bool *ret_changed,
                 struct error *err)
{
    struct stat info;
    if (stat(path, &info) == 0 && (info.st_mode & 07777) == mode && (size_t)info.st_size == len) {
        CLEANUP(strbuf_release)
        struct strbuf old = STRBUF_INIT;
        struct error ignored = ERROR_INIT;
        if (file_read(path, len, &old, &ignored) && memcmp(old.text, data, len) == 0) {
            *ret_changed = false;
            return true;
        }
        error_clear(&ignored);
    }
    if (!file_write(path, data, len, mode, err))
        return false;
    *ret_changed = true;
    return true;
}

bool file_make_directories(const char *path, mode_t mode, struct error *err)
{
    CLEANUP(mem_free_string)
    char *copy = mem_strdup(path);
    for (char *p = copy + 1;; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char saved = *p;
        *p = '\0';
        struct stat info;
        if (mkdir(copy, mode) != 0 && errno != EEXIST)
            return error_set_errno(err, errno, "could not make the directory \"%s\"", copy);
        if (stat(copy, &info) != 0 || !S_ISDIR(info.st_mode))
            return error_set(err, ERROR_FAILED, "\"%s\" is not a directory", copy);
        *p = saved;
        if (saved == '\0')
            return true;
    }
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

char *path_join(const char *directory, const char *name)
{
    return name[0] == '/' ? mem_strdup(name) : mem_printf("%s/%s", directory, name);
}

char *path_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return mem_strdup(".");
    return slash == path ? mem_strdup("/") : mem_strndup(path, (size_t)(slash - path));
}

const char *path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}
