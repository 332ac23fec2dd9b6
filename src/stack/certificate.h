/*
 * The installation's own certificate authority, and the servers' certificate from it: EC P-256,
 * X.509 v3 (RFC 5280).
 */
#ifndef LECTERN_STACK_CERTIFICATE_H
#define LECTERN_STACK_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct strbuf;

enum { CERTIFICATE_AUTHORITY_DAYS = 3650, CERTIFICATE_SERVER_DAYS = 825 };

/* Make DIRECTORY/ca.key (0600) and DIRECTORY/ca.crt (0644) unless both are there. */
bool certificate_ensure_authority(const char *directory, bool *ret_changed, struct error *err);

/*
 * Make DIRECTORY/server.key and DIRECTORY/server.crt for these names (DNS names and numeric
 * addresses), unless what is there carries all of them, stems from this authority and lasts another
 * 30 days.
 */
bool certificate_ensure_server(const char *directory, const char *const *names, size_t n,
                               bool *ret_changed, struct error *err);

/* Seconds until the certificate in the file ends; negative when it has. */
bool certificate_seconds_left(const char *path, int64_t *ret_seconds, struct error *err);

/* Does the certificate in the file carry this DNS name or numeric address? */
bool certificate_has_name(const char *path, const char *name, bool *ret_has, struct error *err);

#endif
