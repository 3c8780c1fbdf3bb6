/*
 * bonsaid, the controller's program, and the one place where launcher and agent are
 * put together: "bonsaid --launcher …" is how launcher_start executes this file again.
 */
#include "base/cleanup.h"
#include "controller/serve.h"
#include "node/agent.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define STATUS_USAGE 2

static const char usage[] = "usage: bonsaid [--backend ns|process] [--lifeline FD]\n"
			    "\n"
			    "Controls one tree of sandboxed nodes and serves it to operators.\n"
			    "\n"
			    "  --backend ns       each node in namespaces of its own (default)\n"
			    "  --backend process  no isolation: for debuggers and comparisons\n"
			    "  --lifeline FD      end when the other end of this socket is closed\n"
			    "  --help             show this and end\n"
			    "  --version          show the version and end\n";

static int parse_fd(const char *text, int *fd)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end || value < 0 || value > INT_MAX ||
	    fcntl((int)value, F_GETFD) < 0)
		return -EBADF;
	*fd = (int)value;
	return 0;
}

/* The lifeline must not live on in the launcher, and we must not wait on it. */
static int take_lifeline(const char *text, int *fd)
{
	int type;
	socklen_t len = sizeof(type);

	if (parse_fd(text, fd) < 0 || getsockopt(*fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    fcntl(*fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(*fd, F_SETFL, O_NONBLOCK) < 0) {
		fprintf(stderr, "Error: --lifeline takes the number of an open socket: %s\n", text);
		return -EBADF;
	}
	return 0;
}

/* The agent's program lies beside this one. */
static void find_agent(char path[PATH_MAX])
{
	static const char name[] = "bonsai-node";
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof(name));
	char *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, name);
}

/* 0: run; 1: all is said, status in *status. */
static int parse(int argc, char **argv, struct serve_options *options, int *status)
{
	static const struct option longs[] = {
	    {"backend", required_argument, NULL, 'b'},
	    {"lifeline", required_argument, NULL, 'l'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'v'},
	    {0},
	};
	int opt;

	*status = STATUS_USAGE;
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (opt) {
		case 'b':
			options->backend = optarg;
			break;
		case 'l':
			if (take_lifeline(optarg, &options->lifeline) < 0)
				return 1;
			break;
		case 'h':
			*status = fputs(usage, stdout) < 0;
			return 1;
		case 'v':
			*status = printf("bonsaid %s\n", BONSAI_VERSION) < 0;
			return 1;
		default: /* getopt has said what is wrong */
			return 1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "Error: unknown argument: %s\n", argv[optind]);
		return 1;
	}
	if (strcmp(options->backend, "ns") && strcmp(options->backend, "process")) {
		fprintf(stderr, "Error: --backend takes ns or process: %s\n", options->backend);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	char agent[PATH_MAX];
	struct serve_options options = {.backend = "ns", .agent = agent, .lifeline = -1};
	int status;

	if (argc > 1 && !strcmp(argv[1], "--launcher")) {
		agent_warm_up();
		return launcher_main(argc, argv, agent_main);
	}
	if (parse(argc, argv, &options, &status))
		return status;
	find_agent(agent);
	return serve(&options);
}
