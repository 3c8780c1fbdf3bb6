/*
 * What this host has and what it lacks: a table of probes. Each probe really tries the thing, in
 * its own child process with a time limit. When the probe is over, all its processes are killed and
 * reaped. What the probe makes lies in namespaces of its own, or is removed. So nothing is left
 * behind and nothing on the host is changed. The exception: the kernel may load a module that the
 * probe uses. Prints nothing.
 *
 * If a probe needs what an earlier probe found lacking, it is not tried: so one lack is reported
 * once, not ten times.
 */
#ifndef BONSAI_SANDBOX_DOCTOR_H
#define BONSAI_SANDBOX_DOCTOR_H

#include <stddef.h>

#define DOCTOR_NS "ns backend" /* the default backend needs it */

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_LACKS,
	DOCTOR_UNKNOWN, /* not tried, or no answer in time */
};

/* Plain data: it comes out of the child through a pipe. */
struct doctor_finding {
	enum doctor_state state;
	char detail[160]; /* what was seen; for a lack the kernel's error text */
	char mend[200];	  /* for a lack: the command that mends it */
};

struct doctor_probe {
	const char *name;
	const char *needed_by; /* DOCTOR_NS, "limits", "faults" … */
	const char
	    *after; /* the earlier probe that must be OK for this one to make sense; or NULL */
	/* Runs in the child, which may change anything of itself. `finding` is zeroed. */
	void (*look)(struct doctor_finding *finding);
};

extern const struct doctor_probe doctor_probes[];
extern const size_t doctor_probes_count;

/*
 * Runs all of `probes`, in order, and fills one finding for each. Blocks: 0.3 s if all is well, at
 * most 10 s a probe. The caller is single-threaded, and becomes a child subreaper.
 */
void doctor_look(const struct doctor_probe *probes, size_t count, struct doctor_finding *findings);

/*
 * A probe reports its finding by one of these. doctor_lack_errno puts the text of `error` behind
 * `what`.
 */
void doctor_ok(struct doctor_finding *finding, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_lack(struct doctor_finding *finding, const char *mend, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_lack_errno(struct doctor_finding *finding, int error, const char *mend,
		       const char *what);

#endif
