/* Reads a continuum as JSON from the file named by the first argument and keys from standard
 * input, a line each, and prints the address of each key's owner. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "continuum.h"

static char *read_file(const char *name)
{
    FILE *file = fopen(name, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    if (!text || fread(text, 1, (size_t)size, file) != (size_t)size)
        exit(2);
    text[size] = '\0';
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    char *json = argc == 2 ? read_file(argv[1]) : NULL;
    if (!json) {
        fprintf(stderr, "usage: resolve FILE.json < KEYS\n");
        return 2;
    }
    char *error = NULL;
    struct continuum *continuum = continuum_from_json(json, &error);
    free(json);
    if (!continuum) {
        fprintf(stderr, "%s\n", error);
        continuum_error_free(error);
        return 1;
    }
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, stdin)) >= 0) {
        if (length > 0 && line[length - 1] == '\n')
            length--;
        uint32_t owner = continuum_resolve(continuum, (const uint8_t *)line, (size_t)length);
        puts(owner == CONTINUUM_NO_OWNER ? "" : continuum_address(continuum, owner));
    }
    free(line);
    continuum_free(continuum);
    return 0;
}
