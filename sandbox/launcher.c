/* The launcher's process: its start, its loop and its end. */
#include "sandbox/server.h"

#include "sandbox/ids.h"
#include "sandbox/link.h"
#include "sandbox/lxc.h"
#include "sandbox/sweeper.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define EVENTS_AT_ONCE 64

static const struct backend *const backends[] = {&backend_ns, &backend_lxc, &backend_process};

const struct backend *backend_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (strcmp(backends[i]->name, name) == 0)
			return backends[i];
	return NULL;
}

const struct backend *backend_of(int number)
{
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		if (backends[i]->number == number)
			return backends[i];
	return NULL;
}

static int next_look_ms(struct server *server)
{
	int removals_ms = reap_removals(server), kills_ms = limit_look_again(server);

	if (removals_ms < 0 || kills_ms < 0)
		return removals_ms < 0 ? kills_ms : removals_ms;
	return removals_ms < kills_ms ? removals_ms : kills_ms;
}

static void serve(struct server *server)
{
	struct epoll_event events[EVENTS_AT_ONCE];

	while (!server->ending) {
		int n = epoll_wait(server->epoll, events, EVENTS_AT_ONCE, next_look_ms(server));
		int64_t now_ns = clock_ns();

		for (int i = 0; i < n && !server->ending; i++)
			server_take(server, events[i].data.u64, now_ns);
	}
	reap_all(server);
	sweeper_stop(&server->sweeper);
	if (server->host.backend->end)
		server->host.backend->end(&server->host);
	cleanup_close(&server->tree_oom);
	cgroups_close(&server->groups);
	hierarchies_end(&server->host.hierarchies);
	hierarchies_close(&server->host.hierarchies);
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int prepare(struct server *server, const char *backend, const char *agent, struct err *err)
{
	int r;

	server->host.backend = backend_find(backend);
	if (!server->host.backend)
		return err_text(err, -EINVAL, "no backend %s (there are ns, lxc and process)",
				backend);
	if (!server->host.image || !server->host.image_root)
		return err_errno(err, -ENOMEM, "start the launcher");
	if (*server->host.image && !server->host.backend->isolated)
		return err_text(err, -EINVAL, "the %s backend takes no image", backend);
	server->host.agent = -1;
	hierarchies_open(&server->host.hierarchies, getpid());
	cgroups_open(&server->groups, server->host.hierarchies.tree);
	if (server->host.backend->groups)
		limit_expect_groups(server);
	server->host.id_range = ids_have_range();
	server->host.net_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	server->host.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server->host.net_ns < 0 || server->host.null < 0 || server->epoll < 0)
		return err_errno(err, -errno, "open the launcher's descriptors");
	server->netlink = link_open(-1, -1, err);
	if (!server->netlink)
		return err->code;
	r = link_loopback_up(server->netlink, err);
	if (r == 0)
		r = server->host.backend->prepare(&server->host, agent, err);
	if (r == 0)
		r = server_watch(server, server->ctl, EPOLLIN, CTL_TAG, err);
	if (r == 0 && server->listen >= 0)
		r = server_watch(server, server->listen, EPOLLIN, LISTEN_TAG, err);
	return r;
}

int launcher_main(int argc, char **argv, sandbox_entry *entry)
{
	static struct server server;
	struct tell failed = {.magic = PROTO_MAGIC, .kind = SANDBOX_FAILED};

	/* The lxc backend also executes this program as its spawner and as its inits. */
	if (argc > 3 && !strcmp(argv[2], "spawner"))
		return lxc_spawner_main(argc, argv);
	if (argc > 3 && !strcmp(argv[2], "init"))
		return lxc_init_main(argc, argv, entry);
	if (argc != 9 || (server.ctl = atoi(argv[2])) <= 2 ||
	    fcntl(server.ctl, F_SETFD, FD_CLOEXEC) < 0 || (server.listen = atoi(argv[3])) < -1 ||
	    (server.listen >= 0 && fcntl(server.listen, F_SETFD, FD_CLOEXEC) < 0)) {
		fprintf(stderr, "bonsaid: --launcher is for bonsaid itself\n");
		return 2;
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NAME, "bonsai-launcher");
	raise_descriptor_limit();
	server.proven = true; /* the starting client counts as one that has sent a request */
	server.next = server.tree_oom = -1;
	server.host.entry = entry;
	/* Copy these arguments: each init overwrites the argv area with its own name. */
	server.host.image = strdup(argv[6]);
	server.host.image_root = strdup(argv[7]);
	server.host.helper = atoi(argv[8]);
	if (server.host.helper >= 0)
		fcntl(server.host.helper, F_SETFD, FD_CLOEXEC);
	server.host.title = argv[0];
	server.host.title_bytes = argv[argc - 1] + strlen(argv[argc - 1]) - argv[0];
	if (prepare(&server, argv[4], argv[5], &failed.err) < 0) {
		tell_send(server.ctl, &failed, NULL, 0, 0);
		return 1;
	}
	if (attend_welcome(&server) < 0)
		return 1;
	serve(&server);
	return 0;
}
