/* Properties of integer types. */
#pragma once
#include <limits.h>
#define TYPE_SIGNED(type) (!((type) 0 < (type) -1))
#define INT_BUFSIZE_BOUND(type) (3 * (int) sizeof(type) + 2)
