/*
 * The room.
 */
#include "ui/seats.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    PARTS_MAX = 4,
    WIDE_ROOM = 40,    /* columns: a room of more is no room, but a number */
    LIST_COLUMNS = 6,  /* of the list where there are no rows */
    ONE_ROW_MOST = 12, /* students beside each other where all names have the same beginning */
};

/* -- names ------------------------------------------------------------------------------------- */

static size_t run_length(const char *text)
{
    size_t len = 0;
    bool digits = isdigit((unsigned char)*text) != 0;
    while (text[len] != '\0' &&
           (digits ? isdigit((unsigned char)text[len]) : isalpha((unsigned char)text[len])))
        len++;
    return len;
}

/* Runs of letters and of digits, with blanks and the like between them; 0: something else is in it,
 * or there are too many. */
static size_t split(const char *seat, char parts[PARTS_MAX][SEAT_PART])
{
    size_t n = 0;
    while (*seat != '\0') {
        seat += strspn(seat, " -/.,:_#");
        if (*seat == '\0')
            break;
        size_t len = run_length(seat);
        if (len == 0 || len >= SEAT_PART || n == PARTS_MAX)
            return 0;
        memcpy(parts[n], seat, len);
        parts[n][len] = '\0';
        for (size_t i = 0; i < len; i++)
            parts[n][i] = (char)toupper((unsigned char)parts[n][i]);
        n++;
        seat += len;
    }
    return n;
}

static bool is_number(const char *part)
{
    return isdigit((unsigned char)*part) && strlen(part) <= 4;
}

bool seat_parse(const char *seat, char row[SEAT_PART], char place[SEAT_PART])
{
    char parts[PARTS_MAX][SEAT_PART];
    size_t n = split(seat, parts);
    /* "r3c4", "Row 3 Seat 4". */
    bool named = n == 4 && !is_number(parts[0]) && is_number(parts[1]) && !is_number(parts[2]) &&
                 is_number(parts[3]);
    if (!named && n != 2)
        return false;
    const char *first = parts[named ? 1 : 0], *second = parts[named ? 3 : 1];
    /* One of the two is a number, and a letter is one: "Window left" is no place. */
    if (!is_number(second) && (!is_number(first) || strlen(second) > 1))
        return false;
    memcpy(row, first, strlen(first) + 1);
    memcpy(place, second, strlen(second) + 1);
    return true;
}

/* -- the room ---------------------------------------------------------------------------------- */

static int column_number(const char *place)
{
    return is_number(place) ? atoi(place) : *place - 'A' + 1;
}

struct name {
    char row[SEAT_PART], place[SEAT_PART];
    bool is_place;
};

static int compare_rows(const void *a, const void *b)
{
    return compare_natural(a, b);
}

static void find_rows(struct room *room, const struct name *names)
{
    room->rows = mem_alloc_array(room->n + 1, sizeof *room->rows);
    for (size_t i = 0; i < room->n; i++)
        if (names[i].is_place)
            memcpy(room->rows[room->n_rows++], names[i].row, SEAT_PART);
    if (room->n_rows > 0)
        qsort(room->rows, room->n_rows, sizeof *room->rows, compare_rows);
    size_t kept = 0;
    for (size_t i = 0; i < room->n_rows; i++)
        if (kept == 0 || compare_natural(room->rows[i], room->rows[kept - 1]) != 0)
            memmove(room->rows[kept++], room->rows[i], SEAT_PART);
    room->n_rows = kept;
}

static size_t row_of(const struct room *room, const char *row)
{
    size_t i = 0;
    while (i < room->n_rows && compare_natural(room->rows[i], row) != 0)
        i++;
    return i;
}

/* Numbers that are not there are seats that are empty, or an aisle. */
static int find_columns(struct room *room, const struct name *names)
{
    int least = INT_MAX, most = 0; /* a row may begin with a seat 0 */
    for (size_t i = 0; i < room->n; i++) {
        if (!names[i].is_place)
            continue;
        int number = column_number(names[i].place);
        least = number < least ? number : least;
        most = number > most ? number : most;
    }
    room->n_columns = room->n_rows > 0 ? (size_t)(most - least + 1) : 0;
    return least;
}

/* "PC01" to "PC28" is a numbering, not a row of 28 seats. */
static bool is_room(const struct room *room)
{
    return room->n_columns <= WIDE_ROOM && (room->n_rows > 1 || room->n_columns <= ONE_ROW_MOST);
}

static void place_students(struct room *room, const struct name *names, int first)
{
    bool *taken = mem_alloc_array(room->n_rows * room->n_columns + 1, sizeof *taken);
    for (size_t i = 0; i < room->n; i++) {
        struct place *place = &room->places[i];
        place->listed = true;
        if (!names[i].is_place || room->n_rows == 0)
            continue;
        place->row = row_of(room, names[i].row);
        place->column = (size_t)(column_number(names[i].place) - first);
        bool *at = &taken[place->row * room->n_columns + place->column];
        place->listed = *at;
        *at = true;
    }
    free(taken);
}

void room_make(struct room *room, const struct snapshot *snapshot)
{
    room_release(room);
    room->n = snapshot->n_students;
    room->places = mem_alloc_array(room->n + 1, sizeof *room->places);
    struct name *names = mem_alloc_array(room->n + 1, sizeof *names);
    for (size_t i = 0; i < room->n; i++)
        names[i].is_place = seat_parse(snapshot->students[i].seat, names[i].row, names[i].place);
    find_rows(room, names);
    int first = find_columns(room, names);
    if (!is_room(room))
        room->n_rows = room->n_columns = 0;
    place_students(room, names, first);
    if (room->n_columns == 0)
        room->n_columns = LIST_COLUMNS;
    for (size_t i = 0; i < room->n; i++)
        if (room->places[i].listed) {
            room->places[i].row = room->n_rows + room->n_listed / room->n_columns;
            room->places[i].column = room->n_listed++ % room->n_columns;
        }
    free(names);
}

void room_release(struct room *room)
{
    free(room->places);
    free(room->rows);
    *room = (struct room){.n = 0};
}

size_t room_lines(const struct room *room)
{
    return room->n_rows + (room->n_listed + room->n_columns - 1) / room->n_columns;
}

/* -- moving ------------------------------------------------------------------------------------ */

size_t room_next(const struct room *room, const struct roll *roll, size_t from, int down, int right)
{
    const struct place *here = &room->places[from];
    size_t best = from;
    long least = 0;
    for (size_t i = 0; i < roll->n; i++) {
        const struct place *there = &room->places[roll->order[i]];
        long dy = (long)there->row - (long)here->row, dx = (long)there->column - (long)here->column;
        long ahead = dy * down + dx * right, aside = labs(down != 0 ? dx : dy);
        if (ahead <= 0 || (right != 0 && aside > 0))
            continue;
        long cost = ahead * 100 + aside; /* the next row that has anybody, then the nearest in it */
        if (least == 0 || cost < least)
            least = cost, best = roll->order[i];
    }
    return best;
}

/* -- layout ------------------------------------------------------------------------------------ */

static int at_least(int value, int least)
{
    return value < least ? least : value;
}

struct room_layout room_lay_out(int rows, int cols, size_t lines, size_t columns)
{
    static const struct {
        int width, most_width, height, most_height;
    } sizes[DENSITIES] = {
        [DENSITY_LARGE] = {30, 40, 5, 12},
        [DENSITY_CARDS] = {17, 34, 4, 5},
        [DENSITY_LINES] = {25, 46, 1, 2},
        [DENSITY_CELLS] = {4, 18, 1, 2},
    };
    struct room_layout layout = {.label_width = 4};
    int room = cols - layout.label_width, n = at_least(columns > 10000 ? 10000 : (int)columns, 1);
    int all = at_least(lines > 10000 ? 10000 : (int)lines, 1);
    int width = room / n, height = rows / all;
    int d = DENSITY_LARGE;
    while (d < DENSITY_CELLS && (width < sizes[d].width || height < sizes[d].height))
        d++;
    layout.density = (enum grid_density)d;
    width = at_least(width, sizes[d].width);
    height = at_least(height, sizes[d].height);
    layout.cell_width = width > sizes[d].most_width ? sizes[d].most_width : width;
    layout.cell_height = height > sizes[d].most_height ? sizes[d].most_height : height;
    layout.columns = at_least(room / layout.cell_width, 1);
    layout.lines = at_least(rows / layout.cell_height, 1);
    return layout;
}
