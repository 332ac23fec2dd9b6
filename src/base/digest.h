/*
 * Digests: SHA-256, HMAC-SHA256, and a small stable hash for identifiers that are no secrets.
 */
#ifndef LECTERN_BASE_DIGEST_H
#define LECTERN_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;

enum { DIGEST_SHA256_BYTES = 32 };

void digest_sha256(const void *data, size_t len, unsigned char ret_digest[DIGEST_SHA256_BYTES]);
/* RFC 2104. */
void digest_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                        unsigned char ret_digest[DIGEST_SHA256_BYTES]);

/*
 * FNV-1a, 64 bits.  For several fields: start with DIGEST_FNV_START and pass on what the last call
 * returned; include the terminating NUL of a field so that "a","bc" and "ab","c" differ.
 */
#define DIGEST_FNV_START UINT64_C(0xcbf29ce484222325)
uint64_t digest_fnv(uint64_t hash, const void *data, size_t len);

/* Append the bytes as lower-case hexadecimal digits. */
void digest_add_hex(struct strbuf *out, const unsigned char *bytes, size_t len);
/* Append base64 (RFC 4648) with padding; `url` takes the alphabet of section 5, without padding. */
void digest_add_base64(struct strbuf *out, const unsigned char *bytes, size_t len, bool url);

#endif
