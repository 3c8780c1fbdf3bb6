#include "controller/members.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#define MEMBERS_MAX 8

static const char *wanted(char type)
{
	switch (type) {
	case 'I':
		return "a whole number";
	case 's':
		return "a string";
	default:
		return "true or false";
	}
}

/* Stores the value at *place. False when the value has another type. */
static bool put(json_t *value, char type, void *place)
{
	switch (type) {
	case 'I':
		*(json_int_t *)place = json_integer_value(value);
		return json_is_integer(value);
	case 's':
		*(const char **)place = json_string_value(value);
		return json_is_string(value);
	case 'b':
		*(int *)place = json_is_true(value);
		return json_is_boolean(value);
	default:
		*(json_t **)place = value;
		return true;
	}
}

static int check_surplus(json_t *object, const char *const *names, size_t count, struct err *err)
{
	json_t *value;
	const char *key;

	json_object_foreach(object, key, value)
	{
		size_t i;

		for (i = 0; i < count && strcmp(names[i], key); i++)
			;
		if (i == count)
			return err_text(err, -EINVAL, "no such member: %.64s", key);
	}
	return 0;
}

int members_take(json_t *object, struct err *err, const char *format, ...)
{
	const char *names[MEMBERS_MAX];
	size_t count = 0;
	va_list ap;
	int r = 0;

	if (!json_is_object(object))
		return err_text(err, -EINVAL, "it must be an object");
	va_start(ap, format);
	for (const char *s = format; r == 0 && (s = strpbrk(s, ":?")) && count < MEMBERS_MAX; s++) {
		const char *name = va_arg(ap, const char *);
		void *place = va_arg(ap, void *);
		json_t *value = json_object_get(object, name);

		names[count++] = name;
		if (!value && *s == ':')
			r = err_text(err, -EINVAL, "%s is missing", name);
		else if (value && !put(value, s[1], place))
			r = err_text(err, -EINVAL, "%s must be %s", name, wanted(s[1]));
	}
	va_end(ap);
	return r < 0 ? r : check_surplus(object, names, count, err);
}
