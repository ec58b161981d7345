/* Strings, paths and child processes.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef SAMPLE_VIRUTIL_H
# define SAMPLE_VIRUTIL_H

# include <stdio.h>
# include <sys/types.h>
# include <time.h>

int virAsprintf(char **string, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes a directory, and those above it that are missing. */
int virFileMakePath(const char *path);

/* Starts a program; what it prints is read from the stream. */
FILE *virCommandOpen(char *const *argv, pid_t *child);
int virCommandClose(FILE *output, pid_t child);

#endif /* SAMPLE_VIRUTIL_H */
