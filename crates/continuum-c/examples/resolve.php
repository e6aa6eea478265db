<?php
// As resolve.c, by PHP's FFI: php -d ffi.enable=1 resolve.php LIBRARY FILE.json < KEYS
[, $library, $file] = $argv;
$c = FFI::cdef(<<<'C'
    struct continuum;
    struct continuum *continuum_from_json(const char *json, char **error);
    uint32_t continuum_resolve(const struct continuum *handle, const char *key, size_t len);
    const char *continuum_address(const struct continuum *handle, uint32_t index);
    void continuum_error_free(char *text);
    void continuum_free(struct continuum *handle);
    C, $library);

$error = $c->new('char *');
$continuum = $c->continuum_from_json(file_get_contents($file), FFI::addr($error));
if ($continuum === null) {
    fwrite(STDERR, FFI::string($error) . "\n");
    $c->continuum_error_free($error);
    exit(1);
}
while (($key = fgets(STDIN)) !== false) {
    if (str_ends_with($key, "\n")) {
        $key = substr($key, 0, -1);
    }
    $owner = $c->continuum_resolve($continuum, $key, strlen($key));
    echo $owner === 0xffffffff ? '' : $c->continuum_address($continuum, $owner), "\n";
}
$c->continuum_free($continuum);
