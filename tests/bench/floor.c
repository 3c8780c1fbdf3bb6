/*
 * The kernel's minimum: what N sandboxes cost without Bonsai. Each sandbox is one clone3 into new
 * namespaces of all kinds, and one veth pair to its parent. Each end of the pair is created in its
 * final namespace, gets an address and is set up. The tree is balanced as with `grow N`. At the end
 * the program kills and reaps all sandboxes and waits until the last veth is gone.
 *
 *	floor N		prints: nodes N build_ms B reap_ms R gone_ms G
 *	floor remove N	prints: nodes N remove_ms R+G
 *
 * R is the time for SIGKILL and reaping. G is the time from then until the last veth is gone.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/bench/nest.h"
#include "tests/bench/rtnl.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NODES_MAX 8000
#define INDEX_UP 2	/* index of the link in the child's namespace */
#define INDEX_CHILD 100 /* plus the child's id: index of the link in the parent's namespace */
#define GONE_MAX_NS (60 * NS_PER_S)
#define NAMESPACES                                                                                 \
	(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | \
	 CLONE_NEWCGROUP)

/*
 * A node of the tree. In `nodes`, index 0 is this program, the parent of the root. The ids of
 * sandboxes begin at 1.
 */
struct node {
	pid_t pid;
	int parent;
	int route; /* netlink socket in the node's network namespace */
};

static struct node nodes[NODES_MAX + 2];
static int order[NODES_MAX];

/*
 * Fills `order` with the ids, parents before children. The median of a range of ids is the root of
 * the subtree that consists of these ids.
 */
static void plan(int count)
{
	static struct range {
		int first, last, parent;
	} queue[2 * NODES_MAX + 2];
	int head = 0, tail = 0, placed = 0;

	queue[tail++] = (struct range){1, count, 0};
	while (head < tail) {
		struct range r = queue[head++];
		int middle = (r.first + r.last + 1) / 2;

		if (r.first > r.last)
			continue;
		nodes[middle].parent = r.parent;
		order[placed++] = middle;
		queue[tail++] = (struct range){r.first, middle - 1, middle};
		queue[tail++] = (struct range){middle + 1, r.last, middle};
	}
}

static int tie(int id, int home_ns, int pidfd)
{
	struct node *node = &nodes[id], *parent = &nodes[node->parent];
	char name[16];
	struct rtnl_end up = {"up", INDEX_UP}, down = {name, INDEX_CHILD + id};
	uint32_t address = 0x0a000000u + 2 * (uint32_t)id;
	struct rtnl_batch batch;
	int code;

	node->route = rtnl_open_in(pidfd, home_ns);
	if (node->route < 0)
		return node->route;
	snprintf(name, sizeof(name), "c%d", id);
	rtnl_init(&batch);
	rtnl_up(&batch, RTNL_LO);
	rtnl_veth(&batch, &up, &down, parent->pid);
	rtnl_address(&batch, INDEX_UP, address + 1);
	rtnl_up(&batch, INDEX_UP);
	if ((code = rtnl_send(node->route, &batch)))
		return code;
	rtnl_init(&batch);
	rtnl_address(&batch, INDEX_CHILD + id, address);
	rtnl_up(&batch, INDEX_CHILD + id);
	return rtnl_send(parent->route, &batch);
}

static int build_one(int id, int home_ns, struct err *err)
{
	autoclose int pidfd = -1;
	pid_t pid = nest_clone(NAMESPACES, nest_pause, NULL, &pidfd);
	int code;

	if (pid < 0)
		return err_errno(err, pid, "clone sandbox %d", id);
	nodes[id].pid = pid;
	if ((code = tie(id, home_ns, pidfd)))
		return err_errno(err, code, "link of sandbox %d", id);
	return 0;
}

static int build(int count, int home_ns, struct err *err)
{
	for (int i = 0; i < count; i++) {
		int code = build_one(order[i], home_ns, err);

		if (code)
			return code;
	}
	return 0;
}

static void kill_and_reap(int first, int last)
{
	for (int id = first; id <= last; id++)
		kill(nodes[id].pid, SIGKILL);
	for (int id = first; id <= last; id++)
		waitpid(nodes[id].pid, NULL, 0);
}

/*
 * Kills the canary, which is one more sandbox, and waits until its veth is gone. The kernel cannot
 * be asked about a veth inside a dead namespace. But the kernel removes dead network namespaces in
 * the order of their death. The canary dies after all other sandboxes, and one end of its veth is
 * in this namespace. When that veth is gone, so are the others. The kernel removes a batch of
 * devices under the RTNL lock, so wait_gone() ends with a change that takes this lock and alters
 * nothing.
 */
static int wait_gone(int canary, struct err *err)
{
	int64_t deadline = clock_ns() + GONE_MAX_NS;
	struct rtnl_batch batch;

	kill_and_reap(canary, canary);
	while (rtnl_exists(nodes[0].route, INDEX_CHILD + canary)) {
		struct timespec pause = {.tv_nsec = 200000};

		if (clock_ns() > deadline)
			return err_text(err, -ETIMEDOUT, "the last veth did not go");
		nanosleep(&pause, NULL);
	}
	rtnl_init(&batch);
	rtnl_up(&batch, RTNL_LO);
	return rtnl_send(nodes[0].route, &batch);
}

static int measure(int count, bool only_remove, struct err *err)
{
	autoclose int home_ns = -1;
	int64_t t0, built, reaped, gone;
	int code;

	home_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	nodes[0] = (struct node){.pid = getpid(), .route = rtnl_open()};
	if (home_ns < 0 || nodes[0].route < 0)
		return err_text(err, -EIO, "netlink socket");
	t0 = clock_ns();
	if ((code = build(count, home_ns, err)))
		return code;
	built = clock_ns() - t0;
	if ((code = build_one(count + 1, home_ns, err))) /* the canary: see wait_gone */
		return code;
	for (int id = 1; id <= count + 1; id++)
		close(nodes[id].route); /* an open socket would keep its namespace alive */

	t0 = clock_ns();
	kill_and_reap(1, count);
	reaped = clock_ns() - t0;
	if ((code = wait_gone(count + 1, err)))
		return code;
	gone = clock_ns() - t0;
	if (only_remove)
		printf("nodes %d remove_ms %.1f\n", count, (double)gone / NS_PER_MS);
	else
		printf("nodes %d build_ms %.1f reap_ms %.1f gone_ms %.1f\n", count,
		       (double)built / NS_PER_MS, (double)reaped / NS_PER_MS,
		       (double)(gone - reaped) / NS_PER_MS);
	return 0;
}

/* The program needs one descriptor per node, but the default limit is 1024. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int main(int argc, char **argv)
{
	bool only_remove = argc == 3 && strcmp(argv[1], "remove") == 0;
	int count = argc == 2 || only_remove ? atoi(argv[argc - 1]) : 0;
	struct err err = {0};

	if (count < 1 || count > NODES_MAX) {
		fprintf(stderr, "usage: floor [remove] N, 1 to %d\n", NODES_MAX);
		return 2;
	}
	raise_limits();
	plan(count);
	if (nest_enter(&err) || measure(count, only_remove, &err)) {
		fprintf(stderr, "floor: %s\n", err.text);
		return 1;
	}
	return 0;
}
