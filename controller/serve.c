#include "controller/serve.h"

#include "base/cleanup.h"
#include "controller/batch.h"
#include "controller/beat.h"
#include "controller/creation.h"
#include "controller/daemon.h"
#include "controller/loop.h"
#include "controller/pending.h"
#include "controller/remove.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <zmq.h>

#define FILES_MIN 128  /* libzmq aborts when it finds none left for its own threads */
#define MAX_SOCKETS 64 /* router, pub, trunk, and trunks on their way out */

/* As many as we may: the launcher, which inherits this, holds several a node. */
static int raise_files(struct err *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return err_errno(err, -errno, "read the limit of open files");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return err_errno(err, -errno, "raise the limit of open files");
	if (limit.rlim_cur < FILES_MIN)
		return err_text(err, -EMFILE,
				"at most %llu files may be open, but %d are needed: "
				"raise it with ulimit -n",
				(unsigned long long)limit.rlim_cur, FILES_MIN);
	return 0;
}

/* Those that end us come by the loop; a closed socket is an error where it is written. */
static int block_signals(struct daemon *daemon, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return err_errno(err, -errno, "block signals");
	signal(SIGPIPE, SIG_IGN);
	daemon->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (daemon->signals < 0)
		return err_errno(err, -errno, "open a signalfd");
	return 0;
}

/* Before the first ZeroMQ socket: its threads and namespaces do not go together. */
static int start_launcher(struct daemon *daemon, const struct serve_options *options,
			  struct err *err)
{
	const struct launcher_options wanted = {options->backend, options->agent};
	int r = launcher_start(&daemon->launcher, &wanted, err);

	if (r < 0)
		return r;
	return launcher_join(&daemon->launcher, err);
}

static int open_sockets(struct daemon *daemon, struct err *err)
{
	if (!zmq_has("ipc"))
		return err_text(err, -EPROTONOSUPPORT,
				"this libzmq was built without ipc: install Debian's libzmq5");
	daemon->context = zmq_ctx_new();
	if (!daemon->context)
		return err_errno(err, -errno, "start ZeroMQ");
	zmq_ctx_set(daemon->context, ZMQ_IO_THREADS, 1);
	zmq_ctx_set(daemon->context, ZMQ_MAX_SOCKETS, MAX_SOCKETS);
	return api_open(&daemon->api, daemon->context, &daemon->rundir, err);
}

static int start(struct daemon *daemon, const struct serve_options *options, struct err *err)
{
	int r = raise_files(err);

	if (r == 0)
		r = block_signals(daemon, err);
	if (r == 0)
		r = rundir_create(&daemon->rundir, err);
	if (r == 0)
		r = start_launcher(daemon, options, err);
	if (r < 0)
		return r;
	/* Nothing here or below executes anything that could need to gain by it. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, -errno, "give up gaining privileges");
	edges_init(&daemon->edges, !strcmp(options->backend, "process"));
	beat_init(daemon);
	return open_sockets(daemon, err);
}

/* One line to whoever started us; to the terminal when that is how it was. */
static void say(const struct daemon *daemon, FILE *stream, const char *word, const char *text)
{
	char line[ERR_TEXT_BYTES + 32];
	int len = snprintf(line, sizeof(line), "%s%s\n", word, text);

	if (daemon->lifeline >= 0) {
		send(daemon->lifeline, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
		return;
	}
	fputs(line, stream);
	fflush(stream);
}

/* Everything open is answered, then the tree goes, then its end is told. */
static void stop(struct daemon *daemon)
{
	if (daemon->api.router) {
		api_publish(&daemon->api,
			    json_pack("{s:s, s:s}", "event", "ending", "cause", daemon->cause));
		pending_fail_all(daemon, "the controller ends");
		batch_fail_all(daemon, "the controller ends");
	}
	creation_release(daemon);
	remove_release(daemon);
	trunk_close(&daemon->trunk);
	launcher_stop(&daemon->launcher);
	tree_release(&daemon->tree);
	edges_release(&daemon->edges);
	rundir_remove(&daemon->rundir);
	api_answer(&daemon->api, &daemon->shutdown, json_object());
	api_close(&daemon->api);
	if (daemon->context)
		zmq_ctx_term(daemon->context);
	cleanup_close(&daemon->signals);
}

int serve(const struct serve_options *options)
{
	struct daemon daemon = {
	    .lifeline = options->lifeline,
	    .signals = -1,
	    .launcher = {.fd = -1, .user_ns = -1, .net_ns = -1},
	    .rundir = {.fd = -1},
	    .pendings_due_ns = INT64_MAX,
	};
	struct err err;

	if (start(&daemon, options, &err) < 0) {
		stop(&daemon);
		say(&daemon, stderr, "Error: ", err.text);
		return 1;
	}
	say(&daemon, stdout, "OK ", daemon.rundir.path);
	loop_run(&daemon);
	stop(&daemon);
	if (daemon.status)
		say(&daemon, stderr, "Error: ", daemon.cause);
	return daemon.status;
}
