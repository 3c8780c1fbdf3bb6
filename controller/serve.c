#include "controller/serve.h"

#include "base/cleanup.h"
#include "base/threads.h"
#include "controller/attach.h"
#include "controller/batch.h"
#include "controller/beat.h"
#include "controller/caps.h"
#include "controller/creation.h"
#include "controller/daemon.h"
#include "controller/doubt.h"
#include "controller/loop.h"
#include "controller/notify.h"
#include "controller/pending.h"
#include "controller/profile.h"
#include "controller/record.h"
#include "controller/remove.h"
#include "controller/uids.h"
#include "images/store.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <zmq.h>

#define FILES_MIN 128		 /* libzmq aborts if it finds no free descriptors for its threads */
#define FILE_BYTES_MIN (1 << 20) /* more than the files of the nodes' root file system need */
#define MAX_SOCKETS 64		 /* the API's two, the trunk, and trunks that are being closed */

/*
 * The controller raises these limits to the hard limits, since the launcher and all its children
 * inherit them.
 */
static const struct {
	int resource;
	rlim_t min;
	const char *what;
	char option; /* of the shell's ulimit */
} raised[] = {
    {RLIMIT_NOFILE, FILES_MIN, "files may be open", 'n'},
    {RLIMIT_FSIZE, FILE_BYTES_MIN, "bytes may be written to a file", 'f'},
};

static int raise_limits(struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(raised); i++) {
		struct rlimit limit;

		if (getrlimit(raised[i].resource, &limit) < 0)
			return err_errno(err, -errno, "read the limit ulimit -%c",
					 raised[i].option);
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(raised[i].resource, &limit) < 0)
			return err_errno(err, -errno, "raise the limit ulimit -%c",
					 raised[i].option);
		if (limit.rlim_cur < raised[i].min)
			return err_text(err, -EMFILE,
					"at most %llu %s, but %llu are needed: "
					"raise it with ulimit -%c",
					(unsigned long long)limit.rlim_cur, raised[i].what,
					(unsigned long long)raised[i].min, raised[i].option);
	}
	return 0;
}

/*
 * Blocks the signals that end the controller; the loop reads them from a signalfd. Ignores SIGPIPE
 * and SIGXFSZ: the write fails with an error instead.
 */
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
	signal(SIGXFSZ, SIG_IGN);
	daemon->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (daemon->signals < 0)
		return err_errno(err, -errno, "open a signalfd");
	return 0;
}

/* Finds the image. *fd protects the image from removal until the launcher protects it. */
static int hold_image(const char *name, char path[PATH_MAX], int *fd, struct err *err)
{
	struct store store = {.fd = -1};
	int r;

	if (!name)
		return 0;
	r = store_open(&store, false, err);
	if (r == -ENOENT)
		return err_text(err, r, "there is no image %.64s in %s", name, store.path);
	if (r == 0)
		r = store_hold(&store, name, path, err);
	store_close(&store);
	if (r < 0)
		return r;
	*fd = r;
	return 0;
}

/*
 * Compiles a seccomp profile, keeps a copy in the tree's folder, and returns a descriptor of the
 * compiled program.
 */
static int take_filter(struct daemon *daemon, const struct serve_options *options, uint64_t caps,
		       struct err *err)
{
	autoclose int filter = -1;
	int r;

	if (strcmp(options->backend, "process") == 0)
		return err_text(err, -EINVAL, "--seccomp: nodes of this backend have no filter");
	filter = profile_open(options->seccomp, caps, err);
	if (filter < 0)
		return filter;
	r = profile_keep(filter, daemon->rundir.path, err);
	return r < 0 ? r : steal_fd(&filter);
}

static int take_range(const struct serve_options *options, struct launcher_options *wanted,
		      struct err *err)
{
	int r = uids_read(options->uid_range, &wanted->uid_first, &wanted->uid_count, err);

	if (r < 0)
		return r;
	if (geteuid() != 0)
		return err_text(err, -EPERM, "--uid-range is for root: nodes have your own id");
	if (strcmp(options->backend, "process") == 0)
		return err_text(err, -EINVAL,
				"--uid-range: nodes of this backend have your own id");
	/* All files of an image have one owner, whose id the range must begin with. */
	if (options->image && wanted->uid_first != STORE_OWNER)
		return err_text(err, -EINVAL, "--uid-range: with an image it must begin at %u",
				STORE_OWNER);
	return 0;
}

static int start_launcher(struct daemon *daemon, const struct serve_options *options,
			  struct err *err)
{
	struct sandbox_limits limits = {0};
	char image[PATH_MAX];
	autoclose int held = -1, filter = -1;
	int r = hold_image(options->image, image, &held, err);
	char path[RUNDIR_PATH_BYTES + 16];
	struct launcher_options wanted = {
	    .backend = options->backend,
	    .agent = options->agent,
	    /*
	     * A tree with a lifeline ends with its starter. No next controller may attach to its
	     * launcher, which therefore has no socket.
	     */
	    .socket = options->lifeline < 0 ? path : NULL,
	    .keep = daemon->rundir.fd,
	    .folder = daemon->rundir.path,
	    .image = options->image,
	    .image_root = image,
	    .image_fd = held,
	};

	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/launcher", daemon->rundir.path);
	r = limit_read_words(options->limits, &limits, err);
	if (r == 0 && options->cap_add)
		r = caps_read(options->cap_add, &limits.caps, err);
	if (r == 0 && options->uid_range)
		r = take_range(options, &wanted, err);
	if (r == 0 && options->seccomp) {
		filter = take_filter(daemon, options, limits.caps, err);
		r = filter < 0 ? filter : 0;
		wanted.filter = filter;
	}
	if (r == 0)
		r = launcher_start(&daemon->launcher, &wanted, err);
	if (r == 0 && limit_is_any(&limits))
		r = launcher_limit_first(&daemon->launcher, &limits, err);
	return r;
}

static int attach_launcher(struct daemon *daemon, struct err *err)
{
	char path[RUNDIR_PATH_BYTES + 16];

	snprintf(path, sizeof(path), "%s/launcher", daemon->rundir.path);
	return launcher_attach(&daemon->launcher, path, err);
}

/*
 * Takes the tree's folder, and starts the tree's launcher or attaches to it. Runs before the first
 * ZeroMQ socket is opened: libzmq's threads would prevent unsharing and joining namespaces.
 */
static int take_tree(struct daemon *daemon, const struct serve_options *options, struct err *err)
{
	int r = rundir_create(&daemon->rundir, options->tree, err);

	if (r == -EEXIST) {
		r = rundir_attach(&daemon->rundir, options->tree, err);
		daemon->found = r == 0;
	}
	if (r == 0)
		r = daemon->found ? attach_launcher(daemon, err)
				  : start_launcher(daemon, options, err);
	if (r == 0)
		r = launcher_join(&daemon->launcher, err);
	if (r == 0 && daemon->found)
		r = attach_begin(daemon, err);
	return r;
}

static int open_sockets(struct daemon *daemon, struct err *err)
{
	int r = threads_check(err);

	if (r < 0)
		return r;
	if (!zmq_has("ipc"))
		return err_text(err, -EPROTONOSUPPORT,
				"this libzmq was built without ipc: install Debian's libzmq5");
	daemon->context = zmq_ctx_new();
	if (!daemon->context)
		return err_errno(err, -errno, "start ZeroMQ");
	zmq_ctx_set(daemon->context, ZMQ_IO_THREADS, 1);
	zmq_ctx_set(daemon->context, ZMQ_MAX_SOCKETS, MAX_SOCKETS);
	/*
	 * A controller numbers its events from above all numbers that the tree's former controllers
	 * used.
	 */
	return api_open(&daemon->api, daemon->context, &daemon->rundir,
			((int64_t)daemon->launcher.generation << 32) + 1, err);
}

static int start(struct daemon *daemon, const struct serve_options *options, struct err *err)
{
	/*
	 * A starter that passes a lifeline or a descriptor for the greeting is no service manager,
	 * though the starter itself may run in a service.
	 */
	bool service = options->greet < 0 && options->lifeline < 0;
	int r = notify_open(service, &daemon->notify, err);

	if (r == 0)
		r = raise_limits(err);
	if (r == 0)
		r = block_signals(daemon, err);
	if (r == 0)
		r = take_tree(daemon, options, err);
	if (r < 0)
		return r;
	/* From here on the controller executes no program that needs to gain privileges. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_errno(err, -errno, "give up gaining privileges");
	edges_init(&daemon->edges, !daemon->launcher.isolated);
	daemon->beat_ms = options->beat_ms;
	daemon->on_crash = options->on_crash;
	record_take_settings(daemon);
	record_settings(daemon);
	beat_init(daemon);
	return open_sockets(daemon, err);
}

/* Writes one line to the starter: to `greet`, the lifeline, or else `stream`. */
static void say(const struct daemon *daemon, FILE *stream, const char *word, const char *text)
{
	char line[ERR_TEXT_BYTES + 32];
	int len = snprintf(line, sizeof(line), "%s%s\n", word, text);

	int to = daemon->greet >= 0 ? daemon->greet : daemon->lifeline;

	if (to < 0)
		to = fileno(stream);
	/* If the write fails, the starter has gone: there is nobody to tell. */
	if (write(to, line, (size_t)len) < 0)
		return;
}

void daemon_serves(struct daemon *daemon)
{
	say(daemon, stdout, "OK ", daemon->rundir.path);
	if (daemon->greet >= 0)
		close(steal_fd(&daemon->greet));
	notify_send(daemon->notify, "READY=1\nSTATUS=Serves %s", daemon->rundir.path);
}

/*
 * Answers all pending requests, then ends the tree, then answers the shutdown. `leave`: the tree
 * stays with its launcher, for the next controller.
 */
static void stop(struct daemon *daemon, bool leave)
{
	struct err ends;

	err_text(&ends, -ECANCELED, "the controller ends");
	notify_send(daemon->notify, "STOPPING=1\nSTATUS=%s", daemon->cause);
	if (daemon->api.router) {
		api_publish(&daemon->api,
			    json_pack("{s:s, s:s}", "event", "ending", "cause", daemon->cause));
		pending_fail_all(daemon, &ends);
		batch_fail_all(daemon, &ends);
	}
	attach_release(daemon);
	creation_release(daemon);
	doubt_release(daemon);
	remove_release(daemon);
	trunk_close(&daemon->trunk);
	if (leave)
		launcher_leave(&daemon->launcher);
	else
		launcher_stop(&daemon->launcher);
	tree_release(&daemon->tree);
	edges_release(&daemon->edges);
	if (leave)
		rundir_leave(&daemon->rundir);
	else
		rundir_remove(&daemon->rundir);
	api_answer(&daemon->api, &daemon->shutdown, json_object());
	api_close(&daemon->api);
	if (daemon->context)
		zmq_ctx_term(daemon->context);
	cleanup_close(&daemon->signals);
	cleanup_close(&daemon->notify);
}

int serve(const struct serve_options *options)
{
	struct daemon daemon = {
	    .name = options->tree,
	    .lifeline = options->lifeline,
	    .greet = options->greet,
	    .notify = -1,
	    .signals = -1,
	    .launcher = {.fd = -1, .user_ns = -1, .net_ns = -1},
	    .rundir = {.fd = -1, .turn = -1},
	    .pendings_due_ns = INT64_MAX,
	    .recall_ns = INT64_MAX,
	};
	struct err err;

	if (start(&daemon, options, &err) < 0) {
		daemon_end(&daemon, 1, err.text);
		stop(&daemon, daemon.found);
		say(&daemon, stderr, "Error: ", err.text);
		return 1;
	}
	if (!daemon.attach)
		daemon_serves(&daemon);
	loop_run(&daemon);
	/* If the controller itself fails, leave the tree running. */
	stop(&daemon, daemon.status && options->lifeline < 0 && !daemon.launcher_gone);
	if (daemon.status)
		say(&daemon, stderr, "Error: ", daemon.cause);
	return daemon.status;
}
