/*
 * Digests through OpenSSL's one-shot functions, and FNV-1a.
 */
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "base/strbuf.h"

void digest_sha256(const void *data, size_t len, unsigned char ret_digest[DIGEST_SHA256_BYTES])
{
    /* Fails only without memory or without the default provider: then nothing can go on. */
    if (EVP_Digest(data, len, ret_digest, NULL, EVP_sha256(), NULL) != 1)
        abort();
}

void digest_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                        unsigned char ret_digest[DIGEST_SHA256_BYTES])
{
    if (HMAC(EVP_sha256(), key, (int)key_len, data, len, ret_digest, NULL) == NULL)
        abort();
}

uint64_t digest_fnv(uint64_t hash, const void *data, size_t len)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

void digest_add_hex(struct strbuf *out, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        strbuf_add_char(out, digits[bytes[i] >> 4]);
        strbuf_add_char(out, digits[bytes[i] & 15]);
    }
}

void digest_add_base64(struct strbuf *out, const unsigned char *bytes, size_t len, bool url)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i < 3 ? len - i : 3;
        unsigned group = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0u) |
                         (left > 2 ? bytes[i + 2] : 0u);
        for (size_t j = 0; j < 4; j++) {
            unsigned six = group >> (18 - 6 * j) & 63;
            if (j > left) {
                if (!url)
                    strbuf_add_char(out, '=');
            } else if (six < 62) {
                strbuf_add_char(out, letters[six]);
            } else {
                strbuf_add_char(out, six == 62 ? (url ? '-' : '+') : (url ? '_' : '/'));
            }
        }
    }
}
