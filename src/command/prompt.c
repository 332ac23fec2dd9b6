/*
 * Questions on the terminal; a secret is read key by key with the echo off.  Ctrl-C, and whatever
 * signal ends or stops the program meanwhile, leaves the terminal as it was.
 */
#include "command/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

enum { LINE_SIZE = 1024, CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_U = 21, DELETE = 127 };

void prompt_free(char **secret)
{
    if (*secret != NULL)
        explicit_bzero(*secret, strlen(*secret));
    free(*secret);
    *secret = NULL;
}

/* One byte; false at the end of the input. */
static bool read_byte(int fd, unsigned char *ret_byte)
{
    ssize_t n;
    do
        n = read(fd, ret_byte, 1);
    while (n < 0 && errno == EINTR);
    return n == 1;
}

static bool interrupted(struct error *err)
{
    return error_set(err, ERROR_INTERRUPTED, "broken off");
}

static size_t without_last_letter(const char *line, size_t len)
{
    while (len > 0 && ((unsigned char)line[--len] & 0xc0) == 0x80)
        ;
    return len;
}

/* Up to the newline.  `keys`: the terminal passes the editing keys through. */
static bool read_line(int fd, bool keys, char line[LINE_SIZE], struct error *err)
{
    size_t len = 0;
    unsigned char c;
    for (;;) {
        if (!read_byte(fd, &c)) {
            if (len > 0 && !keys)
                break; /* the last line of a script needs no newline */
            return interrupted(err);
        }
        if (c == '\n' || (keys && c == '\r'))
            break;
        if (keys && (c == CTRL_C || (c == CTRL_D && len == 0)))
            return interrupted(err);
        if (keys && (c == BACKSPACE || c == DELETE))
            len = without_last_letter(line, len);
        else if (keys && c == CTRL_U)
            len = 0;
        else if (c == '\0' || len + 1 >= LINE_SIZE)
            return error_set(err, ERROR_INPUT, "the line is too long");
        else
            line[len++] = (char)c;
    }
    if (len > 0 && !keys && line[len - 1] == '\r')
        len--;
    line[len] = '\0';
    return true;
}

/* -- the terminal without echo ----------------------------------------------------------------- */

static const int deadly[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP};
enum { DEADLY = sizeof deadly / sizeof *deadly };

static struct {
    int tty;
    struct termios before, hidden;
    struct sigaction actions[DEADLY]; /* as they were */
} terminal;

/* Give the terminal back, then die or stop as without a handler; after a stop, hide again. */
static void on_deadly(int signum)
{
    int saved = errno;
    tcsetattr(terminal.tty, TCSANOW, &terminal.before);
    if (signum == SIGTSTP) {
        raise(SIGSTOP);
        tcsetattr(terminal.tty, TCSANOW, &terminal.hidden);
        errno = saved;
        return;
    }
    signal(signum, SIG_DFL);
    raise(signum);
}

/* A signal that is ignored, as SIGHUP under nohup, stays ignored. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_deadly, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < DEADLY; i++) {
        sigaction(deadly[i], NULL, &terminal.actions[i]);
        if (terminal.actions[i].sa_handler != SIG_IGN)
            sigaction(deadly[i], &action, NULL);
    }
}

static void release_signals(void)
{
    for (size_t i = 0; i < DEADLY; i++)
        sigaction(deadly[i], &terminal.actions[i], NULL);
}

static bool read_hidden(int tty, char line[LINE_SIZE], struct error *err)
{
    terminal.tty = tty;
    if (tcgetattr(tty, &terminal.before) != 0)
        return error_set_errno(err, errno, "could not hide what is typed");
    terminal.hidden = terminal.before;
    terminal.hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
    terminal.hidden.c_cc[VMIN] = 1;
    terminal.hidden.c_cc[VTIME] = 0;
    catch_signals();
    bool good = tcsetattr(tty, TCSAFLUSH, &terminal.hidden) == 0 ||
                error_set_errno(err, errno, "could not hide what is typed");
    good = good && read_line(tty, true, line, err);
    tcsetattr(tty, TCSAFLUSH, &terminal.before);
    release_signals();
    dprintf(tty, "\n");
    return good;
}

bool prompt_line(const char *label, bool secret, char **ret_line, struct error *err)
{
    char line[LINE_SIZE];
    bool good;
    int tty = isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    if (tty < 0) {
        good = read_line(STDIN_FILENO, false, line, err);
    } else {
        dprintf(tty, "%s: ", label);
        good = secret ? read_hidden(tty, line, err) : read_line(tty, false, line, err);
        close(tty);
    }
    if (good)
        *ret_line = mem_strdup(line);
    explicit_bzero(line, sizeof line);
    return good;
}
