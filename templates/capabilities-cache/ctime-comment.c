/* Discard the cache if the QEMU binary has changed, or if it was not
 * written by the libvirtd that runs now, be that one newer or older:
 * after a rollback the ctime of the binary goes back as well. */
