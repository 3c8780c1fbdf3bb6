/*
 * The host's side of the channel to a guest: relays between the program in the guest and this
 * process's standard input, output and error. Decides when the machine must end, and with which
 * exit status.
 */
#ifndef BONSAI_VM_RELAY_H
#define BONSAI_VM_RELAY_H

#include "base/err.h"
#include "vm/spec.h"

struct relay_fds {
	int channel; /* non-blocking */
	int console; /* console output of the guest's kernel */
	int signals; /* a signalfd for SIGWINCH and the signals that end the machine */
	int engine;  /* readable when the engine has ended */
};

/*
 * Relays until the guest's program has ended and its output is written; blocks. 0: *status is as
 * for vm_run. A negative errno: the guest ended early, failed, or stopped answering.
 */
int relay_run(const struct vm_spec *spec, const struct relay_fds *fds, int *status,
	      struct err *err);

#endif
