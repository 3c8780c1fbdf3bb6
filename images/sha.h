/*
 * SHA-256 (FIPS 180-4) of open files, and its hexadecimal form. Uses libmd, which the program links
 * already because libedit needs it.
 */
#ifndef BONSAI_IMAGES_SHA_H
#define BONSAI_IMAGES_SHA_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SHA_BYTES 32
#define SHA_HEX_BYTES 65 /* with the NUL */

void sha_hex(const uint8_t digest[SHA_BYTES], char hex[SHA_HEX_BYTES]);

/* True if `text` is exactly 64 digits 0-9a-f. */
static inline bool sha_is_hex(const char *text)
{
	return strlen(text) == SHA_HEX_BYTES - 1 &&
	       strspn(text, "0123456789abcdef") == SHA_HEX_BYTES - 1;
}

/*
 * Hashes the contents of `fd` from its beginning, and moves its position back to the beginning.
 * Blocks.
 */
int sha_file(int fd, char hex[SHA_HEX_BYTES], struct err *err);

#endif
