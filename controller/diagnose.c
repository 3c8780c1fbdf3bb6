#include "controller/diagnose.h"

#include "base/cleanup.h"
#include "sandbox/doctor.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define HEAR_LIMIT_MS 2000

/*
 * Sends itself one message over ZeroMQ's ipc transport. An abstract socket address needs no file,
 * and belongs to this network namespace alone. Returns the number of bytes received, or -1.
 */
static int hear_oneself(void *context, char *heard)
{
	void *here = zmq_socket(context, ZMQ_PAIR), *there = zmq_socket(context, ZMQ_PAIR);
	int limit_ms = HEAR_LIMIT_MS, zero = 0, rc = -1;
	char endpoint[64];

	snprintf(endpoint, sizeof(endpoint), "ipc://@bonsai-doctor-%d", (int)getpid());
	if (here && there) {
		zmq_setsockopt(here, ZMQ_LINGER, &zero, sizeof(zero));
		zmq_setsockopt(there, ZMQ_LINGER, &zero, sizeof(zero));
		zmq_setsockopt(there, ZMQ_RCVTIMEO, &limit_ms, sizeof(limit_ms));
		if (!zmq_bind(here, endpoint) && !zmq_connect(there, endpoint) &&
		    zmq_send(here, "", 1, 0) == 1)
			rc = zmq_recv(there, heard, 1, 0);
	}
	if (here)
		zmq_close(here);
	if (there)
		zmq_close(there);
	return rc;
}

static void look_at_zmq(struct doctor_finding *finding)
{
	static const char mend[] = "apt install --reinstall libzmq5";
	int major, minor, patch;
	void *context;
	char heard;

	zmq_version(&major, &minor, &patch);
	if (!zmq_has("ipc")) {
		doctor_lack(finding, mend, "libzmq %d.%d.%d was built without ipc", major, minor,
			    patch);
		return;
	}
	context = zmq_ctx_new();
	if (!context || hear_oneself(context, &heard) != 1)
		doctor_lack(finding, mend, "libzmq %d.%d.%d: %s", major, minor, patch,
			    zmq_strerror(zmq_errno()));
	else
		doctor_ok(finding, "libzmq %d.%d.%d, heard a message", major, minor, patch);
	if (context)
		zmq_ctx_term(context);
}

static const struct doctor_probe own_probe = {"ZeroMQ over ipc", DOCTOR_NS, "open files",
					      look_at_zmq};

static const struct {
	const char *word, *json;
} states[] = {
    [DOCTOR_OK] = {"ok   ", "ok"},
    [DOCTOR_LACKS] = {"lacks", "lacks"},
    [DOCTOR_UNKNOWN] = {"?    ", "unknown"},
};

static void print_json(const struct doctor_probe *probes, const struct doctor_finding *findings,
		       size_t count)
{
	json_t *all = json_array();
	autofree char *text = NULL;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s, s:s?}", "name",
						     probes[i].name, "for", probes[i].needed_by,
						     "state", states[findings[i].state].json,
						     "detail", findings[i].detail, "mend",
						     *findings[i].mend ? findings[i].mend : NULL));
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	if (text)
		puts(text);
}

static bool stops_ns(const struct doctor_probe *probe, const struct doctor_finding *finding)
{
	return finding->state != DOCTOR_OK && !strcmp(probe->needed_by, DOCTOR_NS);
}

/*
 * True if probe `at` was not tried because the probe that it depends on failed: that other probe is
 * the cause.
 */
static bool follows(const struct doctor_probe *probes, const struct doctor_finding *findings,
		    size_t at)
{
	for (size_t i = 0; probes[at].after && i < at; i++)
		if (!strcmp(probes[i].name, probes[at].after))
			return findings[i].state != DOCTOR_OK;
	return false;
}

static void print_lines(const struct doctor_probe *probes, const struct doctor_finding *findings,
			size_t count)
{
	const char *before = "The ns backend does not work here, for want of: ";
	bool works = true;

	for (size_t i = 0; i < count; i++) {
		printf("%s %-19s %-18s %s\n", states[findings[i].state].word, probes[i].name,
		       probes[i].needed_by, findings[i].detail);
		if (*findings[i].mend)
			printf("      %s\n", findings[i].mend);
	}
	for (size_t i = 0; i < count; i++) {
		if (!stops_ns(&probes[i], &findings[i]))
			continue;
		works = false;
		if (follows(probes, findings, i))
			continue;
		printf("%s%s", before, probes[i].name);
		before = ", ";
	}
	puts(works ? "The ns backend works here."
		   : ". A machine of its own needs nothing of that: bonsai vm");
}

int diagnose(bool json)
{
	size_t count = doctor_probes_count + 1;
	autofree struct doctor_probe *probes = calloc(count, sizeof(*probes));
	autofree struct doctor_finding *findings = calloc(count, sizeof(*findings));
	bool works = true;

	if (!probes || !findings) {
		fprintf(stderr, "Error: no memory\n");
		return 1;
	}
	/*
	 * The probe for ZeroMQ is the last. Each probe runs in a child process of its own, so
	 * libzmq's threads disturb no other probe.
	 */
	memcpy(probes, doctor_probes, doctor_probes_count * sizeof(*probes));
	probes[count - 1] = own_probe;
	doctor_look(probes, count, findings);
	(json ? print_json : print_lines)(probes, findings, count);
	for (size_t i = 0; i < count; i++)
		works = works && !stops_ns(&probes[i], &findings[i]);
	if (ferror(stdout) || fflush(stdout)) {
		fprintf(stderr, "Error: standard output: %s\n", strerror(errno));
		return 1;
	}
	return !works;
}
