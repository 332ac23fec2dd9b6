/*
 * The keys that move in a list.
 */
#include "ui/list_keys.h"

#include <curses.h>

long list_keys_by(int code, long page, long n)
{
    switch (code) {
    case KEY_UP:
    case 'k':
        return -1;
    case KEY_DOWN:
    case 'j':
        return 1;
    case KEY_PPAGE:
        return -page;
    case KEY_NPAGE:
        return page;
    case KEY_HOME:
    case 'g':
        return -n;
    case KEY_END:
    case 'G':
        return n;
    default:
        return 0;
    }
}
