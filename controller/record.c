#include "controller/record.h"

#include "controller/daemon.h"

#include <limits.h>

/*
 * The note of the whole tree: the heartbeat interval in the low 32 bits, and above them the policy
 * for exits.
 */
#define BEAT_MASK 0xffffffffull
#define CRASH_SHIFT 32

static bool put_settings(struct daemon *daemon)
{
	uint64_t note = ((uint64_t)daemon->beat_ms & BEAT_MASK) | (uint64_t)daemon->on_crash
								      << CRASH_SHIFT;

	if (launcher_note(&daemon->launcher, SANDBOX_NO_PARENT, note, NULL) < 0)
		return false;
	daemon->settings_noted = true;
	return true;
}

static bool put_node(struct daemon *daemon, struct node *node)
{
	if (launcher_note(&daemon->launcher, node->id, node->note, NULL) < 0)
		return false;
	node->noted = node->note;
	return true;
}

void record_node(struct daemon *daemon, struct node *node, enum record_note bit, bool set)
{
	node->note = set ? node->note | bit : node->note & ~(uint64_t)bit;
	if (node->note != node->noted && !put_node(daemon, node))
		daemon->record_waits = true;
}

void record_settings(struct daemon *daemon)
{
	daemon->settings_noted = false;
	if (!put_settings(daemon))
		daemon->record_waits = true;
}

void record_take_settings(struct daemon *daemon)
{
	uint64_t beat_ms = daemon->launcher.note & BEAT_MASK;

	/*
	 * A note without an interval means that no controller has written it: the launcher is new.
	 */
	if (beat_ms == 0 || beat_ms > INT_MAX)
		return;
	daemon->beat_ms = (int)beat_ms;
	daemon->on_crash = (daemon->launcher.note >> CRASH_SHIFT) % CRASH_POLICIES;
}

bool record_push(struct daemon *daemon)
{
	struct node *node, *next;

	if (!daemon->record_waits)
		return false;
	if (!daemon->settings_noted && !put_settings(daemon))
		return true;
	HASH_ITER(hh, daemon->tree.by_id, node, next)
		if (node->note != node->noted && !put_node(daemon, node))
			return true;
	daemon->record_waits = false;
	return false;
}
