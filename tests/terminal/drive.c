/*
 * drive COLSxROWS PROGRAM [ARG...] < SCRIPT: runs a program in a terminal of libvterm's and does
 * what the script says, a line each; the first line that fails ends it with status 1 and shows the
 * screen.  Lines: "# comment",
 *   wait SECONDS TEXT     until TEXT is on the screen       gone SECONDS TEXT   until it is not
 *   never TEXT            it is not on the screen now
 *   forgot FILE           the program has no line of FILE in its memory any more
 *   type KEYS             with \e \r \t \u for Escape, Enter, Tab, Ctrl-U
 *   fast MS KEYS TEXT     type KEYS (no blanks); TEXT is on the screen within MS milliseconds
 *   size COLSxROWS        resize                            run COMMAND         sh -c, must succeed
 *   signal NUMBER         to the program                    end STATUS          it ends, terminal
 * sane print                 show the screen
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "tests/terminal/vt.h"

static struct vt vt;

static bool is_on_screen(const char *text)
{
    CLEANUP(strbuf_release)
    struct strbuf screen = STRBUF_INIT;
    vt_text(&vt, &screen);
    return strstr(screen.text, text) != NULL;
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
        vt_pump(&vt, left_ms > 50 ? 50 : (int)left_ms);
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
    case 'u': /* Ctrl-U: what stands before the cursor goes */
        return '\x15';
    default:
        return c;
    }
}

static void type(const char *keys)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    for (const char *c = keys; *c != '\0'; c++) {
        if (*c == '\\' && c[1] != '\0')
            strbuf_add_char(&out, control(*++c));
        else
            strbuf_add_char(&out, *c);
    }
    vt_type(&vt, out.text);
}

static bool type_fast(char *rest)
{
    long ms = number(&rest);
    char *keys = strsep(&rest, " ");
    if (rest == NULL)
        return false;
    while (vt_pump(&vt, 0))
        continue;
    int64_t start_ms = clock_monotonic_ms();
    type(keys);
    bool came = wait_ms(ms, rest, true);
    printf("# \"%s\" after %d ms\n", rest, (int)(clock_monotonic_ms() - start_ms));
    return came;
}

static bool resize(const char *rest)
{
    int cols, rows;
    if (sscanf(rest, "%dx%d", &cols, &rows) != 2)
        return false;
    vt_resize(&vt, rows, cols);
    return true;
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
        vt_pump(&vt, 20);
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

static bool end(long wanted)
{
    int status;
    if (!vt_wait_end(&vt, &status))
        return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != wanted) {
        printf("# it ended with %#x\n", (unsigned)status);
        return false;
    }
    return !vt.alternate && vt.cursor && vt_is_sane(&vt);
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
    if (strcmp(verb, "type") == 0)
        type(rest);
    else if (strcmp(verb, "fast") == 0)
        return type_fast(rest);
    else if (strcmp(verb, "size") == 0)
        return resize(rest);
    else if (strcmp(verb, "run") == 0)
        return run_command(rest);
    else if (strcmp(verb, "signal") == 0)
        return kill(vt.pid, (int)number(&rest)) == 0;
    else if (strcmp(verb, "end") == 0)
        return end(number(&rest));
    else if (strcmp(verb, "print") == 0)
        print_screen();
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    int cols, rows, status = 0;
    if (argc < 3 || sscanf(argv[1], "%dx%d", &cols, &rows) != 2) {
        fprintf(stderr, "usage: drive COLSxROWS PROGRAM [ARG...] < SCRIPT\n");
        return 2;
    }
    char line[1024];
    vt_start(&vt, rows, cols, "xterm-256color", "C.UTF-8", NULL, (const char *const *)argv + 2);
    while (status == 0 && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *start = line + strspn(line, " \t");
        if (*start == '\0' || *start == '#')
            continue;
        CLEANUP(mem_free_string)
        char *shown = mem_strdup(start);
        if (!obey(start)) {
            printf("failed: %s\n", shown);
            print_screen();
            status = 1;
        }
    }
    vt_release(&vt);
    return status;
}
