/* Errors, a batch, candidates, and what a change moves. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "continuum.h"

int main(void)
{
    const char *servers[] = {"10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211"};
    char *error = NULL;
    struct continuum *old = continuum_new("libmemcached:distribution=ketama", servers, 3, &error);
    if (!old) {
        fprintf(stderr, "%s\n", error);
        continuum_error_free(error);
        return 1;
    }

    const char keys[] = "user:1user:22user:333";
    const uint64_t offsets[] = {0, 6, 13, 21};
    uint32_t owners[3];
    if (continuum_resolve_all(old, (const uint8_t *)keys, offsets, 3, owners, &error) != 0)
        return 1;
    for (int at = 0; at < 3; at++) {
        size_t length = (size_t)(offsets[at + 1] - offsets[at]);
        const uint8_t *key = (const uint8_t *)keys + offsets[at];
        assert(owners[at] == continuum_resolve(old, key, length));
        uint32_t order[3];
        assert(continuum_candidates(old, key, length, order, 3) == 3 && order[0] == owners[at]);
        printf("%.*s %s\n", (int)length, (const char *)key, continuum_address(old, owners[at]));
    }

    struct continuum *grown = continuum_with(old, "10.0.0.4:11211", &error);
    double least = 0.0;
    double moved = continuum_moved(old, grown, &least, &error);
    printf("%.1f%% of keys move (least possible %.1f%%)\n", 100.0 * moved, 100.0 * least);
    struct continuum *again = continuum_without(grown, "10.0.0.4:11211", &error);
    assert(continuum_fingerprint(again) == continuum_fingerprint(old));

    /* Whatever is refused is refused by a text, and nothing else happens. */
    assert(continuum_new("no-such-scheme", servers, 3, &error) == NULL && error);
    printf("%.25s\n", error);
    continuum_error_free(error);
    const uint64_t falling[] = {0, 6, 3, 21};
    assert(continuum_resolve_all(old, (const uint8_t *)keys, falling, 3, owners, &error) == -1);
    continuum_error_free(error);
    assert(continuum_resolve(NULL, NULL, 0) == CONTINUUM_NO_OWNER);
    assert(continuum_with(NULL, NULL, NULL) == NULL);

    continuum_free(again);
    continuum_free(grown);
    continuum_free(old);
    continuum_free(NULL);
    return 0;
}
