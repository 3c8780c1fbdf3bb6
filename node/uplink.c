#include "node/uplink.h"

#include "node/edge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int uplink_open(struct uplink *uplink, void *context, uint32_t id, const char *endpoint,
		struct err *err)
{
	void *socket;
	int rc = edge_socket(&socket, context, true, err);

	if (rc < 0)
		return rc;
	if (zmq_connect(socket, endpoint) < 0) {
		rc = -errno;
		zmq_close(socket);
		return err_text(err, rc, "connect to %s: %s", endpoint, zmq_strerror(-rc));
	}
	*uplink = (struct uplink){.id = id, .socket = socket, .ready = ready_init(socket)};
	return 0;
}

void uplink_forward(struct uplink *uplink, struct msg *msg)
{
	uplink->ready.used = true;
	if (msg_send(uplink->socket, msg) == 0)
		return;
	uplink->pending.header = msg->header;
	zmq_msg_init(&uplink->pending.body);
	zmq_msg_move(&uplink->pending.body, &msg->body);
	msg_drop(msg);
	uplink->blocked = true;
}

void uplink_say(struct uplink *uplink, enum wire_type type, uint16_t flags, uint64_t request,
		struct wire_body *body)
{
	const struct wire_header header = {
	    .type = type,
	    .flags = flags,
	    .source = uplink->id,
	    .target = WIRE_CONTROLLER,
	    .request = request,
	};
	struct msg msg;

	/* If memory for the message is short, send nothing: the client relies on its time-out. */
	if (msg_make(&msg, &header, body) == 0)
		uplink_forward(uplink, &msg);
}

void uplink_error(struct uplink *uplink, uint64_t request, int code, const char *fmt, ...)
{
	struct wire_body body = WIRE_BODY_INIT;
	char text[ERR_TEXT_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	wire_put_array(&body, 2);
	wire_put_uint(&body, (uint64_t)code);
	wire_put_str(&body, text);
	uplink_say(uplink, WIRE_ERROR, 0, request, &body);
}

void uplink_flush(struct uplink *uplink)
{
	if (!uplink->blocked)
		return;
	uplink->ready.used = true;
	if (msg_send(uplink->socket, &uplink->pending) == 0)
		uplink->blocked = false;
}

void uplink_close(struct uplink *uplink)
{
	if (!uplink->socket)
		return;
	if (uplink->blocked)
		msg_drop(&uplink->pending);
	zmq_close(uplink->socket);
	uplink->socket = NULL;
}
