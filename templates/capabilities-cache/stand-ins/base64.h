/* Base 64, by the names that gnulib gives it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
size_t base64_encode_alloc(const char *in, size_t length, char **out);
bool base64_decode_alloc(const char *in, size_t length, char **out, size_t *out_length);
