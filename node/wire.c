#include "node/wire.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC 0xB05A
#define VERSION 1
#define KNOWN_FLAGS (WIRE_BROADCAST | WIRE_MORE)

enum header_offset {
	AT_MAGIC = 0,
	AT_VERSION = 2,
	AT_TYPE = 3,
	AT_FLAGS = 4,
	AT_RESERVED = 6,
	AT_SOURCE = 8,
	AT_TARGET = 12,
	AT_REQUEST = 16,
};

static const char *const type_names[] = {
    [WIRE_READY] = "READY",	    [WIRE_REQUEST] = "REQUEST",	      [WIRE_REPLY] = "REPLY",
    [WIRE_HEARTBEAT] = "HEARTBEAT", [WIRE_DISCONNECT] = "DISCONNECT", [WIRE_ERROR] = "ERROR",
    [WIRE_LINK] = "LINK",	    [WIRE_REPORT] = "REPORT",	      [WIRE_CREDIT] = "CREDIT",
    [WIRE_ROUTE] = "ROUTE",	    [WIRE_INPUT] = "INPUT",	      [WIRE_SIGNAL] = "SIGNAL",
    [WIRE_RESIZE] = "RESIZE",
};

static void put_number(uint8_t *at, size_t octets, uint64_t value)
{
	for (size_t i = octets; i-- > 0; value >>= 8)
		at[i] = (uint8_t)value;
}

static uint64_t get_number(const uint8_t *at, size_t octets)
{
	uint64_t value = 0;

	for (size_t i = 0; i < octets; i++)
		value = value << 8 | at[i];
	return value;
}

void wire_header_pack(const struct wire_header *header, uint8_t out[WIRE_HEADER_BYTES])
{
	put_number(out + AT_MAGIC, 2, MAGIC);
	out[AT_VERSION] = VERSION;
	out[AT_TYPE] = header->type;
	put_number(out + AT_FLAGS, 2, header->flags);
	put_number(out + AT_RESERVED, 2, 0);
	put_number(out + AT_SOURCE, 4, header->source);
	put_number(out + AT_TARGET, 4, header->target);
	put_number(out + AT_REQUEST, 8, header->request);
}

static bool type_known(uint8_t type)
{
	return type < sizeof(type_names) / sizeof(type_names[0]) && type_names[type];
}

static bool id_known(uint32_t id)
{
	return id <= WIRE_NODE_MAX || id == WIRE_CONTROLLER;
}

bool wire_header_parse(const void *data, size_t len, struct wire_header *header)
{
	const uint8_t *in = data;
	struct wire_header got;

	if (len != WIRE_HEADER_BYTES || get_number(in + AT_MAGIC, 2) != MAGIC ||
	    in[AT_VERSION] != VERSION || get_number(in + AT_RESERVED, 2) != 0)
		return false;
	got = (struct wire_header){
	    .type = in[AT_TYPE],
	    .flags = (uint16_t)get_number(in + AT_FLAGS, 2),
	    .source = (uint32_t)get_number(in + AT_SOURCE, 4),
	    .target = (uint32_t)get_number(in + AT_TARGET, 4),
	    .request = get_number(in + AT_REQUEST, 8),
	};
	if (!type_known(got.type) || (got.flags & ~KNOWN_FLAGS) || !id_known(got.source) ||
	    !id_known(got.target))
		return false;
	*header = got;
	return true;
}

const char *wire_type_name(uint8_t type)
{
	return type_known(type) ? type_names[type] : "?";
}

static int body_write(void *data, const char *bytes, size_t len)
{
	struct wire_body *body = data;

	if (body->failed || len > WIRE_BODY_MAX_BYTES - body->len)
		goto failed;
	if (body->len + len > body->alloc) {
		/*
		 * Allocate 64 octets, which are enough for most bodies, or double that until the
		 * new octets fit.
		 */
		size_t alloc = body->alloc ? body->alloc : 64;
		uint8_t *grown;

		while (alloc < body->len + len)
			alloc *= 2;
		grown = realloc(body->data, alloc);
		if (!grown)
			goto failed;
		body->data = grown;
		body->alloc = alloc;
	}
	if (len)
		memcpy(body->data + body->len, bytes, len);
	body->len += len;
	return 0;
failed:
	body->failed = true;
	return -1;
}

static msgpack_packer packer(struct wire_body *body)
{
	return (msgpack_packer){.data = body, .callback = body_write};
}

void wire_put_array(struct wire_body *body, uint32_t members)
{
	msgpack_packer pk = packer(body);

	msgpack_pack_array(&pk, members);
}

void wire_put_uint(struct wire_body *body, uint64_t value)
{
	msgpack_packer pk = packer(body);

	msgpack_pack_uint64(&pk, value);
}

void wire_put_str(struct wire_body *body, const char *str)
{
	msgpack_packer pk = packer(body);

	msgpack_pack_str_with_body(&pk, str, strlen(str));
}

void wire_put_bin(struct wire_body *body, const void *data, size_t len)
{
	msgpack_packer pk = packer(body);

	msgpack_pack_bin_with_body(&pk, data, len);
}

void wire_body_release(struct wire_body *body)
{
	free(body->data);
	*body = (struct wire_body)WIRE_BODY_INIT;
}

/*
 * This reader parses by hand, because msgpack-c's unpacker allocates by the sizes that the bytes
 * claim: 5 octets can make the unpacker allocate an array of 64 GB.
 */
struct wire_reader wire_reader_init(const void *data, size_t len)
{
	return (struct wire_reader){
	    .at = data,
	    .end = (const uint8_t *)data + len,
	    .bad = len > WIRE_BODY_MAX_BYTES,
	};
}

/*
 * One encoding of an object's number, which is the object's value or its length: in bits of the
 * first octet, or in octets that follow it.
 */
struct form {
	uint8_t first;	/* the first octet, without the bits of `mask` */
	uint8_t mask;	/* bits of the first octet that are the number; 0: the number follows */
	uint8_t octets; /* how many octets after the first octet are the number */
};

static const struct form array_forms[] = {{0x90, 0x0f, 0}, {0xdc, 0, 2}, {0xdd, 0, 4}, {0}};
static const struct form str_forms[] = {
    {0xa0, 0x1f, 0}, {0xd9, 0, 1}, {0xda, 0, 2}, {0xdb, 0, 4}, {0}};
static const struct form bin_forms[] = {{0xc4, 0, 1}, {0xc5, 0, 2}, {0xc6, 0, 4}, {0}};
static const struct form uint_forms[] = {{0x00, 0x7f, 0}, {0xcc, 0, 1}, {0xcd, 0, 2},
					 {0xce, 0, 4},	  {0xcf, 0, 8}, {0}};

static size_t left(const struct wire_reader *reader)
{
	return (size_t)(reader->end - reader->at);
}

static bool take_number(struct wire_reader *reader, const struct form *form, uint64_t *number)
{
	if (reader->bad || left(reader) == 0)
		goto bad;
	for (; form->mask || form->octets; form++) {
		uint8_t first = *reader->at;

		if ((first & (uint8_t)~form->mask) != form->first)
			continue;
		if (left(reader) - 1 < form->octets)
			goto bad;
		*number = form->octets ? get_number(reader->at + 1, form->octets)
				       : (uint64_t)(first & form->mask);
		reader->at += 1 + form->octets;
		return true;
	}
bad:
	reader->bad = true;
	return false;
}

static bool take_bytes(struct wire_reader *reader, const struct form *form, const void **data,
		       size_t *len)
{
	uint64_t claimed;

	if (!take_number(reader, form, &claimed))
		return false;
	if (claimed > left(reader)) {
		reader->bad = true;
		return false;
	}
	*data = reader->at;
	*len = (size_t)claimed;
	reader->at += claimed;
	return true;
}

bool wire_get_array(struct wire_reader *reader, uint32_t *members)
{
	uint64_t claimed;

	if (!take_number(reader, array_forms, &claimed))
		return false;
	/*
	 * Refuse more members than octets are left: each member takes at least one octet. So
	 * callers may allocate by the number of members.
	 */
	if (claimed > left(reader)) {
		reader->bad = true;
		return false;
	}
	*members = (uint32_t)claimed;
	return true;
}

bool wire_get_uint(struct wire_reader *reader, uint64_t *value)
{
	return take_number(reader, uint_forms, value);
}

bool wire_get_str(struct wire_reader *reader, const char **str, size_t *len)
{
	const void *data;

	if (!take_bytes(reader, str_forms, &data, len))
		return false;
	*str = data;
	return true;
}

bool wire_get_bin(struct wire_reader *reader, const void **data, size_t *len)
{
	return take_bytes(reader, bin_forms, data, len);
}

bool wire_reader_done(const struct wire_reader *reader)
{
	return !reader->bad && reader->at == reader->end;
}
