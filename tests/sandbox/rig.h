/*
 * Shared by the tests of the sandbox ring: a launcher whose sandboxes run entries of the test
 * program, and the check that nothing is left. The boot line of a sandbox is "WORD ARG…". WORD is
 * "pause", "exit" or the word of an entry in rig_entries.
 */
#ifndef BONSAI_TESTS_SANDBOX_RIG_H
#define BONSAI_TESTS_SANDBOX_RIG_H

#include "sandbox/sandbox.h"

#define RIG_LIMIT_MS 120000

/* An entry that a sandbox can run; `arg` is the rest of the boot line. */
struct rig_entry {
	const char *word;
	int (*run)(const char *arg);
};

/* The entries of the test program, ended by a NULL word; rig.c adds "pause" and "exit N". */
extern const struct rig_entry rig_entries[];

/* Call this first in main(). If executed as a launcher, becomes the launcher; else returns. */
void rig_main(int argc, char **argv);

/* The backend to test: BACKEND in the environment; by default `ns`. */
const char *rig_backend(void);

/* Makes a new folder for launcher_options.folder. rig_stop() asserts that nothing is left in it. */
const char *rig_folder(void);

/*
 * Start a launcher, with the backend `backend` or with `options`. If the launcher does not start,
 * the test fails.
 */
void rig_start(struct launcher *launcher, const char *backend);
void rig_start_with(struct launcher *launcher, const struct launcher_options *options);

/*
 * Stops the launcher. Asserts that none of its processes remains. Then no namespace, mount or veth
 * pair remains either.
 */
void rig_stop(struct launcher *launcher);

/* Returns the spec of sandbox `id` below `parent`. The addresses are computed from `id`. */
struct sandbox_spec rig_spec(uint32_t id, uint32_t parent, const char *boot);

/* Waits at most RIG_LIMIT_MS for the next event; fails the test if none comes. */
struct sandbox_event rig_next(struct launcher *launcher);

/*
 * Creates a sandbox, waits for CREATED and returns the init's pid; any other event fails the test.
 */
pid_t rig_create(struct launcher *launcher, uint32_t id, uint32_t parent, const char *boot);

/*
 * Requests a sandbox that the launcher must refuse. Fails the test unless an event of kind `kind`
 * with the error `code` comes.
 */
void rig_refuses(struct launcher *launcher, const struct sandbox_spec *spec,
		 enum sandbox_event_kind kind, int code);

/*
 * Creates a sandbox, waits until it has exited, and removes it. Returns the exit status, or 128 +
 * signal.
 */
int rig_run(struct launcher *launcher, uint32_t id, uint32_t parent, const char *boot);

/* Removes the sandboxes and waits for the event REMOVED. Skips EXITED events before it. */
void rig_remove(struct launcher *launcher, const uint32_t *ids, size_t count);

/* True if `pid` is a process; a zombie does not count. */
bool rig_alive(pid_t pid);

/*
 * Waits at most 60 s until `pid` is gone or a zombie: where processors are scarce, a killed process
 * ends late. False on time-out.
 */
bool rig_ends(pid_t pid);

#endif
