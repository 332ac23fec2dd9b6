/*
 * Digests and secrets: test vectors of the RFCs, stable derivations, private files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/strbuf.h"

static void assert_hex(const unsigned char *bytes, const char *expected)
{
    CLEANUP(strbuf_release)
    struct strbuf hex = STRBUF_INIT;
    digest_add_hex(&hex, bytes, DIGEST_SHA256_BYTES);
    assert_string_equal(hex.text, expected);
}

static void test_sha256(void **state)
{
    (void)state;
    unsigned char digest[DIGEST_SHA256_BYTES];
    digest_sha256("abc", 3, digest); /* FIPS 180-4 */
    assert_hex(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_sha256("", 0, digest);
    assert_hex(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_hmac(void **state)
{
    (void)state;
    unsigned char digest[DIGEST_SHA256_BYTES], key[131];
    memset(key, 0x0b, 20); /* RFC 4231, cases 1, 2 and 6 */
    digest_hmac_sha256(key, 20, "Hi There", 8, digest);
    assert_hex(digest, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    digest_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, digest);
    assert_hex(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    digest_hmac_sha256(key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First",
                       54, digest);
    assert_hex(digest, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void test_fnv(void **state)
{
    (void)state;
    assert_true(digest_fnv(DIGEST_FNV_START, "", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(digest_fnv(DIGEST_FNV_START, "foobar", 6) == UINT64_C(0x85944171f73967e8));
}

static void test_base64(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {/* RFC 4648 */
                                           {"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        CLEANUP(strbuf_release)
        struct strbuf out = STRBUF_INIT;
        digest_add_base64(&out, (const unsigned char *)pairs[i][0], strlen(pairs[i][0]), false);
        assert_string_equal(out.text, pairs[i][1]);
    }
    CLEANUP(strbuf_release)
    struct strbuf url = STRBUF_INIT;
    digest_add_base64(&url, (const unsigned char *)"\xff\xef\xbf\xfb", 4, true);
    assert_string_equal(url.text, "_--_-w");
}

static void test_student_password(void **state)
{
    (void)state;
    struct secret secret = {{0}};
    char first[SECRET_PASSWORD_SIZE], again[SECRET_PASSWORD_SIZE];
    bool seen[256] = {false};
    for (unsigned i = 0; i < 500; i++) {
        CLEANUP(mem_free_string)
        char *login = mem_printf("s%03u", i);
        secret_student_password(&secret, login, 0, first);
        assert_int_equal(strlen(first), SECRET_PASSWORD_SIZE - 1);
        for (size_t j = 0; j < SECRET_PASSWORD_SIZE - 1; j++) {
            if (j % 6 == 5)
                assert_int_equal(first[j], '-');
            else if (j % 6 % 2 == 1)
                assert_non_null(strchr("aeiou", first[j]));
            else
                assert_non_null(strchr("bcdfghjklmnprstvwz", first[j]));
            seen[(unsigned char)first[j]] = true;
        }
        secret_student_password(&secret, login, 0, again);
        assert_string_equal(first, again);
        secret_student_password(&secret, login, 1, again);
        assert_string_not_equal(first, again);
    }
    size_t letters = 0;
    for (char c = 'a'; c <= 'z'; c++)
        letters += seen[(unsigned char)c];
    assert_int_equal(letters, 23); /* every letter of both alphabets occurs: 51.4 bits */
    /* These are on printed slips: a change of the derivation is a change of everybody's password.
     */
    secret_student_password(&secret, "alice", 0, first);
    assert_string_equal(first, "telit-pebed-tahen");
    /* The boundary between login and generation counts. */
    secret_student_password(&secret, "a1", 1, first);
    secret_student_password(&secret, "a", 11, again);
    assert_string_not_equal(first, again);
}

static void test_scram_verifier(void **state)
{
    (void)state;
    struct secret secret = {{1, 2, 3}};
    CLEANUP(mem_free_string)
    char *verifier = secret_scram_verifier(&secret, "probe_alice", "pencil", SECRET_SCRAM_ONE);
    CLEANUP(mem_free_string)
    char *again = secret_scram_verifier(&secret, "probe_alice", "pencil", SECRET_SCRAM_ONE);
    assert_string_equal(verifier, again);
    assert_string_equal(
        verifier, "SCRAM-SHA-256$1:pr7sWLbFQXYOSc+QNMZHng==$yZuwV1GQzr/KrI5RZW6xddXjEJ24sRzc0/0h0TL"
                  "QKqY=:gYjAAAdmkRIF1IR9Vh2tYQ6fEbg5MI4lxi1selX2DWg=");
    CLEANUP(mem_free_string)
    char *other = secret_scram_verifier(&secret, "probe_bob", "pencil", SECRET_SCRAM_ONE);
    assert_string_not_equal(verifier, other);
}

static void test_role_password(void **state)
{
    (void)state;
    struct secret secret = {{1, 2, 3}};
    char a[SECRET_ROLE_PASSWORD_SIZE], b[SECRET_ROLE_PASSWORD_SIZE];
    secret_role_password(&secret, "probe_alice", a);
    secret_role_password(&secret, "probe_bob", b);
    assert_int_equal(strlen(a), SECRET_ROLE_PASSWORD_SIZE - 1);
    assert_int_equal(strspn(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                     strlen(a));
    assert_string_not_equal(a, b);
}

static void test_ssha(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *a = secret_ssha("kolup-satin-derog");
    CLEANUP(mem_free_string)
    char *b = secret_ssha("kolup-satin-derog");
    assert_memory_equal(a, "{SSHA}", 6);
    assert_int_equal(strlen(a), 6 + 48); /* 20 + 16 bytes */
    assert_string_not_equal(a, b);
}

static void test_files(void **state)
{
    (void)state;
    char directory[] = "/tmp/lectern-secret.XXXXXX";
    assert_non_null(mkdtemp(directory));
    CLEANUP(mem_free_string)
    char *folder = path_join(directory, "secrets");
    CLEANUP(mem_free_string)
    char *path = path_join(folder, "daemon");
    struct error err = ERROR_INIT;
    struct secret a, b;
    assert_false(secret_load(path, &a, &err));
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    error_clear(&err);
    assert_true(secret_load_or_create(path, &a, &err));
    assert_true(secret_load_or_create(path, &b, &err));
    assert_memory_equal(&a, &b, sizeof a);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(info.st_size, 65);
    assert_int_equal(stat(folder, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    assert_int_equal(chmod(path, 0604), 0);
    assert_false(secret_load(path, &b, &err));
    assert_non_null(strstr(err.message, "open to everybody"));
    error_clear(&err);
    assert_true(file_write(path, "00112233\n", 9, 0600, &err));
    assert_false(secret_load_or_create(path, &b, &err)); /* never overwritten */
    assert_int_equal(err.code, ERROR_INPUT);
    error_clear(&err);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing was left beside */
    assert_int_equal(rmdir(directory), 0);
    secret_wipe(&a);
    struct secret zero = {{0}};
    assert_memory_equal(&a, &zero, sizeof a);
}

static void test_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line; /* NULL: it is none */
        mode_t mode;
    } cases[] = {
        {"sesame\n", "sesame", 0600}, {"open sesame", "open sesame", 0600},
        {"sesame\n", NULL, 0604},     {"one\ntwo\n", NULL, 0600},
        {"\n", NULL, 0600},           {"", NULL, 0600},
    };
    char path[] = "/tmp/lectern-test-line.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = ERROR_INIT;
        char *line = NULL;
        size_t len = strlen(cases[i].text);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, cases[i].text, len, 0), len);
        assert_int_equal(fchmod(fd, cases[i].mode), 0);
        bool good = secret_load_line(path, &line, &err);
        assert_int_equal(good, cases[i].line != NULL);
        if (good)
            assert_string_equal(line, cases[i].line);
        secret_free_line(&line);
        error_clear(&err);
    }
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_fnv),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_student_password),
        cmocka_unit_test(test_scram_verifier),
        cmocka_unit_test(test_role_password),
        cmocka_unit_test(test_ssha),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
