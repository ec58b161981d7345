/* Where an installation would be. */
#pragma once
#define PREFIX "/usr"
#define SYSCONFDIR "/etc"
#define LOCALSTATEDIR "/var"
#define RUNSTATEDIR "/run"
#define LIBDIR "/usr/lib"
#define LIBEXECDIR "/usr/libexec"
#define PKGDATADIR "/usr/share/libvirt"
#define DATADIR "/usr/share"
#define BINDIR "/usr/bin"
#define SBINDIR "/usr/sbin"
#define LOCALEDIR "/usr/share/locale"
