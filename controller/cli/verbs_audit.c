/* `bonsai audit`: bonsaid checks the process that is the node's init now. */
#include "base/cleanup.h"
#include "controller/cli/verbs.h"

#include <fcntl.h>
#include <stdio.h>

static void __attribute__((noreturn)) become(struct session *session, int pidfd, char *caps)
{
	char number[16];
	char *argv[6] = {(char *)"bonsaid", (char *)"--audit", number};
	int argc = 3;

	if (*caps)
		argv[argc++] = caps;
	if (session->options->json)
		argv[argc++] = (char *)"--json";

	snprintf(number, sizeof(number), "%d", pidfd);
	/* With --quiet only the exit status shows the result: discard the output. */
	if (session->options->quiet && !freopen("/dev/null", "w", stdout))
		_exit(STATUS_REFUSED);
	fcntl(pidfd, F_SETFD, 0);
	session_give_back_signals();
	daemon_exec(argv);
	_exit(STATUS_NOT_REACHED);
}

/*
 * Writes the names of the capabilities of the node's programs to `list`, separated by commas as
 * bonsaid takes them. False: an error was shown.
 */
static bool list_caps(struct session *session, uint32_t node, char *list, size_t size)
{
	json_t *body = verb_ask(session, "inspect", "audit", node, false);
	const json_t *names = json_object_get(body, "capabilities");
	size_t len = 0;

	*list = '\0';
	for (size_t i = 0; i < json_array_size(names) && len < size; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		len += (size_t)snprintf(list + len, size - len, "%s%s", len ? "," : "",
					name ? name : "");
	}
	json_decref(body);
	return body != NULL;
}

int verb_audit(struct repl *repl, char *const *args, size_t count)
{
	struct session *session = repl->session;
	char caps[2048];
	uint32_t node;
	int pidfd;

	(void)count;
	if (!verb_take_id(repl, args[0], &node))
		return 0;
	if (!list_caps(session, node, caps, sizeof(caps)))
		return 0;
	pidfd = verb_open_init(session, "audit", node);
	if (pidfd < 0 || session->end)
		return 0;
	become(session, pidfd, caps);
}
