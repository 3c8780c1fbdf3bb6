/*
 * A virtual machine for one program: boots a kernel over a root file system of the host, which the
 * guest sees read-only below a layer in its own memory, and runs a program there as root. It needs
 * no privilege. Whatever ends it, SIGKILL of the caller included, no process and no file is
 * left.
 */
#ifndef BONSAI_VM_VM_H
#define BONSAI_VM_VM_H

#include "base/err.h"
#include "vm/spec.h"

/*
 * Boots, relays standard input, output and error between the caller and the program, and blocks
 * until the program has ended or a signal ends us. 0, and *status is the program's, or 128 + N when
 * signal N ended us, or 124 when the time was over; or a negative errno, and nothing of it
 * is left. It is for a process without threads, and changes its signal mask and handlers while it
 * runs.
 */
int vm_run(const struct vm_spec *spec, int *status, struct err *err);

/* Whether there is an engine of that name. */
bool vm_has_engine(const char *name);

#endif
