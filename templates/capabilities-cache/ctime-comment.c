/* Discard the cache if the QEMU binary has changed, or if libvirtd is
 * not the one that wrote it, be that one older or newer: a rollback
 * of libvirtd takes its ctime back as well. */
