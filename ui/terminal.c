/*
 * The terminal: curses, its signals, and giving it back.
 */
#include "ui/terminal.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "ui/reply.h"

/* The bytes of a key come in one piece from the same machine, and mostly over a network. */
enum { ESCAPE_MS = 25, ESCAPE_FAR_MS = 100, DRAIN_FOR_MS = 1000, DRAIN_MS = 100 };
/* Around a pasted text; one whose end got lost ends by itself. */
enum { KEY_PASTE = KEY_MAX + 1, KEY_PASTED, PASTE_MS = 1000 };

struct terminal_handles {
    struct terminal *terminal; /* NULL: it was stopped */
    uv_poll_t input;
    uv_signal_t resize, suspend, resume;
    uv_prepare_t turn;
    struct reply reply;
    int64_t pasting_ms; /* when the last of a pasted text came; 0: what comes is typed */
    int open;
};

/* -- crashes: what a signal handler needs is made ready beforehand ----------------------------- */

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT, SIGHUP};
static struct {
    char reset[256]; /* the bytes that give the screen back */
    size_t len;
    struct termios modes;
    bool has_modes;
    int flags; /* of standard input; the loop makes it non-blocking, for its other users too */
} before;

static int keep_byte(int c)
{
    if (before.len < sizeof before.reset)
        before.reset[before.len++] = (char)c;
    return c;
}

static void keep_capability(const char *name)
{
    char id[16];
    snprintf(id, sizeof id, "%s", name);
    const char *text = tigetstr(id);
    if (text != NULL && text != (const char *)-1)
        tputs(text, 1, keep_byte);
}

/* The mouse is told to be quiet, where it was told to speak. */
static void keep_mouse_off(void)
{
    static const char plain[] = "\033[?1006l\033[?1000l";
    const char *format = tigetstr("XM");
    const char *text = format != NULL && format != (const char *)-1 ? tiparm(format, 0) : plain;
    for (const char *c = text; *c != '\0'; c++)
        keep_byte(*c);
}

static void on_crash(int signum)
{
    ssize_t ignored = write(STDOUT_FILENO, before.reset, before.len);
    (void)ignored;
    if (before.has_modes)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before.modes);
    fcntl(STDIN_FILENO, F_SETFL, before.flags);
    signal(signum, SIG_DFL);
    raise(signum);
}

static void prepare_for_crashes(bool mouse)
{
    before.len = 0;
    if (mouse)
        keep_mouse_off();
    keep_capability("BD");
    keep_capability("sgr0");
    keep_capability("clear");
    keep_capability("rmkx");
    keep_capability("cnorm");
    keep_capability("rmcup");
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)SA_RESETHAND};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        sigaction(crashes[i], &action, NULL);
}

static void forget_crashes(void)
{
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        signal(crashes[i], SIG_DFL);
}

/* -- what the terminal can --------------------------------------------------------------------- */

/* The kernel's console and the old terminals write UTF-8 letters, but lack the grid's signs. */
static bool lacks_signs(const char *type)
{
    return strcmp(type, "linux") == 0 || strncmp(type, "vt", 2) == 0 || strcmp(type, "dumb") == 0;
}

/* `most` 0: all that there are, negative: none. */
static int usable_colours(int most)
{
    const char *refused = getenv("NO_COLOR");
    if (most < 0 || (most == 0 && refused != NULL && *refused != '\0') || !has_colors() ||
        start_color() == ERR)
        return 0;
    if (use_default_colors() == ERR)
        return 0;
    /* Above 256 the numbers are direct colours, of which only the first eight are names. */
    int colours = COLORS > 256 ? 8 : COLORS;
    if (most > 0 && colours > most)
        colours = most;
    return colours >= 256 ? 256 : colours >= 16 ? 16 : colours >= 8 ? 8 : 0;
}

static void learn(struct terminal *terminal, const char *type, int colours)
{
    terminal->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    terminal->unicode = terminal->utf8 && !lacks_signs(type);
    terminal->colours = usable_colours(colours);
    getmaxyx(stdscr, terminal->rows, terminal->cols);
}

static int escape_ms(const struct terminal_options *options)
{
    if (options->escape_ms > 0)
        return options->escape_ms;
    return getenv("SSH_CONNECTION") != NULL || getenv("SSH_TTY") != NULL ? ESCAPE_FAR_MS
                                                                         : ESCAPE_MS;
}

/* Only what says by its type how it reports the mouse; others would be asked by other ways. */
static bool start_mouse(void)
{
    const char *report = tigetstr("kmous");
    if (report == NULL || report == (const char *)-1 || *report == '\0')
        return false;
    mouseinterval(0); /* two presses are told apart by whoever wants to know */
    mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON1_DOUBLE_CLICKED | BUTTON4_PRESSED |
                  BUTTON5_PRESSED,
              NULL);
    return true;
}

/* Where the terminal marks what is pasted, no text is taken for keys. */
static void mark_pastes(bool on)
{
    const char *begin = tigetstr("PS"), *end = tigetstr("PE"), *mode = tigetstr(on ? "BE" : "BD");
    const char *const needed[] = {begin, end, mode};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (needed[i] == NULL || needed[i] == (const char *)-1)
            return;
    define_key(begin, KEY_PASTE);
    define_key(end, KEY_PASTED);
    putp(mode);
    fflush(stdout);
}

/* A terminal is not always the one that TERM names: PuTTY, rxvt and the kernel's console send other
 * sequences than xterm for the same keys.  What its description leaves free means what it means
 * there. */
static void learn_other_keys(void)
{
    static const struct {
        const char *sequence;
        int key;
    } others[] = {
        {"\033OP", KEY_F(1)},   {"\033OQ", KEY_F(2)},    {"\033OR", KEY_F(3)},
        {"\033OS", KEY_F(4)},   {"\033[11~", KEY_F(1)},  {"\033[12~", KEY_F(2)},
        {"\033[13~", KEY_F(3)}, {"\033[14~", KEY_F(4)},  {"\033[15~", KEY_F(5)},
        {"\033[17~", KEY_F(6)}, {"\033[18~", KEY_F(7)},  {"\033[19~", KEY_F(8)},
        {"\033[20~", KEY_F(9)}, {"\033[21~", KEY_F(10)}, {"\033[[A", KEY_F(1)},
        {"\033[[B", KEY_F(2)},  {"\033[[C", KEY_F(3)},   {"\033[[D", KEY_F(4)},
        {"\033[[E", KEY_F(5)},  {"\033[A", KEY_UP},      {"\033[B", KEY_DOWN},
        {"\033[C", KEY_RIGHT},  {"\033[D", KEY_LEFT},    {"\033OA", KEY_UP},
        {"\033OB", KEY_DOWN},   {"\033OC", KEY_RIGHT},   {"\033OD", KEY_LEFT},
        {"\033[H", KEY_HOME},   {"\033OH", KEY_HOME},    {"\033[1~", KEY_HOME},
        {"\033[7~", KEY_HOME},  {"\033[F", KEY_END},     {"\033OF", KEY_END},
        {"\033[4~", KEY_END},   {"\033[8~", KEY_END},    {"\033[3~", KEY_DC},
        {"\033[5~", KEY_PPAGE}, {"\033[6~", KEY_NPAGE},  {"\033[Z", KEY_BTAB},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (key_defined(others[i].sequence) == 0)
            define_key(others[i].sequence, others[i].key);
}

static void set_modes(void)
{
    cbreak();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    learn_other_keys();
    nodelay(stdscr, TRUE);
    curs_set(0);
}

/* -- the loop ---------------------------------------------------------------------------------- */

void terminal_wake(struct terminal *terminal)
{
    terminal->dirty = true;
}

static void on_turn(uv_prepare_t *handle)
{
    struct terminal *terminal = ((struct terminal_handles *)handle->data)->terminal;
    if (!terminal->dirty)
        return;
    terminal->dirty = false;
    terminal->handlers.paint(terminal->handlers.data);
}

/* -- the background ---------------------------------------------------------------------------- */

/* Types that answer or keep silent; others might print the question. */
static bool answers(const char *type)
{
    static const char *const types[] = {"xterm", "tmux",  "rxvt",    "foot",    "alacritty",
                                        "st-",   "gnome", "konsole", "wezterm", "contour"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strncmp(type, types[i], strlen(types[i])) == 0)
            return true;
    return false;
}

static void ask_background(struct terminal *terminal, const char *type)
{
    bool light;
    if (terminal->colours < 8 || terminal->handlers.background == NULL)
        return;
    if (reply_from_colorfgbg(getenv("COLORFGBG"), &light)) {
        terminal->handlers.background(light, terminal->handlers.data);
    } else if (answers(type)) {
        reply_ask(&terminal->handles->reply, clock_monotonic_ms());
        putp(REPLY_QUESTION);
        fflush(stdout);
    }
}

/* An answer that is still on its way would be typed into the shell: wait for it a moment. */
static void drain(const struct reply *reply)
{
    int64_t end_ms = clock_monotonic_ms() + DRAIN_MS;
    char bytes[REPLY_MAX];
    if (!reply->wanted || clock_monotonic_ms() - reply->asked_ms > DRAIN_FOR_MS)
        return;
    for (;;) {
        struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
        int left_ms = (int)(end_ms - clock_monotonic_ms());
        if (left_ms <= 0 || poll(&in, 1, left_ms) <= 0 || read(in.fd, bytes, sizeof bytes) <= 0)
            break;
    }
    tcflush(STDIN_FILENO, TCIFLUSH);
}

/* -- keys -------------------------------------------------------------------------------------- */

static void pass_key(struct terminal_handles *handles, int code)
{
    const struct terminal_handlers *handlers = &handles->terminal->handlers;
    int64_t now_ms = clock_monotonic_ms();
    bool pasting = handles->pasting_ms != 0 && now_ms - handles->pasting_ms < PASTE_MS;
    handles->pasting_ms = code == KEY_PASTE || (pasting && code != KEY_PASTED) ? now_ms : 0;
    if (code != KEY_PASTE && code != KEY_PASTED)
        (pasting ? handlers->paste : handlers->key)(code, handlers->data);
}

static void pass_keys(struct terminal_handles *handles, const int codes[2], size_t n)
{
    for (size_t i = 0; i < n && handles->terminal != NULL; i++)
        pass_key(handles, codes[i]);
    if (handles->reply.known && handles->terminal != NULL) {
        handles->reply.known = false;
        handles->terminal->handlers.background(handles->reply.light,
                                               handles->terminal->handlers.data);
    }
}

static void on_input(uv_poll_t *handle, int status, int events)
{
    struct terminal_handles *handles = handle->data;
    (void)events;
    int code, codes[2];
    bool any = false;
    /* A key may stop the terminal. */
    while (handles->terminal != NULL && (code = getch()) != ERR) {
        any = true;
        /* Curses makes this key when it saw a resize itself; the loop's signal tells it, too. */
        if (code != KEY_RESIZE)
            pass_keys(handles, codes,
                      reply_take(&handles->reply, code, clock_monotonic_ms(), codes));
    }
    if (handles->terminal != NULL)
        pass_keys(handles, codes, reply_idle(&handles->reply, clock_monotonic_ms(), codes));
    /* Readable without a key in it: the terminal is gone. */
    struct termios modes;
    if (!any && handles->terminal != NULL && (status < 0 || tcgetattr(STDIN_FILENO, &modes) != 0))
        raise(SIGTERM);
}

static void measure(struct terminal *terminal)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
    clearok(curscr, TRUE);
    getmaxyx(stdscr, terminal->rows, terminal->cols);
    terminal->handlers.resize(terminal->handlers.data);
    terminal_wake(terminal);
}

static void on_resize(uv_signal_t *handle, int signum)
{
    (void)signum;
    measure(((struct terminal_handles *)handle->data)->terminal);
}

/* Nothing of the class stays behind, on terminals without a second screen either. */
static void leave(void)
{
    erase();
    refresh();
    mark_pastes(false);
    endwin();
    fcntl(STDIN_FILENO, F_SETFL, before.flags);
}

static void come_back(struct terminal *terminal)
{
    fcntl(STDIN_FILENO, F_SETFL, before.flags | O_NONBLOCK);
    reset_prog_mode();
    mark_pastes(true);
    measure(terminal);
}

static void on_suspend(uv_signal_t *handle, int signum)
{
    (void)signum;
    drain(&((struct terminal_handles *)handle->data)->reply);
    leave();
    raise(SIGSTOP); /* and SIGCONT, later, brings on_resume() */
}

static void on_resume(uv_signal_t *handle, int signum)
{
    (void)signum;
    come_back(((struct terminal_handles *)handle->data)->terminal);
}

static void watch_signal(struct terminal_handles *handles, uv_signal_t *handle, int signum,
                         uv_signal_cb on_signal)
{
    uv_signal_init(handles->input.loop, handle);
    handle->data = handles;
    uv_signal_start(handle, on_signal, signum);
}

static void hang_on(struct terminal *terminal, uv_loop_t *uv)
{
    struct terminal_handles *handles = mem_alloc(sizeof *handles);
    handles->terminal = terminal;
    terminal->handles = handles;
    uv_poll_init(uv, &handles->input, STDIN_FILENO);
    handles->input.data = handles;
    uv_poll_start(&handles->input, UV_READABLE, on_input);
    uv_prepare_init(uv, &handles->turn);
    handles->turn.data = handles;
    uv_prepare_start(&handles->turn, on_turn);
    watch_signal(handles, &handles->resize, SIGWINCH, on_resize);
    watch_signal(handles, &handles->suspend, SIGTSTP, on_suspend);
    watch_signal(handles, &handles->resume, SIGCONT, on_resume);
}

static void on_closed(uv_handle_t *handle)
{
    struct terminal_handles *handles = handle->data;
    if (--handles->open == 0)
        free(handles);
}

static void let_go(struct terminal_handles *handles)
{
    uv_handle_t *all[] = {(uv_handle_t *)&handles->input, (uv_handle_t *)&handles->turn,
                          (uv_handle_t *)&handles->resize, (uv_handle_t *)&handles->suspend,
                          (uv_handle_t *)&handles->resume};
    handles->terminal = NULL;
    handles->open = sizeof all / sizeof *all;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        uv_close(all[i], on_closed);
}

/* -- life -------------------------------------------------------------------------------------- */

bool terminal_start(struct terminal *terminal, struct loop *loop,
                    const struct terminal_options *options,
                    const struct terminal_handlers *handlers, struct error *err)
{
    *terminal = (struct terminal){.handlers = *handlers};
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        error_set(err, ERROR_FAILED, "the console needs a terminal");
        return error_hint(err, "\"lectern status\" prints the same data once.");
    }
    const char *type = getenv("TERM");
    type = type != NULL ? type : "";
    before.has_modes = tcgetattr(STDIN_FILENO, &before.modes) == 0;
    before.flags = fcntl(STDIN_FILENO, F_GETFL);
    /* Before curses, which leaves alone the signals that have a handler.  Its own one for SIGTSTP
     * ignores the signal while a frame is written, and that Ctrl-Z would be lost. */
    hang_on(terminal, &loop->uv);
    if (newterm(NULL, stdout, stdin) == NULL) {
        let_go(terminal->handles);
        terminal->handles = NULL;
        error_set(err, ERROR_FAILED, "the terminal type \"%s\" is not known here", type);
        return error_hint(err, "Set TERM to one that is, as in: TERM=xterm-256color lectern");
    }
    set_modes();
    mark_pastes(true);
    set_escdelay(escape_ms(options));
    learn(terminal, type, options->colours);
    prepare_for_crashes(options->mouse && start_mouse());
    if (options->ask_background)
        ask_background(terminal, type);
    return true;
}

void terminal_stop(struct terminal *terminal)
{
    if (terminal->handles == NULL)
        return;
    drain(&terminal->handles->reply);
    leave();
    forget_crashes();
    let_go(terminal->handles);
    terminal->handles = NULL;
}

/* -- lending ----------------------------------------------------------------------------------- */

/* The child: a foreground job of its own, so that its Ctrl-C is not ours. */
static void become(const char *const argv[])
{
    static const int signals[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE, SIGTERM};
    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpid());
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* What stops itself goes on: there is no shell to bring it back. */
static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, WUNTRACED) < 0 || WIFSTOPPED(status)) {
        if (WIFSTOPPED(status))
            kill(-child, SIGCONT);
        else if (errno != EINTR)
            break;
        status = 0;
    }
    return status;
}

bool terminal_lend(struct terminal *terminal, const char *const argv[], struct error *err)
{
    if (terminal->handles == NULL)
        return error_set(err, ERROR_FAILED, "there is no terminal to lend");
    drain(&terminal->handles->reply);
    leave();
    void (*before_lending)(int) = signal(SIGTTOU, SIG_IGN);
    pid_t child = fork();
    if (child == 0)
        become(argv);
    int fault = errno, status = 0;
    if (child > 0) {
        setpgid(child, child);
        status = wait_for(child);
    }
    tcsetpgrp(STDIN_FILENO, getpgrp());
    signal(SIGTTOU, before_lending);
    come_back(terminal);
    if (child < 0)
        return error_set(err, ERROR_FAILED, "cannot start \"%s\": %s", argv[0], strerror(fault));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return error_set(err, ERROR_NOT_FOUND, "there is no program \"%s\"", argv[0]);
    return true;
}

bool terminal_start_on(struct terminal *terminal, const char *type, const char *path, int rows,
                       int cols, struct error *err)
{
    *terminal = (struct terminal){.handles = NULL};
    char number[16];
    snprintf(number, sizeof number, "%d", rows);
    setenv("LINES", number, 1);
    snprintf(number, sizeof number, "%d", cols);
    setenv("COLUMNS", number, 1);
    FILE *out = fopen(path, "w"), *in = fopen("/dev/null", "r");
    if (out == NULL || in == NULL || newterm(type, out, in) == NULL)
        return error_set(err, ERROR_FAILED, "cannot paint on \"%s\" as \"%s\"", path, type);
    learn(terminal, type, 0);
    return true;
}
