/* Parts of paths. */
#pragma once
#include <stddef.h>
#include <stdbool.h>
char *mdir_name(const char *file);
char *base_name(const char *file);
char *last_component(const char *file);
size_t dir_len(const char *file);
bool strip_trailing_slashes(char *file);
#define IS_ABSOLUTE_FILE_NAME(file) ((file)[0] == '/')
#define IS_RELATIVE_FILE_NAME(file) ((file)[0] != '/')
