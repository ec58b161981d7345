/* What a QEMU binary can do.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "qemu_capabilities.h"
#include "vircrypto.h"
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

    if (virQEMUCapsHasMachine(qemuCaps, machine))
        return 0;

    longer = realloc(qemuCaps->machineTypes, (n + 1) * sizeof(*longer));
    if (!longer)
        return -1;
    qemuCaps->machineTypes = longer;

    if (virAsprintf(&longer[n], "%s", machine) < 0)
        return -1;
    qemuCaps->nmachineTypes++;
    return 0;
}


/* Reads a cache file: one element a line, as virQEMUCapsSaveCache writes it. */
static int
virQEMUCapsLoadCache(virQEMUCapsPtr qemuCaps, const char *filename,
                     time_t *qemuctime, time_t *selfctime)
{
    char line[256];
    char machine[128];
    long long date;
    FILE *file;
    int ret = 0;

    *qemuctime = *selfctime = -1;

    if (!(file = fopen(filename, "r"))) {
        virReportSystemError(errno, _("Cannot open '%s'"), filename);
        return -1;
    }

    while (ret == 0 && fgets(line, sizeof(line), file)) {
        if (sscanf(line, " <qemuctime>%lld<", &date) == 1)
            *qemuctime = date;
        else if (sscanf(line, " <selfctime>%lld<", &date) == 1)
            *selfctime = date;
        else if (sscanf(line, " <machine name='%127[^']'", machine) == 1)
            ret = virQEMUCapsAddMachine(qemuCaps, machine);
    }

    if (*qemuctime < 0 || *selfctime < 0) {
        virReportSystemError(EINVAL, _("No dates in '%s'"), filename);
        ret = -1;
    }

    fclose(file);
    return ret;
}


static int
virQEMUCapsSaveCache(virQEMUCapsPtr qemuCaps, const char *filename)
{
    FILE *file;
    size_t i;

    if (!(file = fopen(filename, "w"))) {
        virReportSystemError(errno, _("Cannot write '%s'"), filename);
        return -1;
    }

    fprintf(file, "<qemuCaps>\n");
    fprintf(file, "  <qemuctime>%lld</qemuctime>\n", (long long)qemuCaps->ctime);
    fprintf(file, "  <selfctime>%lld</selfctime>\n", (long long)virGetSelfLastChanged());
    for (i = 0; i < qemuCaps->nmachineTypes; i++)
        fprintf(file, "  <machine name='%s'/>\n", qemuCaps->machineTypes[i]);
    fprintf(file, "</qemuCaps>\n");

    return fclose(file) == 0 ? 0 : -1;
}


static int
virQEMUCapsRememberCached(virQEMUCapsPtr qemuCaps, const char *cacheDir)
{
    char *binaryhash = NULL;
    char *capsfile = NULL;
    int ret = -1;

    if (virCryptoHashString(VIR_CRYPTO_HASH_SHA256, qemuCaps->binary, &binaryhash) < 0 ||
        virAsprintf(&capsfile, "%s/capabilities/%s.xml", cacheDir, binaryhash) < 0)
        goto cleanup;

    ret = virQEMUCapsSaveCache(qemuCaps, capsfile);

 cleanup:
    VIR_FREE(capsfile);
    VIR_FREE(binaryhash);
    return ret;
}


/* Returns 1 when the cache was used, 0 when the binary is to be asked, -1 on error. */
static int
virQEMUCapsInitCached(virQEMUCapsPtr qemuCaps, const char *cacheDir)
{
    char *capsdir = NULL;
    char *capsfile = NULL;
    char *binaryhash = NULL;
    time_t qemuctime;
    time_t selfctime;
    int ret = -1;

    if (virCryptoHashString(VIR_CRYPTO_HASH_SHA256, qemuCaps->binary, &binaryhash) < 0)
        goto cleanup;

    if (virAsprintf(&capsdir, "%s/capabilities", cacheDir) < 0 ||
        virAsprintf(&capsfile, "%s/%s.xml", capsdir, binaryhash) < 0)
        goto cleanup;

    if (virFileMakePath(capsdir) < 0) {
        virReportSystemError(errno, _("Cannot create '%s'"), capsdir);
        goto cleanup;
    }

    ret = 0;
    if (access(capsfile, R_OK) == 0) {
        if (virQEMUCapsLoadCache(qemuCaps, capsfile, &qemuctime, &selfctime) < 0) {
            virErrorPtr err = virGetLastError();

            VIR_WARN("Cannot use '%s': %s", capsfile, err ? NULLSTR(err->message) : "");
            virResetLastError();
            virQEMUCapsReset(qemuCaps);
        } else {
            VIR_DEBUG("Read '%s': qemu %lld, self %lld", capsfile,
                      (long long)qemuctime, (long long)selfctime);

            /* Of no use when older than QEMU binary */
            if (qemuctime != qemuCaps->ctime || selfctime < virGetSelfLastChanged()) {
                VIR_DEBUG("What is kept of '%s' is out of date", qemuCaps->binary);
                ignore_value(unlink(capsfile));
                virQEMUCapsReset(qemuCaps);
            } else {
                ret = 1;
            }
        }
    }

 cleanup:
    VIR_FREE(binaryhash);
    VIR_FREE(capsfile);
    VIR_FREE(capsdir);
    return ret;
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
virQEMUCapsNewForBinary(const char *binary, const char *cacheDir)
{
    virQEMUCapsPtr qemuCaps;
    struct stat sb;
    int cached;

    if (!(qemuCaps = calloc(1, sizeof(*qemuCaps))))
        return NULL;

    if (virAsprintf(&qemuCaps->binary, "%s", binary) < 0)
        goto error;

    if (stat(binary, &sb) < 0) {
        virReportSystemError(errno, _("Cannot check QEMU binary '%s'"), binary);
        goto error;
    }
    qemuCaps->ctime = sb.st_ctime;

    if ((cached = virQEMUCapsInitCached(qemuCaps, cacheDir)) < 0)
        goto error;

    if (cached == 0 &&
        (virQEMUCapsInitProbe(qemuCaps) < 0 ||
         virQEMUCapsRememberCached(qemuCaps, cacheDir) < 0))
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
