/*
 * A terminal for tests.
 */
#include "tests/terminal/vt.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

static int on_property(VTermProp property, VTermValue *value, void *data)
{
    struct vt *vt = data;
    if (property == VTERM_PROP_ALTSCREEN)
        vt->alternate = value->boolean;
    if (property == VTERM_PROP_CURSORVISIBLE)
        vt->cursor = value->boolean;
    return 1;
}

static const VTermScreenCallbacks callbacks = {.settermprop = on_property};

static char terminfo[64]; /* the folder with the description of VT_16_COLOURS */

static void remove_description(void)
{
    CLEANUP(mem_free_string)
    char *line = mem_printf("rm -rf %s", terminfo);
    if (system(line) != 0)
        fprintf(stderr, "# %s is still there\n", terminfo);
}

static void describe_16_colours(void)
{
    static const char source[] =
        VT_16_COLOURS "|for tests,\n\tcolors#16, pairs#256,\n"
                      "\tsetaf=\\E[%?%p1%{8}%<%t3%p1%d%e9%p1%{8}%-%d%;m,\n"
                      "\tsetab=\\E[%?%p1%{8}%<%t4%p1%d%e10%p1%{8}%-%d%;m,\n"
                      "\tuse=xterm-256color,\n";
    if (*terminfo != '\0')
        return;
    snprintf(terminfo, sizeof terminfo, "/tmp/lectern-terminfo.XXXXXX");
    if (mkdtemp(terminfo) == NULL)
        return;
    atexit(remove_description);
    CLEANUP(mem_free_string)
    char *line = mem_printf("tic -o %s -", terminfo);
    FILE *tic = popen(line, "w");
    if (tic == NULL || fputs(source, tic) == EOF || pclose(tic) != 0)
        fprintf(stderr, "# tic failed\n");
    setenv("TERMINFO", terminfo, 1); /* for whoever asks here */
}

static void run(const char *type, const char *locale, const char *extra, const char *const argv[])
{
    setenv("TERM", type, 1);
    setenv("LC_ALL", locale, 1);
    unsetenv("COLORFGBG");
    unsetenv("NO_COLOR");
    unsetenv("TERMINFO");
    if (strcmp(type, VT_16_COLOURS) == 0)
        setenv("TERMINFO", terminfo, 1);
    unsetenv("LINES");
    unsetenv("COLUMNS");
    unsetenv("CMOCKA_MESSAGE_OUTPUT");
    if (extra != NULL)
        putenv(mem_strdup(extra));
    execv(argv[0], (char *const *)(uintptr_t)argv);
    fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* Those that a terminal begins with. */
static struct termios usual_modes(void)
{
    struct termios modes = {.c_lflag = 0};
    int master, slave;
    if (openpty(&master, &slave, NULL, NULL, NULL) != 0)
        return modes;
    tcgetattr(slave, &modes);
    close(slave);
    close(master);
    return modes;
}

void vt_start(struct vt *vt, int rows, int cols, const char *type, const char *locale,
              const char *extra, const char *const argv[])
{
    *vt = (struct vt){.rows = rows, .cols = cols, .cursor = true};
    vt->term = vterm_new(rows, cols);
    vterm_set_utf8(vt->term, strstr(locale, "UTF-8") != NULL);
    vt->screen = vterm_obtain_screen(vt->term);
    vterm_screen_set_callbacks(vt->screen, &callbacks, vt);
    vterm_screen_enable_altscreen(vt->screen, 1);
    vterm_screen_reset(vt->screen, 1);
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    if (strcmp(type, VT_16_COLOURS) == 0)
        describe_16_colours();
    vt->modes = usual_modes();
    vt->pid = forkpty(&vt->fd, NULL, &vt->modes, &size);
    if (vt->pid == 0)
        run(type, locale, extra, argv);
    if (vt->pid < 0) { /* a test would send its signals to everybody */
        fprintf(stderr, "# no terminal for %s: %s\n", argv[0], strerror(errno));
        exit(1);
    }
}

void vt_release(struct vt *vt)
{
    if (vt->pid > 0) {
        kill(vt->pid, SIGKILL);
        waitpid(vt->pid, NULL, 0);
    }
    if (vt->term != NULL) {
        close(vt->fd);
        vterm_free(vt->term);
    }
    *vt = (struct vt){.pid = 0};
}

static void answer(struct vt *vt)
{
    char out[256];
    size_t n = vterm_output_read(vt->term, out, sizeof out);
    if (n > 0 && write(vt->fd, out, n) < 0)
        return;
}

/* -- what no program of curses' writes by itself ----------------------------------------------- */

enum scan { SCAN_TEXT, SCAN_ESCAPE, SCAN_CSI, SCAN_ONE, SCAN_OSC, SCAN_TWO, SCAN_THREE };

static bool is_usual_control(unsigned char c)
{
    return strchr("\r\n\b\t\x0e\x0f", c) != NULL;
}

/* A byte of text: C0 and C1 controls, and the signs that turn the direction of writing. */
static int scan_text(struct vt *vt, unsigned char c)
{
    if (c == 0x1b)
        return SCAN_ESCAPE;
    vt->foul += c == 0x7f || (c < 0x20 && !is_usual_control(c));
    return c == 0xc2 ? SCAN_TWO : c == 0xe2 ? SCAN_THREE : SCAN_TEXT;
}

/* A control sequence's byte: does it end it?  Which of them tell the mouse to speak, libvterm 0.1
 * sees only where it stands alone. */
static bool scan_mode(struct vt *vt, unsigned char c)
{
    if (c < 0x40) {
        vt->number = c >= '0' && c <= '9' ? (vt->number * 10 + c - '0') % 100000 : 0;
        vt->about_mouse = vt->about_mouse || vt->number == 1000;
        return false;
    }
    if (vt->about_mouse && (c == 'h' || c == 'l'))
        vt->mouse = c == 'h';
    vt->about_mouse = false;
    vt->number = 0;
    return true;
}

static int scan_byte(struct vt *vt, unsigned char c)
{
    switch (vt->scan) {
    case SCAN_ESCAPE:
        vt->foul += c == 'P' || c == '_' || c == '^' || c == 'X' || c < 0x20;
        return c == '['              ? SCAN_CSI
               : c == ']'            ? SCAN_OSC
               : strchr("()*+#%", c) ? SCAN_ONE
                                     : SCAN_TEXT;
    case SCAN_CSI:
        vt->foul += c < 0x20 || c > 0x7e;
        return scan_mode(vt, c) ? SCAN_TEXT : SCAN_CSI;
    case SCAN_OSC:    /* the question for the colour of the background, all colours anew (104) */
        if (c == 'R') /* the kernel's console: its own colours again */
            return SCAN_TEXT;
        vt->foul += strchr("1;?04\x1b\\\a", c) == NULL;
        return c == '\\' || c == '\a' ? SCAN_TEXT : SCAN_OSC;
    case SCAN_TWO:
        vt->foul += c < 0xa0;
        return SCAN_TEXT;
    case SCAN_THREE:
        return c == 0x80 || c == 0x81 ? c : SCAN_TEXT;
    case 0x80: /* U+200E, U+200F, U+202A to U+202E */
        vt->foul += c == 0x8e || c == 0x8f || (c >= 0xaa && c <= 0xae);
        return SCAN_TEXT;
    case 0x81: /* U+2066 to U+2069 */
        vt->foul += c >= 0xa6 && c <= 0xa9;
        return SCAN_TEXT;
    case SCAN_ONE:
        return SCAN_TEXT;
    default:
        return scan_text(vt, c);
    }
}

bool vt_pump(struct vt *vt, int ms)
{
    struct pollfd wanted = {.fd = vt->fd, .events = POLLIN};
    char bytes[65536];
    if (poll(&wanted, 1, ms) <= 0)
        return false;
    ssize_t n = read(vt->fd, bytes, sizeof bytes);
    if (n <= 0)
        return false;
    for (ssize_t i = 0; i < n; i++)
        vt->scan = scan_byte(vt, (unsigned char)bytes[i]);
    if (vt->written != NULL)
        strbuf_add(vt->written, bytes, (size_t)n);
    vterm_input_write(vt->term, bytes, (size_t)n);
    answer(vt);
    return true;
}

void vt_type(struct vt *vt, const char *keys)
{
    size_t len = strlen(keys);
    if (write(vt->fd, keys, len) != (ssize_t)len)
        fprintf(stderr, "# keys were not taken\n");
}

void vt_resize(struct vt *vt, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    vt->rows = rows;
    vt->cols = cols;
    vterm_set_size(vt->term, rows, cols);
    ioctl(vt->fd, TIOCSWINSZ, &size);
}

static void add_cell(struct strbuf *out, const VTermScreenCell *cell)
{
    for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i] != 0; i++) {
        uint32_t c = cell->chars[i];
        if (c == (uint32_t)-1) /* the right half of a wide sign */
            continue;
        if (c < 0x80)
            strbuf_add_char(out, (char)c);
        else if (c < 0x800)
            strbuf_printf(out, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
        else if (c < 0x10000)
            strbuf_printf(out, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 0x3f)),
                          (int)(0x80 | (c & 0x3f)));
        else
            strbuf_printf(out, "%c%c%c%c", (int)(0xf0 | c >> 18), (int)(0x80 | (c >> 12 & 0x3f)),
                          (int)(0x80 | (c >> 6 & 0x3f)), (int)(0x80 | (c & 0x3f)));
    }
    if (cell->chars[0] == 0)
        strbuf_add_char(out, ' ');
}

static void end_line(struct strbuf *out, size_t start)
{
    while (out->len > start && out->text[out->len - 1] == ' ')
        strbuf_truncate(out, out->len - 1);
    strbuf_add_char(out, '\n');
}

void vt_text(const struct vt *vt, struct strbuf *out)
{
    for (int y = 0; y < vt->rows; y++) {
        size_t start = out->len;
        for (int x = 0; x < vt->cols;) {
            VTermScreenCell cell;
            vterm_screen_get_cell(vt->screen, (VTermPos){.row = y, .col = x}, &cell);
            add_cell(out, &cell);
            x += cell.width > 0 ? cell.width : 1;
        }
        end_line(out, start);
    }
}

static void describe_colour(struct strbuf *out, const char *what, const VTermColor *colour,
                            bool is_default)
{
    if (is_default)
        return;
    if (VTERM_COLOR_IS_INDEXED(colour))
        strbuf_printf(out, " %s %d", what, colour->indexed.idx);
    else
        strbuf_printf(out, " %s #%02x%02x%02x", what, colour->rgb.red, colour->rgb.green,
                      colour->rgb.blue);
}

static void describe(struct strbuf *out, const VTermScreenCell *cell)
{
    describe_colour(out, "fg", &cell->fg, VTERM_COLOR_IS_DEFAULT_FG(&cell->fg));
    describe_colour(out, "bg", &cell->bg, VTERM_COLOR_IS_DEFAULT_BG(&cell->bg));
    if (cell->attrs.bold)
        strbuf_add_string(out, " bold");
    if (cell->attrs.reverse)
        strbuf_add_string(out, " reverse");
    if (cell->attrs.underline)
        strbuf_add_string(out, " underline");
    if (out->len == 0)
        strbuf_add_string(out, " plain");
}

enum { LOOKS = 52 };

/* The place of a look: where its own text puts it, or the next that is free, so that a new look
 * leaves the letters of the others alone. */
static size_t place_of(char *looks[LOOKS], const char *look)
{
    uint32_t hash = 2166136261U;
    for (const char *c = look; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619U;
    for (size_t i = 0; i < LOOKS - 1; i++) {
        size_t place = strcmp(look, " plain") == 0 ? 0 : 1 + (hash + i) % (LOOKS - 1);
        if (looks[place] == NULL)
            looks[place] = mem_strdup(look);
        if (strcmp(looks[place], look) == 0)
            return place;
    }
    return LOOKS;
}

void vt_looks(const struct vt *vt, struct strbuf *out)
{
    static const char letters[] = ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY!";
    char *looks[LOOKS] = {NULL};
    for (int y = 0; y < vt->rows; y++) {
        for (int x = 0; x < vt->cols; x++) {
            VTermScreenCell cell;
            vterm_screen_get_cell(vt->screen, (VTermPos){.row = y, .col = x}, &cell);
            CLEANUP(strbuf_release)
            struct strbuf look = STRBUF_INIT;
            describe(&look, &cell);
            strbuf_add_char(out, letters[place_of(looks, look.text)]);
        }
        strbuf_add_char(out, '\n');
    }
    for (size_t i = 0; i < LOOKS; i++) {
        if (looks[i] != NULL && i > 0)
            strbuf_printf(out, "%c%s\n", letters[i], looks[i]);
        free(looks[i]);
    }
}

/* Has it ended?  Its status is left to whoever waits for its end. */
static bool is_gone(const struct vt *vt, int *ret_signal)
{
    siginfo_t info = {.si_pid = 0};
    if (vt->pid <= 0 || waitid(P_PID, (id_t)vt->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0)
        return false;
    *ret_signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
    return true;
}

static bool wait_until(struct vt *vt, const char *text, bool present)
{
    int64_t end_ms = clock_monotonic_ms() + VT_DEADLINE_MS;
    for (;;) {
        int signum = 0;
        bool gone = is_gone(vt, &signum);
        /* All that there is: a large frame comes in many pieces, and reading the screen takes a
         * sanitized build longer than any of them.  Some programs never pause. */
        for (int i = 0; (i < 64 || gone) && vt_pump(vt, 0); i++)
            continue;
        CLEANUP(strbuf_release)
        struct strbuf screen = STRBUF_INIT;
        vt_text(vt, &screen);
        if ((strstr(screen.text, text) != NULL) == present)
            return true;
        if (gone || clock_monotonic_ms() > end_ms) {
            fprintf(stderr, "# %s on the screen: \"%s\"\n%s", present ? "never" : "still", text,
                    screen.text);
            if (gone)
                fprintf(stderr, "# the program has ended (signal %d)\n", signum);
            return false;
        }
        vt_pump(vt, 50);
    }
}

bool vt_wait(struct vt *vt, const char *text)
{
    return wait_until(vt, text, true);
}

bool vt_wait_gone(struct vt *vt, const char *text)
{
    return wait_until(vt, text, false);
}

bool vt_wait_end(struct vt *vt, int *ret_status)
{
    int64_t end_ms = clock_monotonic_ms() + VT_DEADLINE_MS;
    while (clock_monotonic_ms() <= end_ms) {
        vt_pump(vt, 20);
        if (waitpid(vt->pid, ret_status, WNOHANG) == vt->pid) {
            vt->pid = 0;
            while (vt_pump(vt, 0))
                continue;
            return true;
        }
    }
    fprintf(stderr, "# the program did not end\n");
    return false;
}

bool vt_is_sane(const struct vt *vt)
{
    struct termios modes;
    return tcgetattr(vt->fd, &modes) == 0 && (modes.c_lflag & ECHO) && (modes.c_lflag & ICANON) &&
           (modes.c_oflag & OPOST) && modes.c_iflag == vt->modes.c_iflag &&
           modes.c_oflag == vt->modes.c_oflag && modes.c_cflag == vt->modes.c_cflag &&
           modes.c_lflag == vt->modes.c_lflag &&
           memcmp(modes.c_cc, vt->modes.c_cc, sizeof modes.c_cc) == 0;
}

/* -- what it remembers ------------------------------------------------------------------------- */

enum { REGION_MAX = 256 << 20 };

/* Each letter `stride` bytes after the one before, so wide as `letter` says. */
static bool has_letters(const char *data, size_t len, const char *text, size_t stride,
                        size_t letter)
{
    size_t n = strlen(text), span = (n - 1) * stride + letter;
    for (size_t i = 0; i + span <= len; i++) {
        size_t k = 0;
        while (k < n && data[i + k * stride] == text[k] &&
               (letter == 1 || memcmp(data + i + k * stride + 1, "\0\0\0", 3) == 0))
            k++;
        if (k == n)
            return true;
    }
    return false;
}

static bool region_has(int memory, unsigned long from, unsigned long to, const char *text)
{
    char *data = mem_alloc(to - from);
    ssize_t len = pread(memory, data, to - from, (off_t)from);
    bool found = len > 0 && (has_letters(data, (size_t)len, text, 1, 1) ||
                             has_letters(data, (size_t)len, text, sizeof(cchar_t), 4));
    free(data);
    return found;
}

bool vt_remembers(const struct vt *vt, const char *text)
{
    CLEANUP(mem_free_string)
    char *maps_path = mem_printf("/proc/%d/maps", (int)vt->pid);
    CLEANUP(mem_free_string)
    char *memory_path = mem_printf("/proc/%d/mem", (int)vt->pid);
    FILE *maps = fopen(maps_path, "r");
    int memory = open(memory_path, O_RDONLY | O_CLOEXEC);
    bool found = maps == NULL || memory < 0; /* whoever can't look can't say that it's gone */
    char line[512];
    unsigned long from, to;
    char access[8];
    while (!found && fgets(line, sizeof line, maps) != NULL)
        if (sscanf(line, "%lx-%lx %7s", &from, &to, access) == 3 && access[1] == 'w' &&
            to - from <= REGION_MAX)
            found = region_has(memory, from, to, text);
    if (maps != NULL)
        fclose(maps);
    if (memory >= 0)
        close(memory);
    return found;
}
