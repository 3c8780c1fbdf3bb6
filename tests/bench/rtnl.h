/*
 * Minimal rtnetlink functions for veth pairs, for the programs that measure the kernel and libzmq
 * without Bonsai. The functions pack messages into a batch. One system call sends a batch, and one
 * receives the replies. A batch is plain data that belongs to the caller.
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
	size_t last; /* offset of the last message in `data` */
};

/*
 * One end of a veth pair. The caller chooses the index, so no request to the kernel is needed to
 * find it.
 */
struct rtnl_end {
	const char *name;
	int index;
};

void rtnl_init(struct rtnl_batch *batch);

/*
 * Adds a request for a veth pair to the batch. The end `here` will be in the namespace of the
 * socket that sends the batch, the end `there` in the namespace of process `there_pid`.
 */
void rtnl_veth(struct rtnl_batch *batch, const struct rtnl_end *here, const struct rtnl_end *there,
	       pid_t there_pid);

/*
 * Adds a request to the batch that gives the device `index` the IPv4 address `address`, in host
 * byte order, with prefix /31.
 */
void rtnl_address(struct rtnl_batch *batch, int index, uint32_t address);

void rtnl_up(struct rtnl_batch *batch, int index);

/*
 * Sends the batch and waits for the results of all messages. Returns 0 or the negative errno of the
 * first failure.
 */
int rtnl_send(int fd, struct rtnl_batch *batch);

/* Opens a netlink socket in the caller's network namespace. Returns it or a negative errno. */
int rtnl_open(void);

/*
 * Opens a netlink socket in the network namespace of process `pidfd`. Returns the socket or a
 * negative errno. Afterwards the caller is in the namespace `home_ns` again.
 */
int rtnl_open_in(int pidfd, int home_ns);

/*
 * True if the network namespace of socket `fd` has a device of that index, or if the request to the
 * kernel fails.
 */
int rtnl_exists(int fd, int index);

#endif
