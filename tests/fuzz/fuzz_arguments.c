/*
 * Fuzzes the parsers of the arguments that bonsaid gets for `bonsai enter` and `bonsai audit`:
 * inherited descriptors and lists of capabilities. For any input, an accepted descriptor is open.
 * An accepted list of capabilities reads the same after it is written again.
 */
#include "tests/fuzz/fuzz.h"

#include "controller/caps.h"
#include "controller/fds.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>

static void try_caps(const char *word)
{
	uint64_t caps = 0, again = 0;
	struct err err;
	json_t *names;

	if (caps_read(word, &caps, &err) < 0) {
		must(memchr(err.text, '\0', sizeof(err.text)));
		return;
	}
	names = caps_pack(caps);
	must(caps_parse(names, &again, &err) == 0 && again == caps);
	json_decref(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *word = strndup((const char *)data, size);
	int fd = -1, second = -1;

	must(word != NULL);
	if (fds_read(word, &fd) == 0)
		must(fcntl(fd, F_GETFD) >= 0);
	if (fds_read_pair(word, &fd, &second) == 0)
		must(fcntl(fd, F_GETFD) >= 0 && (second < 0) == !strchr(word, ','));
	else
		must(second < 0);
	try_caps(word);
	return 0;
}
