/*
 * Files from templates: see render.h.
 */
#include "render/render.h"

#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* The length of the name when a placeholder begins at `text` (which is an '@'), else 0. */
static size_t placeholder_length(const char *text)
{
    size_t n = 0;
    if (!is_capital(text[1]))
        return 0;
    while (is_capital(text[1 + n]) || text[1 + n] == '_' ||
           (text[1 + n] >= '0' && text[1 + n] <= '9'))
        n++;
    return text[1 + n] == '@' ? n : 0;
}

static const char *find_value(const struct render_value *values, const char *name, size_t len)
{
    for (const struct render_value *v = values; v->name != NULL; v++)
        if (strlen(v->name) == len && memcmp(v->name, name, len) == 0)
            return v->value;
    return NULL;
}

void render_text(const char *template_text, const struct render_value *values, struct strbuf *out)
{
    for (const char *at = template_text; *at != '\0';) {
        size_t plain = strcspn(at, "@");
        strbuf_add(out, at, plain);
        at += plain;
        if (*at == '\0')
            return;
        size_t len = placeholder_length(at);
        if (len == 0) {
            strbuf_add_char(out, *at++);
            continue;
        }
        const char *value = find_value(values, at + 1, len);
        assert(value != NULL); /* a template asks for what nobody gives */
        strbuf_add_string(out, value);
        at += len + 2;
    }
}

bool render_find_user(const char *user, uid_t *ret_uid, gid_t *ret_gid, struct error *err)
{
    if (user == NULL || user[0] == '\0') {
        *ret_uid = geteuid();
        *ret_gid = getegid();
        return true;
    }
    errno = 0;
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL)
        return error_set(err, ERROR_NOT_FOUND, "there is no system user \"%s\"", user);
    *ret_uid = entry->pw_uid;
    *ret_gid = entry->pw_gid;
    return true;
}

static bool is_equal(const struct render_target *target, uid_t uid, const char *text)
{
    struct stat info;
    size_t len = strlen(text);
    if (lstat(target->path, &info) != 0 || !S_ISREG(info.st_mode) ||
        (info.st_mode & 07777) != target->mode || info.st_uid != uid || (size_t)info.st_size != len)
        return false;
    CLEANUP(strbuf_release)
    struct strbuf old = STRBUF_INIT;
    struct error unreadable = ERROR_INIT;
    bool equal = file_read(target->path, len, &old, &unreadable) && old.len == len &&
                 memcmp(old.text, text, len) == 0;
    error_clear(&unreadable);
    return equal;
}

bool render_write(const struct render_target *target, const char *text, bool *ret_changed,
                  struct error *err)
{
    uid_t uid;
    gid_t gid;
    if (!render_find_user(target->user, &uid, &gid, err))
        return false;
    if (is_equal(target, uid, text)) {
        *ret_changed = false;
        return true;
    }
    /* The owner is set before the name: the server must never find a file that it can't read. */
    CLEANUP(mem_free_string)
    char *beside = mem_printf("%s.new", target->path);
    if (!file_write(beside, text, strlen(text), target->mode, err))
        return false;
    bool foreign = uid != geteuid();
    if ((foreign && chown(beside, uid, gid) != 0) || rename(beside, target->path) != 0) {
        int saved = errno;
        unlink(beside);
        return error_set_errno(err, saved, "could not write \"%s\"", target->path);
    }
    *ret_changed = true;
    return true;
}

bool render_file(const char *template_name, const struct render_value *values,
                 const struct render_target *target, bool *ret_changed, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    render_text(asset_get(template_name)->text, values, &text);
    return render_write(target, text.text, ret_changed, err);
}
