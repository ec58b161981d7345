/* SHA-256, by the name that gnulib gives it. */
#pragma once
#include <stddef.h>
#define SHA256_DIGEST_SIZE 32
void *sha256_buffer(const char *text, size_t length, void *digest);
