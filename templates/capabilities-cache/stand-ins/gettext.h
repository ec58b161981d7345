/* Messages as they stand. */
#pragma once
#include <libintl.h>
#define gettext_noop(text) text
