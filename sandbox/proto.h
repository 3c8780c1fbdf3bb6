/*
 * The messages between launcher and client over their SOCK_SEQPACKET pair. Each datagram is one
 * struct, in native byte order (both ends are one program). If a request has a wrong size, magic,
 * op or count, or an unknown id, the launcher replies SANDBOX_REFUSED and changes nothing. There
 * are two exceptions: the reply to an ASK_CREATE with a bad id is SANDBOX_FAILED, and ASK_REMOVE
 * skips unknown ids. A number of a request or an event never changes its meaning.
 */
#ifndef BONSAI_SANDBOX_PROTO_H
#define BONSAI_SANDBOX_PROTO_H

#include "sandbox/sandbox.h"

#define PROTO_MAGIC 0x426f6e31u /* "Bon1" */

enum ask_op {
	ASK_CREATE = 1,
	ASK_REMOVE = 2,
	ASK_KILL = 3,
	ASK_PIDFD = 4,
	ASK_END = 5,
	ASK_NOTE = 6,
	ASK_FREEZE = 7,
	ASK_LINK = 8,
	ASK_LIMIT = 9
};

struct ask_header {
	uint32_t magic;
	uint32_t op;
	uint64_t ticket;
};

struct ask_create {
	struct ask_header header;
	struct sandbox_spec spec;
};

struct ask_remove { /* only `count` ids are sent */
	struct ask_header header;
	uint32_t count;
	uint32_t ids[SANDBOX_REMOVE_MAX];
};

struct ask_kill { /* for ASK_KILL; for ASK_PIDFD and ASK_LINK (`signal` unused); for ASK_FREEZE
		     (`signal` 1: freeze, 0: thaw) */
	struct ask_header header;
	uint32_t id;
	int32_t signal;
};

struct ask_note {
	struct ask_header header;
	uint32_t id;
	uint64_t note;
};

struct ask_limit {
	struct ask_header header;
	uint32_t id;
	struct sandbox_limits limits;
};

/* ASK_END consists of the header only. */
union ask {
	struct ask_header header;
	struct ask_create create;
	struct ask_remove remove;
	struct ask_kill kill;
	struct ask_note note;
	struct ask_limit limit;
};

/*
 * Further values of tell.kind, beside enum sandbox_event_kind. The launcher sends these only when
 * it starts or a client attaches.
 */
enum {
	TELL_UNSHARED = 100,
	TELL_READY = 101, /* with descriptors of the user and network namespaces; status: isolated;
			     signal: the backend's number (0: an older launcher, see status);
			     note; limits; ticket: the generation; err.text: the image's name */
};

struct tell {
	uint32_t magic;
	uint32_t kind;
	uint32_t id;
	int32_t pid;
	int32_t status;
	int32_t signal;
	int32_t requested;
	int64_t time_ns;
	uint64_t ticket;
	uint32_t life;
	uint32_t memory;
	uint32_t parent;
	struct in_addr parent_addr;
	uint64_t note;
	struct sandbox_limits limits;
	uint64_t kills;
	struct err err;
};

#define TELL_FDS_MAX 2

/*
 * Sends one message with `count` descriptors. Blocks while the socket is full; with MSG_DONTWAIT in
 * `flags` returns -EAGAIN instead.
 */
int tell_send(int fd, const struct tell *tell, const int *fds, int count, int flags);

/*
 * Receives one message. 1: received; 0: no message is waiting (with MSG_DONTWAIT in `flags`);
 * -EPIPE: end of file; -EPROTO: malformed. Entries of `fds` for which no descriptor came are -1.
 */
int tell_receive(int fd, struct tell *tell, int fds[TELL_FDS_MAX], int flags);

#endif
