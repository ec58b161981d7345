/* Files that do not wait. */
#pragma once
#include <stdbool.h>
int set_nonblocking_flag(int fd, bool value);
