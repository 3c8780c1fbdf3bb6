/* The agent as a program of its own, for backends that execute their agent (sandbox/process.c). */
#include "node/agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: bonsai-node \"ID ENDPOINT BEAT_MS\"\n"
			    "\n"
			    "Runs the agent of one node until SIGTERM. It is started by bonsaid.\n"
			    "  ID        the node's number, 0 to 2147483647\n"
			    "  ENDPOINT  where its parent listens, such as tcp://127.0.1.0:5670\n"
			    "  BEAT_MS   milliseconds between two heartbeats, 1 to 86400000\n"
			    "\n"
			    "  --help     this text\n"
			    "  --version  the version\n";

int main(int argc, char **argv)
{
	struct err err = {0};
	int rc;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("bonsai-node " BONSAI_VERSION);
		return 0;
	}
	if (argc != 2) {
		fputs("bonsai-node: want one argument, \"ID ENDPOINT BEAT_MS\"; see --help\n",
		      stderr);
		return 2;
	}
	rc = agent_run(argv[1], &err);
	if (rc < 0)
		fprintf(stderr, "bonsai-node: %s\n", err.text);
	if (rc == -EINVAL)
		return 2;
	return rc < 0 ? 1 : 0;
}
