/* What a QEMU binary can do.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "qemu_capabilities.h"
#include "virutil.h"

struct _virQEMUCaps {
    char *binary;
    time_t ctime;

    size_t nmachineTypes;
    char **machineTypes;
};


static void
virQEMUCapsReset(virQEMUCapsPtr qemuCaps)
{
    size_t i;

    for (i = 0; i < qemuCaps->nmachineTypes; i++)
        VIR_FREE(qemuCaps->machineTypes[i]);
    VIR_FREE(qemuCaps->machineTypes);
    qemuCaps->nmachineTypes = 0;
}


static int
virQEMUCapsAddMachine(virQEMUCapsPtr qemuCaps, const char *machine)
{
    size_t n = qemuCaps->nmachineTypes;
    char **longer;

    longer = realloc(qemuCaps->machineTypes, (n + 1) * sizeof(*longer));
    if (!longer)
        return -1;
    qemuCaps->machineTypes = longer;

    if (virAsprintf(&longer[n], "%s", machine) < 0)
        return -1;
    qemuCaps->nmachineTypes++;
    return 0;
}


/* Asks the binary itself: one machine type a line, after a heading. */
static int
virQEMUCapsInitProbe(virQEMUCapsPtr qemuCaps)
{
    char *argv[] = { qemuCaps->binary, (char *)"-machine", (char *)"help", NULL };
    char line[256];
    char machine[128];
    bool heading = true;
    FILE *output;
    pid_t child;
    int ret = 0;

    if (!(output = virCommandOpen(argv, &child))) {
        virReportSystemError(errno, _("Cannot run '%s'"), qemuCaps->binary);
        return -1;
    }

    while (ret == 0 && fgets(line, sizeof(line), output)) {
        if (!heading && sscanf(line, "%127s", machine) == 1)
            ret = virQEMUCapsAddMachine(qemuCaps, machine);
        heading = false;
    }

    if (virCommandClose(output, child) < 0)
        ret = -1;
    return ret;
}


virQEMUCapsPtr
virQEMUCapsNewForBinary(const char *binary)
{
    virQEMUCapsPtr qemuCaps;
    struct stat sb;

    if (!(qemuCaps = calloc(1, sizeof(*qemuCaps))))
        return NULL;

    if (virAsprintf(&qemuCaps->binary, "%s", binary) < 0)
        goto error;

    if (stat(binary, &sb) < 0) {
        virReportSystemError(errno, _("Cannot check QEMU binary '%s'"), binary);
        goto error;
    }
    qemuCaps->ctime = sb.st_ctime;

    if (virQEMUCapsInitProbe(qemuCaps) < 0)
        goto error;

    return qemuCaps;

 error:
    virQEMUCapsFree(qemuCaps);
    return NULL;
}


void
virQEMUCapsFree(virQEMUCapsPtr qemuCaps)
{
    if (!qemuCaps)
        return;

    virQEMUCapsReset(qemuCaps);
    VIR_FREE(qemuCaps->binary);
    free(qemuCaps);
}


bool
virQEMUCapsHasMachine(virQEMUCapsPtr qemuCaps, const char *machine)
{
    size_t i;

    for (i = 0; i < qemuCaps->nmachineTypes; i++) {
        if (STREQ(qemuCaps->machineTypes[i], machine))
            return true;
    }
    return false;
}
