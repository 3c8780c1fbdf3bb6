/*
 * The caller's side of the channel to a guest: relays between its program and our standard input,
 * output and error, and says when and how that ends.
 */
#ifndef BONSAI_VM_RELAY_H
#define BONSAI_VM_RELAY_H

#include "base/err.h"
#include "vm/spec.h"

struct relay_fds {
	int channel; /* not blocking */
	int console; /* what the guest's kernel says */
	int signals; /* a signalfd of those that end it, and of SIGWINCH */
	int engine;  /* readable when the engine has ended */
};

/*
 * Blocks until the guest's program has ended, and reads what it wrote. 0, and *status as vm_run
 * has it; or a negative errno: the guest ended before, failed, or did not answer any more.
 */
int relay_run(const struct vm_spec *spec, const struct relay_fds *fds, int *status,
	      struct err *err);

#endif
