/*
 * Assets: look-up by name.  The table itself is made by config/build-aux/embed.sh.
 */
#include "base/asset.h"

#include <assert.h>
#include <string.h>

const struct asset *asset_find(const char *name)
{
    for (size_t i = 0; i < asset_count; i++)
        if (strcmp(asset_table[i].name, name) == 0)
            return &asset_table[i];
    return NULL;
}

const struct asset *asset_get(const char *name)
{
    const struct asset *asset = asset_find(name);
    assert(asset != NULL);
    return asset;
}
