/*
 * Fuzzes the compiler of seccomp profiles. For any input, either the compiler fails with an error
 * text, or the program consists of whole instructions, at most as many as the kernel accepts.
 */
#include "tests/fuzz/fuzz.h"

#include "controller/profile.h"

#include "base/cleanup.h"

#include <linux/filter.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autoclose int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct err err;
	off_t bytes;

	must(fd >= 0);
	if (profile_compile((const char *)data, size, 1ull << 21, fd, &err) < 0) {
		must(err.code < 0 && *err.text && memchr(err.text, '\0', sizeof(err.text)));
		return 0;
	}
	bytes = lseek(fd, 0, SEEK_END);
	must(bytes > 0 && bytes % (off_t)sizeof(struct sock_filter) == 0);
	must((size_t)bytes / sizeof(struct sock_filter) <= BPF_MAXINSNS);
	return 0;
}
