/*
 * What a guest's kernel says: its last lines are kept, however much it says.
 */
#ifndef BONSAI_VM_CONSOLE_H
#define BONSAI_VM_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#define CONSOLE_BYTES 16384
#define CONSOLE_LINE_BYTES 160

/* One without length has heard nothing. */
struct console {
	char kept[CONSOLE_BYTES];
	size_t len;
	int copy; /* a descriptor that gets it all; -1: none */
};

/* Reads what is there. False: it has ended. */
bool console_read(struct console *console, int fd);

/*
 * The line that says best why the kernel has ended: that of a panic, or of the guest's init, or
 * else the last. Printable octets alone; empty when nothing was said.
 */
void console_last_words(const struct console *console, char line[CONSOLE_LINE_BYTES]);

#endif
