/* The last error of the process, and its log.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef SAMPLE_VIRERROR_H
# define SAMPLE_VIRERROR_H

typedef struct _virError virError;
typedef virError *virErrorPtr;
struct _virError {
    int code;
    char message[256];
};

virErrorPtr virGetLastError(void);
const char *virGetLastErrorMessage(void);
void virResetLastError(void);

void virReportSystemError(int code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Silent unless the environment has LIBVIRT_SAMPLE_LOG. */
void virLogMessage(const char *priority, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* SAMPLE_VIRERROR_H */
