/* Strings, paths and child processes.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"
#include "virutil.h"


int
virAsprintf(char **string, const char *format, ...)
{
    va_list args;
    int length;

    *string = NULL;
    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);

    if (length < 0 || !(*string = malloc((size_t)length + 1))) {
        virReportSystemError(ENOMEM, "%s", _("Out of memory"));
        return -1;
    }

    va_start(args, format);
    vsnprintf(*string, (size_t)length + 1, format, args);
    va_end(args);
    return length;
}


int
virFileMakePath(const char *path)
{
    char *copy;
    char *slash;
    int ret = -1;

    if (virAsprintf(&copy, "%s", path) < 0)
        return -1;

    for (slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) < 0 && errno != EEXIST)
            goto cleanup;
        *slash = '/';
    }
    if (mkdir(copy, 0777) == 0 || errno == EEXIST)
        ret = 0;

 cleanup:
    free(copy);
    return ret;
}


FILE *
virCommandOpen(char *const *argv, pid_t *child)
{
    FILE *output;
    int ends[2];

    if (pipe(ends) < 0)
        return NULL;

    if ((*child = fork()) == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execv(argv[0], argv);
        _exit(127);
    }

    close(ends[1]);
    if (*child < 0 || !(output = fdopen(ends[0], "r"))) {
        close(ends[0]);
        return NULL;
    }
    return output;
}


int
virCommandClose(FILE *output, pid_t child)
{
    int status;

    fclose(output);
    if (waitpid(child, &status, 0) < 0 || status != 0)
        return -1;
    return 0;
}
