#include "controller/cli/run.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "controller/cli/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static json_t *strings(char *const *words, size_t count)
{
	json_t *array = json_array();

	/*
	 * If memory runs out, return no array: without a word, the request would run another
	 * command.
	 */
	for (size_t i = 0; array && i < count; i++)
		if (json_array_append_new(array, json_string(words[i])))
			json_decref(steal_ptr(&array));
	return array;
}

json_t *run_request(const struct run_spec *spec, uint32_t node, bool input)
{
	json_t *request = json_pack("{s:s, s:I, s:o}", "cmd", "exec", "node", (json_int_t)node,
				    "argv", strings(spec->argv, spec->words));

	if (request && spec->variables &&
	    json_object_set_new(request, "env", strings(spec->env, spec->variables)))
		json_decref(steal_ptr(&request));
	if (request && spec->dir && json_object_set_new(request, "dir", json_string(spec->dir)))
		json_decref(steal_ptr(&request));
	if (request && (input || spec->detach) &&
	    json_object_set_new(request, spec->detach ? "detach" : "input", json_true()))
		json_decref(steal_ptr(&request));
	return request;
}

int64_t run_deadline_ns(const struct session *session)
{
	unsigned int timeout_s = session->options->timeout_s;

	return timeout_s ? clock_ns() + timeout_s * NS_PER_S : INT64_MAX;
}

void run_bound_output(struct session *session, int64_t deadline_ns)
{
	/*
	 * At the end of a one_shot command whose output had a deadline, allow RUN_LATE_NS for the
	 * last output.
	 */
	if (deadline_ns == INT64_MAX && session->output_deadline_ns && session->options->one_shot)
		session->output_deadline_ns = clock_ns() + RUN_LATE_NS;
	else
		session->output_deadline_ns = deadline_ns == INT64_MAX ? 0 : deadline_ns;
}

int run_wait_ms(int64_t deadline_ns)
{
	return deadline_ns == INT64_MAX ? -1 : clock_ms_until(deadline_ns, INT_MAX);
}

bool run_was_killed(const json_t *body)
{
	return json_is_integer(json_object_get(body, "signal"));
}

void run_say_late(struct session *session, const char *what)
{
	session->status = STATUS_TIMED_OUT;
	session_complain(session, "%s: not ended after %u s", what, session->options->timeout_s);
}

enum run_stream run_stream_of(const json_t *body)
{
	const char *stream = json_string_value(json_object_get(body, "stream"));

	if (stream && !strcmp(stream, "stdout"))
		return RUN_STDOUT;
	return stream && !strcmp(stream, "stderr") ? RUN_STDERR : RUN_NO_STREAM;
}

int run_status(const json_t *body)
{
	const json_t *exited = json_object_get(body, "exit");
	const json_t *killed = json_object_get(body, "signal");

	if (json_is_integer(exited))
		return (int)json_integer_value(exited) & 0xff;
	if (json_is_integer(killed))
		return 128 + ((int)json_integer_value(killed) & 0x7f);
	if (json_is_integer(json_object_get(body, "program")))
		return 0;
	return json_object_get(body, "error") ? STATUS_REFUSED : -1;
}

static json_t *base64(const uint8_t *data, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	autofree char *text = malloc((len + 2) / 3 * 4 + 1);
	char *to = text;

	if (!text)
		return NULL;
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t bits = (uint32_t)data[i] << 16 | (left > 1 ? data[i + 1] << 8 : 0) |
				(left > 2 ? data[i + 2] : 0);

		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*to++ = left > 2 ? digits[bits & 63] : '=';
	}
	*to = '\0';
	return json_string(text);
}

void run_show_json(struct session *session, const struct answer *answer, uint32_t node)
{
	json_t *body = json_copy(answer->body);
	autofree char *line = NULL;

	if (!body)
		return;
	json_object_set_new(body, "node", json_integer(node));
	if (answer->len && text_is_utf8(answer->data, answer->len) &&
	    !memchr(answer->data, 0, answer->len))
		json_object_set_new(body, "data", json_stringn(answer->data, answer->len));
	else if (answer->len)
		json_object_set_new(body, "base64", base64(answer->data, answer->len));
	line = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	if (line)
		out_line(&session->out, "%s", line);
}

void run_tell(struct session *session, uint64_t id, const char *cmd, const char *member,
	      unsigned int number)
{
	json_t *request = json_pack("{s:s}", "cmd", cmd);

	if (request && member)
		json_object_set_new(request, member, json_integer(number));
	client_send_about(&session->client, request, id, NULL);
}
