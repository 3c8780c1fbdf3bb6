/* The engine user-mode Linux: a kernel that runs as ordinary processes, without /dev/kvm. */
#include "vm/engine.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PACKAGE "user-mode-linux"

/* Reads the kernel's release from the output of `PROGRAM --version`. */
static bool ask_release(const char *program, char release[KERNEL_RELEASE_BYTES])
{
	char command[PATH_MAX + 32];
	FILE *said;

	/* Refuse a path with a quote: it would end the shell's quotes below. */
	if (strchr(program, '\''))
		return false;
	snprintf(command, sizeof(command), "'%s' --version 2>/dev/null", program);
	said = popen(command, "re");
	if (!said)
		return false;
	if (!fgets(release, KERNEL_RELEASE_BYTES, said))
		*release = '\0';
	release[strcspn(release, "\n")] = '\0';
	pclose(said);
	return *release && !strchr(release, '/') && !strchr(release, ' ');
}

static int find(const struct vm_spec *spec, struct engine_plan *plan, struct err *err)
{
	int r;

	if (spec->cpus > 1)
		return err_text(err, -EINVAL,
				"user-mode Linux has one processor; for more: --engine qemu");
	if (spec->kernel)
		snprintf(plan->program, sizeof(plan->program), "%s", spec->kernel);
	else if (!engine_program("linux.uml", plan->program))
		return err_text(err, -ENOENT,
				"user-mode Linux is not installed; the package is " PACKAGE);
	if (access(plan->program, X_OK) < 0)
		return err_errno(err, -errno, "execute the kernel %s", plan->program);
	snprintf(plan->kernel.file, sizeof(plan->kernel.file), "%s", plan->program);
	if (!ask_release(plan->program, plan->kernel.release))
		return err_text(err, -ENOEXEC, "%s is no kernel of user-mode Linux", plan->program);
	if (!kernel_find_folder(&plan->kernel, "../lib/uml/modules", "/usr/lib/uml/modules"))
		return err_text(
		    err, -ENOENT,
		    "user-mode Linux %s has no modules in %s; install the package " PACKAGE,
		    plan->kernel.release, plan->kernel.folder);
	r = engine_list_modules(&plan->kernel, NULL, err);
	if (r < 0)
		return r;
	snprintf(plan->title, sizeof(plan->title), "user-mode Linux %s", plan->kernel.release);
	plan->channel = "/dev/ttyS0";
	plan->root_type = "hostfs";
	plan->root = spec->root;
	plan->share = spec->share;
	plan->wants_scratch = true;
	return 0;
}

static void prepare(const struct vm_spec *spec, const struct engine_fds *fds,
		    struct engine_plan *plan)
{
	engine_add(plan, "%s", plan->program);
	engine_add(plan, "mem=%lluM", (unsigned long long)spec->memory_bytes >> 20);
	engine_add(plan, "initrd=/proc/self/fd/%d", fds->initrd);
	if (spec->disk)
		engine_add(plan, "ubd0=%s", spec->disk);
	engine_add(plan, "con=null");
	engine_add(plan, "con0=null,fd:%d", fds->console);
	engine_add(plan, "ssl0=fd:%d", fds->channel);
	engine_add(plan, "rdinit=/init");
	engine_add(plan, "panic=-1");
	engine_add(plan, "loglevel=%d", spec->console >= 0 ? 7 : 4);
}

const struct engine engine_uml = {"uml", find, prepare};
