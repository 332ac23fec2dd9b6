/*
 * delay MS GAP PROGRAM [ARG...]: a bad line.  Runs the program in a terminal of its own and passes
 * everything on MS milliseconds later, both ways; what is typed comes a byte at a time, GAP
 * milliseconds apart, so that keys of several bytes are cut.  Ends as the program does.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

enum { CHUNK = 4096 };

/* What is under way, the oldest first. */
struct packet {
    struct packet *next;
    int64_t due_ms;
    size_t len;
    char bytes[CHUNK];
};

struct way {
    int from, to;
    struct packet *first, *last;
    int64_t last_due_ms;
    bool ended;
};

static volatile sig_atomic_t resized;

static void on_resize(int signum)
{
    (void)signum;
    resized = 1;
}

static void queue(struct way *way, const char *bytes, size_t len, int64_t due_ms)
{
    struct packet *packet = mem_alloc(sizeof *packet);
    memcpy(packet->bytes, bytes, len);
    packet->len = len;
    packet->due_ms = due_ms;
    if (way->last != NULL)
        way->last->next = packet;
    else
        way->first = packet;
    way->last = packet;
    way->last_due_ms = due_ms;
}

/* `gap_ms` 0: in one piece. */
static void take(struct way *way, int64_t delay_ms, int64_t gap_ms)
{
    char bytes[CHUNK];
    ssize_t n = read(way->from, bytes, sizeof bytes);
    int64_t due_ms = clock_monotonic_ms() + delay_ms;
    way->ended = n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
    if (n > 0 && gap_ms == 0)
        queue(way, bytes, (size_t)n, due_ms);
    for (ssize_t i = 0; i < n && gap_ms > 0; i++) {
        int64_t next_ms = way->last_due_ms + gap_ms;
        queue(way, bytes + i, 1, next_ms > due_ms ? next_ms : due_ms);
    }
}

static void deliver(struct way *way)
{
    while (way->first != NULL && way->first->due_ms <= clock_monotonic_ms()) {
        struct packet *packet = way->first;
        if (write(way->to, packet->bytes, packet->len) != (ssize_t)packet->len)
            way->ended = true;
        way->first = packet->next;
        way->last = way->first != NULL ? way->last : NULL;
        free(packet);
    }
}

static int wait_ms(const struct way *ways)
{
    int64_t least = 1000, now_ms = clock_monotonic_ms();
    for (size_t i = 0; i < 2; i++)
        if (ways[i].first != NULL && ways[i].first->due_ms - now_ms < least)
            least = ways[i].first->due_ms - now_ms;
    return least < 0 ? 0 : (int)least;
}

static void pass_on(int inner, int64_t delay_ms, int64_t gap_ms)
{
    struct way ways[2] = {{.from = STDIN_FILENO, .to = inner},
                          {.from = inner, .to = STDOUT_FILENO}};
    while (!ways[1].ended || ways[1].first != NULL) {
        struct pollfd fds[2] = {{.fd = ways[0].ended ? -1 : STDIN_FILENO, .events = POLLIN},
                                {.fd = ways[1].ended ? -1 : inner, .events = POLLIN}};
        poll(fds, 2, wait_ms(ways));
        if (resized) {
            struct winsize size;
            resized = 0;
            if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
                ioctl(inner, TIOCSWINSZ, &size);
        }
        if (fds[0].revents != 0)
            take(&ways[0], delay_ms, gap_ms);
        if (fds[1].revents != 0)
            take(&ways[1], delay_ms, 0);
        deliver(&ways[0]);
        deliver(&ways[1]);
    }
}

int main(int argc, char **argv)
{
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    struct termios modes, raw;
    int inner, status = 0;
    if (argc < 4) {
        fprintf(stderr, "usage: delay MS GAP PROGRAM [ARG...]\n");
        return 2;
    }
    ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
    if (tcgetattr(STDIN_FILENO, &modes) != 0)
        return 1;
    pid_t pid = forkpty(&inner, NULL, &modes, &size);
    if (pid == 0) {
        execv(argv[3], argv + 3);
        _exit(127);
    }
    raw = modes;
    cfmakeraw(&raw);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    struct sigaction action = {.sa_handler = on_resize};
    sigaction(SIGWINCH, &action, NULL);
    pass_on(inner, atoi(argv[1]), atoi(argv[2]));
    waitpid(pid, &status, 0);
    tcsetattr(STDIN_FILENO, TCSANOW, &modes);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
