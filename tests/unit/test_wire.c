/*
 * The wire format: packed values read back as the same values, and malformed octets cannot be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "node/wire.h"

#include <stdlib.h>
#include <string.h>

static const struct wire_header sample = {
    .type = WIRE_REPLY,
    .flags = WIRE_MORE,
    .source = 43,
    .target = WIRE_CONTROLLER,
    .request = 0x0102030405060708,
};

static const uint8_t sample_octets[WIRE_HEADER_BYTES] = {0xb0, 0x5a, 1, 3, 0, 2, 0, 0, 0, 0, 0, 43,
							 0x80, 0,    0, 0, 1, 2, 3, 4, 5, 6, 7, 8};

static void test_header_octets(void **state)
{
	uint8_t octets[WIRE_HEADER_BYTES];
	struct wire_header back;

	(void)state;
	wire_header_pack(&sample, octets);
	assert_memory_equal(octets, sample_octets, sizeof(octets));
	assert_true(wire_header_parse(octets, sizeof(octets), &back));
	assert_int_equal(back.type, sample.type);
	assert_int_equal(back.flags, sample.flags);
	assert_int_equal(back.source, sample.source);
	assert_int_equal(back.target, sample.target);
	assert_int_equal(back.request, sample.request);
}

static void test_header_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t octet;
	} wrong[] = {
	    {0, 0xb1}, {1, 0x5b}, {2, 0},    {2, 2}, /* magic, version */
	    {3, 0},    {3, 14},	  {3, 255},	     /* type */
	    {4, 1},    {5, 4},	  {5, 0x82},	     /* flags */
	    {6, 1},    {7, 1},			     /* reserved */
	    {8, 0x80}, {8, 0xff}, {15, 1},	     /* ids above the controller's */
	};
	struct wire_header header = {.type = 99};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		uint8_t octets[WIRE_HEADER_BYTES];

		memcpy(octets, sample_octets, sizeof(octets));
		octets[wrong[i].at] = wrong[i].octet;
		assert_false(wire_header_parse(octets, sizeof(octets), &header));
	}
	assert_false(wire_header_parse(sample_octets, WIRE_HEADER_BYTES - 1, &header));
	assert_false(wire_header_parse(sample_octets, 0, &header));
	assert_int_equal(header.type, 99); /* untouched */
}

static void test_type_names(void **state)
{
	(void)state;
	assert_string_equal(wire_type_name(WIRE_READY), "READY");
	assert_string_equal(wire_type_name(WIRE_CREDIT), "CREDIT");
	assert_string_equal(wire_type_name(WIRE_ROUTE), "ROUTE");
	assert_string_equal(wire_type_name(WIRE_RESIZE), "RESIZE");
	assert_string_equal(wire_type_name(0), "?");
	assert_string_equal(wire_type_name(255), "?");
}

static struct wire_reader reader_of(const struct wire_body *body)
{
	assert_false(body->failed);
	return wire_reader_init(body->data, body->len);
}

static void test_uints(void **state)
{
	static const struct {
		uint64_t value;
		size_t octets;
	} cases[] = {
	    {0, 1},	{127, 1},   {128, 2},	     {255, 2},	      {256, 3},
	    {65535, 3}, {65536, 5}, {UINT32_MAX, 5}, {1ULL << 32, 9}, {UINT64_MAX, 9},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct wire_body body = WIRE_BODY_INIT;
		struct wire_reader reader;
		uint64_t value;

		wire_put_uint(&body, cases[i].value);
		assert_int_equal(body.len, cases[i].octets);
		reader = reader_of(&body);
		assert_true(wire_get_uint(&reader, &value));
		assert_true(value == cases[i].value);
		assert_true(wire_reader_done(&reader));
		wire_body_release(&body);
		assert_null(body.data);
	}
}

static void test_lengths(void **state)
{
	static const size_t lengths[] = {0,    1, 15, 16, 31, 32, 255, 256, WIRE_CHUNK_MAX_BYTES,
					 65000};
	static char text[65001];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct wire_body body = WIRE_BODY_INIT;
		struct wire_reader reader;
		const void *data;
		const char *str;
		size_t len;

		memset(text, 'x', lengths[i]);
		text[lengths[i]] = 0;
		wire_put_bin(&body, text, lengths[i]);
		reader = reader_of(&body);
		assert_true(wire_get_bin(&reader, &data, &len));
		assert_int_equal(len, lengths[i]);
		assert_memory_equal(data, text, len);
		assert_true(wire_reader_done(&reader));
		wire_body_release(&body);
		wire_put_str(&body, text);
		reader = reader_of(&body);
		assert_true(wire_get_str(&reader, &str, &len));
		assert_int_equal(len, lengths[i]);
		assert_true(wire_reader_done(&reader));
		wire_body_release(&body);
	}
}

static void test_arrays(void **state)
{
	static const uint32_t counts[] = {0, 1, 15, 16, 65535};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct wire_body body = WIRE_BODY_INIT;
		struct wire_reader reader;
		uint32_t members;
		uint64_t value;

		wire_put_array(&body, counts[i]);
		for (uint32_t j = 0; j < counts[i] && j < 60000; j++)
			wire_put_uint(&body, 1);
		reader = reader_of(&body);
		if (counts[i] == 65535) { /* claims more members than there are octets */
			assert_false(wire_get_array(&reader, &members));
		} else {
			assert_true(wire_get_array(&reader, &members));
			assert_int_equal(members, counts[i]);
			for (uint32_t j = 0; j < members; j++)
				assert_true(wire_get_uint(&reader, &value));
			assert_true(wire_reader_done(&reader));
		}
		wire_body_release(&body);
	}
}

static void test_body_limit(void **state)
{
	struct wire_body body = WIRE_BODY_INIT;
	static char data[WIRE_BODY_MAX_BYTES];

	(void)state;
	wire_put_bin(&body, data, WIRE_BODY_MAX_BYTES - 3); /* and 3 octets of header */
	assert_false(body.failed);
	assert_int_equal(body.len, WIRE_BODY_MAX_BYTES);
	wire_put_uint(&body, 1);
	assert_true(body.failed);
	assert_int_equal(body.len, WIRE_BODY_MAX_BYTES);
	wire_body_release(&body);
	assert_false(body.failed);
}

enum kind { UINT, ARRAY, STR, BIN };

static bool get(struct wire_reader *reader, enum kind kind)
{
	const void *data;
	const char *str;
	uint32_t members;
	uint64_t value;
	size_t len;

	switch (kind) {
	case UINT:
		return wire_get_uint(reader, &value);
	case ARRAY:
		return wire_get_array(reader, &members);
	case STR:
		return wire_get_str(reader, &str, &len);
	case BIN:
		return wire_get_bin(reader, &data, &len);
	}
	return false;
}

static void test_refused(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
		enum kind kind;
	} bad[] = {
	    {"", 0, UINT},
	    {"", 0, ARRAY},
	    {"\xc0", 1, UINT},	   /* nil */
	    {"\xff", 1, UINT},	   /* -1 */
	    {"\xd0\x01", 2, UINT}, /* the wire has no signed types */
	    {"\xcc", 1, UINT},
	    {"\xcd\x01", 2, UINT},
	    {"\xcf\1\2\3\4\5\6\7", 8, UINT},
	    {"\x91", 1, ARRAY}, /* claims a member that is missing */
	    {"\xdd\xff\xff\xff\xff", 5, ARRAY},
	    {"\xdc\x00", 2, ARRAY},
	    {"\x81\x01\x01", 3, ARRAY}, /* a map */
	    {"\xa2x", 2, STR},
	    {"\xdb\xff\xff\xff\xff", 5, STR},
	    {"\xd9\x05"
	     "abcd",
	     6, STR},
	    {"\xc4\x01", 2, BIN},
	    {"\xc6\xff\xff\xff\xff\x00", 6, BIN},
	    {"\xa1x", 2, BIN},
	    {"\xc4\x01x", 3, STR},     /* a bin read as a str */
	    {"\xc7\x01\x01x", 4, BIN}, /* an extension */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct wire_reader reader = wire_reader_init(bad[i].octets, bad[i].len);

		assert_false(get(&reader, bad[i].kind));
		/* After one failed read all later reads fail. */
		for (enum kind kind = UINT; kind <= BIN; kind++)
			assert_false(get(&reader, kind));
		assert_false(wire_reader_done(&reader));
	}
}

static void test_surplus(void **state)
{
	struct wire_reader reader = wire_reader_init("\x01\x02", 2);
	static char large[WIRE_BODY_MAX_BYTES + 1];
	uint64_t value;

	(void)state;
	assert_true(wire_get_uint(&reader, &value));
	assert_false(wire_reader_done(&reader));
	assert_true(wire_get_uint(&reader, &value));
	assert_true(wire_reader_done(&reader));
	reader = wire_reader_init(large, sizeof(large));
	assert_false(wire_get_uint(&reader, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header_octets), cmocka_unit_test(test_header_refused),
	    cmocka_unit_test(test_type_names),	  cmocka_unit_test(test_uints),
	    cmocka_unit_test(test_lengths),	  cmocka_unit_test(test_arrays),
	    cmocka_unit_test(test_body_limit),	  cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_surplus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
