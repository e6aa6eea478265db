/* Continuum: which server owns a key.
 *
 * Every function may be called from several threads at once, except that a handle is freed
 * once, when no other call uses it. No function keeps a pointer that it was given. */

#ifndef CONTINUUM_H
#define CONTINUUM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * In place of an index: no server owns the key.
 */
#define CONTINUUM_NO_OWNER UINT32_MAX

/**
 * Servers under a scheme. It never changes; a change gives another one.
 */
struct continuum;

/**
 * Frees the text of an error. Null is allowed.
 *
 * # Safety
 * `text` is null, or was given by a function of this library and was not freed.
 */
void continuum_error_free(char *text);

/**
 * Makes a continuum of `count` servers, each a text such as `10.0.0.1:11211` or, with a
 * capacity, `10.0.0.1:11211=2`. `scheme` is a text such as `nginx` or
 * `libmemcached:distribution=ketama`; `continuum schemes` lists them. Returns null and sets
 * `*error` where scheme or servers are refused.
 *
 * # Safety
 * `scheme` and each of `servers` end with NUL; `servers` has `count` entries; `error` is null
 * or a place for a pointer.
 */
struct continuum *continuum_new(const char *scheme,
                                const char *const *servers,
                                size_t count,
                                char **error);

/**
 * Makes a continuum from JSON, as the library in Rust writes it:
 * `{"scheme": "nginx", "servers": [{"host": "10.0.0.1", "port": 80, "capacity": 2}]}`. A server
 * may also have `name`, `id`, `zone`, `hash_key` and the other fields that a scheme hashes; a
 * field of another name is refused. Returns null and sets `*error` where it is refused.
 *
 * # Safety
 * `json` ends with NUL; `error` is null or a place for a pointer.
 */
struct continuum *continuum_from_json(const char *json, char **error);

/**
 * The same servers and one more, at the end of the list: another continuum. Returns null and
 * sets `*error` where the server is refused.
 *
 * # Safety
 * `handle` is a continuum that is not freed; `server` ends with NUL; `error` is null or a place
 * for a pointer.
 */
struct continuum *continuum_with(const struct continuum *handle, const char *server, char **error);

/**
 * The same servers without the one of this identity: another continuum. Returns null and sets
 * `*error` where there is no such server.
 *
 * # Safety
 * As for `continuum_with`.
 */
struct continuum *continuum_without(const struct continuum *handle,
                                    const char *identity,
                                    char **error);

/**
 * Frees a continuum. Null is allowed.
 *
 * # Safety
 * `handle` is null, or was given by this library, was not freed, and no call uses it.
 */
void continuum_free(struct continuum *handle);

/**
 * The number of servers; 0 for null.
 *
 * # Safety
 * `handle` is null or a continuum that is not freed.
 */
size_t continuum_servers(const struct continuum *handle);

/**
 * The identity of the server of an index, which schemes hash; null if there is none. It lives
 * as long as the continuum.
 *
 * # Safety
 * As for `continuum_servers`.
 */
const char *continuum_identity(const struct continuum *handle, uint32_t index);

/**
 * The address of the server of an index, which is dialled: host and port. Null if there is
 * none. It lives as long as the continuum.
 *
 * # Safety
 * As for `continuum_servers`.
 */
const char *continuum_address(const struct continuum *handle, uint32_t index);

/**
 * A number that two continuums share only where their maps are equal; 0 for null.
 *
 * # Safety
 * As for `continuum_servers`.
 */
uint64_t continuum_fingerprint(const struct continuum *handle);

/**
 * The part of all keys, from 0 to 1, that has another owner in `new_` than in `old`; servers
 * are matched by identity. `*least`, unless null, becomes the least that any scheme could move.
 * Returns a negative number and sets `*error` where a pointer is null.
 *
 * # Safety
 * Both are continuums that are not freed; `least` and `error` are null or places to write to.
 */
double continuum_moved(const struct continuum *old,
                       const struct continuum *new_,
                       double *least,
                       char **error);

/**
 * The index of the server that owns a key of `len` bytes; `CONTINUUM_NO_OWNER` where none has
 * capacity, `handle` is null, or `key` is null and `len` is not 0. With a `len` of 0 it is the
 * empty key, whatever `key` is.
 *
 * # Safety
 * `handle` is null or a continuum that is not freed; `key` is null or points to `len` bytes.
 */
uint32_t continuum_resolve(const struct continuum *handle, const uint8_t *key, size_t len);

/**
 * The owners of many keys, faster than one by one. Key i is the bytes from `offsets[i]` up to
 * `offsets[i + 1]`, so there are `count + 1` offsets, in bytes, and none is less than the one
 * before. `owners` gets `count` indices. `keys` may be null where all keys are empty. Returns 0, or -1 with `*error` set and `owners`
 * untouched.
 *
 * # Safety
 * `handle` is a continuum that is not freed; `keys` points to as many bytes as the last offset
 * says, `offsets` to `count + 1` numbers, `owners` to a place for `count`; `error` is null or a
 * place for a pointer.
 */
int32_t continuum_resolve_all(const struct continuum *handle,
                              const uint8_t *keys,
                              const uint64_t *offsets,
                              size_t count,
                              uint32_t *owners,
                              char **error);

/**
 * The first `most` candidates of a key in its order of preference: the owner, then who stands
 * in for it. `indices` gets them; returned is how many there are, no more than the servers, and
 * 0 where `handle` or `indices` is null, or `key` is null and `len` is not 0.
 *
 * # Safety
 * `handle` is null or a continuum that is not freed; `key` is null or points to `len` bytes;
 * `indices` is null or a place for `most` numbers.
 */
size_t continuum_candidates(const struct continuum *handle,
                            const uint8_t *key,
                            size_t len,
                            uint32_t *indices,
                            size_t most);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* CONTINUUM_H */
