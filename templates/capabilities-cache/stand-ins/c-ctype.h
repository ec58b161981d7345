/* Character classes, ASCII only. */
#pragma once
#include <ctype.h>
#include <stdbool.h>
static inline bool c_isalnum(int c) { return isalnum(c); }
static inline bool c_isalpha(int c) { return isalpha(c); }
static inline bool c_isascii(int c) { return c >= 0 && c < 128; }
static inline bool c_iscntrl(int c) { return iscntrl(c); }
static inline bool c_isdigit(int c) { return isdigit(c); }
static inline bool c_isprint(int c) { return isprint(c); }
static inline bool c_isspace(int c) { return isspace(c); }
static inline bool c_isupper(int c) { return isupper(c); }
static inline bool c_islower(int c) { return islower(c); }
static inline bool c_isxdigit(int c) { return isxdigit(c); }
static inline int c_tolower(int c) { return tolower(c); }
static inline int c_toupper(int c) { return toupper(c); }
