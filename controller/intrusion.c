#include "controller/intrusion.h"

void intrusion_publish(struct daemon *daemon, const struct node *node, uint64_t segments)
{
	json_t *parent = node->parent ? json_integer(node->parent->id) : json_null();

	api_publish(&daemon->api, json_pack("{s:s, s:I, s:o, s:I}", "event", "intrusion", "node",
					    (json_int_t)node->id, "parent", parent, "segments",
					    (json_int_t)segments));
}

void intrusion_look(struct daemon *daemon)
{
	struct trunk *trunk = &daemon->trunk;

	if (!trunk->socket)
		return;
	gate_count(&trunk->gate, &trunk->refused);
	if (daemon->tree.root && gate_is_due(&trunk->gate))
		intrusion_publish(daemon, daemon->tree.root, trunk->gate.dropped);
}
