#include "vm/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static bool can_virtualize(const char *text)
{
	char path[] = "/tmp/tree-test.XXXXXX";
	int fd = mkstemp(path);
	bool can;

	assert_true(fd >= 0);
	assert_true(dprintf(fd, "%s", text) > 0);
	close(fd);
	can = engine_can_virtualize(path);
	unlink(path);
	return can;
}

static void test_flags_of_the_processor_tell(void **state)
{
	(void)state;
	assert_true(can_virtualize("processor\t: 0\nflags\t\t: fpu vme sse svm\nbugs\t\t: none\n"));
	assert_true(can_virtualize("processor\t: 0\nflags\t\t: fpu vmx sse\n"));
	assert_false(can_virtualize("processor\t: 0\nflags\t\t: fpu vme sse hypervisor\n"));
	assert_false(can_virtualize("flags\t\t: fpu svm_lock svmx sse\n"));
	assert_false(can_virtualize("model name\t: a vmx b svm c\nflags\t\t: fpu sse\n"));
	assert_false(engine_can_virtualize("/nowhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_flags_of_the_processor_tell)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
