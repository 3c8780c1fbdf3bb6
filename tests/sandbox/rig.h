/*
 * What the tests of the sandbox ring share: a launcher whose sandboxes run one of
 * the rig's own entries, and the assertion that nothing is left. The boot line of a
 * sandbox is "WORD ARG…", WORD an entry of the table in rig.c.
 */
#ifndef BONSAI_TESTS_SANDBOX_RIG_H
#define BONSAI_TESTS_SANDBOX_RIG_H

#include "sandbox/sandbox.h"

#define RIG_LIMIT_MS 120000

/* What a sandbox of the test runs; `arg` is the rest of the boot line. */
struct rig_entry {
	const char *word;
	int (*run)(const char *arg);
};

/* The test program's own entries, ended by a NULL word; rig.c adds "pause" and "exit N". */
extern const struct rig_entry rig_entries[];

/* First thing in main(): becomes the launcher when executed as one, else returns. */
void rig_main(int argc, char **argv);

/* What the tests are run with: BACKEND of the environment, `ns` without it. */
const char *rig_backend(void);

/* A fresh folder for launcher_options.folder. rig_stop asserts that nothing is left in it. */
const char *rig_folder(void);

/* Starts a launcher of that backend; fails the test otherwise. */
void rig_start(struct launcher *launcher, const char *backend);
void rig_start_with(struct launcher *launcher, const struct launcher_options *options);

/* Ends it and asserts that no process of it remains, and so no namespace, mount or veth. */
void rig_stop(struct launcher *launcher);

/* The spec of sandbox `id` below `parent`, its edge numbered by its id. */
struct sandbox_spec rig_spec(uint32_t id, uint32_t parent, const char *boot);

/* Waits for the next event, at most RIG_LIMIT_MS; fails the test when none comes. */
struct sandbox_event rig_next(struct launcher *launcher);

/* Creates and waits for CREATED; fails the test on anything else. Returns the pid. */
pid_t rig_create(struct launcher *launcher, uint32_t id, uint32_t parent, const char *boot);

/* Asks for one that can't be: fails the test unless that kind of event comes, with this code. */
void rig_refuses(struct launcher *launcher, const struct sandbox_spec *spec,
		 enum sandbox_event_kind kind, int code);

/* Creates, waits until it has exited, returns its exit status, or 128 + signal. */
int rig_run(struct launcher *launcher, uint32_t id, uint32_t parent, const char *boot);

/* Removes the list and waits for REMOVED; the EXITED on the way are passed over. */
void rig_remove(struct launcher *launcher, const uint32_t *ids, size_t count);

/* True if `pid` is a process, a zombie being none. */
bool rig_alive(pid_t pid);

/* Waits until it is none, as long as who was killed may take where processors are scarce. */
bool rig_ends(pid_t pid);

#endif
