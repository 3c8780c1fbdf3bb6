#include "base/err.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CONTEXT_BYTES 97

static void put(struct err *err, int code, const char *fmt, va_list ap)
{
	err->code = code;
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
}

int err_errno(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	if (!err)
		return code;
	va_start(ap, fmt);
	put(err, code, fmt, ap);
	va_end(ap);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", strerror(-code));
	return code;
}

int err_text(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	va_start(ap, fmt);
	put(err, code, fmt, ap);
	va_end(ap);
	return code;
}

const char *err_name(int code)
{
	static const struct {
		int code;
		const char *name;
	} names[] = {
	    {-EINVAL, "invalid"},	  {-E2BIG, "invalid"},	    {-ENOENT, "not_found"},
	    {-EEXIST, "exists"},	  {-ENOSPC, "no_room"},	    {-EAGAIN, "no_room"},
	    {-ENOMEM, "no_room"},	  {-EMFILE, "no_room"},	    {-EHOSTUNREACH, "unavailable"},
	    {-EOPNOTSUPP, "unsupported"}, {-ENOSYS, "unsupported"}, {-ETIMEDOUT, "timeout"},
	    {-EPERM, "refused"},	  {-EACCES, "refused"},	    {-ECANCELED, "stopped"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "failed";
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	char context[CONTEXT_BYTES], cause[ERR_TEXT_BYTES];
	va_list ap;

	if (!err)
		return -EIO;
	va_start(ap, fmt);
	/* Shorten a long context rather than the cause: the cause tells the user what to fix. */
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	memcpy(cause, err->text, sizeof(cause));
	snprintf(err->text, sizeof(err->text), "%s: %.*s", context,
		 (int)(sizeof(err->text) - strlen(context) - sizeof(": ")), cause);
	return err->code;
}
