/* What links point to. */
#pragma once
char *areadlink(const char *file);
