/*
 * The doctor reports what this host has and what it lacks. It runs a table of probes. Each probe
 * tries one thing that Bonsai needs, in its own child process with a time limit. When a probe is
 * over, the doctor kills and reaps all processes of the probe. What a probe makes lies in the
 * probe's own namespaces, or the probe removes it. So the doctor leaves nothing behind and changes
 * nothing on the host. The exception: the kernel may load a module that the probe uses. The doctor
 * prints nothing.
 *
 * A probe that needs what an earlier probe found lacking is not tried. So one lack is reported
 * once, not ten times.
 */
#ifndef BONSAI_SANDBOX_DOCTOR_H
#define BONSAI_SANDBOX_DOCTOR_H

#include <stddef.h>

#define DOCTOR_NS "ns backend" /* needed_by of the probes of what the default backend needs */

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_LACKS,
	DOCTOR_UNKNOWN, /* the probe was not tried, or did not answer in time */
};

/* Plain data without pointers: the probe's process sends it through a pipe. */
struct doctor_finding {
	enum doctor_state state;
	char detail[160]; /* what the probe saw; for a lack the kernel's error text */
	char mend[200];	  /* for a lack: the command that mends it */
};

struct doctor_probe {
	const char *name;
	const char *needed_by; /* DOCTOR_NS, "limits", "faults" … */
	const char
	    *after; /* the earlier probe that must succeed before this probe is tried; or NULL */
	/* Runs in a child process, and may change anything in that process. `finding` is zeroed. */
	void (*look)(struct doctor_finding *finding);
};

extern const struct doctor_probe doctor_probes[];
extern const size_t doctor_probes_count;

/*
 * Runs all of `probes`, in order, and fills one finding for each. Blocks: 0.3 s if the host lacks
 * nothing, at most 10 s for each probe. The caller is single-threaded, and becomes a child
 * subreaper.
 */
void doctor_look(const struct doctor_probe *probes, size_t count, struct doctor_finding *findings);

/*
 * A probe reports its finding by one of these functions. doctor_lack_errno writes the text of
 * `error` after `what`.
 */
void doctor_ok(struct doctor_finding *finding, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_lack(struct doctor_finding *finding, const char *mend, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_lack_errno(struct doctor_finding *finding, int error, const char *mend,
		       const char *what);

#endif
