/* Clients of the launcher: a killed client, the next client, and a client that does not read. */
#include "tests/sandbox/rig.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

const struct rig_entry rig_entries[] = {{NULL, NULL}};

#define SOCKET_PATH_BYTES 64

/*
 * Starts a launcher that outlives its client. Stores the path of the launcher's socket in `path`.
 * The socket is the only file in a new folder.
 */
static void start_attachable(struct launcher *launcher, char path[SOCKET_PATH_BYTES])
{
	char folder[] = "/tmp/bonsai-test-XXXXXX";
	const struct launcher_options options = {.backend = rig_backend(),
						 .agent = "/bin/true",
						 .socket = path,
						 .keep = -1,
						 .folder = rig_folder()};

	assert_non_null(mkdtemp(folder));
	snprintf(path, SOCKET_PATH_BYTES, "%s/launcher", folder);
	rig_start_with(launcher, &options);
}

static void stop_attachable(struct launcher *launcher, char path[SOCKET_PATH_BYTES])
{
	rig_stop(launcher);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

static struct sandbox_event next_held(struct launcher *launcher, uint32_t id,
				      enum sandbox_life life)
{
	struct sandbox_event event = rig_next(launcher);

	assert_int_equal(event.kind, SANDBOX_HELD);
	assert_int_equal(event.id, id);
	assert_int_equal(event.life, life);
	return event;
}

/*
 * Connects to the launcher's socket, as any process of the same user can, and sends a datagram that
 * is not a request.
 */
static int knock(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(send(fd, "hello", 5, MSG_NOSIGNAL), 5);
	return fd;
}

/*
 * Attaches to the launcher and waits until the launcher has recorded the exit of sandbox `id`. The
 * launcher learns of the exit a little after the process is gone.
 */
static void await_over(const char *path, uint32_t id)
{
	struct launcher launcher = {0};
	struct sandbox_event event;

	assert_int_equal(launcher_attach(&launcher, path, NULL), 0);
	do
		event = rig_next(&launcher);
	while (event.id != id || (event.kind == SANDBOX_HELD && event.life != SANDBOX_OVER));
	close(launcher.fd);
	close(launcher.user_ns);
	close(launcher.net_ns);
}

static void outlives_its_asking_side_and_tells_the_next(void **state)
{
	char path[SOCKET_PATH_BYTES];
	const uint32_t all[] = {44, 43, 8, 3, 6};
	struct launcher first = {0}, launcher = {0};
	struct sandbox_event event;
	pid_t root, lost;
	int stranger;

	(void)state;
	start_attachable(&first, path);
	assert_int_equal(first.generation, 1);
	root = rig_create(&first, 6, SANDBOX_NO_PARENT, "pause");
	rig_create(&first, 3, 6, "pause");
	lost = rig_create(&first, 8, 6, "pause");
	rig_create(&first, 43, 8, "pause");
	/*
	 * While the launcher has a client, other connections wait. Closing such a connection has no
	 * effect.
	 */
	close(knock(path));
	stranger = knock(path);
	rig_create(&first, 44, 43, "pause");
	launcher_note(&first, 6, 0x1234567890ull, NULL);
	launcher_note(&first, SANDBOX_NO_PARENT, 77, NULL);
	/* Close the socket, as if this client had been killed. Meanwhile a sandbox exits. */
	close(first.fd);
	kill(lost, SIGKILL);
	assert_true(rig_ends(lost));
	assert_true(rig_alive(root));
	await_over(path, 8);
	assert_int_equal(launcher_attach(&launcher, path, NULL), 0);
	assert_int_equal(launcher.pid, first.pid);
	assert_true(launcher.generation > 1);
	assert_int_equal(launcher.note, 77);
	assert_true(launcher.isolated);
	event = next_held(&launcher, 6, SANDBOX_UP);
	assert_int_equal(event.pid, root);
	assert_int_equal(event.note, 0x1234567890ull);
	assert_int_equal(event.parent, SANDBOX_NO_PARENT);
	event = next_held(&launcher, 3, SANDBOX_UP);
	assert_int_equal(event.parent, 6);
	assert_int_equal(event.parent_addr.s_addr, rig_spec(3, 6, "").parent_addr.s_addr);
	event = next_held(&launcher, 8, SANDBOX_OVER);
	assert_int_equal(event.signal, SIGKILL);
	assert_true(event.time_ns > 0 && event.time_ns <= clock_ns());
	next_held(&launcher, 43, SANDBOX_UP);
	next_held(&launcher, 44, SANDBOX_UP);
	assert_int_equal(rig_next(&launcher).kind, SANDBOX_LISTED);
	close(stranger);
	/*
	 * The launcher still works: it refuses to create a sandbox with the id of a running one,
	 * and to create a child of an exited one.
	 */
	struct sandbox_spec spec = rig_spec(3, 6, "pause");
	rig_refuses(&launcher, &spec, SANDBOX_FAILED, -EEXIST);
	spec = rig_spec(9, 8, "pause");
	rig_refuses(&launcher, &spec, SANDBOX_FAILED, -ENOENT);
	/* A new sandbox can take the id of an exited one. */
	assert_true(rig_create(&launcher, 8, 6, "pause") != lost);
	rig_create(&launcher, 4, 3, "pause");
	const uint32_t four = 4;
	rig_remove(&launcher, &four, 1);
	rig_remove(&launcher, all, ARRAY_SIZE(all));
	rig_create(&launcher, 8, SANDBOX_NO_PARENT, "pause");
	stop_attachable(&launcher, path);
}

static void takes_what_was_asked_by_one_who_left_words_unread(void **state)
{
	char path[SOCKET_PATH_BYTES];
	struct launcher first = {0}, launcher = {0};
	struct pollfd unread = {.events = POLLIN};

	(void)state;
	start_attachable(&first, path);
	rig_create(&first, 6, SANDBOX_NO_PARENT, "pause");
	launcher_kill(&first, 7, SIGTERM, NULL);
	unread.fd = first.fd;
	assert_int_equal(poll(&unread, 1, RIG_LIMIT_MS), 1);
	kill(first.pid, SIGSTOP);
	launcher_note(&first, 6, 42, NULL);
	launcher_note(&first, SANDBOX_NO_PARENT, 77, NULL);
	close(first.fd);
	kill(first.pid, SIGCONT);
	assert_int_equal(launcher_attach(&launcher, path, NULL), 0);
	assert_int_equal(launcher.note, 77);
	assert_int_equal(next_held(&launcher, 6, SANDBOX_UP).note, 42);
	stop_attachable(&launcher, path);
}

/* True while the process exists, even as a zombie that its parent has not reaped. */
static bool is_there(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

/*
 * Sends requests that will be refused, until the launcher accepts no more. Returns the number of
 * accepted requests.
 */
static size_t fill_up(struct launcher *launcher)
{
	size_t asked = 0;
	int64_t idle_ns = clock_ns() + 300 * NS_PER_MS;

	/* The launcher may only be slow. Stop after it has accepted no request for 300 ms. */
	while (clock_ns() < idle_ns) {
		if (launcher_kill(launcher, 7777, SIGTERM, NULL) == 0) {
			asked++;
			idle_ns = clock_ns() + 300 * NS_PER_MS;
		} else {
			poll(NULL, 0, 1);
		}
	}
	return asked;
}

static void does_not_wait_for_a_client_that_does_not_read(void **state)
{
	int64_t deadline_ns;
	struct launcher launcher;
	size_t asked, refused = 0;
	pid_t pid;

	(void)state;
	rig_start(&launcher, rig_backend());
	pid = rig_create(&launcher, 6, SANDBOX_NO_PARENT, "pause");
	asked = fill_up(&launcher);
	assert_int_equal(kill(pid, SIGKILL), 0);
	deadline_ns = clock_ns() + RIG_LIMIT_MS * NS_PER_MS;
	while (is_there(pid) && clock_ns() < deadline_ns)
		poll(NULL, 0, 5);
	assert_false(is_there(pid));
	/*
	 * Read all messages that the launcher kept for its client. These are the refusals and,
	 * after the first of them, the exit of sandbox 6.
	 */
	for (bool ended = false; refused < asked || !ended;) {
		struct sandbox_event event = rig_next(&launcher);

		refused += event.kind == SANDBOX_REFUSED;
		ended |= event.kind == SANDBOX_EXITED && event.id == 6;
	}
	rig_stop(&launcher);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(outlives_its_asking_side_and_tells_the_next),
	    cmocka_unit_test(takes_what_was_asked_by_one_who_left_words_unread),
	    cmocka_unit_test(does_not_wait_for_a_client_that_does_not_read),
	};

	rig_main(argc, argv);
	return cmocka_run_group_tests_name("attend", tests, NULL, NULL);
}
