#include "controller/profile.h"

#include "base/cleanup.h"
#include "controller/caps.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define RULES_MAX 4096
#define ARGS_MAX 6
#define ERRNO_MAX 4095

/* A profile that is being compiled. */
struct making {
	scmp_filter_ctx ctx;
	uint32_t otherwise; /* the action where no rule matches */
	uint64_t caps;
	size_t rules;
	struct err *err;
};

static int refuse(struct making *making, const char *what, const char *word)
{
	return err_text(making->err, -EINVAL, "seccomp profile: %s: %.60s", what, word);
}

/* Rejects an object with a member that is not in `known`, a list that ends with NULL. */
static int check_members(struct making *making, const json_t *object, const char *const *known)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return refuse(making, "no object", "where one is wanted");
	json_object_foreach((json_t *)object, key, value)
	{
		size_t i = 0;

		while (known[i] && strcmp(known[i], key))
			i++;
		if (!known[i])
			return refuse(making, "a member that is not understood", key);
	}
	return 0;
}

static int read_uint(struct making *making, const json_t *value, uint64_t most, const char *what,
		     uint64_t *number)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    (uint64_t)json_integer_value(value) > most)
		return refuse(making, "no number that may be", what);
	*number = (uint64_t)json_integer_value(value);
	return 0;
}

/* --- words --- */

static int read_action(struct making *making, const json_t *word, const json_t *errno_ret,
		       uint32_t *action)
{
	static const struct {
		const char *name;
		uint32_t action;
	} actions[] = {
	    {"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
	    {"SCMP_ACT_KILL", SCMP_ACT_KILL},
	    {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
	    {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
	    {"SCMP_ACT_TRAP", SCMP_ACT_TRAP},
	    {"SCMP_ACT_LOG", SCMP_ACT_LOG},
	};
	const char *name = json_string_value(word);
	uint64_t code = EPERM;

	if (!name)
		return refuse(making, "no action", "where one is wanted");
	if (errno_ret && read_uint(making, errno_ret, ERRNO_MAX, "errnoRet", &code) < 0)
		return -EINVAL;
	if (!strcmp(name, "SCMP_ACT_ERRNO")) {
		*action = SCMP_ACT_ERRNO(code);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (strcmp(actions[i].name, name))
			continue;
		*action = actions[i].action;
		return errno_ret ? refuse(making, "errnoRet beside", name) : 0;
	}
	return refuse(making, "no action that is understood", name);
}

static int read_operator(struct making *making, const json_t *word, enum scmp_compare *op)
{
	static const char *const names[] = {
	    [SCMP_CMP_NE] = "SCMP_CMP_NE",
	    [SCMP_CMP_LT] = "SCMP_CMP_LT",
	    [SCMP_CMP_LE] = "SCMP_CMP_LE",
	    [SCMP_CMP_EQ] = "SCMP_CMP_EQ",
	    [SCMP_CMP_GE] = "SCMP_CMP_GE",
	    [SCMP_CMP_GT] = "SCMP_CMP_GT",
	    [SCMP_CMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ",
	};
	const char *name = json_string_value(word);

	for (size_t i = 0; name && i < ARRAY_SIZE(names); i++) {
		if (!names[i] || strcmp(names[i], name))
			continue;
		*op = (enum scmp_compare)i;
		return 0;
	}
	return refuse(making, "no operator that is understood", name ? name : "none");
}

/* --- architectures --- */

static int add_architecture(struct making *making, const json_t *word)
{
	const char *name = json_string_value(word);
	char lower[24] = "";
	uint32_t token;
	int r;

	if (!name || strncmp(name, "SCMP_ARCH_", 10) || strlen(name + 10) >= sizeof(lower))
		return refuse(making, "no architecture", name ? name : "none");
	for (size_t i = 0; name[10 + i]; i++)
		lower[i] = (char)tolower((unsigned char)name[10 + i]);
	token = seccomp_arch_resolve_name(lower);
	if (!token)
		return refuse(making, "no architecture", name);
	r = seccomp_arch_add(making->ctx, token);
	/*
	 * A list may name the architectures of many hosts: ignore an architecture that cannot run
	 * here.
	 */
	return r < 0 && r != -EEXIST && r != -EDOM && r != -EINVAL
		   ? refuse(making, "no architecture", name)
		   : 0;
}

static int add_architectures(struct making *making, const json_t *list)
{
	int r = 0;

	if (json_is_null(list) || !list)
		return 0;
	if (!json_is_array(list))
		return refuse(making, "no array", "architectures");
	for (size_t i = 0; i < json_array_size(list) && r == 0; i++)
		r = add_architecture(making, json_array_get(list, i));
	return r;
}

/* Adds the architectures of moby's archMap: those in the entry of the native architecture. */
static int add_from_map(struct making *making, const json_t *map)
{
	static const char *const known[] = {"architecture", "subArchitectures", NULL};
	int r = 0;

	if (!map)
		return 0;
	if (!json_is_array(map))
		return refuse(making, "no array", "archMap");
	for (size_t i = 0; i < json_array_size(map) && r == 0; i++) {
		const json_t *entry = json_array_get(map, i);
		const char *name = json_string_value(json_object_get(entry, "architecture"));
		char lower[24] = "";

		r = check_members(making, entry, known);
		if (r < 0)
			return r;
		if (!name || strncmp(name, "SCMP_ARCH_", 10) || strlen(name + 10) >= sizeof(lower))
			return refuse(making, "no architecture", name ? name : "none");
		for (size_t j = 0; name[10 + j]; j++)
			lower[j] = (char)tolower((unsigned char)name[10 + j]);
		if (seccomp_arch_resolve_name(lower) == seccomp_arch_native())
			r = add_architectures(making, json_object_get(entry, "subArchitectures"));
	}
	return r;
}

/* --- conditions --- */

static bool is_this_architecture(const char *name)
{
	static const struct {
		const char *name;
		uint32_t token;
	} names[] = {{"amd64", SCMP_ARCH_X86_64},    {"x86", SCMP_ARCH_X86},
		     {"x32", SCMP_ARCH_X32},	     {"arm", SCMP_ARCH_ARM},
		     {"arm64", SCMP_ARCH_AARCH64},   {"ppc64le", SCMP_ARCH_PPC64LE},
		     {"riscv64", SCMP_ARCH_RISCV64}, {"s390", SCMP_ARCH_S390},
		     {"s390x", SCMP_ARCH_S390X}};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].token == seccomp_arch_native();
	return false;
}

/* Sets *is to whether the running kernel has at least that version, as "4.8". */
static int is_kernel(struct making *making, const json_t *word, bool *is)
{
	int major, minor, end = 0, our_major = 0, our_minor = 0;
	const char *text = json_string_value(word);
	struct utsname name;

	if (!text || sscanf(text, "%d.%d%n", &major, &minor, &end) != 2 || text[end])
		return refuse(making, "no version of a kernel", text ? text : "none");
	if (uname(&name) == 0)
		sscanf(name.release, "%d.%d", &our_major, &our_minor);
	*is = our_major > major || (our_major == major && our_minor >= minor);
	return 0;
}

/*
 * Counts in *held the names of the list that apply: capabilities that the tree is given, or the
 * native architecture. A capability that this kernel does not know is given to no tree.
 */
static int count_words(struct making *making, const json_t *list, bool of_caps, size_t *held)
{
	*held = 0;
	if (list && !json_is_array(list))
		return refuse(making, "no array", of_caps ? "caps" : "arches");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));
		uint64_t cap = 0;

		if (!word)
			return refuse(making, "no name", of_caps ? "caps" : "arches");
		if (of_caps && caps_read(word, &cap, NULL) == 0)
			*held += (cap & making->caps) != 0;
		else if (!of_caps)
			*held += is_this_architecture(word);
	}
	return 0;
}

/*
 * `includes`: all capabilities, one of the architectures and the kernel version must apply.
 * `excludes`: none of all these may apply.
 */
static int check_conditions(struct making *making, const json_t *conditions, bool includes,
			    bool *applies)
{
	static const char *const known[] = {"caps", "arches", "minKernel", NULL};
	const json_t *caps = json_object_get(conditions, "caps");
	const json_t *arches = json_object_get(conditions, "arches");
	const json_t *version = json_object_get(conditions, "minKernel");
	size_t caps_held, arches_held;
	bool kernel = includes;
	int r;

	if (!conditions || json_is_null(conditions))
		return 0;
	r = check_members(making, conditions, known);
	if (r == 0)
		r = count_words(making, caps, true, &caps_held);
	if (r == 0)
		r = count_words(making, arches, false, &arches_held);
	if (r == 0 && version)
		r = is_kernel(making, version, &kernel);
	if (r < 0)
		return r;
	if (includes)
		*applies = *applies && caps_held == json_array_size(caps) &&
			   (!json_array_size(arches) || arches_held) && kernel;
	else
		*applies = *applies && !caps_held && !arches_held && !kernel;
	return 0;
}

/* --- rules --- */

static int read_args(struct making *making, const json_t *list, struct scmp_arg_cmp args[ARGS_MAX],
		     unsigned *count)
{
	static const char *const known[] = {"index", "value", "valueTwo", "op", NULL};

	*count = 0;
	if (!list || json_is_null(list))
		return 0;
	if (!json_is_array(list) || json_array_size(list) > ARGS_MAX)
		return refuse(making, "no array that may be", "args");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *arg = json_array_get(list, i), *two;
		uint64_t index, first, second = 0;
		enum scmp_compare op = SCMP_CMP_EQ;

		if (check_members(making, arg, known) < 0 ||
		    read_operator(making, json_object_get(arg, "op"), &op) < 0 ||
		    read_uint(making, json_object_get(arg, "index"), ARGS_MAX - 1, "index",
			      &index) < 0 ||
		    read_uint(making, json_object_get(arg, "value"), INT64_MAX, "value", &first) <
			0)
			return -EINVAL;
		two = json_object_get(arg, "valueTwo");
		if (two && read_uint(making, two, INT64_MAX, "valueTwo", &second) < 0)
			return -EINVAL;
		args[(*count)++] = (struct scmp_arg_cmp){(unsigned)index, op, first, second};
	}
	return 0;
}

/*
 * In one rule, libseccomp takes only one comparison for each argument. If a rule compares an
 * argument twice, the container engines make each comparison a rule of its own.
 */
static bool is_repeated(const struct scmp_arg_cmp *args, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		for (unsigned j = 0; j < i; j++)
			if (args[i].arg == args[j].arg)
				return true;
	return false;
}

static int add_rule(struct making *making, const char *name, uint32_t action,
		    const struct scmp_arg_cmp *args, unsigned count)
{
	int call = seccomp_syscall_resolve_name(name), r = 0;
	bool apart = is_repeated(args, count);

	/*
	 * Skip a rule with the default action: libseccomp rejects it, and it would change nothing.
	 */
	if (call == __NR_SCMP_ERROR || action == making->otherwise)
		return 0;
	if (++making->rules > RULES_MAX)
		return refuse(making, "too many rules, from", name);
	for (unsigned i = 0; apart && i < count && r == 0; i++)
		r = seccomp_rule_add_array(making->ctx, action, call, 1, args + i);
	if (!apart)
		r = seccomp_rule_add_array(making->ctx, action, call, count, args);
	return r < 0 && r != -EEXIST ? refuse(making, "libseccomp refuses the rule of", name) : 0;
}

static int add_syscalls(struct making *making, const json_t *entry)
{
	static const char *const known[] = {"names",   "name",	   "action",   "args", "errnoRet",
					    "comment", "includes", "excludes", NULL};
	const json_t *names = json_object_get(entry, "names");
	const char *single = json_string_value(json_object_get(entry, "name"));
	struct scmp_arg_cmp args[ARGS_MAX];
	bool applies = true;
	uint32_t action;
	unsigned count;
	int r = check_members(making, entry, known);

	if (r == 0 && (json_is_array(names) == (single != NULL)))
		r = refuse(making, "no names", "of system calls");
	if (r == 0)
		r = read_action(making, json_object_get(entry, "action"),
				json_object_get(entry, "errnoRet"), &action);
	if (r == 0)
		r = read_args(making, json_object_get(entry, "args"), args, &count);
	if (r == 0)
		r = check_conditions(making, json_object_get(entry, "includes"), true, &applies);
	if (r == 0)
		r = check_conditions(making, json_object_get(entry, "excludes"), false, &applies);
	if (r == 0 && applies && single)
		r = add_rule(making, single, action, args, count);
	for (size_t i = 0; r == 0 && i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));

		if (!name)
			r = refuse(making, "no name", "of a system call");
		else if (applies)
			r = add_rule(making, name, action, args, count);
	}
	return r;
}

static int fill(struct making *making, const json_t *profile)
{
	const json_t *list = json_object_get(profile, "syscalls");
	int r = add_architectures(making, json_object_get(profile, "architectures"));

	if (r == 0)
		r = add_from_map(making, json_object_get(profile, "archMap"));
	if (r == 0 && seccomp_attr_set(making->ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		r = refuse(making, "libseccomp", "no binary tree");
	if (r == 0 && list && !json_is_null(list) && !json_is_array(list))
		r = refuse(making, "no array", "syscalls");
	for (size_t i = 0; r == 0 && i < json_array_size(list); i++)
		r = add_syscalls(making, json_array_get(list, i));
	return r;
}

static int make(struct making *making, const json_t *profile, int fd)
{
	static const char *const known[] = {"defaultAction",
					    "defaultErrnoRet",
					    "architectures",
					    "archMap",
					    "flags",
					    "syscalls",
					    NULL};
	const json_t *flags = json_object_get(profile, "flags");
	int r = check_members(making, profile, known);

	if (r == 0 && json_array_size(flags))
		r = refuse(making, "a member that is not understood", "flags");
	if (r == 0)
		r = read_action(making, json_object_get(profile, "defaultAction"),
				json_object_get(profile, "defaultErrnoRet"), &making->otherwise);
	if (r < 0)
		return r;
	making->ctx = seccomp_init(making->otherwise);
	if (!making->ctx)
		return err_errno(making->err, -ENOMEM, "seccomp profile");
	r = fill(making, profile);
	if (r == 0) {
		r = seccomp_export_bpf(making->ctx, fd);
		if (r < 0)
			err_errno(making->err, r, "seccomp profile: compile it");
	}
	seccomp_release(making->ctx);
	return r;
}

int profile_compile(const char *text, size_t len, uint64_t caps, int fd, struct err *err)
{
	struct making making = {.caps = caps, .err = err};
	json_error_t error;
	json_t *profile = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	off_t bytes;
	int r;

	if (!profile)
		return err_text(err, -EINVAL, "seccomp profile: line %d: %.120s", error.line,
				error.text);
	r = make(&making, profile, fd);
	json_decref(profile);
	if (r < 0)
		return r;
	bytes = lseek(fd, 0, SEEK_END);
	if (bytes <= 0 || (size_t)bytes / sizeof(struct sock_filter) > BPF_MAXINSNS)
		return err_text(err, -E2BIG, "seccomp profile: too long for the kernel");
	return 0;
}
