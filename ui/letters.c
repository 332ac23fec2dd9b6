/*
 * Large letters of dots.  Two dots above each other make a cell of the small size; a dot of the
 * large one is two cells, so that both are as wide as they are high.
 */
#include "ui/letters.h"

enum { DOTS_X = 5, DOTS_Y = 7 };

/* Rows from the top, the leftmost dot is the highest of five bits. */
static const unsigned char dots[26][DOTS_Y] = {
    {0x00, 0x00, 0x0e, 0x01, 0x0f, 0x11, 0x0f}, {0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x1e},
    {0x00, 0x00, 0x0e, 0x10, 0x10, 0x11, 0x0e}, {0x01, 0x01, 0x0d, 0x13, 0x11, 0x11, 0x0f},
    {0x00, 0x00, 0x0e, 0x11, 0x1f, 0x10, 0x0e}, {0x06, 0x09, 0x08, 0x1c, 0x08, 0x08, 0x08},
    {0x00, 0x0f, 0x11, 0x11, 0x0f, 0x01, 0x0e}, {0x10, 0x10, 0x16, 0x19, 0x11, 0x11, 0x11},
    {0x04, 0x00, 0x0c, 0x04, 0x04, 0x04, 0x0e}, {0x02, 0x00, 0x06, 0x02, 0x02, 0x12, 0x0c},
    {0x10, 0x10, 0x12, 0x14, 0x18, 0x14, 0x12}, {0x0c, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e},
    {0x00, 0x00, 0x1a, 0x15, 0x15, 0x11, 0x11}, {0x00, 0x00, 0x16, 0x19, 0x11, 0x11, 0x11},
    {0x00, 0x00, 0x0e, 0x11, 0x11, 0x11, 0x0e}, {0x00, 0x00, 0x1e, 0x11, 0x1e, 0x10, 0x10},
    {0x00, 0x00, 0x0d, 0x13, 0x0f, 0x01, 0x01}, {0x00, 0x00, 0x16, 0x19, 0x10, 0x10, 0x10},
    {0x00, 0x00, 0x0e, 0x10, 0x0e, 0x01, 0x1e}, {0x08, 0x08, 0x1c, 0x08, 0x08, 0x09, 0x06},
    {0x00, 0x00, 0x11, 0x11, 0x11, 0x13, 0x0d}, {0x00, 0x00, 0x11, 0x11, 0x11, 0x0a, 0x04},
    {0x00, 0x00, 0x11, 0x11, 0x15, 0x15, 0x0a}, {0x00, 0x00, 0x11, 0x0a, 0x04, 0x0a, 0x11},
    {0x00, 0x00, 0x11, 0x11, 0x0f, 0x01, 0x0e}, {0x00, 0x00, 0x1f, 0x02, 0x04, 0x08, 0x1f},
};

static const char *const words[26] = {
    "alfa",    "bravo", "charlie", "delta",  "echo",     "foxtrot", "golf",   "hotel",  "india",
    "juliett", "kilo",  "lima",    "mike",   "november", "oscar",   "papa",   "quebec", "romeo",
    "sierra",  "tango", "uniform", "victor", "whiskey",  "x-ray",   "yankee", "zulu"};

int letters_width(enum letters_size size, size_t n)
{
    return (int)n * (DOTS_X + 1) * (size == LETTERS_LARGE ? 2 : 1);
}

int letters_height(enum letters_size size)
{
    return size == LETTERS_LARGE ? DOTS_Y + 1 : (DOTS_Y + 1) / 2;
}

const char *letters_word(char letter)
{
    return letter >= 'a' && letter <= 'z' ? words[letter - 'a'] : "";
}

static bool dot(char letter, int x, int y)
{
    static const unsigned char dash[DOTS_Y] = {0, 0, 0, 0x0e, 0, 0, 0};
    bool known = letter >= 'a' && letter <= 'z';
    const unsigned char *rows = known ? dots[letter - 'a'] : dash;
    return (known || letter == '-') && y < DOTS_Y && (rows[y] >> (DOTS_X - 1 - x) & 1) != 0;
}

static void paint_small(const struct canvas *canvas, int y, int x, enum theme_role role,
                        char letter)
{
    for (int row = 0; row < letters_height(LETTERS_SMALL); row++)
        for (int i = 0; i < DOTS_X; i++) {
            bool upper = dot(letter, i, row * 2), lower = dot(letter, i, row * 2 + 1);
            canvas_text(canvas, y + row, x + i, 1, role,
                        upper && lower ? "█"
                        : upper        ? "▀"
                        : lower        ? "▄"
                                       : " ");
        }
}

static void paint_large(const struct canvas *canvas, int y, int x, enum theme_role role,
                        char letter)
{
    for (int row = 0; row < DOTS_Y; row++)
        for (int i = 0; i < DOTS_X; i++)
            canvas_fill(canvas, y + row, x + i * 2, 2, role,
                        dot(letter, i, row) ? canvas->theme.glyphs.full : " ");
}

void letters_paint(const struct canvas *canvas, int y, int x, enum letters_size size,
                   enum theme_role role, const char *text, size_t n)
{
    int step = letters_width(size, 1);
    for (size_t i = 0; i < n; i++)
        if (size == LETTERS_LARGE)
            paint_large(canvas, y, x + (int)i * step, role, text[i]);
        else
            paint_small(canvas, y, x + (int)i * step, role, text[i]);
}
