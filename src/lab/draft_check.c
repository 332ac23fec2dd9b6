/*
 * What is wrong with a draft, value by value, in words that say how to mend it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/yaml.h"
#include "lab/draft.h"
#include "lab/draft_inside.h"
#include "lab/lab.h"
#include "lab/roster.h"

enum { STUDENTS_MAX = 500, LAB_FILE_MAX = 1 << 20 };

static bool is_whole(const char *text, long least, long most)
{
    if (*text == '\0' || strspn(text, "0123456789") != strlen(text) || strlen(text) > 9)
        return false;
    long number = strtol(text, NULL, 10);
    return number >= least && number <= most;
}

/* The parser's own words about a lab file with such a line, without their place. */
static char *fault_in_lab(const char *section, const char *key, const char *value)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error err = ERROR_INIT;
    struct lab lab;
    strbuf_printf(&text, "%sexample: e\nroster: r\n", strcmp(key, "lab") == 0 ? "" : "lab: l\n");
    if (section != NULL)
        strbuf_printf(&text, "%s:\n  ", section);
    strbuf_printf(&text, "%s: ", key);
    yaml_add_quoted(&text, value);
    strbuf_add_char(&text, '\n');
    if (lab_parse("lab", text.text, text.len, &lab, &err)) {
        lab_release(&lab);
        return NULL;
    }
    const char *message = err.message;
    for (int colons = 0; colons < 3 && strchr(message, ':') != NULL; colons++)
        message = strchr(message, ':') + 1;
    message += strspn(message, " ");
    char *fault = err.hint != NULL ? mem_printf("%s. %s", message, err.hint) : mem_strdup(message);
    error_clear(&err);
    return fault;
}

/* -- files ------------------------------------------------------------------------------------- */

/* The first bytes of a regular file; false: it cannot be read. */
static bool read_start(const char *path, char *bytes, size_t size, size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, bytes, size);
    close(fd);
    *ret_len = n > 0 ? (size_t)n : 0;
    return n >= 0;
}

/* What every file that is read has to be; `ret_info` is of use when there is no fault. */
static char *fault_of_path(const char *path, struct stat *ret_info)
{
    if (*path == '\0')
        return mem_strdup("Type its path; Tab completes it.");
    if (!utf8_valid(path, strlen(path)))
        return mem_strdup("The path is not UTF-8; rename the file.");
    if (stat(path, ret_info) != 0)
        return mem_printf("There is no file \"%s\".", path);
    if (!S_ISREG(ret_info->st_mode) && !S_ISDIR(ret_info->st_mode))
        return mem_strdup("That is not a regular file.");
    if (access(path, R_OK) != 0)
        return mem_strdup("You may not read that file; chmod or chown it, or copy it.");
    if (S_ISREG(ret_info->st_mode) && ret_info->st_size == 0)
        return mem_strdup("That file is empty.");
    return NULL;
}

static char *fault_of_script(const char *path)
{
    struct stat info;
    char start[5];
    size_t len = 0;
    char *fault = fault_of_path(path, &info);
    if (fault != NULL)
        return fault;
    if (S_ISDIR(info.st_mode))
        return mem_strdup("That is a directory; go on typing, Tab completes.");
    if (!read_start(path, start, sizeof start, &len))
        return mem_strdup("That file cannot be read.");
    if (len == 5 && memcmp(start, "PGDMP", 5) == 0)
        return mem_strdup("That is a pg_dump archive: choose that source above.");
    return NULL;
}

/* Of the three forms: custom (PGDMP), directory (toc.dat), tar ("ustar" at 257). */
static char *fault_of_archive(const char *path)
{
    struct stat info;
    char start[512];
    size_t len = 0;
    char *fault = fault_of_path(path, &info);
    if (fault != NULL)
        return fault;
    if (S_ISDIR(info.st_mode)) {
        CLEANUP(mem_free_string)
        char *contents = path_join(path, "toc.dat");
        return file_exists(contents) ? NULL
                                     : mem_strdup("That directory holds no pg_dump archive.");
    }
    if (!read_start(path, start, sizeof start, &len))
        return mem_strdup("That file cannot be read.");
    bool custom = len >= 5 && memcmp(start, "PGDMP", 5) == 0;
    bool tar = len == sizeof start && memcmp(start + 257, "ustar", 5) == 0;
    return custom || tar ? NULL
                         : mem_strdup("That is no pg_dump archive; for a script choose "
                                      "\"SQL file\" above.");
}

static char *fault_of_certificate(const char *path)
{
    struct stat info;
    char *fault = fault_of_path(path, &info);
    if (fault != NULL)
        return fault;
    if (S_ISDIR(info.st_mode))
        return mem_strdup("That is a directory; the file in it is needed.");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error err = ERROR_INIT;
    bool good = file_read(path, LAB_FILE_MAX, &text, &err) &&
                strstr(text.text, "-----BEGIN CERTIFICATE-----") != NULL;
    error_clear(&err);
    return good ? NULL
                : mem_strdup("There is no certificate in that file: it begins with "
                             "-----BEGIN CERTIFICATE-----.");
}

static char *fault_of_class_file(const char *path)
{
    struct stat info;
    char *fault = fault_of_path(path, &info);
    if (fault == NULL && S_ISDIR(info.st_mode))
        return mem_strdup("That is a directory; go on typing, Tab completes.");
    return fault;
}

/* -- addresses --------------------------------------------------------------------------------- */

static bool has_blanks(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return true;
    return false;
}

static char *fault_of_host(const char *host)
{
    if (*host == '\0')
        return mem_strdup("Type a host name, an address, or a socket directory.");
    if (has_blanks(host))
        return mem_strdup("A host has no blanks.");
    if (strstr(host, "://") != NULL)
        return mem_strdup("The host alone, without \"postgresql://\"; the port has its own field.");
    return NULL;
}

/* "SCHEME://HOST..." with one of the schemes, which are separated by blanks. */
static char *fault_of_address(const char *address, const char *schemes, const char *sample)
{
    size_t len = strcspn(address, ":");
    bool known = false;
    for (const char *s = schemes; *s != '\0'; s += strcspn(s, " "), s += *s == ' ')
        known = known || (strcspn(s, " ") == len && strncmp(s, address, len) == 0);
    if (!known || strncmp(address + len, "://", 3) != 0 || has_blanks(address))
        return mem_printf("Write it as %s.", sample);
    if (strcspn(address + len + 3, "/:") == 0 && strncmp(address, "ldapi", 5) != 0)
        return mem_printf("The host is missing: %s.", sample);
    return NULL;
}

static char *fault_of_uri(const char *uri)
{
    static const char sample[] = "postgresql://USER@HOST:PORT/DATABASE";
    if (!lab_example_is_uri(uri) || has_blanks(uri))
        return mem_printf("Write it as %s.", sample);
    const char *rest = strstr(uri, "://") + 3;
    size_t authority = strcspn(rest, "/?");
    const char *at = memchr(rest, '@', authority);
    bool secret = strstr(rest, "password=") != NULL ||
                  (at != NULL && memchr(rest, ':', (size_t)(at - rest)) != NULL);
    if (secret)
        return mem_strdup("No password here: put it into ~/.pgpass, which only you can read.");
    bool named =
        (rest[authority] == '/' && rest[authority + 1] != '\0' && rest[authority + 1] != '?') ||
        strstr(rest, "dbname=") != NULL;
    return named ? NULL : mem_printf("The database is missing: %s.", sample);
}

static char *fault_of_project(const char *name)
{
    bool good = *name != '\0' &&
                strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(name) &&
                *name != '_' && *name != '-';
    return good ? NULL
                : mem_strdup("A compose project has small letters, digits, - and _, as the name "
                             "of its directory.");
}

/* -- the lab ----------------------------------------------------------------------------------- */

static char *fault_of_name(const struct draft *draft, const char *name)
{
    if (*name == '\0')
        return mem_strdup("Give the lab a name: small letters, digits and _.");
    char *fault = fault_in_lab(NULL, "lab", name);
    if (fault != NULL)
        return fault;
    CLEANUP(mem_free_string)
    char *directory = mem_printf("%s/labs/%s", draft->state, name);
    CLEANUP(mem_free_string)
    char *secret = path_join(directory, "secret");
    CLEANUP(mem_free_string)
    char *file = path_join(directory, "lab.yaml");
    bool ours = draft->written_name != NULL && strcmp(draft->written_name, name) == 0;
    if (!ours && (file_exists(secret) || file_exists(file)))
        return mem_printf("There is a lab \"%s\" already: choose another name, as %s_2.", name,
                          name);
    return NULL;
}

static char *fault_of_lab_file(const struct draft *draft)
{
    CLEANUP(mem_free_string)
    char *path = draft_path(draft, DRAFT_LAB_FILE);
    size_t len = strlen(path);
    struct stat info;
    if (len < 6 || strcmp(path + len - 5, ".yaml") != 0)
        return mem_strdup("A lab file's name ends in .yaml.");
    if (!utf8_valid(path, len))
        return mem_strdup("The path is not UTF-8.");
    if (stat(path, &info) != 0)
        return NULL;
    if (!S_ISREG(info.st_mode))
        return mem_strdup("That is not a file.");
    if (draft->written == NULL || strcmp(draft->written, path) != 0)
        return mem_strdup("That file is there already, and is not touched: choose another one.");
    CLEANUP(mem_free_string)
    char *digest = draft_file_digest(path);
    if (digest != NULL && draft->written_digest != NULL &&
        strcmp(digest, draft->written_digest) == 0)
        return NULL;
    return mem_strdup("That file was changed by hand since the wizard wrote it: choose another "
                      "one, or use it by \"lectern apply\".");
}

char *draft_step_fault(const struct draft_step *step)
{
    char *end;
    double weight = strtod(step->weight, &end);
    if (strspn(step->weight, "0123456789.") != strlen(step->weight) || end == step->weight ||
        *end != '\0' || weight < 0.001 || weight > 1000)
        return mem_strdup("A weight is a number from 0.001 to 1000.");
    return strlen(step->hint) <= 500 ? NULL : mem_strdup("A hint has at most 500 bytes.");
}

/* -- all --------------------------------------------------------------------------------------- */

static char *fault_of_count(const char *text)
{
    return is_whole(text, 1, STUDENTS_MAX)
               ? NULL
               : mem_printf("A whole number from 1 to %d.", STUDENTS_MAX);
}

static char *fault_of_prefix(const char *text)
{
    CLEANUP(mem_free_string)
    char *login = mem_printf("%s0001", text);
    const char *fault = *text == '\0' ? "is empty" : roster_login_fault(login);
    return fault == NULL ? NULL
                         : mem_printf("It %s: small letters, digits, \".\", \"_\" and \"-\", "
                                      "beginning with a letter.",
                                      fault);
}

static char *fault_of_dn(const char *name, const char *sample)
{
    return strchr(name, '=') != NULL ? NULL
                                     : mem_printf("Write a distinguished name, as %s.", sample);
}

/* Its parentheses; the rest is the server's to judge. */
static char *fault_of_filter(const char *filter)
{
    size_t len = strlen(filter);
    long open = 0;
    bool whole = len > 2 && filter[0] == '(';
    for (size_t i = 0; i < len && whole; i++) {
        open += filter[i] == '(' ? 1 : filter[i] == ')' ? -1 : 0;
        whole = open > 0 || (open == 0 && i + 1 == len);
    }
    return whole && open == 0
               ? NULL
               : mem_strdup("Write it in parentheses that close, as (objectClass=person).");
}

static char *fault_of_header(const struct draft *draft, enum draft_value value)
{
    (void)draft;
    (void)value;
    return NULL; /* the class list says which there are: draft_read_class() */
}

static char *fault_of_file(const struct draft *draft, enum draft_value value)
{
    CLEANUP(mem_free_string)
    char *path = draft_path(draft, value);
    switch ((int)value) {
    case DRAFT_FILE:
        return fault_of_script(path);
    case DRAFT_ARCHIVE:
        return fault_of_archive(path);
    case DRAFT_CSV:
        return fault_of_class_file(path);
    case DRAFT_CA:
        return fault_of_certificate(path);
    default:
        return fault_of_lab_file(draft);
    }
}

static char *fault_of_choice(const struct draft_spec *spec, const char *word)
{
    for (size_t i = 0; spec->words[i] != NULL; i++)
        if (strcmp(spec->words[i], word) == 0)
            return NULL;
    return mem_strdup("Choose one of these.");
}

char *draft_fault(const struct draft *draft, enum draft_value value)
{
    const struct draft_spec *spec = &draft_specs[value];
    const char *text = draft_get(draft, value);
    if (spec->kind == DRAFT_CHOICE)
        return fault_of_choice(spec, text);
    if (spec->kind == DRAFT_PATH)
        return fault_of_file(draft, value);
    if (spec->kind == DRAFT_HEADER)
        return fault_of_header(draft, value);
    if (spec->section != NULL)
        return fault_in_lab(spec->section, spec->name, text);
    switch ((int)value) {
    case DRAFT_COMPOSE:
        return fault_of_project(text);
    case DRAFT_HOST:
        return fault_of_host(text);
    case DRAFT_PORT:
        return is_whole(text, 1, 65535) ? NULL : mem_strdup("A port is a number from 1 to 65535.");
    case DRAFT_ADMIN:
        return *text != '\0' ? NULL : mem_strdup("Name the superuser that lectern connects as.");
    case DRAFT_LDAP:
        return fault_of_address(text, "ldap ldaps ldapi", "ldaps://HOST:636");
    case DRAFT_LDAP_BASE:
        return fault_of_dn(text, "dc=school,dc=example");
    case DRAFT_LDAP_ADMIN:
        return fault_of_dn(text, "cn=admin,dc=school,dc=example");
    case DRAFT_PROMETHEUS:
        return fault_of_address(text, "http https", "http://HOST:9090");
    case DRAFT_EXPORTER:
        return is_whole(text, 1, 65534) ? NULL : mem_strdup("A port is a number from 1 to 65534.");
    case DRAFT_GRAFANA:
        return *text == '\0' ? NULL : fault_of_address(text, "http https", "https://HOST");
    case DRAFT_URI:
        return fault_of_uri(text);
    case DRAFT_COUNT:
        return fault_of_count(text);
    case DRAFT_PREFIX:
        return fault_of_prefix(text);
    case DRAFT_BASE:
        return fault_of_dn(text, "ou=people,dc=lab");
    case DRAFT_FILTER:
        return fault_of_filter(text);
    case DRAFT_NAME:
        return fault_of_name(draft, text);
    default:
        return strlen(text) <= 200 ? NULL : mem_strdup("At most 200 bytes.");
    }
}

enum draft_value draft_first_fault(const struct draft *draft, enum draft_page page)
{
    for (int v = 0; v < DRAFT_VALUES; v++) {
        if (draft_specs[v].page != page || !draft_shown(draft, (enum draft_value)v))
            continue;
        CLEANUP(mem_free_string)
        char *fault = draft_fault(draft, (enum draft_value)v);
        if (fault != NULL)
            return (enum draft_value)v;
    }
    return DRAFT_VALUES;
}

/* A file that was written anew is another one. */
static void add_stamp(const struct draft *draft, enum draft_value value, struct strbuf *out)
{
    CLEANUP(mem_free_string)
    char *path = draft_path(draft, value);
    struct stat info;
    if (*path != '\0' && stat(path, &info) == 0)
        strbuf_printf(out, " %lld %lld.%09ld", (long long)info.st_size,
                      (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

char *draft_fingerprint(const struct draft *draft, enum draft_page page)
{
    struct strbuf out = STRBUF_INIT;
    for (int v = 0; v < DRAFT_VALUES; v++) {
        const struct draft_spec *spec = &draft_specs[v];
        bool counts = spec->page == page || (page == PAGE_REVIEW && spec->page < PAGE_REVIEW);
        if (!counts || !draft_shown(draft, (enum draft_value)v))
            continue;
        strbuf_printf(&out, "%s=%s", spec->key, draft_get(draft, (enum draft_value)v));
        if (spec->kind == DRAFT_PATH && v != DRAFT_LAB_FILE)
            add_stamp(draft, (enum draft_value)v, &out);
        strbuf_add_char(&out, '\n');
    }
    for (size_t i = 0; page == PAGE_REVIEW && i < draft->n_steps; i++)
        strbuf_printf(&out, "%s %d %s %s\n", draft->steps[i].name, draft->steps[i].skip,
                      draft->steps[i].weight, draft->steps[i].hint);
    return strbuf_detach(&out);
}
