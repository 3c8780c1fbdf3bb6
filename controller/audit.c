#include "controller/audit.h"

#include "base/cleanup.h"
#include "sandbox/audit.h"
#include "sandbox/enter.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *word, *json;
} states[] = {
    [AUDIT_OK] = {"ok     ", "ok"},
    [AUDIT_FINDING] = {"finding", "finding"},
    [AUDIT_UNKNOWN] = {"?      ", "unknown"},
};

static void print_line(const struct audit_check *check, const struct audit_result *result)
{
	printf("%s %-12s %s", states[result->state].word, check->name, result->seen);
	if (result->untold)
		printf("; and %zu more", result->untold);
	putchar('\n');
}

/*
 * A program in the node may have chosen the text `seen`. If that is not UTF-8, pack null in its
 * place and report the state all the same.
 */
static json_t *pack(const struct audit_check *check, const struct audit_result *result)
{
	json_t *seen = json_string(result->seen);

	return json_pack("{s:s, s:s, s:o, s:I}", "check", check->name, "state",
			 states[result->state].json, "seen", seen ? seen : json_null(), "untold",
			 (json_int_t)result->untold);
}

static bool look_at_all(const struct audit *audit, json_t *all)
{
	bool clean = true;

	for (size_t i = 0; i < audit_checks_count; i++) {
		struct audit_result result;

		audit_look(audit, &audit_checks[i], &result);
		clean = clean && result.state == AUDIT_OK;
		if (all)
			json_array_append_new(all, pack(&audit_checks[i], &result));
		else
			print_line(&audit_checks[i], &result);
	}
	return clean;
}

int audit_print(int pidfd, uint64_t caps, bool json)
{
	const struct audit_target target = {
	    .proc = "/proc", .init = sandbox_init_of(pidfd), .caps = caps, .pidfd = pidfd};
	json_t *all = json ? json_array() : NULL;
	autofree char *text = NULL;
	struct err err = {0};
	struct audit audit;
	bool clean;

	if (audit_begin(&audit, &target, &err) < 0) {
		fprintf(stderr, "Error: %s\n", err.text);
		return 1;
	}
	clean = look_at_all(&audit, all);
	/*
	 * If the init has exited, its pid may belong to another process by now, and the audit may
	 * be of that process.
	 */
	if (sandbox_init_of(pidfd) != target.init) {
		fprintf(stderr, "Error: the node has ended\n");
		clean = false;
	}
	audit_release(&audit);
	text = all ? json_dumps(all, JSON_COMPACT) : NULL;
	json_decref(all);
	if (text)
		puts(text);
	if (ferror(stdout) || fflush(stdout)) {
		fprintf(stderr, "Error: standard output: %s\n", strerror(errno));
		return 1;
	}
	return !clean;
}
