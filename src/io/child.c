/*
 * Child processes.  One function starts them (own process group, own signals, no descriptor of
 * ours but the three, the end of us is theirs); over it the blocking run for commands and, in
 * child_loop.c, the one on the loop.
 */
#include "io/child.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/child_spawn.h"

enum {
    GROUPS_MAX = 256,
    OUTPUT_MAX = 1 << 20, /* when the caller says nothing */
    KILL_AFTER_MS = 1000, /* from TERM to KILL */
    LINGER_MS = 250,      /* a grandchild may keep the pipes open after the child's end */
};

/* What the child needs to know, prepared before fork(): it may only call async-safe functions. */
struct plan {
    const struct child_spec *spec;
    char **environment;
    gid_t groups[GROUPS_MAX];
    int n_groups;
    int in, out, err; /* its ends */
    int report;       /* an errno is written here when it cannot become the program */
    pid_t parent;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void die(const struct plan *plan)
{
    int code = errno;
    ssize_t n = write(plan->report, &code, sizeof(code));
    _exit(n < 0 ? 126 : 127);
}

static void reset_signals(void)
{
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. */
static void become(const struct plan *plan)
{
    const struct child_spec *spec = plan->spec;
    reset_signals();
    setpgid(0, 0);
    if (dup2(plan->in, 0) < 0 || dup2(plan->out, 1) < 0 || dup2(plan->err, 2) < 0)
        die(plan);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    if (spec->change_user) {
        if (setgroups((size_t)plan->n_groups, plan->groups) != 0 || setgid(spec->gid) != 0 ||
            setuid(spec->uid) != 0)
            die(plan);
    }
    /* After setuid(), which clears it; our parent may already be gone. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != plan->parent)
        _exit(127);
    /* execvpe() only reads them; its prototype is older than const. */
    char *const *argv = (char *const *)(uintptr_t)spec->argv;
    execvpe(argv[0], argv, plan->environment);
    die(plan);
}

/* Ours plus the spec's; a name that both have is taken from the spec. */
static char **merge_environment(const char *const *extra)
{
    size_t n = 0, more = 0;
    while (environ[n] != NULL)
        n++;
    while (extra != NULL && extra[more] != NULL)
        more++;
    char **merged = mem_alloc_array(n + more + 1, sizeof(*merged));
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool replaced = false;
        for (size_t j = 0; j < more && !replaced; j++) {
            size_t len = strcspn(extra[j], "=");
            replaced = strncmp(environ[i], extra[j], len) == 0 && environ[i][len] == '=';
        }
        if (!replaced)
            merged[kept++] = environ[i];
    }
    for (size_t j = 0; j < more; j++)
        merged[kept++] = (char *)(uintptr_t)extra[j];
    merged[kept] = NULL;
    return merged;
}

static void find_groups(struct plan *plan)
{
    const struct passwd *user = getpwuid(plan->spec->uid);
    plan->n_groups = GROUPS_MAX;
    if (user == NULL ||
        getgrouplist(user->pw_name, plan->spec->gid, plan->groups, &plan->n_groups) < 0) {
        plan->groups[0] = plan->spec->gid;
        plan->n_groups = 1;
    }
}

/* The child's errno, or 0 when it became the program. */
static int read_report(int fd)
{
    int code = 0;
    ssize_t n;
    do
        n = read(fd, &code, sizeof(code));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof(code) ? code : 0;
}

static bool open_pipes(const struct child_spec *spec, int in[2], int out[2], int err_pipe[2],
                       int report[2])
{
    if (spec->input != NULL) {
        if (pipe2(in, O_CLOEXEC) != 0)
            return false;
    } else {
        in[0] = spec->input_fd > 0 ? fcntl(spec->input_fd, F_DUPFD_CLOEXEC, 3)
                                   : open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (in[0] < 0)
            return false;
    }
    return pipe2(out, O_CLOEXEC) == 0 && pipe2(err_pipe, O_CLOEXEC) == 0 &&
           pipe2(report, O_CLOEXEC) == 0;
}

static bool fork_child(struct plan *plan, int report[2], pid_t *ret_pid, struct error *err)
{
    const char *program = plan->spec->argv[0];
    pid_t pid = fork();
    if (pid < 0)
        return error_set_errno(err, errno, "could not start \"%s\"", program);
    if (pid == 0)
        become(plan);
    close_fd(&report[1]); /* its end is then the child's exec */
    setpgid(pid, pid);    /* here too, so that the group exists before we signal it */
    int code = read_report(report[0]);
    if (code != 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
        return error_set_errno(err, code, "could not start \"%s\"", program);
    }
    *ret_pid = pid;
    return true;
}

bool child_spawn(const struct child_spec *spec, struct child_spawned *ret_spawned,
                 struct error *err)
{
    struct plan plan = {.spec = spec, .parent = getpid()};
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err_pipe[2] = {-1, -1}, report[2] = {-1, -1};
    pid_t pid = -1;
    bool ok = open_pipes(spec, in, out, err_pipe, report);
    if (!ok) {
        error_set_errno(err, errno, "could not start \"%s\"", spec->argv[0]);
    } else {
        if (spec->change_user)
            find_groups(&plan);
        plan.environment = merge_environment(spec->environment);
        plan.in = in[0];
        plan.out = out[1];
        plan.err = err_pipe[1];
        plan.report = report[1];
        ok = fork_child(&plan, report, &pid, err);
        free(plan.environment);
    }
    close_fd(&in[0]);
    close_fd(&out[1]);
    close_fd(&err_pipe[1]);
    close_fd(&report[0]);
    close_fd(&report[1]);
    if (!ok) {
        close_fd(&in[1]);
        close_fd(&out[0]);
        close_fd(&err_pipe[0]);
        return false;
    }
    *ret_spawned = (struct child_spawned){pid, in[1], out[0], err_pipe[0]};
    return true;
}

int child_status(int wait_status)
{
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* -- the blocking run ----------------------------------------------------------------------- */

struct run {
    const struct child_spec *spec;
    struct child_spawned child;
    int pidfd;
    size_t fed; /* bytes of the input that were written */
    struct strbuf *out, *errors;
    size_t max;
    bool ended;
    int status; /* as of waitpid() */
    int64_t linger_until, kill_at;
    bool timed_out;
};

static void set_nonblocking(int fd)
{
    if (fd >= 0)
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static void feed(struct run *run)
{
    ssize_t n = write(run->child.in, run->spec->input + run->fed, run->spec->input_len - run->fed);
    if (n > 0)
        run->fed += (size_t)n;
    /* EPIPE: the child reads no more; its status will tell what it thought of that. */
    if ((n < 0 && errno != EAGAIN && errno != EINTR) || run->fed == run->spec->input_len)
        close_fd(&run->child.in);
}

void child_keep(struct strbuf *to, const char *data, size_t len, size_t max)
{
    if (to == NULL || to->len >= max)
        return;
    strbuf_add(to, data, len < max - to->len ? len : max - to->len);
}

static void drain(struct run *run, int *fd, struct strbuf *to)
{
    char chunk[16384];
    ssize_t n = read(*fd, chunk, sizeof(chunk));
    if (n > 0)
        child_keep(to, chunk, (size_t)n, run->max);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        close_fd(fd);
}

static void check_end(struct run *run, int64_t now)
{
    if (run->ended || waitpid(run->child.pid, &run->status, WNOHANG) != run->child.pid)
        return;
    run->ended = true;
    run->linger_until = now + LINGER_MS;
}

/* Sends TERM at the deadline, KILL a second later; returns how long poll() may sleep. */
static int check_deadline(struct run *run, int64_t deadline, int64_t now)
{
    if (deadline > 0 && !run->ended && now >= deadline) {
        if (!run->timed_out) {
            run->timed_out = true;
            run->kill_at = now + KILL_AFTER_MS;
            kill(-run->child.pid, SIGTERM);
        } else if (now >= run->kill_at) {
            kill(-run->child.pid, SIGKILL);
            run->kill_at = now + KILL_AFTER_MS;
        }
    }
    int64_t wake = run->ended       ? run->linger_until
                   : run->timed_out ? run->kill_at
                   : deadline > 0   ? deadline
                                    : now + 3600000;
    if (run->pidfd < 0 && wake > now + 20) /* an old kernel: look every 20 ms */
        wake = now + 20;
    return wake > now ? (int)(wake - now) : 0;
}

static void run_to_end(struct run *run)
{
    int64_t now = clock_monotonic_ms();
    int64_t deadline = run->spec->timeout_ms > 0 ? now + run->spec->timeout_ms : 0;
    for (;;) {
        check_end(run, now);
        bool drained = run->child.out < 0 && run->child.err < 0;
        if (run->ended && (drained || now >= run->linger_until))
            break;
        struct pollfd fds[] = {
            {.fd = run->child.out, .events = POLLIN},
            {.fd = run->child.err, .events = POLLIN},
            {.fd = run->child.in, .events = POLLOUT},
            {.fd = run->ended ? -1 : run->pidfd, .events = POLLIN},
        };
        int n = poll(fds, 4, check_deadline(run, deadline, now));
        now = clock_monotonic_ms();
        if (n <= 0)
            continue;
        if (fds[0].revents != 0)
            drain(run, &run->child.out, run->out);
        if (fds[1].revents != 0)
            drain(run, &run->child.err, run->errors);
        if (fds[2].revents != 0)
            feed(run);
    }
}

bool child_run(const struct child_spec *spec, int *ret_status, struct strbuf *out,
               struct strbuf *errors, struct error *err)
{
    struct run run = {.spec = spec, .out = out, .errors = errors};
    run.max = spec->max_output > 0 ? spec->max_output : OUTPUT_MAX;
    if (!child_spawn(spec, &run.child, err))
        return false;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, saved;
    sigaction(SIGPIPE, &ignore, &saved);
    set_nonblocking(run.child.in);
    set_nonblocking(run.child.out);
    set_nonblocking(run.child.err);
    if (run.child.in >= 0 && spec->input_len == 0)
        close_fd(&run.child.in);
    run.pidfd = pidfd_open(run.child.pid, 0);
    run_to_end(&run);
    close_fd(&run.pidfd);
    close_fd(&run.child.in);
    close_fd(&run.child.out);
    close_fd(&run.child.err);
    sigaction(SIGPIPE, &saved, NULL);
    if (run.timed_out)
        return error_set(err, ERROR_TIMEOUT, "\"%s\" did not finish within %lld s", spec->argv[0],
                         (long long)((spec->timeout_ms + 999) / 1000));
    *ret_status = child_status(run.status);
    return true;
}

/* -- finding programs ----------------------------------------------------------------------- */

static char *executable_in(const char *directory, size_t len, const char *name)
{
    char *path =
        len == 0 ? mem_printf("./%s", name) : mem_printf("%.*s/%s", (int)len, directory, name);
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    return NULL;
}

char *child_find_program(const char *name, const char *const *directories)
{
    if (strchr(name, '/') != NULL)
        return access(name, X_OK) == 0 ? mem_strdup(name) : NULL;
    const char *path = getenv("PATH");
    while (path != NULL && *path != '\0') {
        size_t len = strcspn(path, ":");
        char *found = executable_in(path, len, name);
        if (found != NULL)
            return found;
        path += len + (path[len] == ':' ? 1 : 0);
    }
    for (size_t i = 0; directories != NULL && directories[i] != NULL; i++) {
        char *found = executable_in(directories[i], strlen(directories[i]), name);
        if (found != NULL)
            return found;
    }
    return NULL;
}
