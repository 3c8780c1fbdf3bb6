/*
 * The least rtnetlink that a veth pair takes, for the programs that measure the
 * kernel and libzmq without us: messages are packed by hand into one batch, a
 * batch is one system call out and one in. A batch is plain data of the caller.
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

/* One end of a pair: the caller picks the index, so nobody has to look it up. */
struct rtnl_end {
	const char *name;
	int index;
};

void rtnl_init(struct rtnl_batch *batch);

/*
 * A veth pair: `here` in the namespace of the socket that sends the batch, `there`
 * in that of process `there_pid`.
 */
void rtnl_veth(struct rtnl_batch *batch, const struct rtnl_end *here, const struct rtnl_end *there,
	       pid_t there_pid);

/* An IPv4 address in host byte order with prefix /31, for a device. */
void rtnl_address(struct rtnl_batch *batch, int index, uint32_t address);

void rtnl_up(struct rtnl_batch *batch, int index);

/* Sends and waits for the verdict on all of it. 0, or the first failure, a negative errno. */
int rtnl_send(int fd, struct rtnl_batch *batch);

/* A netlink socket in the caller's network namespace, or a negative errno. */
int rtnl_open(void);

/*
 * A netlink socket in the network namespace of the process behind `pidfd`, or a
 * negative errno. The caller is back in `home_ns` afterwards.
 */
int rtnl_open_in(int pidfd, int home_ns);

/* True while the caller's network namespace has a device of that index. */
int rtnl_exists(int fd, int index);

#endif
