/* What the tree's own configuration would have written, as far as declarations depend on it. */
#pragma once
#include <stddef.h>
#define PACKAGE "libvirt"
#define PACKAGE_NAME PACKAGE
#define PACKAGE_VERSION "@VERSION@"
#define VERSION PACKAGE_VERSION
#define PACKAGER_VERSION "0"
#ifndef _GNU_SOURCE
# define _GNU_SOURCE 1
#endif
#define WITH_QEMU 1
#define QEMU_USER "root"
#define QEMU_GROUP "root"
#define QEMU_MODDIR "/usr/lib/qemu"
#define HAVE_STDINT_H 1
#define ENABLE_NLS 1
#define SIZEOF_LONG __SIZEOF_LONG__
#define HAVE_GETUID 1
#define HAVE_GETEUID 1
#define HAVE_GETGID 1
#define HAVE_GETEGID 1
#define WITH_GETUID 1
#define WITH_GETEUID 1
#define WITH_GETGID 1
#define WITH_GETEGID 1
#define VIR_ATOMIC_OPS_GCC 1
#define WITH_PTY_H 1
#define HAVE_MNTENT_H 1
#define HAVE_GETMNTENT_R 1
#define WITH_MNTENT_H 1
#define WITH_GETMNTENT_R 1
#define abs_topbuilddir "/"
#define abs_top_builddir "/"
#define abs_top_srcdir "/"
#define UDEVADM "/sbin/udevadm"
/* Headers that gnulib's own bring in, and that older trees rely on. */
#include <string.h>
