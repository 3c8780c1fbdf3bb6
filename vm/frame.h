/*
 * The channel between `bonsai vm` and the init of its guest: frames on a stream of bytes. A frame
 * is a type of one octet, a length of two (the lower one first), and as many octets. Both sides are
 * built from this file, and the guest's is linked statically: it uses the C library alone.
 */
#ifndef BONSAI_VM_FRAME_H
#define BONSAI_VM_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_BYTES 3
#define FRAME_BODY_MAX_BYTES 4096
/*
 * Of input that the guest has not accepted yet. Below the 4 KiB that a terminal line buffers, so
 * that user-mode Linux never has to stop its line: it was seen not to go on then.
 */
#define FRAME_WINDOW_BYTES 2048
#define FRAME_ALIVE_MS 1000 /* the guest sends FRAME_ALIVE so often, from its session on */

enum frame_type {
	/* From the guest. */
	FRAME_STAGE = 1, /* text: what it does now; the first frame of all is one */
	FRAME_READY,	 /* the program starts; the host sends nothing before this frame */
	FRAME_OUTPUT,	 /* of the program, its standard output or its terminal */
	FRAME_ERRORS,	 /* of the program, its standard error */
	FRAME_ACCEPTED,	 /* u32: octets of input that the program has taken */
	FRAME_ALIVE,
	FRAME_FAILED, /* text: why it could not start the program; the guest ends */
	FRAME_EXIT,   /* u8: the program's exit status; all it wrote is on disk; the guest ends */
	/* From the host. */
	FRAME_INPUT,
	FRAME_INPUT_END,
	FRAME_SIZE,   /* u16 rows, u16 columns of the terminal */
	FRAME_SIGNAL, /* u8: for the program's process group */
	FRAME_TYPES
};

struct frame {
	enum frame_type type;
	const uint8_t *body; /* valid until the next call with that reader */
	size_t len;
};

/* A zeroed struct is one that has read nothing. */
struct frame_reader {
	uint8_t data[FRAME_HEADER_BYTES + FRAME_BODY_MAX_BYTES];
	size_t len;  /* octets in `data` */
	size_t used; /* of those, the frame that was given out last */
};

/*
 * Reads what `fd` has, at most the rest of one frame; blocks if `fd` does. 1: `frame` is whole;
 * 0: not yet; -EPIPE: the stream has ended; -EBADMSG: no frame; or another negative errno.
 */
int frame_read(struct frame_reader *reader, int fd, struct frame *frame);

/* Writes a header of FRAME_HEADER_BYTES. `len` is at most FRAME_BODY_MAX_BYTES. */
void frame_header(enum frame_type type, size_t len, uint8_t header[FRAME_HEADER_BYTES]);

/* Numbers in bodies, the lower octet first. Those that are not there are 0. */
uint32_t frame_number(const struct frame *frame, size_t at, size_t bytes);
void frame_put_number(uint8_t *body, uint32_t number, size_t bytes);

#endif
