/*
 * frame: what the console's screen costs, at 120x36 in 256 colours, by pane and size of the class.
 *   frame_N[_PANE]              from a new snapshot to the last byte written, when every student's
 *                               progress and every span moved: nothing is spared
 *   ..._bytes_full              written for a whole screen, as after Ctrl-L
 *   ..._bytes_one_change        written when one student got on
 *   ..._bytes_age               written when nothing but the age of the data changed
 *   frame_500_memory, _cpu      of a screen that shows a new snapshot each second, and waits
 * With NAME PROGRAM ARGUMENT... it is NAME_memory and NAME_cpu of that program on a terminal.
 */
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "io/loop.h"
#include "tests/terminal/fixture.h"
#include "ui/app.h"

enum { FRAMES = 201, LINES_OF = 36, COLUMNS_OF = 120 };

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

/* A student gets on, in the cell, in the steps and so in the heat map. */
static void get_on(struct snapshot_student *student, size_t to)
{
    student->progress = (double)(to % 101) / 100;
    for (size_t s = 0; s < student->n_steps; s++)
        student->steps[s].score = s < to % (student->n_steps + 1) ? 1 : 0;
}

static void change(struct snapshot *snapshot, int frame)
{
    for (size_t i = 0; i < snapshot->n_students; i++)
        get_on(&snapshot->students[i], i * 7 + (size_t)frame);
    snapshot->age_s = frame % 40 / 10.0;
    snapshot->now_us += 60000000;
}

/* -- frames ------------------------------------------------------------------------------------ */

struct bench {
    struct app *app;
    struct snapshot snapshot;
    char path[40]; /* what is painted onto */
};

static double paint_ms(struct bench *bench)
{
    double start = now_ms();
    app_show(bench->app, &bench->snapshot);
    app_paint(bench->app);
    return now_ms() - start;
}

static long painted_bytes(struct bench *bench)
{
    struct stat before, after;
    stat(bench->path, &before);
    paint_ms(bench);
    stat(bench->path, &after);
    return (long)(after.st_size - before.st_size);
}

static void measure(struct bench *bench, size_t n, const char *pane, int key)
{
    static double times[FRAMES];
    struct snapshot *snapshot = &bench->snapshot;
    fixture_make(snapshot, n, "fresh");
    fixture_all_steps(snapshot);
    app_show(bench->app, snapshot);
    app_key(bench->app, key);
    for (int i = 0; i < FRAMES; i++) {
        change(snapshot, i);
        times[i] = paint_ms(bench);
    }
    qsort(times, FRAMES, sizeof *times, compare);
    printf("bench frame_%zu%s %.2f ms\n", n, pane, times[FRAMES / 2]);
    printf("bench frame_%zu%s_p95 %.2f ms\n", n, pane, times[FRAMES * 95 / 100]);
    app_key(bench->app, '\f');
    printf("bench frame_%zu%s_bytes_full %ld bytes\n", n, pane, painted_bytes(bench));
    get_on(&snapshot->students[3], 55);
    paint_ms(bench);
    get_on(&snapshot->students[3], 58);
    printf("bench frame_%zu%s_bytes_one_change %ld bytes\n", n, pane, painted_bytes(bench));
    snapshot->age_s += 1;
    printf("bench frame_%zu%s_bytes_age %ld bytes\n", n, pane, painted_bytes(bench));
    static struct snapshot none;
    snapshot_init(&none);
    app_show(bench->app, &none);
    snapshot_release(snapshot);
}

static bool bench_frames(struct error *err)
{
    static const size_t sizes[] = {30, 200, 500};
    static const struct {
        const char *name;
        int key;
    } panes[] = {{"", KEY_F(2)}, {"_heat", KEY_F(3)}, {"_queue", KEY_F(7)}};
    struct bench bench = {.path = "/tmp/lectern-frame.XXXXXX"};
    int fd = mkstemp(bench.path);
    if (fd < 0)
        return error_set_errno(err, errno, "mkstemp");
    close(fd);
    bench.app = app_new_on("xterm-256color", bench.path, LINES_OF, COLUMNS_OF, err);
    if (bench.app != NULL) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (size_t p = 0; p < sizeof panes / sizeof *panes; p++)
                measure(&bench, sizes[i], panes[p].name, panes[p].key);
        app_key(bench.app, KEY_F(2));
        measure(&bench, 500, "_sorted", 's'); /* another order, of the seats */
        app_free(bench.app);
    }
    unlink(bench.path);
    return bench.app != NULL;
}

/* -- a console that waits ---------------------------------------------------------------------- */

enum { STUDENTS = 500, POLL_MS = 1000, POLLS = 10 };

struct console {
    struct loop loop;
    struct app *app;
    uv_timer_t poll;
    struct snapshot snapshots[2]; /* the one that is shown, and the next */
    int polls;
    struct usage {
        double cpu_ms, wall_ms, memory_mb;
    } begin, usage;
};

static struct usage used(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (struct usage){
        .cpu_ms = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
                  (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3,
        .wall_ms = now_ms(),
        .memory_mb = (double)usage.ru_maxrss / 1024,
    };
}

/* As from the feed: a snapshot that is made anew, in which some got on. */
static void on_poll(uv_timer_t *timer)
{
    struct console *console = timer->data;
    struct snapshot *next = &console->snapshots[console->polls % 2];
    snapshot_release(next);
    fixture_make(next, STUDENTS, "fresh");
    for (int i = 0; i < STUDENTS / 20; i++)
        get_on(&next->students[(i * 17 + console->polls * 3) % STUDENTS],
               (size_t)(i + console->polls));
    next->now_us += console->polls * 1000000;
    next->lesson.elapsed_s += console->polls;
    next->lesson.left_s -= console->polls;
    app_show(console->app, next);
    if (console->polls++ == 1) /* what starting costs is none of it */
        console->begin = used();
    if (console->polls == POLLS + 2)
        loop_stop(&console->loop);
}

static void on_stop(void *data)
{
    struct console *console = data;
    console->usage = used();
    app_free(console->app);
    uv_close((uv_handle_t *)&console->poll, NULL);
}

/* The child, on a terminal of its own; what it used goes to `out`. */
static int run_console(int out)
{
    static struct console console;
    struct app_options options = {.mouse = true};
    struct app_handlers handlers = {.data = &console};
    struct error err = ERROR_INIT;
    setenv("TERM", "xterm-256color", 1);
    unsetenv("LINES");
    unsetenv("COLUMNS");
    snapshot_init(&console.snapshots[0]);
    snapshot_init(&console.snapshots[1]);
    loop_init(&console.loop);
    console.app = app_new(&console.loop, &options, &handlers, &err);
    if (console.app == NULL)
        return 1;
    loop_on_stop(&console.loop, on_stop, &console);
    uv_timer_init(&console.loop.uv, &console.poll);
    console.poll.data = &console;
    uv_timer_start(&console.poll, on_poll, 0, POLL_MS);
    loop_run(&console.loop);
    loop_release(&console.loop);
    console.usage.cpu_ms -= console.begin.cpu_ms;
    console.usage.wall_ms -= console.begin.wall_ms;
    return write(out, &console.usage, sizeof console.usage) != sizeof console.usage;
}

static bool bench_console(struct error *err)
{
    int report[2], terminal;
    struct winsize size = {.ws_row = LINES_OF, .ws_col = COLUMNS_OF};
    if (pipe(report) != 0)
        return error_set_errno(err, errno, "pipe");
    pid_t pid = forkpty(&terminal, NULL, NULL, &size);
    if (pid < 0)
        return error_set_errno(err, errno, "forkpty");
    if (pid == 0)
        _exit(run_console(report[1]));
    close(report[1]);
    char screen[4096];
    while (read(terminal, screen, sizeof screen) > 0)
        continue;
    struct usage usage;
    bool good = read(report[0], &usage, sizeof usage) == sizeof usage;
    waitpid(pid, NULL, 0);
    close(terminal);
    close(report[0]);
    if (!good)
        return error_set(err, ERROR_FAILED, "the console told nothing");
    printf("bench frame_%d_memory %.1f MB\n", STUDENTS, usage.memory_mb);
    printf("bench frame_%d_cpu %.1f %%\n", STUDENTS, usage.cpu_ms * 100 / usage.wall_ms);
    return true;
}

/* -- the whole console ------------------------------------------------------------------------- */

enum { SETTLE_MS = 5000, WATCH_MS = 20000 };

/* Take what a program paints for so long, and lose it. */
static void take(int terminal, double ms)
{
    char screen[4096];
    for (double end = now_ms() + ms; now_ms() < end;) {
        struct pollfd in = {.fd = terminal, .events = POLLIN};
        if (poll(&in, 1, (int)(end - now_ms()) + 1) > 0 &&
            read(terminal, screen, sizeof screen) <= 0)
            return;
    }
}

/* A program with a terminal: what it takes when it has settled, under this name. */
static bool bench_program(const char *name, char **argv, struct error *err)
{
    int terminal;
    struct winsize size = {.ws_row = LINES_OF, .ws_col = COLUMNS_OF};
    pid_t pid = forkpty(&terminal, NULL, NULL, &size);
    if (pid < 0)
        return error_set_errno(err, errno, "forkpty");
    if (pid == 0) {
        setenv("TERM", "xterm-256color", 1);
        execvp(argv[0], argv);
        _exit(127);
    }
    clockid_t clock;
    struct timespec from, to;
    struct rusage usage;
    take(terminal, SETTLE_MS);
    bool good = clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &from) == 0;
    double start = now_ms();
    take(terminal, WATCH_MS);
    double wall_ms = now_ms() - start;
    good = good && clock_gettime(clock, &to) == 0 && wall_ms >= WATCH_MS;
    kill(pid, SIGTERM);
    take(terminal, SETTLE_MS);
    close(terminal);
    wait4(pid, NULL, 0, &usage);
    if (!good)
        return error_set(err, ERROR_FAILED, "\"%s\" ended by itself", argv[0]);
    double cpu_ms =
        (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
    printf("bench %s_memory %.1f MB\n", name, (double)usage.ru_maxrss / 1024);
    printf("bench %s_cpu %.1f %%\n", name, cpu_ms * 100 / wall_ms);
    return true;
}

/* frame [NAME PROGRAM ARGUMENT...] */
int main(int argc, char **argv)
{
    setlocale(LC_ALL, "C.UTF-8");
    setlocale(LC_NUMERIC, "C");
    struct error err = ERROR_INIT;
    /* The console ahead of the frames, whose memory is not its own. */
    if (argc > 2 ? bench_program(argv[1], argv + 2, &err)
                 : bench_console(&err) && bench_frames(&err))
        return 0;
    error_report(&err, stderr, "frame");
    error_clear(&err);
    return 1;
}
