/*
 * soak BONSAID SECONDS [SEED]: puts a bounded random load on real trees, as fast as the trees
 * accept it, and checks what must hold (proof.h). A phase is one tree with one --on-crash policy. A
 * period of a phase is some seconds of load and then a quiet point with all checks. In every other
 * period the program kills controllers. Prints TAP without a plan. With the same seed the program
 * draws the same numbers again, but the machine's speed may differ.
 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "tests/soak/quiet.h"
#include "tests/soak/victim.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PERIOD_NS (15 * NS_PER_S)
#define PHASE_NS (90 * NS_PER_S)
#define PHASES_MIN 3
#define VICTIMS 2

struct victim {
	pid_t pid; /* 0: not running */
	int64_t end_ns;
};

struct soak {
	struct proofs proofs;
	struct client client;
	struct load load;
	struct tree_run tree;
	struct quiet quiet;
	struct random choices; /* draws the requests */
	struct random chaos;   /* draws the faults and their times */
	struct victim victim[VICTIMS];
	const char *backend, *on_crash;
	int64_t end_ns;
	int64_t load_ns; /* time spent on load */
	uint64_t controllers_killed, victims_killed;
};

static int64_t ms_from_now(struct random *random, uint32_t first, uint32_t last)
{
	return clock_ns() + random_in(random, first, last) * NS_PER_MS;
}

/* --- kills ---------------------------------------------------------------------------------------
 */

static void end_victim(struct soak *soak, struct victim *victim)
{
	if (!victim->pid)
		return;
	kill(victim->pid, SIGKILL);
	waitpid(victim->pid, NULL, 0);
	victim->pid = 0;
	soak->victims_killed++;
}

static void turn_victims(struct soak *soak, int64_t now_ns)
{
	for (size_t i = 0; i < VICTIMS; i++) {
		struct victim *victim = &soak->victim[i];

		if (now_ns < victim->end_ns)
			continue;
		end_victim(soak, victim);
		victim->pid = victim_start(&soak->chaos, soak->tree.dir);
		victim->pid = victim->pid < 0 ? 0 : victim->pid;
		victim->end_ns = ms_from_now(&soak->chaos, 5, 1500);
	}
}

/*
 * Kills the controller and starts the next one. In between, sends requests that the next one must
 * answer.
 */
static bool replace_controller(struct soak *soak)
{
	tree_kill(&soak->tree);
	soak->controllers_killed++;
	if (client_reconnect(&soak->client, soak->tree.dir) < 0)
		return false;
	for (int i = 0; i < 8; i++)
		load_act(&soak->load);
	return tree_serve(&soak->tree, soak->backend, soak->on_crash);
}

/* --- phases --------------------------------------------------------------------------------------
 */

/*
 * Puts load on the tree until `end_ns`; if `kills`, also kills controllers. Returns false if no
 * controller serves the tree any more.
 */
static bool load_until(struct soak *soak, int64_t end_ns, bool kills)
{
	int64_t kill_ns = kills ? ms_from_now(&soak->chaos, 500, 4000) : INT64_MAX;
	int64_t begin_ns = clock_ns(), now_ns = begin_ns, fault_ns = begin_ns;
	bool served = true;

	for (; served && now_ns < end_ns; now_ns = clock_ns()) {
		bool full = soak->client.open >= LOAD_OPEN_MAX;

		if (!full)
			load_act(&soak->load);
		client_take(&soak->client, full ? 10 : 0);
		turn_victims(soak, now_ns);
		if (now_ns >= fault_ns) {
			load_fault(&soak->load);
			fault_ns = ms_from_now(&soak->chaos, 5, 150);
		}
		if (now_ns < kill_ns)
			continue;
		served = replace_controller(soak);
		kill_ns = ms_from_now(&soak->chaos, 500, 4000);
	}
	for (size_t i = 0; i < VICTIMS; i++)
		end_victim(soak, &soak->victim[i]);
	soak->load_ns += now_ns - begin_ns;
	return served;
}

static bool begin_phase(struct soak *soak)
{
	json_t *info;

	if (!tree_serve(&soak->tree, soak->backend, soak->on_crash) ||
	    client_open(&soak->client, soak->tree.dir) < 0)
		return false;
	info = client_call(&soak->client, "info", NULL, 60);
	soak->tree.launcher = (pid_t)json_integer_value(json_object_get(info, "launcher"));
	json_decref(info);
	load_init(&soak->load, &soak->client, &soak->choices, &soak->chaos, soak->tree.launcher);
	soak->quiet = (struct quiet){
	    .proofs = &soak->proofs,
	    .client = &soak->client,
	    .load = &soak->load,
	    .tree = &soak->tree,
	    .links = strcmp(soak->backend, "process") != 0,
	};
	/*
	 * Warm up before the first measurement: memory and descriptors that were used once stay
	 * allocated.
	 */
	json_decref(client_call(&soak->client, "grow", json_pack("{s:i}", "count", LOAD_IDS), 60));
	json_decref(client_call(&soak->client, "set",
				json_pack("{s:i, s:{s:i}}", "node", 1, "limits", "pids", 1000),
				60));
	quiet_begin(&soak->quiet);
	return true;
}

static void end_phase(struct soak *soak)
{
	struct stat stat_buf;
	pid_t pid;

	json_decref(client_call(&soak->client, "shutdown", NULL, 60));
	tree_ended(&soak->tree);
	client_close(&soak->client);
	proof_holds(&soak->proofs, PROOF_LEFT);
	pid = census_marked();
	if (pid)
		proof_breaks(&soak->proofs, PROOF_LEFT, "pid %d", (int)pid);
	if (stat(soak->tree.dir, &stat_buf) == 0)
		proof_breaks(&soak->proofs, PROOF_LEFT, "%s", soak->tree.dir);
}

/*
 * Runs one phase. Returns false if no controller serves the tree any more. The time of the phase
 * begins when the tree is ready, however long that takes. So there is some load before the first
 * check of each proof.
 */
static bool run_phase(struct soak *soak, int64_t phase_ns)
{
	bool served = begin_phase(soak), kills = true;
	int64_t end_ns = clock_ns() + phase_ns;

	while (served && clock_ns() < end_ns) {
		int64_t period_ns = clock_ns() + PERIOD_NS;

		served = load_until(soak, period_ns < end_ns ? period_ns : end_ns, kills);
		if (!served)
			break;
		quiet_look(&soak->quiet);
		quiet_compare(&soak->quiet);
		kills = !kills;
	}
	if (served)
		end_phase(soak);
	return served;
}

static void run(struct soak *soak, int seconds)
{
	static const char *const ways[] = {"preserve", "destroy", "restart"};
	int64_t begin_ns = clock_ns(), phase_ns = seconds * NS_PER_S / PHASES_MIN;
	uint32_t way = random_in(&soak->chaos, 0, ARRAY_SIZE(ways) - 1);
	bool served = true;

	soak->end_ns = begin_ns + seconds * NS_PER_S;
	if (phase_ns > PHASE_NS)
		phase_ns = PHASE_NS;
	while (served && clock_ns() < soak->end_ns) {
		soak->on_crash = ways[way++ % ARRAY_SIZE(ways)];
		soak->backend = random_one_in(&soak->chaos, 5) ? "process" : "ns";
		if (getenv("SOAK_BACKEND"))
			soak->backend = getenv("SOAK_BACKEND");
		printf("# after %lld s: backend %s, --on-crash %s\n",
		       (long long)((clock_ns() - begin_ns) / NS_PER_S), soak->backend,
		       soak->on_crash);
		fflush(stdout);
		served = run_phase(soak, phase_ns);
	}
}

static void tell(const struct soak *soak)
{
	double seconds = (double)soak->load_ns / NS_PER_S;

	printf("# %" PRIu64 " requests and %" PRIu64
	       " frames of garbage in %.0f s, %.0f a second\n",
	       soak->client.count.requests, soak->client.count.garbage, seconds,
	       (double)(soak->client.count.requests + soak->client.count.garbage) / seconds);
	printf("# %" PRIu64 " answers, %" PRIu64 " events with %" PRIu64 " steps\n",
	       soak->client.count.answers, soak->client.count.events, soak->client.count.steps);
	printf("# killed: %" PRIu64 " controllers, with %" PRIu64 " requests open; %" PRIu64
	       " clients\n",
	       soak->controllers_killed, soak->client.count.orphans, soak->victims_killed);
}

int main(int argc, char **argv)
{
	static struct soak soak;
	uint64_t seed = 0;

	setlinebuf(stdout);
	if (argc == 4 && !strcmp(argv[1], "--victim"))
		return victim_main(argv[2], strtoull(argv[3], NULL, 10));
	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: soak BONSAID SECONDS [SEED]\n");
		return 2;
	}
	if (argc == 4)
		seed = strtoull(argv[3], NULL, 10);
	else if (getrandom(&seed, sizeof(seed), 0) < 0)
		return 2;
	/* Keep the drawn seed short enough to type. */
	seed = argc == 4 ? seed : seed % 1000000;
	printf("# SOAK_SEED=%" PRIu64 "\n", seed);
	soak.client.proofs = soak.tree.proofs = &soak.proofs;
	soak.tree.program = argv[1];
	snprintf(soak.tree.name, sizeof(soak.tree.name), "soak-%d", (int)getpid());
	soak.choices.state = seed;
	soak.chaos.state = ~seed;
	run(&soak, atoi(argv[2]));
	tell(&soak);
	return proof_report(&soak.proofs) > 0;
}
