/* The engine QEMU: with KVM if it may be used, else emulated. */
#include "vm/engine.h"

#include "base/cleanup.h"
#include "vm/guest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "qemu-system-x86_64"
#define PACKAGE "qemu-system-x86"
#define ROOT_TAG "root"
#define SHARE_TAG "share"

static const struct kernel_wish wishes[] = {
    {"virtio_pci", true},  {"9pnet_virtio", true}, {"9p", true},  {"virtio_console", true},
    {"virtio_blk", false}, {"ext4", false},	   {NULL, false},
};

static int find(const struct vm_spec *spec, struct engine_plan *plan, struct err *err)
{
	int r = 0;

	if (!engine_program(PROGRAM, plan->program))
		return err_text(err, -ENOENT, "QEMU is not installed; the package is " PACKAGE);
	if (spec->kernel) {
		snprintf(plan->kernel.file, sizeof(plan->kernel.file), "%s", spec->kernel);
		r = kernel_read_release(&plan->kernel, err);
	} else {
		r = kernel_find_newest(&plan->kernel, err);
	}
	if (r == 0 && !kernel_find_folder(&plan->kernel, "../lib/modules", "/lib/modules"))
		r = err_text(err, -ENOENT,
			     "there are no modules of the kernel %s: neither %s nor beside it",
			     plan->kernel.release, plan->kernel.folder);
	if (r == 0)
		r = engine_list_modules(&plan->kernel, wishes, err);
	if (r < 0)
		return r;
	plan->kvm = engine_has_kvm();
	snprintf(plan->title, sizeof(plan->title), "QEMU, %s, Linux %s",
		 plan->kvm ? "with KVM" : "emulated", plan->kernel.release);
	plan->channel = NULL;
	plan->root_type = "9p";
	plan->root = ROOT_TAG;
	plan->share = spec->share ? SHARE_TAG : NULL;
	return 0;
}

/* Doubles each comma in a path, because in an option of QEMU a single comma ends a value. */
static void escape(const char *path, char escaped[2 * PATH_MAX])
{
	size_t len = 0;

	for (; *path && len + 2 < 2 * PATH_MAX; path++) {
		if (*path == ',')
			escaped[len++] = ',';
		escaped[len++] = *path;
	}
	escaped[len] = '\0';
}

static void add_folder(struct engine_plan *plan, const char *tag, const char *path,
		       const char *more)
{
	char escaped[2 * PATH_MAX];

	escape(path, escaped);
	engine_add(plan, "-fsdev");
	engine_add(plan, "local,id=%s,path=%s,security_model=none,multidevs=remap%s", tag, escaped,
		   more);
	engine_add(plan, "-device");
	engine_add(plan, "virtio-9p-pci,fsdev=%s,mount_tag=%s", tag, tag);
}

static void prepare(const struct vm_spec *spec, const struct engine_fds *fds,
		    struct engine_plan *plan)
{
	const char *const fixed[] = {
	    "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-M", "q35", "-cpu",
	    "max",	   "-accel"};

	engine_add(plan, "%s", plan->program);
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		engine_add(plan, "%s", fixed[i]);
	if (plan->kvm) {
		engine_add(plan, "kvm");
		engine_add(plan, "-accel"); /* fallback if another hypervisor blocks KVM */
	}
	engine_add(plan, "tcg,tb-size=128");
	engine_add(plan, "-m");
	engine_add(plan, "%lluM", (unsigned long long)spec->memory_bytes >> 20);
	engine_add(plan, "-smp");
	engine_add(plan, "%u", spec->cpus ? spec->cpus : 1);
	engine_add(plan, "-kernel");
	engine_add(plan, "%s", plan->kernel.file);
	engine_add(plan, "-initrd");
	engine_add(plan, "/proc/self/fd/%d", fds->initrd);
	engine_add(plan, "-append");
	engine_add(plan, "console=ttyS0 rdinit=/init panic=-1 loglevel=%d",
		   spec->console >= 0 ? 7 : 4);
	engine_add(plan, "-chardev");
	engine_add(plan, "file,id=console,path=/proc/self/fd/%d", fds->console);
	engine_add(plan, "-serial");
	engine_add(plan, "chardev:console");
	engine_add(plan, "-chardev");
	engine_add(plan, "socket,id=channel,fd=%d", fds->channel);
	engine_add(plan, "-device");
	engine_add(plan, "virtio-serial-pci");
	engine_add(plan, "-device");
	engine_add(plan, "virtserialport,chardev=channel,name=" GUEST_PORT);
	if (spec->disk) {
		char escaped[2 * PATH_MAX];

		escape(spec->disk, escaped);
		engine_add(plan, "-drive");
		engine_add(plan, "file=%s,format=raw,if=virtio", escaped);
	}
	add_folder(plan, ROOT_TAG, spec->root, ",readonly=on");
	if (spec->share)
		add_folder(plan, SHARE_TAG, spec->share, "");
}

const struct engine engine_qemu = {"qemu", find, prepare};
