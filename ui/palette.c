/*
 * The palette of 256 colours, contrast and difference.
 */
#include "ui/palette.h"

#include <math.h>
#include <stddef.h>

static const struct rgb first_16[] = {
    {0, 0, 0},     {205, 0, 0},     {0, 205, 0},     {205, 205, 0},   {0, 0, 238}, {205, 0, 205},
    {0, 205, 205}, {229, 229, 229}, {127, 127, 127}, {255, 0, 0},     {0, 255, 0}, {255, 255, 0},
    {92, 92, 255}, {255, 0, 255},   {0, 255, 255},   {255, 255, 255},
};

struct rgb palette_rgb(int index)
{
    static const double levels[] = {0, 95, 135, 175, 215, 255};
    if (index < 16)
        return first_16[index < 0 ? 0 : index];
    if (index >= 232) {
        double grey = 8 + (index - 232) * 10;
        return (struct rgb){grey, grey, grey};
    }
    int cube = index - 16;
    return (struct rgb){levels[cube / 36], levels[cube / 6 % 6], levels[cube % 6]};
}

/* -- contrast ---------------------------------------------------------------------------------- */

static double linear(double value)
{
    value /= 255;
    return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(struct rgb c)
{
    return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

double palette_contrast(struct rgb a, struct rgb b)
{
    double x = luminance(a), y = luminance(b);
    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

/* -- difference -------------------------------------------------------------------------------- */

static const double sights[SIGHTS][3][3] = {
    [SIGHT_USUAL] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
    [SIGHT_PROTAN] = {{0.152286, 1.052583, -0.204868},
                      {0.114503, 0.786281, 0.099216},
                      {-0.003882, -0.048116, 1.051998}},
    [SIGHT_DEUTAN] = {{0.367322, 0.860646, -0.227968},
                      {0.280085, 0.672501, 0.047413},
                      {-0.011820, 0.042940, 0.968881}},
    [SIGHT_TRITAN] = {{1.255528, -0.076749, -0.178779},
                      {-0.078411, 0.930809, 0.147602},
                      {0.004733, 0.691367, 0.303900}},
};

/* From linear RGB to XYZ, sRGB's primaries; and the white of D65. */
static const double to_xyz[3][3] = {{0.4124564, 0.3575761, 0.1804375},
                                    {0.2126729, 0.7151522, 0.0721750},
                                    {0.0193339, 0.1191920, 0.9503041}};
static const double white[3] = {0.95047, 1, 1.08883};

static void multiply(const double matrix[3][3], const double in[3], double ret_out[3])
{
    for (size_t i = 0; i < 3; i++)
        ret_out[i] = matrix[i][0] * in[0] + matrix[i][1] * in[1] + matrix[i][2] * in[2];
}

static void to_lab(struct rgb colour, enum palette_sight sight, double ret_lab[3])
{
    double seen[3], xyz[3], f[3];
    const double light[3] = {linear(colour.r), linear(colour.g), linear(colour.b)};
    multiply(sights[sight], light, seen);
    for (size_t i = 0; i < 3; i++)
        seen[i] = fmin(1, fmax(0, seen[i]));
    multiply(to_xyz, seen, xyz);
    for (size_t i = 0; i < 3; i++) {
        double t = xyz[i] / white[i];
        f[i] = t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
    }
    ret_lab[0] = 116 * f[1] - 16;
    ret_lab[1] = 500 * (f[0] - f[1]);
    ret_lab[2] = 200 * (f[1] - f[2]);
}

double palette_difference(struct rgb a, struct rgb b, enum palette_sight sight)
{
    double x[3], y[3];
    to_lab(a, sight, x);
    to_lab(b, sight, y);
    return sqrt(pow(x[0] - y[0], 2) + pow(x[1] - y[1], 2) + pow(x[2] - y[2], 2));
}

int palette_nearest(struct rgb colour, int n)
{
    int best = 0;
    double least = (double)INFINITY;
    for (int i = n >= 256 ? 16 : 0; i < n; i++) {
        double distance = palette_difference(colour, palette_rgb(i), SIGHT_USUAL);
        if (distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}
