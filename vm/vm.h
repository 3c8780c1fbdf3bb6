/*
 * Runs a program in a virtual machine, as root of the guest, without any privilege on the host. The
 * machine boots a kernel with a root file system from a folder of the host. The guest sees the
 * files of this folder read-only, below a writable layer in its own memory. No process and no file
 * is left when the machine has ended, even if SIGKILL ended the caller.
 */
#ifndef BONSAI_VM_VM_H
#define BONSAI_VM_VM_H

#include "base/err.h"
#include "vm/spec.h"

/*
 * Boots the machine, and relays standard input, output and error between the caller and the
 * program. Blocks until the program has ended, or a signal, the time-out or the keys ^]^]^] end the
 * machine.
 *
 * 0: *status is the program's exit status; 128 + N if signal N ended the machine (SIGKILL for the
 * keys, SIGPIPE if an output of the caller is closed); 124 on a time-out. Or a negative errno.
 * Nothing of the machine is left in any case.
 *
 * The caller must be single-threaded. The function changes the signal mask and handlers while it
 * runs.
 */
int vm_run(const struct vm_spec *spec, int *status, struct err *err);

/* True if there is an engine of that name. */
bool vm_has_engine(const char *name);

#endif
