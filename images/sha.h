/*
 * SHA-256 (FIPS 180-4) as images need it: of open files, and in hex. By libmd, which is in the
 * program already: libedit brings it.
 */
#ifndef BONSAI_IMAGES_SHA_H
#define BONSAI_IMAGES_SHA_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SHA_BYTES 32
#define SHA_HEX_BYTES 65 /* with its NUL */

void sha_hex(const uint8_t digest[SHA_BYTES], char hex[SHA_HEX_BYTES]);

/* True if it is 64 digits 0-9a-f and nothing else. */
static inline bool sha_is_hex(const char *text)
{
	return strlen(text) == SHA_HEX_BYTES - 1 &&
	       strspn(text, "0123456789abcdef") == SHA_HEX_BYTES - 1;
}

/* Of all that `fd` holds, from its beginning; the position is at the beginning again after it.
 * Blocks. */
int sha_file(int fd, char hex[SHA_HEX_BYTES], struct err *err);

#endif
