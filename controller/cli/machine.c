#include "controller/cli/machine.h"

#include "base/amount.h"
#include "base/cleanup.h"
#include "controller/cli/guard.h"
#include "controller/cli/options.h"
#include "controller/cli/raw.h"
#include "controller/cli/self.h"
#include "controller/cli/text.h"
#include "images/store.h"
#include "vm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FAILED_STATUS                                                                              \
	125 /* the exit status if the machine could not run the program; docker(1) uses 125 too */
#define ERASE "\r\033[K" /* clears the terminal's line that shows the progress */

enum { ENGINE = 256, MEMORY, CPUS, KERNEL, SHARE, IMAGE, CONSOLE, DISK, NO_TREE, TIMEOUT, HELP };

static const struct option full[] = {
    {"engine", required_argument, NULL, ENGINE},
    {"memory", required_argument, NULL, MEMORY},
    {"cpus", required_argument, NULL, CPUS},
    {"kernel", required_argument, NULL, KERNEL},
    {"console", required_argument, NULL, CONSOLE},
    {"disk", required_argument, NULL, DISK},
    {"share", required_argument, NULL, SHARE},
    {"image", required_argument, NULL, IMAGE},
    {"no-tree", no_argument, NULL, NO_TREE},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

const struct flags machine_flags = {.brief = "qh", .full = full};

const char machine_details[] =
    "\n"
    "It boots a kernel of its own over the files of this host, which the guest reads\n"
    "and never changes, starts a tree there, and runs PROG as root, or reads commands\n"
    "for the tree. No privilege is needed, and nothing is left. The exit status is\n"
    "the program's; 125 when the machine could not run it.\n"
    "\n"
    "  --engine ENGINE   uml (user-mode Linux) or qemu; by default QEMU if it may use\n"
    "                    KVM, else user-mode Linux, else QEMU emulated\n"
    "  --memory BYTES    of the guest, as 1G (default: 512M)\n"
    "  --cpus N          processors of the guest, with QEMU (default: 1)\n"
    "  --kernel FILE     another kernel, its modules beside it or in /lib/modules\n"
    "  --share DIR       a folder of the host that the guest may write, at /share\n"
    "  --disk FILE       a disk of the guest: /dev/ubda, with QEMU /dev/vda\n"
    "  --image NAME      an image with Bonsai in it, instead of the host's files\n"
    "  --console FILE    write there what the guest's kernel says\n"
    "  --no-tree         start no tree\n"
    "  --timeout S       end the machine after S seconds\n"
    "\n"
    "Options come before PROG. At a terminal, ^] three times within a second ends the\n"
    "machine whatever the guest does.";

struct machine {
	struct vm_spec spec;
	const char *image, *console;
	struct raw raw;
	bool progress; /* show the progress of the machine's boot */
	bool shown;
};

static int misuse(const char *what, const char *word)
{
	return session_refuse_word(what, word, NULL);
}

#define GO_ON (-2)

/* Handles one option. Returns GO_ON, or the status that machine_run must return at once. */
static int take_option(struct machine *machine, int option, const char *word, bool *quiet)
{
	struct vm_spec *spec = &machine->spec;
	uint64_t number;

	switch (option) {
	case ENGINE:
		spec->engine = word;
		return vm_has_engine(word) ? GO_ON : misuse("no engine, not uml or qemu", word);
	case MEMORY:
		if (!amount_bytes(word, &spec->memory_bytes) ||
		    spec->memory_bytes < VM_MEMORY_MIN_BYTES)
			return misuse("no memory of a machine, 128M at least", word);
		return GO_ON;
	case CPUS:
		if (!amount_count(word, VM_CPUS_MAX, &number) || !number)
			return misuse("no number of processors, 1 to 64", word);
		spec->cpus = (unsigned int)number;
		return GO_ON;
	case TIMEOUT:
		if (!text_number(word, OPTION_TIMEOUT_MAX_S, &number) || !number)
			return misuse(OPTION_TIMEOUT_WRONG, word);
		spec->timeout_s = (unsigned int)number;
		return GO_ON;
	case CONSOLE:
		machine->console = word;
		return GO_ON;
	case DISK:
		spec->disk = word;
		return GO_ON;
	case KERNEL:
		spec->kernel = word;
		return GO_ON;
	case SHARE:
		spec->share = word;
		return GO_ON;
	case IMAGE:
		machine->image = word;
		return store_is_name(word) ? GO_ON : misuse("no name of an image", word);
	case NO_TREE:
		spec->tree = false;
		return GO_ON;
	case 'q':
		*quiet = true;
		return GO_ON;
	case HELP:
	case 'h':
		return MACHINE_HELP;
	default:
		return misuse(option == ':' ? "option needs an argument" : "unknown option", word);
	}
}

/*
 * Handles the options up to the first word that is no option: that word is the program, and the
 * words after it belong to the program.
 */
static int take_options(struct machine *machine, int argc, char **argv, bool *quiet)
{
	int option, status = GO_ON;
	char letter[3];

	opterr = 0;
	optind = 0; /* 0: getopt_long(3) forgets the previous array */
	while (status == GO_ON && (option = getopt_long(argc, argv, "+:qh", full, NULL)) != -1) {
		const char *bad = flags_bad_word(argv, letter);

		status = take_option(machine, option, option == ':' || option == '?' ? bad : optarg,
				     quiet);
	}
	return status;
}

/* --- the terminal --- */

static void show_stage(void *own, const char *text)
{
	struct machine *machine = own;
	char shown[64];
	struct err err;

	text_printable(shown, sizeof(shown), text ? text : "");
	if (machine->progress && text)
		fprintf(stderr, ERASE "bonsai vm: %s ...", shown);
	if (machine->progress && !text)
		fprintf(stderr, ERASE);
	machine->shown = text != NULL;
	if (!text && machine->spec.terminal && raw_enter(&machine->raw, &err) < 0)
		fprintf(stderr, "Error: %s\n", err.text);
}

/* --- the host's files --- */

/* Where the program for the guest's init may be, relative to the folder of this program. */
static const char *const guest_inits[] = {"bonsai-guest", "../libexec/bonsai/bonsai-guest", NULL};

static bool has_program(const char *root)
{
	static const char *const places[] = {"/usr/bin/bonsai", "/usr/local/bin/bonsai"};
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%.*s%s", PATH_MAX - 64, root, places[i]);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

/*
 * Finds the image and its path. Returns a descriptor, or a negative errno. While the descriptor is
 * open, the store does not remove the image.
 */
static int hold_image(struct machine *machine, char path[PATH_MAX], struct err *err)
{
	struct store store = {.fd = -1};
	int r = store_open(&store, false, err);

	if (r == -ENOENT)
		return err_text(err, r, "there is no image %s", machine->image);
	if (r == 0)
		r = store_hold(&store, machine->image, path, err);
	store_close(&store);
	machine->spec.root = path;
	if (r < 0 || has_program(path))
		return r;
	close(r);
	return err_text(
	    err, -ENOENT,
	    "the image %s has no bonsai in it; bonsai image build machine makes one that has",
	    machine->image);
}

/* --- */

static int tell(const struct err *err)
{
	char shown[ERR_TEXT_BYTES];

	text_printable(shown, sizeof(shown), err->text);
	fprintf(stderr, "Error: vm: %s\n", shown);
	return FAILED_STATUS;
}

static const char *env_line(char *line, size_t size, const char *name)
{
	const char *value = getenv(name);

	if (!value || snprintf(line, size, "%s=%s", name, value) >= (int)size)
		return NULL;
	return line;
}

static void hand_environment(struct vm_spec *spec)
{
	static const char *const names[] = {"TERM", "LANG", "LC_ALL", "LC_CTYPE", "NO_COLOR"};
	static char lines[ARRAY_SIZE(names)][256];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		spec->env[count] = env_line(lines[i], sizeof(lines[i]), names[i]);
		count += spec->env[count] != NULL;
	}
}

int machine_run(const struct session_options *options, char *const *args, size_t count)
{
	char self[PATH_MAX], guest_init[PATH_MAX], folder[PATH_MAX], root[PATH_MAX],
	    share[PATH_MAX];
	struct machine machine = {
	    .spec = {.root = "/", .tree = true, .console = -1, .timeout_s = options->timeout_s}};
	struct vm_spec *spec = &machine.spec;
	bool quiet = options->quiet;
	autoclose int image = -1, console = -1;
	struct err err = {0};
	int status;

	/* getopt_long(3) skips args[-1], the name of the sub-command. */
	status = take_options(&machine, (int)count + 1, (char **)args - 1, &quiet);
	if (status != GO_ON)
		return status;
	self_folder(self);
	self_find(guest_inits, R_OK, guest_init);
	spec->guest_init = guest_init;
	spec->programs = machine.image ? NULL : self;
	spec->folder = getcwd(folder, sizeof(folder));
	spec->args = args - 1 + optind;
	spec->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	spec->stage = show_stage;
	spec->size = raw_size;
	spec->own = &machine;
	raw_size(&spec->rows, &spec->columns);
	hand_environment(spec);
	machine.progress = !quiet && isatty(STDERR_FILENO);
	if (spec->share && !realpath(spec->share, share))
		return tell(
		    (err_errno(&err, -errno, "the folder to share, %s", spec->share), &err));
	spec->share = spec->share ? share : NULL;
	if (machine.console) {
		spec->console = console =
		    open(machine.console, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (console < 0)
			return tell((err_errno(&err, -errno, "write %s", machine.console), &err));
	}
	image = machine.image ? hold_image(&machine, root, &err) : -1;
	if (machine.image && image < 0)
		return tell(&err);
	if (vm_run(spec, &status, &err) < 0)
		status = -1;
	raw_leave(&machine.raw);
	guard_end();
	if (machine.shown && machine.progress)
		fprintf(stderr, ERASE);
	return status < 0 ? tell(&err) : status;
}
