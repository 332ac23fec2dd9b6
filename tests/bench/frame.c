/*
 * frame: the time of one frame of the console, from a new snapshot to the last byte written, at
 * 120x36 in 256 colours.  In each frame every student's progress has moved, so nothing is spared.
 */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "tests/terminal/fixture.h"
#include "ui/app.h"

enum { FRAMES = 201 };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void change(struct snapshot *snapshot, int frame)
{
    for (size_t i = 0; i < snapshot->n_students; i++)
        snapshot->students[i].progress = (double)((i * 7 + (size_t)frame) % 101) / 100;
    snapshot->age_s = frame % 40 / 10.0;
}

static void measure(struct app *app, size_t n, const char *what, int key)
{
    static double times[FRAMES];
    struct snapshot snapshot;
    fixture_make(&snapshot, n, "fresh");
    app_show(app, &snapshot);
    if (key != 0)
        app_key(app, key);
    for (int i = 0; i < FRAMES; i++) {
        change(&snapshot, i);
        double start = now_ms();
        app_show(app, &snapshot);
        app_paint(app);
        times[i] = now_ms() - start;
    }
    qsort(times, FRAMES, sizeof *times, compare);
    printf("bench frame_%zu%s %.2f ms\n", n, what, times[FRAMES / 2]);
    printf("bench frame_%zu%s_p95 %.2f ms\n", n, what, times[FRAMES * 95 / 100]);
    static struct snapshot none;
    snapshot_init(&none);
    app_show(app, &none);
    snapshot_release(&snapshot);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    struct error err = ERROR_INIT;
    struct app *app = app_new_on("xterm-256color", "/dev/null", 36, 120, &err);
    if (app == NULL) {
        error_report(&err, stderr, "frame");
        error_clear(&err);
        return 1;
    }
    measure(app, 24, "", 0);
    measure(app, 200, "", 0);
    measure(app, 500, "", 0);
    measure(app, 500, "_sorted", 's'); /* by progress, which changes the order each time */
    app_free(app);
    return 0;
}
