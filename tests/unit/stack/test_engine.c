/*
 * The container engine: project names, its answer to `inspect`, and who has the last word on a file
 * that both sides have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/error.h"
#include "stack/engine.h"
#include "stack/exchange.h"

static bool takes(const char *name)
{
    struct error err = ERROR_INIT;
    bool ok = engine_check_name(name, &err);
    assert_int_equal(err.code, ok ? ERROR_NONE : ERROR_USAGE);
    error_clear(&err);
    return ok;
}

static void test_names(void **state)
{
    (void)state;
    assert_true(takes("lectern"));
    assert_true(takes("lab-2_b"));
    assert_true(takes("7"));
    assert_false(takes(""));
    assert_false(takes("-x"));
    assert_false(takes("_x"));
    assert_false(takes("Lectern"));
    assert_false(takes("../etc"));
    assert_false(takes("a b"));
    assert_false(takes("a\n"));
    char longest[65];
    memset(longest, 'a', sizeof longest - 1);
    longest[64] = '\0';
    assert_false(takes(longest));
    longest[63] = '\0';
    assert_true(takes(longest));
}

static const char answer[] =
    "[{\"Id\":\"b1\",\"Name\":\"/p_postgres_1\",\"RestartCount\":2,"
    "\"State\":{\"Status\":\"running\",\"ExitCode\":0,\"Error\":\"\","
    "\"StartedAt\":\"2026-11-22T18:10:34.920502479Z\",\"FinishedAt\":\"0001-01-01T00:00:00Z\","
    "\"Health\":{\"Status\":\"healthy\"}},"
    "\"Config\":{\"Image\":\"lectern-postgres:local\",\"Labels\":{"
    "\"com.docker.compose.service\":\"postgres\",\"com.docker.compose.oneoff\":\"False\"}},"
    "\"NetworkSettings\":{\"Ports\":{\"1/tcp\":null,"
    "\"5432/tcp\":[{\"HostIp\":\"0.0.0.0\",\"HostPort\":\"25432\"}]}}},"
    "{\"Id\":\"a1\",\"Name\":\"/p_ldap_1\",\"State\":{\"Status\":\"created\",\"ExitCode\":128,"
    "\"Error\":\"port is already allocated\",\"StartedAt\":\"0001-01-01T00:00:00Z\","
    "\"FinishedAt\":\"0001-01-01T00:00:00Z\"},"
    "\"Config\":{\"Labels\":{\"com.docker.compose.service\":\"ldap\"}},"
    "\"NetworkSettings\":{\"Ports\":{}}},"
    "{\"Id\":\"c1\",\"Name\":\"/p_run\",\"State\":{},\"Config\":{\"Labels\":{"
    "\"com.docker.compose.service\":\"lectern\",\"com.docker.compose.oneoff\":\"True\"}}}]";

static void test_answer(void **state)
{
    (void)state;
    struct engine_project project = {.arena = ARENA_INIT, .name = "p"};
    struct error err = ERROR_INIT;
    assert_true(engine_parse(answer, strlen(answer), &project, &err));
    assert_int_equal(project.n, 2); /* not the one of `run` */
    assert_string_equal(project.containers[0].service, "ldap");
    const struct container *ldap = engine_get(&project, "ldap");
    const struct container *postgres = engine_get(&project, "postgres");
    assert_string_equal(ldap->state, "created");
    assert_string_equal(ldap->error, "port is already allocated");
    assert_string_equal(ldap->health, "");
    assert_int_equal(ldap->exit_code, 128);
    assert_int_equal(ldap->port, 0);
    assert_string_equal(ldap->host, "");
    assert_true(ldap->since_us == 0);
    assert_string_equal(postgres->name, "p_postgres_1");
    assert_string_equal(postgres->health, "healthy");
    assert_string_equal(postgres->host, "127.0.0.1");
    assert_int_equal(postgres->port, 25432);
    assert_int_equal(postgres->restarts, 2);
    assert_true(postgres->since_us == INT64_C(1795371034000000));
    assert_null(engine_get(&project, "lectern"));
    engine_release(&project);
}

static void test_wrong_answers(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "nonsense", "{}", "[", "null"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct engine_project project = {.arena = ARENA_INIT};
        struct error err = ERROR_INIT;
        assert_false(engine_parse(wrong[i], strlen(wrong[i]), &project, &err));
        error_clear(&err);
        engine_release(&project);
    }
    /* what has no labels is nobody's */
    struct engine_project project = {.arena = ARENA_INIT};
    struct error err = ERROR_INIT;
    assert_true(engine_parse("[{}, 1]", 7, &project, &err));
    assert_null(engine_get(&project, "postgres"));
    engine_release(&project);
}

static void test_exchange(void **state)
{
    (void)state;
    assert_int_equal(exchange_judge("", "", ""), EXCHANGE_NOTHING);
    assert_int_equal(exchange_judge("1", "1", ""), EXCHANGE_NOTHING);
    assert_int_equal(exchange_judge("1", "1", "2"), EXCHANGE_NOTHING);
    assert_int_equal(exchange_judge("1", "", ""), EXCHANGE_SEND);    /* new here */
    assert_int_equal(exchange_judge("2", "1", "1"), EXCHANGE_SEND);  /* changed here */
    assert_int_equal(exchange_judge("", "1", "1"), EXCHANGE_SEND);   /* burned here */
    assert_int_equal(exchange_judge("", "1", ""), EXCHANGE_FETCH);   /* new there */
    assert_int_equal(exchange_judge("1", "2", "1"), EXCHANGE_FETCH); /* changed there */
    assert_int_equal(exchange_judge("1", "", "1"), EXCHANGE_FETCH);  /* burned there */
    assert_int_equal(exchange_judge("1", "2", ""), EXCHANGE_CONFLICT);
    assert_int_equal(exchange_judge("1", "2", "3"), EXCHANGE_CONFLICT);
    assert_int_equal(exchange_judge("", "2", "3"), EXCHANGE_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_wrong_answers),
        cmocka_unit_test(test_exchange),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
