/*
 * The console output of a guest's kernel. A struct console keeps only the last CONSOLE_BYTES of
 * this output.
 */
#ifndef BONSAI_VM_CONSOLE_H
#define BONSAI_VM_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#define CONSOLE_BYTES 16384
#define CONSOLE_LINE_BYTES 160

/* While `len` is 0, the console has read nothing. */
struct console {
	char kept[CONSOLE_BYTES];
	size_t len;
	int copy; /* a descriptor that gets all of the output; -1: none */
};

/*
 * Reads once what output of the guest's kernel is available. Returns false if the output has ended.
 */
bool console_read(struct console *console, int fd);

/*
 * Copies to `line` the line of output that explains best why the guest ended: a line of a kernel
 * panic, else of the guest's init, else the last line. Octets that are not printable become spaces.
 * `line` is empty if there was no output.
 */
void console_last_words(const struct console *console, char line[CONSOLE_LINE_BYTES]);

#endif
