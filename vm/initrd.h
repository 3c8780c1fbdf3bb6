/*
 * The first file system of a guest: its init, its configuration and the kernel's modules, as
 * an archive (cpio, newc) in a file without a name.
 */
#ifndef BONSAI_VM_INITRD_H
#define BONSAI_VM_INITRD_H

#include "vm/engine.h"

/*
 * Returns a descriptor, of the caller, at the file's beginning; or a negative errno. Modules that
 * are compressed are in there as the kernel wants them.
 */
int initrd_make(const struct vm_spec *spec, const struct engine_plan *plan, struct err *err);

#endif
