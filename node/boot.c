#include "node/boot.h"

#include "node/wire.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BEAT_MAX_MS 86400000UL /* a day */

static bool parse_number(const char *word, unsigned long max, uint32_t *number)
{
	unsigned long value;
	char *end;

	/*
	 * strtoul(3) also accepts signs and spaces. A number in a boot line has none, so refuse
	 * them.
	 */
	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	value = strtoul(word, &end, 10);
	if (errno || *end || value > max)
		return false;
	*number = (uint32_t)value;
	return true;
}

int boot_parse(const char *line, struct boot *boot, struct err *err)
{
	char copy[BOOT_ENDPOINT_BYTES + 32], *save = NULL;
	const char *id, *endpoint, *beat;

	/*
	 * Use strtok_r(3): sscanf(3) would also work, but costs five more page faults in every
	 * node.
	 */
	strncpy(copy, line, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	id = strtok_r(copy, " ", &save);
	endpoint = strtok_r(NULL, " ", &save);
	beat = strtok_r(NULL, " ", &save);
	if (!beat || strtok_r(NULL, " ", &save) || strlen(endpoint) >= sizeof(boot->endpoint) ||
	    !parse_number(id, WIRE_NODE_MAX, &boot->id) ||
	    !parse_number(beat, BEAT_MAX_MS, &boot->beat_ms) || boot->beat_ms == 0)
		return err_text(err, -EINVAL, "'%.100s' is not \"ID ENDPOINT BEAT_MS\"", line);
	strcpy(boot->endpoint, endpoint);
	return 0;
}
