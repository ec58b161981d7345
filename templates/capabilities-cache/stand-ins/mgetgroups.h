/* The groups of a user. */
#pragma once
#include <sys/types.h>
int mgetgroups(const char *user, gid_t group, gid_t **groups);
