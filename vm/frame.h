/*
 * The channel between `bonsai vm` and the init of its guest: frames on a stream of octets. A frame
 * is a type of one octet, a length of two octets (the lower one first), and a body of that length.
 * Both sides are built from this file. The guest's init is linked statically, so this code uses
 * only the C library.
 */
#ifndef BONSAI_VM_FRAME_H
#define BONSAI_VM_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_BYTES 3
#define FRAME_BODY_MAX_BYTES 4096
/*
 * Most octets of input in transit that the guest has not accepted yet. This is less than the 4 KiB
 * that a terminal line buffers, so user-mode Linux never has to stop the line. User-mode Linux was
 * seen not to resume a stopped line.
 */
#define FRAME_WINDOW_BYTES 2048
#define FRAME_ALIVE_MS 1000 /* interval at which the guest sends FRAME_ALIVE after FRAME_READY */

enum frame_type {
	/* Frames from the guest. */
	FRAME_STAGE = 1, /* text: what the guest does now; always the first frame of a guest */
	FRAME_READY,	 /* the program has started; the host sends nothing before this frame */
	FRAME_OUTPUT,	 /* from the program's standard output or terminal */
	FRAME_ERRORS,	 /* from the program's standard error */
	FRAME_ACCEPTED,	 /* u32: octets of input accepted since the last such frame */
	FRAME_ALIVE,
	FRAME_FAILED, /* text: why the guest failed; the guest ends */
	FRAME_EXIT,   /* u8: the program's exit status; all its output is on disk; the guest ends */
	/* Frames from the host. */
	FRAME_INPUT,
	FRAME_INPUT_END,
	FRAME_SIZE,   /* u16 rows, u16 columns of the terminal */
	FRAME_SIGNAL, /* u8: a signal for the program's process group */
	FRAME_TYPES
};

struct frame {
	enum frame_type type;
	const uint8_t *body; /* valid until the next call with the same reader */
	size_t len;
};

/* A zeroed struct is a reader that has read nothing. */
struct frame_reader {
	uint8_t data[FRAME_HEADER_BYTES + FRAME_BODY_MAX_BYTES];
	size_t len;  /* octets in `data` */
	size_t used; /* octets of the frame that frame_read returned last */
};

/*
 * Reads from `fd` at most the rest of one frame; blocks if `fd` blocks. 1: `frame` holds a complete
 * frame. 0: the frame is not complete yet. -EPIPE: the stream has ended. -EBADMSG: the data is no
 * frame. Or another negative errno.
 */
int frame_read(struct frame_reader *reader, int fd, struct frame *frame);

/* Writes a frame header into `header`. `len` is at most FRAME_BODY_MAX_BYTES. */
void frame_header(enum frame_type type, size_t len, uint8_t header[FRAME_HEADER_BYTES]);

/*
 * Read and write numbers in frame bodies, the lower octet first. Octets missing in a body count as
 * 0.
 */
uint32_t frame_number(const struct frame *frame, size_t at, size_t bytes);
void frame_put_number(uint8_t *body, uint32_t number, size_t bytes);

#endif
