/*
 * The first file system of a guest: its init, its configuration and the kernel's modules. It is a
 * cpio archive (newc) in a file without a name.
 */
#ifndef BONSAI_VM_INITRD_H
#define BONSAI_VM_INITRD_H

#include "vm/engine.h"

/*
 * Makes the archive. Returns a descriptor at the file's beginning, which the caller owns, or a
 * negative errno. Compressed modules are decompressed, as the guest's kernel needs them.
 */
int initrd_make(const struct vm_spec *spec, const struct engine_plan *plan, struct err *err);

#endif
