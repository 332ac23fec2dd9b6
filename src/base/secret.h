/*
 * Secrets: kept in memory that is wiped, in files of mode 0600, and never printed.
 *
 * A secret file holds 32 bytes from the kernel, as 64 hexadecimal digits and a newline.  Every
 * password of the system is derived from one by HMAC-SHA256 (RFC 2104), so nothing else is stored.
 */
#ifndef LECTERN_BASE_SECRET_H
#define LECTERN_BASE_SECRET_H

#include <stdbool.h>

struct error;

enum {
    SECRET_BYTES = 32,
    SECRET_PASSWORD_SIZE = 18,      /* "kolup-satin-derog" and NUL */
    SECRET_ROLE_PASSWORD_SIZE = 44, /* base64url of 32 bytes and NUL */
};

struct secret {
    unsigned char bytes[SECRET_BYTES];
};

bool secret_load(const char *path, struct secret *ret_secret, struct error *err);
/* Load the file, or create it (0600, never overwriting) with a new secret when there is none. */
bool secret_load_or_create(const char *path, struct secret *ret_secret, struct error *err);
void secret_wipe(struct secret *secret);

/* A password that somebody else chose: the only line of a file of mode 0600, at most
 * SECRET_LINE_MAX bytes; malloc'd, to be given to secret_free_line(). */
enum { SECRET_LINE_MAX = 1000 };
bool secret_load_line(const char *path, char **ret_line, struct error *err);
void secret_free_line(char **line);

/*
 * A student's initial password: HMAC-SHA256(secret, "login\0generation") read as three groups of
 * five letters, consonant-vowel-consonant-vowel-consonant, 50 bits and more in all.
 */
void secret_student_password(const struct secret *secret, const char *login, unsigned generation,
                             char ret_password[SECRET_PASSWORD_SIZE]);

/* The password of a role of lectern's own (probe_*, lectern_*): base64url of HMAC(secret, role). */
void secret_role_password(const struct secret *secret, const char *role,
                          char ret_password[SECRET_ROLE_PASSWORD_SIZE]);

/*
 * Iterations slow down the guessing of passwords that people choose.  A role's password is 256 bits
 * of HMAC, beyond guessing, and each login of a probe would pay for them, on both sides: one will
 * do for libpq.  The exporter's driver refuses less than four digits.
 */
enum { SECRET_SCRAM_ONE = 1, SECRET_SCRAM_USUAL = 4096 };

/*
 * The SCRAM-SHA-256 verifier that PostgreSQL stores for a role's derived password (RFC 5803), not
 * for one that a person chose.  Salted with the first 16 bytes of HMAC(secret, "salt:" role), so
 * that it is the same at each call and `apply` changes nothing the second time.  malloc'd.
 */
char *secret_scram_verifier(const struct secret *secret, const char *role, const char *password,
                            int iterations);

/* "{SSHA}..." for LDAP's userPassword (salted SHA-1, RFC 2307 style), salt from the kernel;
 * malloc'd. */
char *secret_ssha(const char *password);

#endif
