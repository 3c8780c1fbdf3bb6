/*
 * Fuzzes the wire format. For any octets, the parser reads nothing beyond them. If a header can be
 * parsed, packing it gives the same octets. If an object can be read, then packing it and reading
 * it again gives the same object.
 */
#include "tests/fuzz/fuzz.h"

#include "node/wire.h"

#include <stdlib.h>
#include <string.h>

static void try_header(const uint8_t *data, size_t size)
{
	struct wire_header header;
	uint8_t back[WIRE_HEADER_BYTES];

	if (!wire_header_parse(data, size, &header))
		return;
	must(wire_type_name(header.type)[0] != '?');
	wire_header_pack(&header, back);
	must(!memcmp(data, back, sizeof(back)));
}

static bool try_array(struct wire_reader *reader, struct wire_body *body)
{
	uint32_t members;

	if (!wire_get_array(reader, &members))
		return false;
	must(members <= (size_t)(reader->end - reader->at));
	wire_put_array(body, members);
	return true;
}

static bool try_uint(struct wire_reader *reader, struct wire_body *body)
{
	uint64_t value;

	if (!wire_get_uint(reader, &value))
		return false;
	wire_put_uint(body, value);
	return true;
}

static bool try_str(struct wire_reader *reader, struct wire_body *body)
{
	char *copy;
	const char *str;
	size_t len;

	if (!wire_get_str(reader, &str, &len))
		return false;
	must((const uint8_t *)str + len == reader->at);
	copy = strndup(str, len);
	must(copy);
	if (strlen(copy) == len)
		wire_put_str(body, copy);
	free(copy);
	return true;
}

static bool try_bin(struct wire_reader *reader, struct wire_body *body)
{
	const void *bin;
	size_t len;

	if (!wire_get_bin(reader, &bin, &len))
		return false;
	must((const uint8_t *)bin + len == reader->at);
	wire_put_bin(body, bin, len);
	return true;
}

static bool (*const tries[])(struct wire_reader *, struct wire_body *) = {try_array, try_uint,
									  try_str, try_bin};

/*
 * Reads objects until none of the kinds in `tries` fits, and packs each object into `body`. Returns
 * the number of objects.
 */
static size_t walk(const uint8_t *data, size_t size, struct wire_body *body)
{
	struct wire_reader reader = wire_reader_init(data, size);
	size_t objects = 0;
	bool read = true;

	while (read && !wire_reader_done(&reader) && !reader.bad) {
		read = false;
		for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]) && !read; i++) {
			struct wire_reader attempt = reader;

			read = tries[i](&attempt, body);
			if (read) {
				must(attempt.at > reader.at && attempt.at <= attempt.end);
				reader = attempt;
				objects++;
			} else {
				must(attempt.bad && !wire_reader_done(&attempt));
			}
		}
	}
	return objects;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_body once = WIRE_BODY_INIT, twice = WIRE_BODY_INIT;

	try_header(data, size);
	walk(data, size, &once);
	/* Packed octets are canonical: reading and packing them again yields the same octets. */
	if (!once.failed && once.len) {
		walk(once.data, once.len, &twice);
		must(twice.len <= once.len &&
		     (!twice.len || !memcmp(once.data, twice.data, twice.len)));
	}
	wire_body_release(&once);
	wire_body_release(&twice);
	return 0;
}
