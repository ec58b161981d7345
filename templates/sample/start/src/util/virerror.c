/* The last error of the process, and its log.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <stdarg.h>

#include "internal.h"

static virError lastError;


virErrorPtr
virGetLastError(void)
{
    return lastError.code ? &lastError : NULL;
}


const char *
virGetLastErrorMessage(void)
{
    return lastError.code ? lastError.message : _("no error");
}


void
virResetLastError(void)
{
    lastError.code = 0;
    lastError.message[0] = '\0';
}


void
virReportSystemError(int code, const char *format, ...)
{
    va_list args;

    lastError.code = code;
    va_start(args, format);
    vsnprintf(lastError.message, sizeof(lastError.message), format, args);
    va_end(args);
    VIR_DEBUG("%s: %s", lastError.message, strerror(code));
}


void
virLogMessage(const char *priority, const char *format, ...)
{
    va_list args;

    if (!getenv("LIBVIRT_SAMPLE_LOG"))
        return;

    fprintf(stderr, "%s: ", priority);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}
