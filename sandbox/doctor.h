/*
 * What this host has and lacks: a table of probes. Each really tries the thing, in a child
 * process of its own that has a time limit and whose every process is ended and
 * reaped with it; what it makes lies in namespaces of its own, or is taken away again. So
 * nothing is left behind and nothing on the host is changed (but the kernel may load a
 * module that it is asked to use, as it always does). Prints nothing.
 *
 * A probe that needs what an earlier one found lacking isn't tried: so a single lack is
 * told once, not ten times.
 */
#ifndef BONSAI_SANDBOX_DOCTOR_H
#define BONSAI_SANDBOX_DOCTOR_H

#include <stddef.h>

#define DOCTOR_NS "ns backend" /* what the default backend can't do without */

enum doctor_state {
	DOCTOR_OK,
	DOCTOR_LACKS,
	DOCTOR_UNKNOWN, /* not tried, or no answer in time */
};

/* Plain data: it comes out of the child through a pipe. */
struct doctor_finding {
	enum doctor_state state;
	char detail[160]; /* what was seen; of a lack the kernel's own words */
	char mend[200];	  /* of a lack: the command that mends it */
};

struct doctor_probe {
	const char *name;
	const char *needed_by; /* DOCTOR_NS, "limits", "faults" … */
	const char *after;     /* the earlier probe without which it makes no sense; or NULL */
	/* Runs in the child, where it may do as it likes; `finding` is zeroed. */
	void (*look)(struct doctor_finding *finding);
};

extern const struct doctor_probe doctor_probes[];
extern const size_t doctor_probes_count;

/*
 * Looks at all of `probes`, in order, and fills as many findings. Blocks: 0.3 s where all
 * is well, at most 10 s a probe. The caller is single-threaded.
 */
void doctor_look(const struct doctor_probe *probes, size_t count, struct doctor_finding *findings);

/* For a probe: its finding. A lack's text is followed by the errno's own words. */
void doctor_ok(struct doctor_finding *finding, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void doctor_lack(struct doctor_finding *finding, const char *mend, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_lack_errno(struct doctor_finding *finding, int error, const char *mend,
		       const char *what);

#endif
