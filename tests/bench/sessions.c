/*
 * Holds many database sessions at once, as a class does: connects with each conninfo line of stdin,
 * runs one statement, says "open N", and keeps them until it is told to end.
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    static char line[4096];
    int open = 0, failed = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        PGconn *conn = PQconnectdb(line);
        PGresult *result = PQexec(conn, "SELECT 1");
        if (PQresultStatus(result) == PGRES_TUPLES_OK) {
            open++;
        } else {
            failed++;
            fprintf(stderr, "sessions: %s", PQerrorMessage(conn));
        }
        PQclear(result);
        /* The connection stays open on purpose: the end of the process closes it. */
    }
    printf("open %d\n", open);
    fflush(stdout);
    pause();
    return failed > 0;
}
