/*
 * The minimal rtnetlink for a veth pair, for the programs that measure the kernel and libzmq
 * without Bonsai. Packs messages by hand into a batch, which needs one system call to send and one
 * to receive. A batch is plain data of the caller.
 */
#ifndef BONSAI_TESTS_BENCH_RTNL_H
#define BONSAI_TESTS_BENCH_RTNL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RTNL_BATCH_BYTES 1024
#define RTNL_LO 1 /* loopback is the first device of every network namespace */

struct rtnl_batch {
	_Alignas(4) char data[RTNL_BATCH_BYTES];
	size_t len;
	size_t last; /* where the last message begins */
};

/* One end of a pair. The caller chooses the index, so nobody has to look it up. */
struct rtnl_end {
	const char *name;
	int index;
};

void rtnl_init(struct rtnl_batch *batch);

/*
 * Adds a veth pair: `here` in the namespace of the socket that sends the batch, `there` in the
 * namespace of process `there_pid`.
 */
void rtnl_veth(struct rtnl_batch *batch, const struct rtnl_end *here, const struct rtnl_end *there,
	       pid_t there_pid);

/* Adds an IPv4 address, in host byte order and with prefix /31, to a device. */
void rtnl_address(struct rtnl_batch *batch, int index, uint32_t address);

void rtnl_up(struct rtnl_batch *batch, int index);

/*
 * Sends the batch and waits for the result of all messages. 0 or the negative errno of the first
 * failure.
 */
int rtnl_send(int fd, struct rtnl_batch *batch);

/* Opens a netlink socket in the caller's network namespace. The descriptor or a negative errno. */
int rtnl_open(void);

/*
 * Opens a netlink socket in the network namespace of process `pidfd`. The descriptor or a negative
 * errno. Afterwards the caller is in `home_ns` again.
 */
int rtnl_open_in(int pidfd, int home_ns);

/* True if the network namespace of socket `fd` has a device of that index, or if asking fails. */
int rtnl_exists(int fd, int index);

#endif
