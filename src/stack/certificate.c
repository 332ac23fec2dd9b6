/*
 * Certificates with OpenSSL: see certificate.h.
 */
#include "stack/certificate.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"

enum { PEM_MAX = 65536, RENEW_BEFORE_DAYS = 30, DAY_SECONDS = 86400 };

static bool crypto_failed(struct error *err, const char *what)
{
    char words[256];
    ERR_error_string_n(ERR_get_error(), words, sizeof words);
    ERR_clear_error();
    return error_set(err, ERROR_FAILED, "could not %s: %s", what, words);
}

/* -- files ------------------------------------------------------------------------------------- */

/* The file in memory; NULL and the error when it can't be read. */
static BIO *open_pem(const char *path, struct strbuf *text, struct error *err)
{
    if (!file_read(path, PEM_MAX, text, err))
        return NULL;
    return BIO_new_mem_buf(text->text, (int)text->len);
}

static X509 *load_certificate(const char *path, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    BIO *bio = open_pem(path, &text, err);
    if (bio == NULL)
        return NULL;
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (certificate == NULL) {
        ERR_clear_error();
        error_set(err, ERROR_INPUT, "\"%s\" is not a certificate in PEM form", path);
    }
    return certificate;
}

static EVP_PKEY *load_key(const char *path, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    BIO *bio = open_pem(path, &text, err);
    if (bio == NULL)
        return NULL;
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    if (text.len > 0)
        OPENSSL_cleanse(text.text, text.len);
    if (key == NULL) {
        ERR_clear_error();
        error_set(err, ERROR_INPUT, "\"%s\" is not a private key in PEM form", path);
    }
    return key;
}

static bool save_bio(const char *path, BIO *bio, mode_t mode, struct error *err)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    return file_write(path, data, (size_t)len, mode, err);
}

/* The key first: a certificate without its key would look complete to the next run. */
static bool save_pair(const char *key_path, EVP_PKEY *key, const char *crt_path, X509 *crt,
                      struct error *err)
{
    BIO *key_pem = BIO_new(BIO_s_secmem()), *crt_pem = BIO_new(BIO_s_mem());
    bool ok = key_pem != NULL && crt_pem != NULL &&
              PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) == 1 &&
              PEM_write_bio_X509(crt_pem, crt) == 1;
    if (!ok)
        crypto_failed(err, "write a certificate");
    ok = ok && save_bio(key_path, key_pem, 0600, err) && save_bio(crt_path, crt_pem, 0644, err);
    BIO_free(key_pem);
    BIO_free(crt_pem);
    return ok;
}

/* -- making ------------------------------------------------------------------------------------ */

static bool add_extension(X509 *crt, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, crt, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension != NULL && X509_add_ext(crt, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

static bool set_serial(X509 *crt)
{
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] &= 0x7f; /* RFC 5280: positive */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool ok = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(crt)) != NULL;
    BN_free(number);
    return ok;
}

/* What every certificate of ours has; the start is a day ago for lab PCs whose clocks are late. */
static X509 *new_certificate(EVP_PKEY *key, const char *common_name, int days)
{
    X509 *crt = X509_new();
    time_t now = (time_t)(clock_utc_us() / 1000000);
    bool ok = crt != NULL && X509_set_version(crt, X509_VERSION_3) == 1 && set_serial(crt) &&
              X509_time_adj_ex(X509_getm_notBefore(crt), -1, 0, &now) != NULL &&
              X509_time_adj_ex(X509_getm_notAfter(crt), days, 0, &now) != NULL &&
              X509_NAME_add_entry_by_txt(X509_get_subject_name(crt), "CN", MBSTRING_UTF8,
                                         (const unsigned char *)common_name, -1, -1, 0) == 1 &&
              X509_set_pubkey(crt, key) == 1;
    if (ok)
        return crt;
    X509_free(crt);
    return NULL;
}

static bool is_address(const char *name)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

/* Names come from the command line and the machine, so they are put in as values, not as text. */
static bool add_names(X509 *crt, const char *const *names, size_t n)
{
    GENERAL_NAMES *list = GENERAL_NAMES_new();
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        GENERAL_NAME *name = GENERAL_NAME_new();
        ASN1_STRING *value;
        int type = is_address(names[i]) ? GEN_IPADD : GEN_DNS;
        if (type == GEN_IPADD) {
            value = a2i_IPADDRESS(names[i]);
        } else {
            value = ASN1_IA5STRING_new();
            ok = value != NULL && ASN1_STRING_set(value, names[i], -1) == 1;
        }
        ok = ok && name != NULL && value != NULL;
        if (ok) {
            GENERAL_NAME_set0_value(name, type, value);
            ok = sk_GENERAL_NAME_push(list, name) > 0;
        } else {
            ASN1_STRING_free(value);
            GENERAL_NAME_free(name);
        }
    }
    ok = ok && X509_add1_ext_i2d(crt, NID_subject_alt_name, list, 0, 0) == 1;
    GENERAL_NAMES_free(list);
    return ok;
}

struct recipe {
    const char *what, *common_name;
    int days;
    const char *const *names; /* n of them */
    size_t n;
    struct {
        int nid;
        const char *value;
    } extensions[8]; /* ends with a NULL value */
};

/* Make a key and its certificate, sign it (an issuer of NULL: by itself), write both. */
static bool make_pair(const struct recipe *recipe, EVP_PKEY *issuer_key, X509 *issuer,
                      const char *key_path, const char *crt_path, struct error *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *crt = key != NULL ? new_certificate(key, recipe->common_name, recipe->days) : NULL;
    X509 *by = issuer != NULL ? issuer : crt;
    bool ok = crt != NULL && X509_set_issuer_name(crt, X509_get_subject_name(by)) == 1 &&
              (recipe->n == 0 || add_names(crt, recipe->names, recipe->n));
    for (size_t i = 0; ok && recipe->extensions[i].value != NULL; i++)
        ok = add_extension(crt, by, recipe->extensions[i].nid, recipe->extensions[i].value);
    ok = ok && X509_sign(crt, issuer != NULL ? issuer_key : key, EVP_sha256()) > 0;
    if (!ok)
        crypto_failed(err, recipe->what);
    ok = ok && save_pair(key_path, key, crt_path, crt, err);
    X509_free(crt);
    EVP_PKEY_free(key);
    return ok;
}

bool certificate_ensure_authority(const char *directory, bool *ret_changed, struct error *err)
{
    static const struct recipe recipe = {
        .what = "make the certificate authority",
        .common_name = "lectern lab CA",
        .days = CERTIFICATE_AUTHORITY_DAYS,
        .extensions = {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                       {NID_key_usage, "critical,keyCertSign,cRLSign"},
                       {NID_subject_key_identifier, "hash"}},
    };
    CLEANUP(mem_free_string)
    char *key_path = path_join(directory, "ca.key");
    CLEANUP(mem_free_string)
    char *crt_path = path_join(directory, "ca.crt");
    bool there = file_exists(key_path) && file_exists(crt_path);
    if (!there && !make_pair(&recipe, NULL, NULL, key_path, crt_path, err))
        return false;
    *ret_changed = !there;
    return true;
}

static bool make_server(EVP_PKEY *ca_key, X509 *ca, const char *const *names, size_t n,
                        const char *key_path, const char *crt_path, struct error *err)
{
    const struct recipe recipe = {
        .what = "make the servers' certificate",
        .common_name = "lectern",
        .days = CERTIFICATE_SERVER_DAYS,
        .names = names,
        .n = n,
        .extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                       {NID_key_usage, "critical,digitalSignature"},
                       {NID_ext_key_usage, "serverAuth"},
                       {NID_subject_key_identifier, "hash"},
                       {NID_authority_key_identifier, "keyid"}},
    };
    return make_pair(&recipe, ca_key, ca, key_path, crt_path, err);
}

/* -- looking ----------------------------------------------------------------------------------- */

static bool has_name(X509 *crt, const char *name)
{
    if (is_address(name))
        return X509_check_ip_asc(crt, name, 0) == 1;
    return X509_check_host(crt, name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1;
}

static bool seconds_left(X509 *crt, int64_t *ret_seconds)
{
    time_t now = (time_t)(clock_utc_us() / 1000000);
    ASN1_TIME *at = ASN1_TIME_set(NULL, now);
    int days = 0, seconds = 0;
    bool ok = at != NULL && ASN1_TIME_diff(&days, &seconds, at, X509_get0_notAfter(crt)) == 1;
    ASN1_TIME_free(at);
    if (ok)
        *ret_seconds = (int64_t)days * DAY_SECONDS + seconds;
    return ok;
}

/* Is the pair in the files good for these names?  Whatever is unreadable is not. */
static bool is_good_server(const char *key_path, const char *crt_path, X509 *ca, EVP_PKEY *ca_key,
                           const char *const *names, size_t n)
{
    struct error unreadable = ERROR_INIT;
    X509 *crt = load_certificate(crt_path, &unreadable);
    EVP_PKEY *key = crt != NULL ? load_key(key_path, &unreadable) : NULL;
    int64_t left = 0;
    bool good = key != NULL && X509_check_private_key(crt, key) == 1 &&
                X509_check_issued(ca, crt) == X509_V_OK && X509_verify(crt, ca_key) == 1 &&
                seconds_left(crt, &left) && left > RENEW_BEFORE_DAYS * DAY_SECONDS;
    for (size_t i = 0; good && i < n; i++)
        good = has_name(crt, names[i]);
    ERR_clear_error();
    error_clear(&unreadable);
    X509_free(crt);
    EVP_PKEY_free(key);
    return good;
}

bool certificate_ensure_server(const char *directory, const char *const *names, size_t n,
                               bool *ret_changed, struct error *err)
{
    CLEANUP(mem_free_string)
    char *ca_key_path = path_join(directory, "ca.key");
    CLEANUP(mem_free_string)
    char *ca_path = path_join(directory, "ca.crt");
    CLEANUP(mem_free_string)
    char *key_path = path_join(directory, "server.key");
    CLEANUP(mem_free_string)
    char *crt_path = path_join(directory, "server.crt");
    EVP_PKEY *ca_key = load_key(ca_key_path, err);
    X509 *ca = ca_key != NULL ? load_certificate(ca_path, err) : NULL;
    bool ok = ca != NULL;
    bool good = ok && is_good_server(key_path, crt_path, ca, ca_key, names, n);
    if (ok && !good)
        ok = make_server(ca_key, ca, names, n, key_path, crt_path, err);
    X509_free(ca);
    EVP_PKEY_free(ca_key);
    if (ok)
        *ret_changed = !good;
    return ok;
}

bool certificate_seconds_left(const char *path, int64_t *ret_seconds, struct error *err)
{
    X509 *crt = load_certificate(path, err);
    if (crt == NULL)
        return false;
    bool ok = seconds_left(crt, ret_seconds);
    X509_free(crt);
    return ok || crypto_failed(err, "read the end of a certificate");
}

bool certificate_has_name(const char *path, const char *name, bool *ret_has, struct error *err)
{
    X509 *crt = load_certificate(path, err);
    if (crt == NULL)
        return false;
    *ret_has = has_name(crt, name);
    X509_free(crt);
    return true;
}
