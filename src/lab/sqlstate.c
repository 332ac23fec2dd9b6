/*
 * SQLSTATE in words.
 */
#include "lab/sqlstate.h"

#include <stddef.h>
#include <string.h>

/* Those that students meet; then the classes. */
static const struct {
    const char *code, *words;
} conditions[] = {
    {"0A000", "not supported"},
    {"21000", "more than one row"},
    {"22001", "text too long"},
    {"22003", "number out of range"},
    {"22007", "not a date or time"},
    {"22008", "date or time out of range"},
    {"22012", "division by zero"},
    {"22P02", "not a value of that type"},
    {"23502", "NULL where none may be"},
    {"23503", "foreign key violated"},
    {"23505", "key exists already"},
    {"23514", "check violated"},
    {"23P01", "exclusion constraint violated"},
    {"25P02", "the transaction has failed"},
    {"28P01", "wrong password"},
    {"2BP01", "other objects depend on it"},
    {"3D000", "no such database"},
    {"3F000", "no such schema"},
    {"40P01", "deadlock"},
    {"42501", "permission denied"},
    {"42601", "syntax error"},
    {"42602", "not a name"},
    {"42611", "column definition"},
    {"42701", "column exists already"},
    {"42702", "ambiguous column"},
    {"42703", "no such column"},
    {"42704", "no such object or type"},
    {"42710", "object exists already"},
    {"42723", "function exists already"},
    {"42725", "ambiguous function"},
    {"42803", "GROUP BY"},
    {"42804", "types do not match"},
    {"42830", "foreign key"},
    {"42846", "no such conversion"},
    {"42883", "no such function or operator"},
    {"428C9", "column is always generated"},
    {"42P01", "no such table"},
    {"42P06", "schema exists already"},
    {"42P07", "table exists already"},
    {"42P10", "no key for this reference"},
    {"42P16", "table definition"},
    {"42P17", "object definition"},
    {"53100", "disk full"},
    {"53300", "too many connections"},
    {"55P03", "lock not available"},
    {"57014", "statement took too long"},
    {"P0001", "raised by a function"},
    {"22", "data"},
    {"23", "constraint violated"},
    {"25", "state of the transaction"},
    {"42", "syntax or names"},
};

const char *sqlstate_words(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++)
        if (strncmp(sqlstate, conditions[i].code, strlen(conditions[i].code)) == 0)
            return conditions[i].words;
    return "error";
}
