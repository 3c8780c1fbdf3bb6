/*
 * Runs `build/bonsai` as an operator does and measures the times from outside. So each figure
 * includes all that an operator waits for.
 *
 *	drive SCENARIO COUNT PROGRAM [ARG]...	prints NAME VALUE NAME VALUE ...
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/err.h"
#include "tests/bench/pss.h"
#include "tests/bench/samples.h"
#include "tests/bench/session.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOST_MAX_S 10
#define CHAIN 9 /* nodes in the chain along which hops are measured */

static int64_t samples[SAMPLES_MAX];
static struct session session;

static double ms(int64_t ns)
{
	return (double)ns / NS_PER_MS;
}

static double us(int64_t ns)
{
	return (double)ns / 1000;
}

/*
 * Creates one node below a root, COUNT times. Measures the time from each request until its reply,
 * but not the removals of the node.
 */
static int create(int count, struct err *err)
{
	if (!session_ask(&session, "OK: ", NULL, err, "create 1000"))
		return err->code;
	for (int i = 0; i < count; i++) {
		if (!session_ask(&session, "OK: ", &samples[i], err, "create 500") ||
		    !session_ask(&session, "OK", NULL, err, "remove 500"))
			return err->code;
	}
	printf("p50_ms %.2f p99_ms %.2f\n", ms(samples_percentile(samples, count, 50)),
	       ms(samples_percentile(samples, count, 99)));
	return 0;
}

/*
 * Grows a whole tree, pings its nodes, measures their memory, and removes the root. The root is the
 * first node that `pingall` lists.
 */
static int grow(int count, struct err *err)
{
	int64_t grow_ns, ping_ns, remove_ns;
	struct pss pss;
	const char *line;
	long root;

	if (!session_ask(&session, "OK: ", &grow_ns, err, "grow %d", count))
		return err->code;
	line = session_ask(&session, "OK: ", &ping_ns, err, "pingall");
	if (!line)
		return err->code;
	root = strtol(line + strlen("OK: "), NULL, 10);
	pss = pss_below(session.pid);
	if (!session_ask(&session, "OK", &remove_ns, err, "remove %ld", root))
		return err->code;
	printf("nodes %d grow_ms %.1f remove_ms %.1f ping_ms %.1f pss_kb %.0f rest_kb %.0f "
	       "weighed %d\n",
	       count, ms(grow_ns), ms(remove_ns), ms(ping_ns),
	       pss.count ? pss.total_kb / pss.count : 0, pss.rest_kb, pss.count);
	return 0;
}

/*
 * Sends the same request to the first and to the last node of a chain. Both times include the CLI
 * and the controller, so the difference is the time of the hops, there and back.
 */
static int hop(int count, struct err *err)
{
	static int64_t far[SAMPLES_MAX];
	int64_t near_ns, far_ns;

	for (int id = 1; id <= CHAIN; id++) {
		if (!session_ask(&session, "OK: ", NULL, err, "create %d", id))
			return err->code;
	}
	for (int i = 0; i < count; i++) {
		if (!session_ask(&session, "OK: 1 ", &samples[i], err, "exec 1 time") ||
		    !session_ask(&session, "OK: 9 ", &far[i], err, "exec %d time", CHAIN))
			return err->code;
	}
	near_ns = samples_percentile(samples, count, 50);
	far_ns = samples_percentile(far, count, 50);
	printf("near_us %.1f far_us %.1f hop_us %.1f\n", us(near_ns), us(far_ns),
	       us(far_ns - near_ns) / (2 * (CHAIN - 1)));
	return 0;
}

static int lose_one(int64_t *took_ns, struct err *err)
{
	const char *line = session_ask(&session, "OK: ", NULL, err, "create 500");
	int64_t t0;
	pid_t pid;

	if (!line)
		return err->code;
	pid = (pid_t)strtol(line + strlen("OK: "), NULL, 10);
	t0 = clock_ns();
	if (pid <= 1 || kill(pid, SIGKILL))
		return err_errno(err, -errno, "kill node 500, pid %d", pid);
	line = session_line(&session, LOST_MAX_S, err);
	*took_ns = clock_ns() - t0;
	if (!line)
		return err->code;
	if (strncmp(line, "Lost: node 500 ", strlen("Lost: node 500 ")) != 0)
		return err_text(err, -EPROTO, "killed node 500, read: %.150s", line);
	return session_ask(&session, "OK", NULL, err, "remove 500") ? 0 : err->code;
}

static int lost(int count, struct err *err)
{
	if (!session_ask(&session, "OK: ", NULL, err, "create 1000"))
		return err->code;
	for (int i = 0; i < count; i++) {
		int code = lose_one(&samples[i], err);

		if (code)
			return code;
	}
	printf("p50_ms %.2f p99_ms %.2f\n", ms(samples_percentile(samples, count, 50)),
	       ms(samples_percentile(samples, count, 99)));
	return 0;
}

static const struct scenario {
	const char *name;
	int (*run)(int count, struct err *err);
	const char *help;
} scenarios[] = {
    {"create", create, "one node, create to answer, COUNT times"},
    {"grow", grow, "a tree of COUNT nodes grown, weighed and removed"},
    {"hop", hop, "a hop between nodes, COUNT round trips"},
    {"lost", lost, "SIGKILL of a node to its Lost line, COUNT times"},
};

static const struct scenario *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	}
	return NULL;
}

static int usage(void)
{
	fputs("usage: drive SCENARIO COUNT PROGRAM [ARG]...\n", stderr);
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++)
		fprintf(stderr, "  %-8s %s\n", scenarios[i].name, scenarios[i].help);
	return 2;
}

int main(int argc, char **argv)
{
	const struct scenario *scenario = argc > 3 ? find(argv[1]) : NULL;
	int count = scenario ? atoi(argv[2]) : 0;
	struct err err = {0};
	int code;

	if (count < 1 || count > SAMPLES_MAX)
		return usage();
	code = session_start(&session, argv + 3, &err);
	if (code == 0) {
		code = scenario->run(count, &err);
		session_end(&session);
	}
	if (code)
		fprintf(stderr, "drive %s: %s\n", scenario->name, err.text);
	return code ? 1 : 0;
}
