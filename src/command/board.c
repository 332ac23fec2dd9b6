/*
 * lectern board: the grid for the room, as a file that browsers show.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "board/feed.h"
#include "board/page.h"
#include "command/commands.h"
#include "command/status.h"
#include "io/loop.h"

enum { EVERY_MS = 2000, WAIT_MS = 5000 };

struct board {
    struct loop loop;
    struct feed *feed;
    const struct snapshot *snapshot; /* the feed's last; NULL: none yet */
    const char *file;
    int64_t written_ms; /* when; 0: never */
    bool failing;       /* the last write did, and it was told */
    bool once, done;    /* with --once: complete, or no sense in waiting */
    struct error *err;
};

static bool write_page(const struct board *board, bool ended, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    const struct page page = {board->snapshot, clock_utc_us(), ended};
    page_print(&page, &text);
    return file_write(board->file, text.text, text.len, 0644, err);
}

/* The first page has to succeed; later a share may be away for a while. */
static void refresh(struct board *board)
{
    struct error err = ERROR_INIT;
    int64_t now_ms = clock_monotonic_ms();
    if (board->written_ms > 0 && now_ms - board->written_ms < EVERY_MS)
        return;
    bool first = board->written_ms == 0;
    board->written_ms = now_ms;
    if (write_page(board, false, &err)) {
        if (first)
            fprintf(stderr, "lectern: board: writing \"%s\" every %d s; Ctrl-C ends it\n",
                    board->file, EVERY_MS / 1000);
        else if (board->failing)
            fprintf(stderr, "lectern: board: writing again\n");
        board->failing = false;
    } else if (first) {
        error_move(board->err, &err);
        loop_stop(&board->loop);
    } else {
        if (!board->failing)
            error_report(&err, stderr, "lectern: board");
        board->failing = true;
        error_clear(&err);
    }
}

static void on_snapshot(const struct snapshot *snapshot, void *data)
{
    struct board *board = data;
    board->snapshot = snapshot;
    if (board->feed == NULL || error_is_set(board->err))
        return;
    bool current = feed_lab_is_current(board->feed);
    if (board->once) {
        board->done =
            (feed_is_complete(board->feed) && snapshot->trouble != TROUBLE_DAEMON) || !current;
        return;
    }
    if (current || *snapshot->lab == '\0') {
        refresh(board);
        return;
    }
    status_not_current(snapshot->lab, board->err);
    loop_stop(&board->loop);
}

/* The last page says that it is the last. */
static void on_stop(void *data)
{
    struct board *board = data;
    struct error err = ERROR_INIT;
    if (board->snapshot != NULL && board->written_ms > 0 && !error_is_set(board->err) &&
        !write_page(board, true, &err))
        error_move(board->err, &err);
    feed_free(board->feed);
    board->feed = NULL;
    board->snapshot = NULL;
}

static bool write_once(struct board *board, struct error *err)
{
    loop_run_until(&board->loop, &board->done, WAIT_MS);
    const struct snapshot *snapshot = board->snapshot;
    if (snapshot == NULL || snapshot->freshness == FRESH_NEVER) {
        error_set(err, ERROR_FAILED, "there is no data, so no page was written");
        if (snapshot != NULL && snapshot->trouble != TROUBLE_NONE)
            error_hint(err, "%s", snapshot_trouble_text(snapshot->trouble));
        return false;
    }
    if (!feed_lab_is_current(board->feed))
        return status_not_current(snapshot->lab, err);
    return write_page(board, false, err);
}

static bool show(const char *argument, const char *file, bool once, struct error *err)
{
    struct site site;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    if (!status_find(argument, &site, &lab, err))
        return false;
    struct board board = {.file = file, .once = once, .err = err};
    struct feed_options options = {.lab = lab, .all_steps = false};
    loop_init(&board.loop);
    if (!once)
        loop_on_stop(&board.loop, on_stop, &board);
    board.feed = feed_new(&board.loop, &site, &options, on_snapshot, &board);
    if (once)
        write_once(&board, err);
    else
        loop_run(&board.loop);
    feed_free(board.feed);
    loop_release(&board.loop);
    site_release(&site);
    return !error_is_set(err);
}

static int run(int argc, char **argv)
{
    const char *file = NULL;
    bool once = false;
    const struct option_spec options[] = {
        {"html", OPTION_STRING, &file, "FILE", "the page to write; its directory has to be there"},
        {"once", OPTION_FLAG, &once, NULL, "write it once and end"},
        {.name = NULL},
    };
    int status = options_parse(&command_board, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 1)
        return command_usage(&command_board, "too many arguments");
    if (file == NULL || *file == '\0')
        return command_usage(&command_board, "which file? As in --html /srv/share/board.html");
    struct error err = ERROR_INIT;
    if (!show(argc == 1 ? argv[0] : NULL, file, once, &err))
        return command_fail(&command_board, &err);
    return EXIT_FINE;
}

const struct command command_board = {
    .name = "board",
    .arguments = "[LAB]",
    .summary = "the class as a web page for the students' screens",
    .help =
        "Writes what the projector shows as a page of its own, anew every 2 seconds, until it is\n"
        "ended: names, states and progress, but no reasons, messages or addresses.  Put the file\n"
        "on a share that the students can read, or into a web server's directory, and open it in\n"
        "a browser: it reloads itself, and needs no script and nothing from elsewhere.  The page\n"
        "says how old its data is and when it was made.",
    .run = run,
};
