/*
 * The page for the room: complete, balanced, harmless whatever somebody is called, and honest about
 * how old it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "board/page.h"

static const int64_t now_us = INT64_C(1764082800000000);

static struct snapshot_student students[] = {
    {.login = "alice",
     .name = "Alice Adams",
     .seat = "A1",
     .state = STATE_WORKING,
     .progress = 0.825,
     .current_step = "loan",
     .last_progress_us = now_us - 125000000},
    {.login = "bob",
     .name = "",
     .state = STATE_STUCK,
     .progress = 0.44,
     .current_step = "book",
     .reason = "7 errors: secret words"},
    {.login = "carol",
     .name = "<script>alert(1)</script>",
     .state = STATE_DONE,
     .progress = 1,
     .current_step = ""},
    {.login = "dave",
     .name = "\" onload='x' &lt; \x1b[2J \xe2\x80\xae"
             "evil \xff",
     .state = STATE_ABSENT,
     .progress = (double)NAN,
     .current_step = ""},
    {.login = "eve",
     .name = "@TITLE@ </article></main>",
     .state = STATE_UNKNOWN,
     .progress = (double)NAN,
     .current_step = "<b>step</b>",
     .reason = "padlock"},
};
enum { N = sizeof students / sizeof *students };

static struct snapshot make(enum freshness freshness, enum trouble trouble, double age_s)
{
    struct snapshot snapshot;
    snapshot_init(&snapshot);
    snapshot.lab = "library";
    snapshot.title = "Loans & <fines>";
    snapshot.freshness = freshness;
    snapshot.trouble = trouble;
    snapshot.age_s = age_s;
    snapshot.now_us = now_us;
    snapshot.median = 0.61;
    snapshot.students = students;
    snapshot.n_students = N;
    for (size_t i = 0; i < N; i++)
        snapshot.by_state[students[i].state]++;
    return snapshot;
}

static void print(struct strbuf *out, const struct snapshot *snapshot, bool ended)
{
    const struct page page = {snapshot, now_us, ended};
    strbuf_reset(out);
    page_print(&page, out);
}

static void assert_has(const struct strbuf *out, const char *text)
{
    if (strstr(out->text, text) == NULL)
        fail_msg("\"%s\" is missing in:\n%s", text, out->text);
}

static void assert_lacks(const struct strbuf *out, const char *text)
{
    if (strstr(out->text, text) != NULL)
        fail_msg("\"%s\" is in:\n%s", text, out->text);
}

/* Every element that was opened is closed, in order; text has no stray "<", ">" or "&". */
static void assert_well_formed(const char *html)
{
    static const char *const empty[] = {"meta", "!DOCTYPE"};
    char open[32][16];
    size_t depth = 0;
    for (const char *p = strchr(html, '<'); p != NULL; p = strchr(p, '<')) {
        bool closes = p[1] == '/';
        const char *name = p + 1 + closes;
        size_t len = strcspn(name, " >");
        bool is_empty = false;
        assert_true(len > 0 && len < sizeof open[0]);
        for (size_t i = 0; i < 2; i++)
            is_empty = is_empty || (strlen(empty[i]) == len && memcmp(name, empty[i], len) == 0);
        if (closes) {
            assert_true(depth > 0);
            depth--;
            if (strlen(open[depth]) != len || memcmp(open[depth], name, len) != 0)
                fail_msg("</%.*s> closes <%s>", (int)len, name, open[depth]);
        } else if (!is_empty) {
            assert_true(depth < 32);
            memcpy(open[depth], name, len);
            open[depth++][len] = '\0';
        }
        p = strchr(p, '>');
        assert_non_null(p);
    }
    assert_int_equal(depth, 0);
    for (const char *p = strchr(html, '&'); p != NULL; p = strchr(p + 1, '&'))
        assert_true(strcspn(p, ";") <= 6);
}

static void test_fresh(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    const struct snapshot snapshot = make(FRESH, TROUBLE_NONE, 1.2);
    print(&out, &snapshot, false);
    assert_well_formed(out.text);
    assert_true(utf8_valid(out.text, out.len));
    assert_has(&out, "http-equiv=\"refresh\" content=\"2\"");
    assert_has(&out, "<title>Loans &amp; &lt;fines&gt;</title>");
    assert_has(&out, "<span class=\"fresh\">live 1 s</span>");
    assert_has(&out, "5 students");
    assert_has(&out, "median 61&nbsp;%");
    assert_has(&out, "<article class=\"working\"><div class=\"name\"><bdi>Alice Adams</bdi>"
                     "<span>\xe2\x96\xb6&nbsp;W&nbsp;82&nbsp;%</span>");
    assert_has(&out, "<bdi>loan</bdi><span>2 min</span>");
    assert_has(&out, "<article class=\"stuck\"><div class=\"name\"><bdi>bob</bdi>");
    assert_has(&out, "<bdi>not here</bdi>");
    assert_lacks(&out, "<p class");
    /* What is for the lab master's eyes only. */
    assert_lacks(&out, "secret words");
    assert_lacks(&out, "padlock");
}

/* Nothing is loaded and nothing runs. */
static void test_loads_nothing(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    const struct snapshot snapshot = make(FRESH, TROUBLE_NONE, 1.2);
    print(&out, &snapshot, false);
    static const char *const no[] = {"<script", "src=",     "href=", "url(",  "@import",
                                     "http://", "https://", "<img",  "<link", "<iframe"};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        assert_lacks(&out, no[i]);
    assert_has(&out, "default-src 'none'");
}

static void test_hostile_names(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    const struct snapshot snapshot = make(FRESH, TROUBLE_NONE, 1.2);
    print(&out, &snapshot, false);
    assert_has(&out, "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>");
    assert_has(&out, "<bdi>&quot; onload=&#39;x&#39; &amp;lt; \\x1b[2J \\u202eevil \\xff</bdi>");
    assert_has(&out, "<bdi>@TITLE@ &lt;/article&gt;&lt;/main&gt;</bdi>");
    assert_has(&out, "&lt;b&gt;step&lt;/b&gt;");
    for (size_t i = 0; i < out.len; i++)
        assert_true(!iscntrl((unsigned char)out.text[i]) || out.text[i] == '\n');
}

static void test_old(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    struct snapshot snapshot = make(FRESH_LATE, TROUBLE_DAEMON, 6.4);
    print(&out, &snapshot, false);
    assert_has(&out, "<span class=\"late\">late 6 s</span>");
    snapshot = make(FRESH_STALE, TROUBLE_DAEMON, 754);
    print(&out, &snapshot, false);
    assert_well_formed(out.text);
    assert_has(&out, "<span class=\"stale\">stale: 12 min old</span>");
    assert_has(&out, "lecternd measures nothing: &quot;lectern doctor&quot; tells why.");
    assert_has(&out, "<main class=\"old\">");
    /* The number stays, the state does not. */
    assert_has(&out, "<article class=\"unknown\"><div class=\"name\"><bdi>Alice Adams</bdi>"
                     "<span>?&nbsp;82&nbsp;%</span>");
    assert_lacks(&out, "<article class=\"working\"");
    assert_lacks(&out, ">2 min<");
    snapshot_init(&snapshot);
    snapshot.trouble = TROUBLE_NO_LAB;
    print(&out, &snapshot, false);
    assert_well_formed(out.text);
    assert_has(&out, "no data yet");
    assert_lacks(&out, "median");
}

static void test_ended(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    const struct snapshot snapshot = make(FRESH, TROUBLE_NONE, 1.2);
    print(&out, &snapshot, true);
    assert_well_formed(out.text);
    assert_has(&out, "<span class=\"stale\">ended</span> at ");
    assert_lacks(&out, "live");
    assert_lacks(&out, "<article class=\"working\"");
    /* Somebody may write it again. */
    assert_has(&out, "http-equiv=\"refresh\"");
}

/* A large class gets more and smaller cards. */
static void test_density(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        const char *columns;
    } cases[] = {{1, "repeat(2,"},
                 {6, "repeat(2,"},
                 {30, "repeat(5,"},
                 {200, "<main class=\"dense\">"},
                 {500, "repeat(19,"}};
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    struct snapshot_student *many = mem_alloc_array(500, sizeof *many);
    for (size_t i = 0; i < 500; i++)
        many[i] = students[0];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct snapshot snapshot = make(FRESH, TROUBLE_NONE, 1);
        snapshot.students = many;
        snapshot.n_students = cases[i].n;
        print(&out, &snapshot, false);
        assert_has(&out, cases[i].columns);
    }
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh),         cmocka_unit_test(test_loads_nothing),
        cmocka_unit_test(test_hostile_names), cmocka_unit_test(test_old),
        cmocka_unit_test(test_ended),         cmocka_unit_test(test_density),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
