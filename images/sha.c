#include "images/sha.h"

#include "base/cleanup.h"

#include <errno.h>
#include <sha2.h>
#include <stdio.h>

#define PIECE_BYTES (64 << 10)

void sha_hex(const uint8_t digest[SHA_BYTES], char hex[SHA_HEX_BYTES])
{
	for (size_t i = 0; i < SHA_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

int sha_file(int fd, char hex[SHA_HEX_BYTES], struct err *err)
{
	autofree uint8_t *piece = malloc(PIECE_BYTES);
	uint8_t digest[SHA_BYTES];
	SHA2_CTX context;
	ssize_t n;

	if (!piece)
		return err_errno(err, -ENOMEM, "hash a file");
	SHA256Init(&context);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, -errno, "read a file from its beginning");
	while ((n = read(fd, piece, PIECE_BYTES)) > 0)
		SHA256Update(&context, piece, (size_t)n);
	if (n < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_errno(err, -errno, "read a file");
	SHA256Final(digest, &context);
	sha_hex(digest, hex);
	return 0;
}
