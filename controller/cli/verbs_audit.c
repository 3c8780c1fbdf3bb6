/* `bonsai audit`: the checks are bonsaid's, of the process that is now the node's init. */
#include "base/cleanup.h"
#include "controller/cli/verbs.h"

#include <fcntl.h>
#include <stdio.h>

static void __attribute__((noreturn)) become(struct session *session, int pidfd)
{
	char number[16];
	char *argv[] = {(char *)"bonsaid", (char *)"--audit", number,
			session->options->json ? (char *)"--json" : NULL, NULL};

	snprintf(number, sizeof(number), "%d", pidfd);
	/* Its status is all that is left to say then. */
	if (session->options->quiet && !freopen("/dev/null", "w", stdout))
		_exit(STATUS_REFUSED);
	fcntl(pidfd, F_SETFD, 0);
	session_give_back_signals();
	daemon_exec(argv);
	_exit(STATUS_NOT_REACHED);
}

int verb_audit(struct repl *repl, char *const *args, size_t count)
{
	struct session *session = repl->session;
	uint32_t node;
	int pidfd;

	(void)count;
	if (!verb_take_id(repl, args[0], &node))
		return 0;
	pidfd = verb_open_init(session, node);
	if (pidfd < 0 || session->end)
		return 0;
	become(session, pidfd);
}
