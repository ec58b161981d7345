/* Asks a make-believe QEMU binary twice: the second answer comes from the cache.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "qemu_capabilities.h"
#include "virutil.h"

static int failures;


static void
expect(bool holds, const char *what)
{
    printf("%s: %s\n", holds ? "ok" : "FAILED", what);
    failures += !holds;
}


static void
writeEmulator(const char *path, const char *machine)
{
    FILE *file = fopen(path, "w");

    if (!file || fprintf(file, "#!/bin/sh\necho Machines:\necho %s\n", machine) < 0 ||
        fclose(file) != 0 || chmod(path, 0755) < 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}


static bool
emulatorHas(const char *path, const char *machine)
{
    virQEMUCapsPtr qemuCaps = virQEMUCapsNewForBinary(path, "build/cache");
    bool found = qemuCaps && virQEMUCapsHasMachine(qemuCaps, machine);

    virQEMUCapsFree(qemuCaps);
    return found;
}


int
main(int argc, char **argv)
{
    const char *emulator = "build/qemu-system-sample";

    (void)argc;
    virUpdateSelfLastChanged(argv[0]);

    writeEmulator(emulator, "pc-1.0");
    expect(emulatorHas(emulator, "pc-1.0"), "a new binary is asked");
    expect(emulatorHas(emulator, "pc-1.0"), "and its answer is kept");

    /* A ctime has whole seconds here. */
    sleep(1);
    writeEmulator(emulator, "pc-2.0");
    expect(emulatorHas(emulator, "pc-2.0"), "a binary that changed is asked again");

    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
