#include "vm/engine.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_MORE "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

bool engine_program(const char *name, char path[PATH_MAX])
{
	const char *own = getenv("PATH");
	char folders[4096], *rest = folders, *folder;

	snprintf(folders, sizeof(folders), "%s:%s", own ? own : "", PATH_MORE);
	while ((folder = strsep(&rest, ":"))) {
		if (*folder != '/' || snprintf(path, PATH_MAX, "%s/%s", folder, name) >= PATH_MAX)
			continue;
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

void engine_add(struct engine_plan *plan, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	if (plan->args_count > ENGINE_ARGS_MAX)
		return;
	va_start(ap, fmt);
	if (plan->args_count == ENGINE_ARGS_MAX || vasprintf(&text, fmt, ap) < 0) {
		plan->args_count = ENGINE_ARGS_MAX + 1;
		text = NULL;
	}
	va_end(ap);
	if (text)
		plan->args[plan->args_count++] = text;
}

int engine_check(const struct engine_plan *plan, struct err *err)
{
	return plan->args_count <= ENGINE_ARGS_MAX
		   ? 0
		   : err_text(err, -E2BIG, "too many arguments for %s", plan->program);
}

void engine_release(struct engine_plan *plan)
{
	for (size_t i = 0; i < ENGINE_ARGS_MAX; i++)
		free(steal_ptr(&plan->args[i]));
	plan->args_count = 0;
	kernel_release(&plan->kernel);
}

const struct engine *engine_named(const char *name)
{
	static const struct engine *const engines[] = {&engine_uml, &engine_qemu};

	for (size_t i = 0; i < ARRAY_SIZE(engines); i++)
		if (!strcmp(engines[i]->name, name))
			return engines[i];
	return NULL;
}

/*
 * Returns true if a line of /proc/cpuinfo has the flag for virtualization: vmx on Intel's
 * processors, svm on AMD's.
 */
static bool has_flag(char *line)
{
	const char *word = strsep(&line, "\t:");

	if (!word || strcmp(word, "flags") != 0)
		return false;
	while ((word = strsep(&line, "\t :\n")))
		if (!strcmp(word, "vmx") || !strcmp(word, "svm"))
			return true;
	return false;
}

bool engine_can_virtualize(const char *cpuinfo)
{
	FILE *file = fopen(cpuinfo, "re");
	char *line = NULL;
	size_t size = 0;
	bool can = false;

	while (file && !can && getline(&line, &size, file) >= 0)
		can = has_flag(line);
	free(line);
	if (file)
		fclose(file);
	return can;
}

bool engine_has_kvm(void)
{
	return access("/dev/kvm", R_OK | W_OK) == 0 && engine_can_virtualize("/proc/cpuinfo");
}

int engine_list_modules(struct kernel *kernel, const struct kernel_wish *own, struct err *err)
{
	/*
	 * Modules that each tree needs (overlay, veth), and optional modules, such as those that
	 * impair links.
	 */
	static const struct kernel_wish all[] = {
	    {"overlay", true},
	    {"veth", true},
	    {"bridge", false},
	    {"sch_netem", false},
	    {"sch_tbf", false},
	    {"nf_tables", false},
	    {"nft_fwd_netdev", false},
	    {"sch_ingress", false},
	    {"act_mirred", false},
	    {"tun", false},
	    {NULL, false},
	};
	int r = own ? kernel_list_modules(kernel, own, err) : 0;

	return r < 0 ? r : kernel_list_modules(kernel, all, err);
}

static int try_engine(const struct engine *engine, const struct vm_spec *spec,
		      struct engine_plan *plan, struct err *err)
{
	int r;

	*plan = (struct engine_plan){.engine = engine};
	r = engine->find(spec, plan, err);
	if (r < 0)
		engine_release(plan);
	return r;
}

/*
 * Prefers QEMU with KVM, which is the best engine. Without KVM prefers user-mode Linux, which is
 * faster than emulation.
 */
int engine_find(const struct vm_spec *spec, struct engine_plan *plan, struct err *err)
{
	/* User-mode Linux has only one processor, so try QEMU first if the guest needs more. */
	bool qemu_first = engine_has_kvm() || spec->cpus > 1;
	struct err uml = {0}, qemu = {0};

	if (spec->engine)
		return try_engine(engine_named(spec->engine), spec, plan, err);
	if (qemu_first && try_engine(&engine_qemu, spec, plan, &qemu) == 0)
		return 0;
	if (try_engine(&engine_uml, spec, plan, &uml) == 0)
		return 0;
	if (!qemu_first && try_engine(&engine_qemu, spec, plan, &qemu) == 0)
		return 0;
	return err_text(err, qemu_first ? qemu.code : uml.code, "%.120s; nor qemu: %.100s",
			uml.text, qemu.text);
}
