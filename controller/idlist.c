#include "controller/idlist.h"

#include "base/cleanup.h"
#include "controller/batch.h"
#include "controller/daemon.h"
#include "controller/members.h"

#include <errno.h>
#include <stdlib.h>

static bool get_id(const json_t *json, uint32_t *id)
{
	if (!json_is_integer(json) || json_integer_value(json) < 0 ||
	    json_integer_value(json) > WIRE_NODE_MAX)
		return false;
	*id = (uint32_t)json_integer_value(json);
	return true;
}

static int get_range(const json_t *json, uint32_t *first, uint32_t *last, struct err *err)
{
	if (get_id(json, first)) {
		*last = *first;
		return 0;
	}
	if (json_is_array(json) && json_array_size(json) == 2 &&
	    get_id(json_array_get(json, 0), first) && get_id(json_array_get(json, 1), last) &&
	    *first <= *last)
		return 0;
	return err_text(err, -EINVAL, "ids holds node ids, 0 to %u, and ranges [first, last]",
			WIRE_NODE_MAX);
}

int idlist_parse(const json_t *array, uint32_t **ids, size_t *count, struct err *err)
{
	uint32_t first, last;
	uint64_t total = 0;
	size_t at = 0;
	int r;

	if (!json_array_size(array))
		return err_text(err, -EINVAL, "ids must be an array that is not empty");
	for (size_t i = 0; i < json_array_size(array); i++) {
		r = get_range(json_array_get(array, i), &first, &last, err);
		if (r < 0)
			return r;
		total += (uint64_t)last - first + 1;
		if (total > IDLIST_MAX)
			return err_text(err, -E2BIG, "at most %d ids in one request", IDLIST_MAX);
	}
	uint32_t *list = calloc(total, sizeof(*list));
	if (!list)
		return err_errno(err, -ENOMEM, "read ids");
	for (size_t i = 0; i < json_array_size(array); i++) {
		get_range(json_array_get(array, i), &first, &last, NULL);
		for (uint32_t id = first; id <= last; id++)
			list[at++] = id;
	}
	*ids = list;
	*count = total;
	return 0;
}

struct batch *idlist_command(struct daemon *daemon, const struct batch_kind *kind,
			     const struct asker *asker, json_t *request)
{
	struct err err;
	uint32_t *ids;
	size_t count;
	json_t *array;

	if (members_take(request, &err, "{s:o}", "ids", &array) < 0)
		api_error(&daemon->api, asker, &err);
	else if (idlist_parse(array, &ids, &count, &err) < 0)
		api_error(&daemon->api, asker, &err);
	else
		return batch_add(daemon, kind, asker, ids, count, false);
	return NULL;
}

json_t *idlist_of_walk(const struct node *first)
{
	json_t *array = json_array();

	for (; first; first = first->walk)
		json_array_append_new(array, json_integer(first->id));
	return array;
}
