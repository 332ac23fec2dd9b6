/*
 * Secrets: files of 64 hexadecimal digits, and the passwords derived from them.
 */
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"

enum { SCRAM_SALT_BYTES = 16, SSHA_SALT_BYTES = 16 };

static bool random_bytes(unsigned char *bytes, size_t len, struct error *err)
{
    while (len > 0) {
        ssize_t n = getrandom(bytes, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set_errno(err, errno, "the kernel gave no random bytes");
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static bool secret_generate(struct secret *ret_secret, struct error *err)
{
    return random_bytes(ret_secret->bytes, sizeof ret_secret->bytes, err);
}

void secret_wipe(struct secret *secret)
{
    OPENSSL_cleanse(secret->bytes, sizeof secret->bytes);
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_hex(const char *text, size_t len, struct secret *secret)
{
    if (len > 0 && text[len - 1] == '\n')
        len--;
    if (len != 2 * (size_t)SECRET_BYTES)
        return false;
    for (size_t i = 0; i < SECRET_BYTES; i++) {
        int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        secret->bytes[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* Read a file that is its owner's only, at most `size` bytes of it; the caller wipes them. */
static bool read_private(const char *path, char *bytes, size_t size, size_t *ret_len,
                         struct error *err)
{
    struct stat info;
    size_t len = 0;
    ssize_t n = 1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "could not open the secret file \"%s\"", path);
    if (fstat(fd, &info) != 0)
        error_set_errno(err, errno, "could not read \"%s\"", path);
    else if ((info.st_mode & 007) != 0) {
        error_set(err, ERROR_FAILED, "the secret file \"%s\" is open to everybody", path);
        error_hint(err, "Make it private with \"chmod 600\", and replace what it protected.");
    }
    while (!error_is_set(err) && len < size && n != 0) {
        n = read(fd, bytes + len, size - len);
        if (n < 0 && errno != EINTR)
            error_set_errno(err, errno, "could not read \"%s\"", path);
        len += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    *ret_len = len;
    return !error_is_set(err);
}

bool secret_load_line(const char *path, char **ret_line, struct error *err)
{
    char text[SECRET_LINE_MAX + 2];
    size_t len;
    if (!read_private(path, text, sizeof text, &len, err))
        return false;
    if (len > 0 && text[len - 1] == '\n')
        len--;
    bool good = len > 0 && len <= SECRET_LINE_MAX && memchr(text, '\n', len) == NULL &&
                memchr(text, '\0', len) == NULL;
    if (good) {
        *ret_line = mem_strndup(text, len);
    } else {
        error_set(err, ERROR_INPUT, "\"%s\" holds no password", path);
        error_hint(err, "It must hold one line, the password.");
    }
    OPENSSL_cleanse(text, sizeof text);
    return good;
}

void secret_free_line(char **line)
{
    if (*line != NULL)
        OPENSSL_cleanse(*line, strlen(*line));
    mem_free_string(line);
}

bool secret_load(const char *path, struct secret *ret_secret, struct error *err)
{
    char text[2 * SECRET_BYTES + 2];
    struct secret secret;
    size_t len;
    if (!read_private(path, text, sizeof text, &len, err))
        return false;
    bool good = parse_hex(text, len, &secret);
    OPENSSL_cleanse(text, sizeof text);
    if (good)
        *ret_secret = secret;
    secret_wipe(&secret);
    if (!good) {
        error_set(err, ERROR_INPUT, "\"%s\" is not a secret file", path);
        error_hint(err, "It must hold 64 hexadecimal digits and a newline.");
    }
    return good;
}

/* Write the whole beside and link it, so that of two who create it at once both load the same. */
static bool create(const char *path, struct error *err)
{
    CLEANUP(mem_free_string)
    char *directory = path_directory(path);
    struct secret secret;
    if (!file_make_directories(directory, 0700, err) || !secret_generate(&secret, err))
        return false;
    struct strbuf text = STRBUF_INIT;
    strbuf_reserve(&text, 2 * (size_t)SECRET_BYTES + 1);
    digest_add_hex(&text, secret.bytes, sizeof secret.bytes);
    strbuf_add_char(&text, '\n');
    secret_wipe(&secret);
    CLEANUP(mem_free_string)
    char *beside = mem_printf("%s.%ld", path, (long)getpid());
    bool good = file_write(beside, text.text, text.len, 0600, err);
    OPENSSL_cleanse(text.text, text.len);
    strbuf_release(&text);
    if (!good)
        return false;
    if (link(beside, path) != 0 && errno != EEXIST) {
        error_set_errno(err, errno, "could not create the secret file \"%s\"", path);
        good = false;
    }
    unlink(beside);
    return good;
}

bool secret_load_or_create(const char *path, struct secret *ret_secret, struct error *err)
{
    if (!file_exists(path) && !create(path, err))
        return false;
    return secret_load(path, ret_secret, err);
}

/* The remainder of the big-endian number, which is divided in place. */
static unsigned divide(unsigned char number[DIGEST_SHA256_BYTES], unsigned divisor)
{
    unsigned rest = 0;
    for (size_t i = 0; i < DIGEST_SHA256_BYTES; i++) {
        unsigned part = rest << 8 | number[i];
        number[i] = (unsigned char)(part / divisor);
        rest = part % divisor;
    }
    return rest;
}

void secret_student_password(const struct secret *secret, const char *login, unsigned generation,
                             char ret_password[SECRET_PASSWORD_SIZE])
{
    /* 18^9 * 5^6: 51.4 bits.  No q, x, y: hard to read aloud. */
    static const char consonants[] = "bcdfghjklmnprstvwz", vowels[] = "aeiou";
    struct strbuf what = STRBUF_INIT;
    strbuf_add(&what, login, strlen(login) + 1);
    strbuf_printf(&what, "%u", generation);
    unsigned char number[DIGEST_SHA256_BYTES];
    digest_hmac_sha256(secret->bytes, sizeof secret->bytes, what.text, what.len, number);
    strbuf_release(&what);
    for (size_t i = 0; i < SECRET_PASSWORD_SIZE - 1; i++) {
        size_t at = i % 6;
        if (at == 5)
            ret_password[i] = '-';
        else if (at % 2 == 0)
            ret_password[i] = consonants[divide(number, sizeof consonants - 1)];
        else
            ret_password[i] = vowels[divide(number, sizeof vowels - 1)];
    }
    ret_password[SECRET_PASSWORD_SIZE - 1] = '\0';
    OPENSSL_cleanse(number, sizeof number);
}

void secret_role_password(const struct secret *secret, const char *role,
                          char ret_password[SECRET_ROLE_PASSWORD_SIZE])
{
    unsigned char digest[DIGEST_SHA256_BYTES];
    digest_hmac_sha256(secret->bytes, sizeof secret->bytes, role, strlen(role), digest);
    struct strbuf text = STRBUF_INIT;
    digest_add_base64(&text, digest, sizeof digest, true);
    memcpy(ret_password, text.text, SECRET_ROLE_PASSWORD_SIZE);
    OPENSSL_cleanse(text.text, text.len);
    OPENSSL_cleanse(digest, sizeof digest);
    strbuf_release(&text);
}

char *secret_scram_verifier(const struct secret *secret, const char *role, const char *password,
                            int iterations)
{
    unsigned char salt[DIGEST_SHA256_BYTES], salted[DIGEST_SHA256_BYTES];
    unsigned char client[DIGEST_SHA256_BYTES], stored[DIGEST_SHA256_BYTES];
    unsigned char server[DIGEST_SHA256_BYTES];
    CLEANUP(mem_free_string)
    char *what = mem_printf("salt:%s", role);
    digest_hmac_sha256(secret->bytes, sizeof secret->bytes, what, strlen(what), salt);
    if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, SCRAM_SALT_BYTES, iterations,
                          EVP_sha256(), sizeof salted, salted) != 1)
        abort();
    digest_hmac_sha256(salted, sizeof salted, "Client Key", 10, client);
    digest_sha256(client, sizeof client, stored);
    digest_hmac_sha256(salted, sizeof salted, "Server Key", 10, server);
    struct strbuf out = STRBUF_INIT;
    strbuf_printf(&out, "SCRAM-SHA-256$%d:", iterations);
    digest_add_base64(&out, salt, SCRAM_SALT_BYTES, false);
    strbuf_add_char(&out, '$');
    digest_add_base64(&out, stored, sizeof stored, false);
    strbuf_add_char(&out, ':');
    digest_add_base64(&out, server, sizeof server, false);
    OPENSSL_cleanse(salted, sizeof salted);
    OPENSSL_cleanse(client, sizeof client);
    return strbuf_detach(&out);
}

char *secret_ssha(const char *password)
{
    enum { SHA1_BYTES = 20 };
    unsigned char hash[SHA1_BYTES + SSHA_SALT_BYTES];
    struct error err = ERROR_INIT;
    if (!random_bytes(hash + SHA1_BYTES, SSHA_SALT_BYTES, &err))
        abort();
    struct strbuf what = STRBUF_INIT;
    strbuf_reserve(&what, strlen(password) + SSHA_SALT_BYTES);
    strbuf_add_string(&what, password);
    strbuf_add(&what, hash + SHA1_BYTES, SSHA_SALT_BYTES);
    if (EVP_Digest(what.text, what.len, hash, NULL, EVP_sha1(), NULL) != 1)
        abort();
    OPENSSL_cleanse(what.text, what.len);
    strbuf_release(&what);
    struct strbuf out = STRBUF_INIT;
    strbuf_add_string(&out, "{SSHA}");
    digest_add_base64(&out, hash, sizeof hash, false);
    return strbuf_detach(&out);
}
