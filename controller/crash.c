#include "controller/crash.h"

#include <string.h>

static const char *const names[CRASH_POLICIES] = {
    [CRASH_PRESERVE] = "preserve", [CRASH_DESTROY] = "destroy", [CRASH_RESTART] = "restart"};

bool crash_parse(const char *name, enum on_crash *policy)
{
	for (int i = 0; i < CRASH_POLICIES; i++) {
		if (strcmp(names[i], name))
			continue;
		*policy = i;
		return true;
	}
	return false;
}

const char *crash_name(enum on_crash policy)
{
	return names[policy];
}
