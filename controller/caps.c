#include "controller/caps.h"

#include "base/cleanup.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>

#define NAME_BYTES 40

/*
 * Accepts a name with or without "CAP_", in upper or lower case. Rejects numbers, which libcap
 * would accept.
 */
static int read_one(const char *name, size_t len, uint64_t *caps, struct err *err)
{
	char full[NAME_BYTES + 8];
	cap_value_t cap;

	if (len < NAME_BYTES) {
		snprintf(full, sizeof(full), "%s%.*s", strncasecmp(name, "cap_", 4) ? "cap_" : "",
			 (int)len, name);
		for (char *c = full; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (cap_from_name(full, &cap) == 0 && cap < cap_max_bits() && cap < 64) {
			*caps |= 1ull << cap;
			return 0;
		}
	}
	return err_text(err, -EINVAL, "no capability of this kernel: %.*s",
			(int)(len < NAME_BYTES ? len : NAME_BYTES), name);
}

int caps_read(const char *list, uint64_t *caps, struct err *err)
{
	int r = 0;

	for (size_t len; r == 0; list += len + 1) {
		len = strcspn(list, ",");
		r = read_one(list, len, caps, err);
		if (!list[len])
			break;
	}
	return r;
}

int caps_parse(const json_t *array, uint64_t *caps, struct err *err)
{
	int r = 0;

	if (!json_is_array(array))
		return err_text(err, -EINVAL, "capabilities must be an array of names");
	for (size_t i = 0; i < json_array_size(array) && r == 0; i++) {
		const char *name = json_string_value(json_array_get(array, i));

		if (!name)
			return err_text(err, -EINVAL, "capabilities must be an array of names");
		r = read_one(name, strlen(name), caps, err);
	}
	return r;
}

json_t *caps_pack(uint64_t caps)
{
	json_t *array = json_array();

	for (cap_value_t cap = 0; cap < 64; cap++) {
		char *name = caps >> cap & 1 ? cap_to_name(cap) : NULL;

		for (char *c = name; c && *c; c++)
			*c = (char)toupper((unsigned char)*c);
		if (name)
			json_array_append_new(array, json_string(name));
		cap_free(name);
	}
	return array;
}
