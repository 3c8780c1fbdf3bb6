#include "vm/vm.h"

#include "base/cleanup.h"
#include "base/signals.h"
#include "vm/engine.h"
#include "vm/initrd.h"
#include "vm/keeper.h"
#include "vm/relay.h"
#include "vm/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

/* The descriptors of one virtual machine: those of the engine, and this process's ends. */
struct line {
	struct engine_fds engine;
	int channel, console, signals;
};

static void close_line(struct line *line)
{
	int *const all[] = {&line->engine.channel, &line->engine.console, &line->engine.initrd,
			    &line->channel,	   &line->console,	  &line->signals};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		cleanup_close(all[i]);
		*all[i] = -1;
	}
}

static int open_line(struct line *line, struct err *err)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_errno(err, -errno, "make a channel to the guest");
	line->channel = ends[0];
	line->engine.channel = ends[1];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_errno(err, -errno, "make a channel to the guest");
	line->console = ends[0];
	line->engine.console = ends[1];
	/*
	 * Make this process's end of the channel non-blocking, because the relay waits for several
	 * descriptors. The engine sets up its own end.
	 */
	if (fcntl(line->channel, F_SETFL, O_NONBLOCK) < 0)
		return err_errno(err, -errno, "make a channel to the guest");
	return 0;
}

static void close_engine_side(struct line *line)
{
	cleanup_close(&line->engine.channel);
	cleanup_close(&line->engine.console);
	cleanup_close(&line->engine.initrd);
	line->engine = (struct engine_fds){-1, -1, -1};
}

static int check_folder(const char *path, const char *what, struct err *err)
{
	autoclose int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? err_errno(err, -errno, "%s %s", what, path) : 0;
}

static int check(const struct vm_spec *spec, struct err *err)
{
	int r = check_folder(spec->root, "the guest's root", err);

	if (r == 0 && spec->share)
		r = check_folder(spec->share, "the folder to share,", err);
	if (r == 0 && spec->disk && access(spec->disk, R_OK | W_OK) < 0)
		r = err_errno(err, -errno, "the disk %s", spec->disk);
	if (r == 0 && access(spec->guest_init, R_OK) < 0)
		r = err_errno(err, -errno, "the guest's init %s", spec->guest_init);
	return r;
}

static int block_signals(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	signals_add_endings(&set);
	sigprocmask(SIG_BLOCK, &set, before);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/*
 * Starts the engine and relays until the machine has ended. The caller has made the plan, the
 * descriptors and the scratch folder, and releases them.
 */
static int boot(const struct vm_spec *spec, const struct engine_plan *plan, struct line *line,
		struct scratch *scratch, int *status, struct err *err)
{
	struct keeper keeper;
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	char text[sizeof(plan->title) + 16];
	int r = keeper_start(&keeper, plan, &line->engine, scratch, err);

	if (r < 0)
		return r;
	close_engine_side(line);
	snprintf(text, sizeof(text), "booting %s", plan->title);
	spec->stage(spec->own, text);
	sigaction(SIGPIPE, &ignore, &before);
	r = relay_run(spec,
		      &(struct relay_fds){.channel = line->channel,
					  .console = line->console,
					  .signals = line->signals,
					  .engine = keeper.line},
		      status, err);
	sigaction(SIGPIPE, &before, NULL);
	if (keeper_end(&keeper)) {
		/* The keeper has removed the scratch folder already: only close the descriptor. */
		cleanup_close(&scratch->fd);
		scratch->fd = -1;
	}
	return r;
}

static int run(const struct vm_spec *spec, struct line *line, int *status, struct err *err)
{
	struct scratch scratch = {.fd = -1};
	struct engine_plan plan;
	int r = check(spec, err);

	if (r == 0)
		r = engine_find(spec, &plan, err);
	if (r < 0)
		return r;
	if (plan.wants_scratch)
		r = scratch_make(&scratch, spec->memory_bytes, err);
	if (r == 0)
		r = open_line(line, err);
	if (r == 0)
		r = line->engine.initrd = initrd_make(spec, &plan, err);
	if (r >= 0) {
		plan.engine->prepare(spec, &line->engine, &plan);
		r = engine_check(&plan, err);
	}
	if (r == 0)
		r = boot(spec, &plan, line, &scratch, status, err);
	scratch_remove(&scratch);
	engine_release(&plan);
	return r;
}

int vm_run(const struct vm_spec *given, int *status, struct err *err)
{
	struct line line = {{-1, -1, -1}, -1, -1, -1};
	struct vm_spec spec = *given;
	sigset_t before;
	int r;

	if (!spec.memory_bytes)
		spec.memory_bytes = VM_MEMORY_BYTES;
	/*
	 * Block signals before this process makes the first file or process: no signal may end it
	 * before it has removed them all.
	 */
	line.signals = block_signals(&before);
	r = line.signals < 0 ? err_errno(err, -errno, "watch for signals")
			     : run(&spec, &line, status, err);
	close_line(&line);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

bool vm_has_engine(const char *name)
{
	return engine_named(name) != NULL;
}
