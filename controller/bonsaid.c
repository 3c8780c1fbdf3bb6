/*
 * The program bonsaid: the controller. Only this file puts launcher and agent together with it:
 * launcher_start executes the program again as "bonsaid --launcher …".
 */
#include "base/cleanup.h"
#include "controller/audit.h"
#include "controller/beat.h"
#include "controller/caps.h"
#include "controller/crash.h"
#include "controller/diagnose.h"
#include "controller/fds.h"
#include "controller/rundir.h"
#include "controller/serve.h"
#include "images/store.h"
#include "node/agent.h"
#include "sandbox/enter.h"
#include "sandbox/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define STATUS_USAGE 2
#define LIMIT_OPTION 256 /* of the first limit; the others follow as in enum limit_word */

static const char usage[] =
    "usage: bonsaid [--tree NAME] [--backend ns|lxc|process] [--image NAME] [--heartbeat MS]\n"
    "               [--on-crash preserve|destroy|restart] [--lifeline FD] [--greet FD]\n"
    "       bonsaid --doctor [--json]\n"
    "\n"
    "Controls one tree of sandboxed nodes and serves it to operators. A tree of that\n"
    "name that lost its controller is taken over as it is.\n"
    "\n"
    "  --tree NAME        the tree's name (default: none, nobody else finds it)\n"
    "  --backend ns       each node in namespaces of its own (default)\n"
    "  --backend lxc      the same, made by liblxc, and seen by lxc-ls -P and its like\n"
    "  --backend process  no isolation: for debuggers and comparisons\n"
    "  --image NAME       what nodes have as their root (bonsai image ls; not with process;\n"
    "                     default: host, the host's /usr, read-only)\n"
    "  --heartbeat MS     nodes sign on each MS milliseconds (default 1000)\n"
    "  --on-crash WHAT    of a node that ends by itself: preserve (default), destroy it and\n"
    "                     all below it, or restart it\n"
    "  --memory BYTES, --pids N, --cpus N, --io BYTES  (a second, each disk)\n"
    "                     what all nodes of a tree that is made may use together\n"
    "  --disk BYTES, --nofile N\n"
    "                     what each of them may write, and each program in it may have\n"
    "                     open, unless it is told otherwise\n"
    "  --cap-add LIST     capabilities that programs of nodes have in their user namespace,\n"
    "                     as NET_RAW,SYS_PTRACE (default: none)\n"
    "  --uid-range FIRST:COUNT  as root: the ids that nodes have on the host\n"
    "  --seccomp FILE     the filter of nodes' system calls, a profile as container engines have\n"
    "                     them; or unconfined\n"
    "  --lifeline FD      end, and the tree with it, when the other end of this\n"
    "                     socket is closed\n"
    "  --greet FD         say there, rather than on standard output, when it serves\n"
    "  --doctor           say what this host has and lacks, and end; status 1 when the ns\n"
    "                     backend does not work\n"
    "  --json             that as JSON\n"
    "  --help             show this and end\n"
    "  --version          show the version and end\n";

/*
 * Takes the descriptor of the lifeline. The launcher must not inherit the lifeline, and reading it
 * must not block the controller.
 */
static int take_lifeline(const char *text, int *fd)
{
	int type;
	socklen_t len = sizeof(type);

	if (fds_read(text, fd) < 0 || getsockopt(*fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    fcntl(*fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(*fd, F_SETFL, O_NONBLOCK) < 0) {
		fprintf(stderr, "Error: --lifeline takes the number of an open socket: %s\n", text);
		return -EBADF;
	}
	return 0;
}

/*
 * Takes the descriptor to which the controller writes the line that it serves (daemon_serves). Any
 * open file will do.
 */
static int take_greet(const char *text, int *fd)
{
	if (fds_read(text, fd) == 0 && fcntl(*fd, F_SETFD, FD_CLOEXEC) == 0)
		return 0;
	fprintf(stderr, "Error: --greet takes the number of an open file: %s\n", text);
	return -EBADF;
}

static int take_heartbeat(const char *text, int *beat_ms)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && !errno && value >= BEAT_MIN_MS &&
	    value <= BEAT_MAX_MS) {
		*beat_ms = (int)value;
		return 0;
	}
	fprintf(stderr, "Error: --heartbeat takes %d to %d milliseconds: %s\n", BEAT_MIN_MS,
		BEAT_MAX_MS, text);
	return -EINVAL;
}

static int take_tree(const char *text, const char **tree)
{
	if (rundir_is_name(text)) {
		*tree = text;
		return 0;
	}
	fprintf(stderr, "Error: --tree takes a name, which is " RUNDIR_NAME_RULE ": %s\n", text);
	return -EINVAL;
}

static int take_image(const char *text, const char **image)
{
	if (!store_is_name(text)) {
		fprintf(stderr, "Error: --image takes the name of an image: %s\n", text);
		return -EINVAL;
	}
	*image = strcmp(text, STORE_HOST) ? text : NULL;
	return 0;
}

/* Finds the agent's program, which is in the same folder as this program. */
static void find_agent(char path[PATH_MAX])
{
	static const char name[] = "bonsai-node";
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof(name));
	char *slash;

	path[len > 0 ? len : 0] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, name);
}

static int check_backend(const struct serve_options *options)
{
	bool isolated = !strcmp(options->backend, "ns") || !strcmp(options->backend, "lxc");

	if (!isolated && strcmp(options->backend, "process")) {
		fprintf(stderr, "Error: --backend takes ns, lxc or process: %s\n",
			options->backend);
		return -EINVAL;
	}
	if (!isolated && options->image) {
		fprintf(stderr, "Error: --image needs the ns or the lxc backend: %s\n",
			options->image);
		return -EINVAL;
	}
	return 0;
}

/*
 * Stores the values of options that are read later: by then an error in a value can go to the
 * process that started this one. False: `opt` is another option.
 */
static bool take_as_is(struct serve_options *options, int opt)
{
	const struct {
		int opt;
		const char **word;
	} words[] = {{'b', &options->backend},
		     {'a', &options->cap_add},
		     {'u', &options->uid_range},
		     {'s', &options->seccomp}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (words[i].opt != opt)
			continue;
		*words[i].word = optarg;
		return true;
	}
	if (opt < LIMIT_OPTION || opt >= LIMIT_OPTION + LIMIT_WORDS)
		return false;
	options->limits[opt - LIMIT_OPTION] = optarg;
	return true;
}

static const struct option longs[] = {
    {"tree", required_argument, NULL, 't'},
    {"backend", required_argument, NULL, 'b'},
    {"heartbeat", required_argument, NULL, 'm'},
    {"on-crash", required_argument, NULL, 'c'},
    {"image", required_argument, NULL, 'i'},
    {"lifeline", required_argument, NULL, 'l'},
    {"greet", required_argument, NULL, 'g'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {"cap-add", required_argument, NULL, 'a'},
    {"uid-range", required_argument, NULL, 'u'},
    {"seccomp", required_argument, NULL, 's'},
    LIMIT_OPTIONS(LIMIT_OPTION),
    {0},
};

/* Reads the command line. 0: run the controller. 1: exit with *status; all output is done. */
static int parse(int argc, char **argv, struct serve_options *options, int *status)
{
	int opt;

	*status = STATUS_USAGE;
	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (take_as_is(options, opt))
			continue;
		switch (opt) {
		case 't':
			if (take_tree(optarg, &options->tree) < 0)
				return 1;
			break;
		case 'm':
			if (take_heartbeat(optarg, &options->beat_ms) < 0)
				return 1;
			break;
		case 'c':
			if (crash_parse(optarg, &options->on_crash))
				break;
			fprintf(stderr,
				"Error: --on-crash takes preserve, destroy or restart: %s\n",
				optarg);
			return 1;
		case 'i':
			if (take_image(optarg, &options->image) < 0)
				return 1;
			break;
		case 'g':
			if (take_greet(optarg, &options->greet) < 0)
				return 1;
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
		default: /* getopt_long has printed the error */
			return 1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "Error: unknown argument: %s\n", argv[optind]);
		return 1;
	}
	return check_backend(options) < 0;
}

static int be_doctor(int argc, char **argv)
{
	bool json = argc > 2 && !strcmp(argv[2], "--json");

	if (argc <= 2 + json)
		return diagnose(json);
	fprintf(stderr, "Error: --doctor takes nothing but --json: %s\n", argv[2 + json]);
	return STATUS_USAGE;
}

/*
 * bonsaid --enter: for `bonsai enter`, which has checked that the pidfd refers to the right
 * process.
 */
static int enter(int argc, char **argv)
{
	struct err err = {0};
	int pidfd, filter = 0, status;

	/*
	 * The argument is "PIDFD"; or "PIDFD,FD", if the tree has a system call filter of its own.
	 */
	if (argc < 4 || fds_read_pair(argv[2], &pidfd, &filter) < 0) {
		fprintf(stderr, "Error: --enter takes a pidfd and a program\n");
		return STATUS_USAGE;
	}
	if (sandbox_enter(pidfd, filter, argv + 3, &status, &err) < 0) {
		fprintf(stderr, "Error: %s\n", err.text);
		return 1;
	}
	/*
	 * Skip the exit handlers: they would run half in this process's namespaces and half in the
	 * sandbox's.
	 */
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/*
 * bonsaid --audit: for `bonsai audit`, which has checked that the pidfd refers to the right
 * process.
 */
static int audit(int argc, char **argv)
{
	bool json = argc > 3 && !strcmp(argv[argc - 1], "--json");
	struct err err = {0};
	uint64_t caps = 0;
	int pidfd;

	/* The optional argument lists the capabilities that the node's programs were given. */
	if (argc - json == 4 && caps_read(argv[3], &caps, &err) < 0) {
		fprintf(stderr, "Error: %s\n", err.text);
		return STATUS_USAGE;
	}
	if ((argc - json == 3 || argc - json == 4) && fds_read(argv[2], &pidfd) == 0)
		return audit_print(pidfd, caps, json);
	fprintf(stderr, "Error: --audit takes a pidfd, capabilities and --json\n");
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	char agent[PATH_MAX];
	struct serve_options options = {
	    .backend = "ns",
	    .agent = agent,
	    .beat_ms = BEAT_DEFAULT_MS,
	    .lifeline = -1,
	    .greet = -1,
	};
	int status;

	if (argc > 1 && !strcmp(argv[1], "--launcher")) {
		agent_warm_up();
		return launcher_main(argc, argv, agent_main);
	}
	if (argc > 1 && !strcmp(argv[1], "--doctor"))
		return be_doctor(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "--enter"))
		return enter(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "--audit"))
		return audit(argc, argv);
	if (parse(argc, argv, &options, &status))
		return status;
	find_agent(agent);
	return serve(&options);
}
