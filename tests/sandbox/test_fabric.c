/* The fabric: a node reaches its parent and its children, and nothing else. */
#include "tests/sandbox/rig.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define PORT 5671
#define REACHED 0
#define NOT_REACHED 1
#define REFUSED 2
#define TRY_MS 1200	 /* on a link without loss, a reply takes less than 1 ms */
#define LISTEN_TRIES 100 /* 20 ms each, while a reached node does not listen yet */

static int serve(const char *arg)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)arg;
	if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(fd, 16) < 0)
		return 3;
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer >= 0 && write(peer, "x", 1) == 1)
			close(peer);
	}
}

static int connect_once(const char *address, int port, const char *device)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
	int error = 0;
	socklen_t len = sizeof(error);

	if (device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device, strlen(device)) < 0)
		return 4;
	inet_pton(AF_INET, address, &to.sin_addr);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		return NOT_REACHED;
	if (poll(&poll_fd, 1, TRY_MS) != 1)
		return NOT_REACHED;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error == ECONNREFUSED)
		return REFUSED;
	return error == 0 ? REACHED : NOT_REACHED;
}

static int connect_within(const char *address, int port, const char *device)
{
	int how = REFUSED;

	for (int i = 0; i < LISTEN_TRIES && how == REFUSED; i++) {
		how = connect_once(address, port, device);
		if (how == REFUSED)
			usleep(20000);
	}
	return how == REFUSED ? NOT_REACHED : how;
}

/* Connects to "ADDRESS PORT" as any program would. */
static int reach(const char *arg)
{
	char address[32] = "";
	int port = 0;

	sscanf(arg, "%31s %d", address, &port);
	return connect_within(address, port, NULL);
}

/*
 * Connects to "ADDRESS PORT" by a socket that is bound to the device `up`. Such a socket needs no
 * route.
 */
static int force(const char *arg)
{
	char address[32] = "";
	int port = 0;

	sscanf(arg, "%31s %d", address, &port);
	return connect_within(address, port, "up");
}

static int interfaces(const char *arg)
{
	struct if_nameindex *all = if_nameindex();
	int count = 0;

	(void)arg;
	for (struct if_nameindex *i = all; i && i->if_index; i++)
		count += strcmp(i->if_name, "lo") != 0 && strcmp(i->if_name, "up") != 0 &&
			 i->if_name[0] == 'c';
	if_freenameindex(all);
	return count;
}

const struct rig_entry rig_entries[] = {
    {"serve", serve}, {"reach", reach}, {"force", force}, {"interfaces", interfaces}, {NULL, NULL},
};

#define PROBE 9 /* the id of the node that connects; its parent is 8 */

static char boot[64];

static const char *address_of(uint32_t id, bool parents_end)
{
	struct sandbox_spec spec = rig_spec(id, 0, "");

	return inet_ntoa(parents_end ? spec.parent_addr : spec.child_addr);
}

static int try(struct launcher *launcher, const char *how, const char *address, int port)
{
	snprintf(boot, sizeof(boot), "%s %s %d", how, address, port);
	return rig_run(launcher, PROBE, 8, boot);
}

/*      6          each node listens; node 9 is created below 8 for each attempt
 *    3   8
 *       43 9      */
static void grow(struct launcher *launcher)
{
	rig_start(launcher, rig_backend());
	rig_create(launcher, 6, SANDBOX_NO_PARENT, "serve");
	rig_create(launcher, 3, 6, "serve");
	rig_create(launcher, 8, 6, "serve");
	rig_create(launcher, 43, 8, "serve");
	usleep(100000);
}

static void reaches_its_parent(void **state)
{
	struct launcher launcher;

	(void)state;
	grow(&launcher);
	assert_int_equal(try(&launcher, "reach", address_of(PROBE, true), PORT), REACHED);
	assert_int_equal(try(&launcher, "force", address_of(PROBE, true), PORT), REACHED);
	rig_stop(&launcher);
}

static void is_reached_by_its_parent_alone(void **state)
{
	struct launcher launcher;

	(void)state;
	grow(&launcher);
	/*
	 * Node 43 has the parent 8, which alone may reach it. So a sibling of 43 and a child of 3
	 * must fail to connect to 43.
	 */
	snprintf(boot, sizeof(boot), "reach %s %d", address_of(43, false), PORT);
	assert_int_equal(rig_run(&launcher, PROBE, 8, boot), NOT_REACHED);
	assert_int_equal(rig_run(&launcher, 2, 3, boot), NOT_REACHED);
	rig_stop(&launcher);
}

static void reaches_nobody_else(void **state)
{
	const struct {
		uint32_t id;
		bool parents_end;
	} others[] = {
	    {43, false}, /* sibling */
	    {43, true},	 /* the parent's end of the sibling's link */
	    {8, false},	 /* the parent's own end of its link `up` */
	    {8, true},	 /* the grandparent's end of the parent's link */
	    {3, true},	 /* the grandparent's end of an uncle's link */
	    {3, false},	 /* uncle */
	    {6, false},	 /* the grandparent's own end of its link `up` */
	    {6, true},	 /* the launcher's end of the root's link */
	};
	struct launcher launcher;

	(void)state;
	grow(&launcher);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const char *address = address_of(others[i].id, others[i].parents_end);

		if (try(&launcher, "reach", address, PORT) != NOT_REACHED)
			fail_msg("%s was reached", address);
		if (try(&launcher, "force", address, PORT) != NOT_REACHED)
			fail_msg("%s was reached by binding to the device", address);
	}
	rig_stop(&launcher);
}

static void reaches_neither_the_hosts_loopback_nor_the_outside(void **state)
{
	struct sockaddr_in any = {.sin_family = AF_INET};
	socklen_t len = sizeof(any);
	autoclose int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct launcher launcher;

	(void)state;
	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(fd, 4), 0);
	getsockname(fd, (struct sockaddr *)&any, &len);
	grow(&launcher);
	assert_int_equal(connect_within("127.0.0.1", ntohs(any.sin_port), NULL), REACHED);
	assert_int_equal(try(&launcher, "reach", "127.0.0.1", ntohs(any.sin_port)), NOT_REACHED);
	assert_int_equal(try(&launcher, "reach", "192.0.2.1", 80), NOT_REACHED);
	assert_int_equal(try(&launcher, "force", "192.0.2.1", 80), NOT_REACHED);
	rig_stop(&launcher);
}

static void has_a_link_a_child_and_loses_it_with_the_child(void **state)
{
	const uint32_t leaf[] = {1};
	struct launcher launcher;

	(void)state;
	rig_start(&launcher, rig_backend());
	rig_create(&launcher, 6, SANDBOX_NO_PARENT, "pause");
	rig_create(&launcher, 1, 6, "pause");
	rig_remove(&launcher, leaf, 1);
	assert_int_equal(rig_run(&launcher, 2, 6, "interfaces"), 0);
	/* The name and the index of the removed link can be used again. */
	rig_create(&launcher, 1, 6, "pause");
	rig_stop(&launcher);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reaches_its_parent),
	    cmocka_unit_test(is_reached_by_its_parent_alone),
	    cmocka_unit_test(reaches_nobody_else),
	    cmocka_unit_test(reaches_neither_the_hosts_loopback_nor_the_outside),
	    cmocka_unit_test(has_a_link_a_child_and_loses_it_with_the_child),
	};

	rig_main(argc, argv);
	return cmocka_run_group_tests_name("fabric", tests, NULL, NULL);
}
