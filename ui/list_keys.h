/*
 * The keys that move in a list, the same in every pane.
 */
#ifndef LECTERN_UI_LIST_KEYS_H
#define LECTERN_UI_LIST_KEYS_H

/* By how much the key moves in a list of `n`, of which a page has `page`: arrows, j k, PgUp PgDn,
 * Home End, g G.  0: it is none of these.  The end of the list is the caller's to mind. */
long list_keys_by(int code, long page, long n);

#endif
