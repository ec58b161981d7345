/* The macros that every file uses.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef SAMPLE_INTERNAL_H
# define SAMPLE_INTERNAL_H

# include <errno.h>
# include <stdbool.h>
# include <stdio.h>
# include <stdlib.h>
# include <string.h>

# include "virerror.h"

# define _(message) message
# define STREQ(a, b) (strcmp(a, b) == 0)
# define NULLSTR(string) ((string) ? (string) : "(none)")

# define VIR_FREE(pointer) \
    do { free(pointer); (pointer) = NULL; } while (0)

# define ignore_value(call) \
    do { if (call) { } } while (0)

# define VIR_DEBUG(...) virLogMessage("debug", __VA_ARGS__)
# define VIR_WARN(...) virLogMessage("warning", __VA_ARGS__)

#endif /* SAMPLE_INTERNAL_H */
