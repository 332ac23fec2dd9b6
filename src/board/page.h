/*
 * The class as a web page for the room: what the projector shows, on every screen.  It loads
 * nothing, runs nothing, and asks for itself anew every two seconds.  Pure text.
 */
#ifndef LECTERN_BOARD_PAGE_H
#define LECTERN_BOARD_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/snapshot.h"

struct strbuf;

struct page {
    const struct snapshot *snapshot;
    int64_t now_us; /* when the page is made */
    bool ended;     /* nobody writes it any more: the page says so, and nothing on it is fresh */
};

/* Append the whole page; all names are disarmed and escaped. */
void page_print(const struct page *page, struct strbuf *out);

#endif
