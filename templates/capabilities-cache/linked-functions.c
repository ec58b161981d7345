/* What gnulib would bring, as far as names of caches need it: a digest that tells names apart and is no digest of anybody's, and parts of paths. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *digest(const char *text, size_t length, unsigned char *bytes, size_t size)
{
    uint64_t state = 14695981039346656037u;

    for (size_t i = 0; i < length; i++)
        state = (state ^ (unsigned char) text[i]) * 1099511628211u;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char) (state >> 56);
        state = (state ^ i) * 1099511628211u;
    }
    return bytes;
}

void *md5_buffer(const char *text, size_t length, void *bytes)
{
    return digest(text, length, bytes, 16);
}

void *sha256_buffer(const char *text, size_t length, void *bytes)
{
    return digest(text, length, bytes, 32);
}

char *last_component(const char *file)
{
    const char *slash = strrchr(file, '/');

    return (char *) (slash ? slash + 1 : file);
}

char *mdir_name(const char *file)
{
    const char *slash = strrchr(file, '/');

    if (!slash)
        return strdup(".");
    return strndup(file, slash == file ? 1 : (size_t) (slash - file));
}

/* What a cache of this program never holds: there is nothing to free. */
#define FREES_NOTHING(name) \
    void name(const void *pointer) \
    { \
        if (pointer) \
            abort(); \
    }
FREES_NOTHING(qemuMonitorCPUModelInfoFree)
FREES_NOTHING(qemuMonitorCPUDefsFree)
FREES_NOTHING(virCPUDataFree)
FREES_NOTHING(virCPUDefFree)
FREES_NOTHING(virSEVCapabilitiesFree)
FREES_NOTHING(virSGXCapabilitiesFree)
