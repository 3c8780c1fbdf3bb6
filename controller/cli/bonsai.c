/*
 * bonsai: grows a tree of sandboxed nodes. Starts a controller of its own and
 * carries out commands, from a terminal or a script, until their end.
 */
#include "base/cleanup.h"
#include "controller/cli/command.h"
#include "controller/cli/input.h"
#include "controller/cli/session.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_USAGE = 2, STATUS_NO_CONTROLLER = 3 };

static const char *const backends[] = {"ns", "process"};

static const struct option long_options[] = {
    {"backend", required_argument, NULL, 'b'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static int usage_error(const char *what, const char *word)
{
	fprintf(stderr, "bonsai: %s: %s (see bonsai --help)\n", what, word);
	return STATUS_USAGE;
}

static int show_help(void)
{
	struct out out = {0};
	int rc;

	out_line(&out, "Usage: bonsai [--backend ns|process]");
	out_line(&out, "Grows a tree of sandboxed nodes; reads commands from standard input.\n");
	out_line(&out, "  --backend ns       each node in namespaces of its own (default)");
	out_line(&out, "  --backend process  no isolation: plain processes, for debugging");
	out_line(&out, "  --help             this text");
	out_line(&out, "  --version          the version\n");
	out_line(&out, "Commands:");
	command_menu(&out);
	rc = out_flush(&out, STDOUT_FILENO, -1, -1);
	out_release(&out);
	return rc ? 1 : 0;
}

static int show_version(void)
{
	return printf("bonsai %s\n", BONSAI_VERSION) < 0 || fflush(stdout) ? 1 : 0;
}

/* -1: go on; otherwise the program ends with that status. */
static int parse_options(int argc, char **argv, const char **backend)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
		switch (option) {
		case 'h':
			return show_help();
		case 'V':
			return show_version();
		case 'b':
			*backend = NULL;
			for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
				if (!strcmp(backends[i], optarg))
					*backend = backends[i];
			if (!*backend)
				return usage_error("unknown backend, not ns or process", optarg);
			break;
		case ':':
			return usage_error("option needs an argument", argv[optind - 1]);
		default:
			return usage_error("unknown option", argv[optind - 1]);
		}
	}
	if (optind < argc)
		return usage_error("unknown sub-command", argv[optind]);
	return -1;
}

/*
 * Whoever started us with a standard descriptor closed shall not find our lifeline or a
 * socket in its place.
 */
static int open_standard_fds(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static void read_commands(struct session *session)
{
	struct input input;
	struct repl repl = {session, &input};
	struct err err = {0};
	const char *line;

	if (input_open(&input, session, command_complete, &err)) {
		fprintf(stderr, "Error: %s\n", err.text);
		session->end = SESSION_EXIT;
		return;
	}
	while (!session->end && input_line(&input, "bonsai> ", &line)) {
		command_execute(&repl, line);
		session_flush(session);
	}
	if (!session->end)
		session->end = SESSION_EXIT;
	input_close(&input);
}

int main(int argc, char **argv)
{
	const char *backend = "ns";
	struct session session;
	struct err err = {0};
	int status = open_standard_fds() ? 1 : parse_options(argc, argv, &backend);

	if (status >= 0)
		return status;
	if (session_open(&session, backend, &err)) {
		if (session.end == SESSION_SIGNALLED)
			return 128 + session.signal;
		fprintf(stderr, "Error: %s\n", err.text);
		return STATUS_NO_CONTROLLER;
	}
	read_commands(&session);
	return session_close(&session);
}
