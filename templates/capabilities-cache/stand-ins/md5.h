/* MD5, by the name that gnulib gives it. */
#pragma once
#include <stddef.h>
#define MD5_DIGEST_SIZE 16
void *md5_buffer(const char *text, size_t length, void *digest);
