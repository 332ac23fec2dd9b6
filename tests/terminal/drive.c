/*
 * drive [-t TERM] [-l LOCALE] [-e NAME=VALUE] COLSxROWS PROGRAM [ARG...] < SCRIPT: runs a program
 * in a terminal of libvterm's and does what the script says, a line each; the first line that fails
 * ends it with status 1 and shows the screen.  Lines: "# comment",
 *   wait SECONDS TEXT     until TEXT is on the screen
 *   gone SECONDS TEXT     until it is not
 *   never TEXT            it is not on the screen now
 *   forgot FILE           the program has no line of FILE in its memory any more
 *   hide FILE             from now on no line of FILE may be on the screen or among what is written
 *   type KEYS             with \e \r \t \f \u for Escape, Enter, Tab, Ctrl-L, Ctrl-U
 *   fast MS KEYS TEXT     type KEYS (no blanks); TEXT is on the screen within MS milliseconds
 *   keys N NAME K T L U   N times key K until T is on the screen, then L until U is: prints what it
 *                         took as bench keys_NAME
 *   every KEYS            each key that there is, behind Escape and KEYS; the program goes on
 *   size COLSxROWS        resize
 *   run COMMAND           sh -c, must succeed
 *   shake N               N sizes and keys that only move, at random; then the size of before
 *   steady                drawn anew, the screen is what it was, but for numbers
 *   signal NUMBER         to the program
 *   end STATUS            it ends, terminal sane
 *   stop                  SIGTSTP; it stops, terminal sane
 *   killed NUMBER         by a signal, terminal sane
 *   fits COLOURS          it wrote nothing that its terminal doesn't know, in ASCII no other byte,
 *                         and at most so many colours; of 16 and 256 it used those that 8 lack
 *   print                 show the screen
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "tests/terminal/stream.h"
#include "tests/terminal/vt.h"

enum { HIDDEN_MAX = 64, KEYS_MAX = 1000 };

static struct vt vt;
static struct strbuf written;
static const char *type_name = "xterm-256color", *locale = "C.UTF-8", *extra;

/* What may not be seen, and how much of `written` was looked through for it. */
static struct {
    char *texts[HIDDEN_MAX];
    size_t n, seen;
    const char *found;
} hidden;

static bool is_on_screen(const char *text)
{
    CLEANUP(strbuf_release)
    struct strbuf screen = STRBUF_INIT;
    vt_text(&vt, &screen);
    return strstr(screen.text, text) != NULL;
}

static void look_for_hidden(void)
{
    CLEANUP(strbuf_release)
    struct strbuf screen = STRBUF_INIT;
    if (hidden.n > 0)
        vt_text(&vt, &screen);
    for (size_t i = 0; i < hidden.n; i++) {
        size_t back = strlen(hidden.texts[i]);
        size_t from = hidden.seen > back ? hidden.seen - back : 0;
        if (strstr(screen.text, hidden.texts[i]) != NULL ||
            memmem(written.text + from, written.len - from, hidden.texts[i], back) != NULL)
            hidden.found = hidden.texts[i];
    }
    hidden.seen = written.len;
}

static bool pump(int ms)
{
    bool some = vt_pump(&vt, ms);
    if (some)
        look_for_hidden();
    return some;
}

static void print_screen(void)
{
    while (vt_pump(&vt, 100))
        continue;
    CLEANUP(strbuf_release)
    struct strbuf screen = STRBUF_INIT;
    vt_text(&vt, &screen);
    printf("%s", screen.text);
}

static bool wait_ms(int64_t ms, const char *text, bool present)
{
    int64_t end_ms = clock_monotonic_ms() + ms;
    while (is_on_screen(text) != present) {
        int64_t left_ms = end_ms - clock_monotonic_ms();
        if (left_ms <= 0)
            return false;
        pump(left_ms > 50 ? 50 : (int)left_ms);
    }
    return true;
}

/* The first word of `*rest` as a number; `*rest` goes behind it and its blank. */
static long number(char **rest)
{
    long value = strtol(*rest, rest, 10);
    *rest += strspn(*rest, " ");
    return value;
}

static char control(char c)
{
    switch (c) {
    case 'e':
        return '\x1b';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'f':
        return '\f';
    case 'u': /* Ctrl-U: what stands before the cursor goes */
        return '\x15';
    default:
        return c;
    }
}

static void unescape(const char *text, struct strbuf *out)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\\' && c[1] != '\0')
            strbuf_add_char(out, control(*++c));
        else
            strbuf_add_char(out, *c);
    }
}

static void type(const char *keys)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    unescape(keys, &out);
    vt_type(&vt, out.text);
}

static bool wrote(const char *text)
{
    CLEANUP(strbuf_release)
    struct strbuf bytes = STRBUF_INIT;
    unescape(text, &bytes);
    return memmem(written.text, written.len, bytes.text, bytes.len) != NULL;
}

static bool type_fast(char *rest)
{
    long ms = number(&rest);
    char *keys = strsep(&rest, " ");
    if (rest == NULL)
        return false;
    while (pump(0))
        continue;
    int64_t start_ms = clock_monotonic_ms();
    type(keys);
    bool came = wait_ms(ms, rest, true);
    printf("# \"%s\" after %d ms\n", rest, (int)(clock_monotonic_ms() - start_ms));
    return came;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* N NAME KEY TEXT KEY TEXT */
static bool measure_keys(char *rest)
{
    static double times[KEYS_MAX];
    long n = number(&rest);
    const char *name = strsep(&rest, " "), *words[4];
    for (size_t i = 0; i < 4; i++)
        words[i] = strsep(&rest, " ");
    if (words[3] == NULL || n < 1 || n > KEYS_MAX)
        return false;
    for (long i = 0; i < n; i++) {
        while (pump(20)) /* what it paints by itself is no answer */
            continue;
        double start_ms = now_ms();
        type(words[i % 2 * 2]);
        if (!wait_ms(20000, words[i % 2 * 2 + 1], true))
            return false;
        times[i] = now_ms() - start_ms;
    }
    qsort(times, (size_t)n, sizeof *times, compare);
    printf("bench keys_%s %.1f ms\n", name, times[n / 2]);
    printf("bench keys_%s_p95 %.1f ms\n", name, times[n * 95 / 100]);
    printf("bench keys_%s_most %.1f ms\n", name, times[n - 1]);
    return true;
}

/* -- every key --------------------------------------------------------------------------------- */

static bool is_alive(void)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)vt.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

static void press_behind(const char *before, const char *key)
{
    type("\\e\\e\\e");
    type(before);
    vt_type(&vt, key);
    while (pump(8))
        continue;
    if (strcmp(key, "p") == 0 || strcmp(key, "P") == 0 || strcmp(key, "S") == 0) {
        vt_type(&vt, "y\r"); /* whatever is asked first */
        while (pump(8))
            continue;
    }
}

/* But for q, and those that end, stop or silence a program by the terminal's own doing. */
static bool press_every(const char *before)
{
    static const char *const others[] = {
        "\x1bOP",    "\x1bOQ",    "\x1bOR",         "\x1bOS",         "\x1b[15~", "\x1b[17~",
        "\x1b[18~",  "\x1b[19~",  "\x1b[20~",       "\x1b[21~",       "\x1b[23~", "\x1b[24~",
        "\x1bOA",    "\x1bOB",    "\x1bOC",         "\x1bOD",         "\x1bOH",   "\x1bOF",
        "\x1b[2~",   "\x1b[3~",   "\x1b[5~",        "\x1b[6~",        "\x1b[Z",   "\xc3\xa4",
        "\x1b[1;5A", "\x1b[1;2B", "\x1b[<0;30;12M", "\x1b[<64;30;12M"};
    for (int c = 1; c <= 0x7f && hidden.found == NULL; c++)
        if (strchr("\x03\x11\x13\x16\x1a\x1cq", c) == NULL)
            press_behind(before, (const char[]){(char)c, '\0'});
    for (size_t i = 0; i < sizeof others / sizeof *others && hidden.found == NULL; i++)
        press_behind(before, others[i]);
    for (const char *c = "abcdefghijklmnoprstuvwxyz"; *c != '\0' && hidden.found == NULL; c++)
        press_behind(before, (const char[]){'\x1b', *c, '\0'});
    return is_alive();
}

/* -- sizes ------------------------------------------------------------------------------------- */

static bool resize(const char *rest)
{
    int cols, rows;
    if (sscanf(rest, "%dx%d", &cols, &rows) != 2)
        return false;
    vt_resize(&vt, rows, cols);
    return true;
}

/* The terminal stays as large as it gets: libvterm 0.1 cannot shrink in the middle of a frame. */
static bool shake(long n)
{
    static const char *const keys[] = {"j", "k", "\t", "\x1bOA", "\x1bOB", "\f", "g", "G"};
    int rows = vt.rows, cols = vt.cols;
    unsigned seed = (unsigned)clock_utc_us();
    printf("# seed %u\n", seed);
    srand(seed);
    vt_resize(&vt, 80, 250);
    for (long i = 0; i < n; i++) {
        struct winsize size = {.ws_row = (unsigned short)(1 + rand() % 80),
                               .ws_col = (unsigned short)(1 + rand() % 250)};
        ioctl(vt.fd, TIOCSWINSZ, &size);
        vt_type(&vt, keys[(size_t)rand() % (sizeof keys / sizeof *keys)]);
        pump(rand() % 12);
    }
    struct winsize first = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    ioctl(vt.fd, TIOCSWINSZ, &first);
    while (pump(300))
        continue;
    vt_resize(&vt, rows, cols);
    type("\f");
    return is_alive();
}

/* Words without what the clock changes. */
static void add_words(struct strbuf *out)
{
    CLEANUP(strbuf_release)
    struct strbuf screen = STRBUF_INIT;
    while (pump(300))
        continue;
    vt_text(&vt, &screen);
    for (const char *c = screen.text; *c != '\0'; c++)
        if (strchr("0123456789.: ", *c) == NULL)
            strbuf_add_char(out, *c);
        else if (out->len == 0 || out->text[out->len - 1] != '.')
            strbuf_add_char(out, '.');
}

static bool is_same_anew(struct strbuf *before, struct strbuf *after)
{
    add_words(before);
    size_t from = written.len;
    type("\\f");
    for (int64_t end_ms = clock_monotonic_ms() + 10000;
         written.len < from + 200 && clock_monotonic_ms() < end_ms;)
        pump(50);
    add_words(after);
    return strcmp(before->text, after->text) == 0;
}

/* Once in a while a second becomes a minute just then: what the way back and forth paints is
 * compared again. */
static bool is_steady(void)
{
    for (int i = 0; i < 3; i++) {
        CLEANUP(strbuf_release)
        struct strbuf before = STRBUF_INIT;
        CLEANUP(strbuf_release)
        struct strbuf after = STRBUF_INIT;
        if (is_same_anew(&before, &after))
            return true;
        printf("# before:\n%s\n# after:\n%s\n", before.text, after.text);
        type("jk");
    }
    return false;
}

/* A command with the terminal still served: what it paints meanwhile must not block it. */
static bool run_command(const char *command)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0)
        pump(20);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool forgot(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[256];
    int n = 0;
    bool good = true;
    while (file != NULL && good && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        n += *line != '\0';
        good = *line == '\0' || !vt_remembers(&vt, line);
    }
    if (file != NULL)
        fclose(file);
    return good && n > 0;
}

static bool hide(const char *path)
{
    FILE *file = fopen(path, "r");
    char line[256];
    while (file != NULL && hidden.n < HIDDEN_MAX && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (*line != '\0')
            hidden.texts[hidden.n++] = mem_strdup(line);
    }
    if (file != NULL)
        fclose(file);
    return hidden.n > 0;
}

static bool is_given_back(void)
{
    return !vt.alternate && !vt.mouse && vt.cursor && vt_is_sane(&vt);
}

static bool end(long wanted)
{
    int status;
    if (!vt_wait_end(&vt, &status))
        return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != wanted) {
        printf("# it ended with %#x\n", (unsigned)status);
        return false;
    }
    return is_given_back();
}

static bool killed(long signum)
{
    int status;
    return vt_wait_end(&vt, &status) && WIFSIGNALED(status) && WTERMSIG(status) == signum &&
           is_given_back();
}

static bool stop(void)
{
    int status = 0;
    if (vt.pid <= 0 || kill(vt.pid, SIGTSTP) != 0)
        return false;
    for (int64_t end_ms = clock_monotonic_ms() + 20000; clock_monotonic_ms() < end_ms;) {
        pump(20);
        if (waitpid(vt.pid, &status, WUNTRACED | WNOHANG) == vt.pid)
            break;
    }
    while (pump(50))
        continue;
    return WIFSTOPPED(status) && is_given_back();
}

static bool fits(long colours)
{
    CLEANUP(strbuf_release)
    struct strbuf fault = STRBUF_INIT;
    while (pump(100))
        continue;
    int used = stream_colours(written.text, written.len);
    if (!stream_fits(written.text, written.len, type_name, strstr(locale, "UTF-8") == NULL, &fault))
        printf("# %s does not have it: %s\n", type_name, fault.text);
    else if (vt.foul > 0)
        printf("# %zu bytes that are no text\n", vt.foul);
    else if (used > colours || (colours > 0 && used * 2 <= (colours > 16 ? 32 : colours)))
        printf("# of %ld colours it used the one numbered %d\n", colours, used);
    else
        return true;
    return false;
}

static bool obey(char *line)
{
    char *rest = line, *verb = strsep(&rest, " ");
    rest = rest != NULL ? rest : line + strlen(line);
    if (strcmp(verb, "wait") == 0 || strcmp(verb, "gone") == 0) {
        long s = number(&rest);
        return wait_ms(s * 1000, rest, *verb == 'w');
    }
    if (strcmp(verb, "never") == 0)
        return !is_on_screen(rest);
    if (strcmp(verb, "forgot") == 0)
        return forgot(rest);
    if (strcmp(verb, "hide") == 0)
        return hide(rest);
    if (strcmp(verb, "keys") == 0)
        return measure_keys(rest);
    if (strcmp(verb, "every") == 0)
        return press_every(rest);
    if (strcmp(verb, "shake") == 0)
        return shake(number(&rest));
    if (strcmp(verb, "steady") == 0)
        return is_steady();
    if (strcmp(verb, "stop") == 0)
        return stop();
    if (strcmp(verb, "killed") == 0)
        return killed(number(&rest));
    if (strcmp(verb, "wrote") == 0)
        return wrote(rest);
    if (strcmp(verb, "fits") == 0)
        return fits(number(&rest));
    if (strcmp(verb, "type") == 0)
        type(rest);
    else if (strcmp(verb, "fast") == 0)
        return type_fast(rest);
    else if (strcmp(verb, "size") == 0)
        return resize(rest);
    else if (strcmp(verb, "run") == 0)
        return run_command(rest);
    else if (strcmp(verb, "signal") == 0)
        return vt.pid > 0 && kill(vt.pid, (int)number(&rest)) == 0;
    else if (strcmp(verb, "end") == 0)
        return end(number(&rest));
    else if (strcmp(verb, "print") == 0)
        print_screen();
    else
        return false;
    return true;
}

/* The line, and that nothing hidden was seen. */
static bool follow(char *line)
{
    CLEANUP(mem_free_string)
    char *shown = mem_strdup(line);
    bool good = obey(line);
    if (hidden.found != NULL)
        printf("# \"%s\" was to be hidden\n", hidden.found);
    if (good && hidden.found == NULL)
        return true;
    printf("failed: %s\n", shown);
    print_screen();
    return false;
}

static int usage(void)
{
    fprintf(stderr, "usage: drive [-t TERM] [-l LOCALE] [-e NAME=VALUE] COLSxROWS PROGRAM "
                    "[ARG...] < SCRIPT\n");
    return 2;
}

int main(int argc, char **argv)
{
    int cols, rows, option, status = 0;
    while ((option = getopt(argc, argv, "+t:l:e:")) != -1)
        if (option == '?')
            return usage();
        else
            *(option == 't' ? &type_name : option == 'l' ? &locale : &extra) = optarg;
    written = STRBUF_INIT;
    argv += optind;
    if (argc - optind < 2 || sscanf(argv[0], "%dx%d", &cols, &rows) != 2)
        return usage();
    char line[1024];
    vt_start(&vt, rows, cols, type_name, locale, extra, (const char *const *)argv + 1);
    vt.written = &written;
    while (status == 0 && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *start = line + strspn(line, " \t");
        if (*start != '\0' && *start != '#')
            status = !follow(start);
    }
    vt_release(&vt);
    for (size_t i = 0; i < hidden.n; i++)
        free(hidden.texts[i]);
    strbuf_release(&written);
    return status;
}
