/* What a QEMU binary can do.
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef SAMPLE_QEMU_CAPABILITIES_H
# define SAMPLE_QEMU_CAPABILITIES_H

# include <stdbool.h>

typedef struct _virQEMUCaps virQEMUCaps;
typedef virQEMUCaps *virQEMUCapsPtr;

virQEMUCapsPtr virQEMUCapsNewForBinary(const char *binary);
void virQEMUCapsFree(virQEMUCapsPtr qemuCaps);

bool virQEMUCapsHasMachine(virQEMUCapsPtr qemuCaps, const char *machine);

#endif /* SAMPLE_QEMU_CAPABILITIES_H */
