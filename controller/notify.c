#include "controller/notify.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#define VARIABLE "NOTIFY_SOCKET"
#define SEND_LIMIT_S 5
#define MESSAGE_BYTES 512

static int connect_to(const char *address, int *fd)
{
	const struct timeval limit = {.tv_sec = SEND_LIMIT_S};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = strlen(address);
	autoclose int made = -1;

	if ((address[0] != '/' && address[0] != '@') || !address[1])
		return -EAFNOSUPPORT;
	if (len >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	memcpy(un.sun_path, address, len);
	if (address[0] == '@')
		un.sun_path[0] = '\0';
	made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (made < 0 || setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(made, (struct sockaddr *)&un, offsetof(struct sockaddr_un, sun_path) + len) < 0)
		return -errno;
	*fd = steal_fd(&made);
	return 0;
}

int notify_open(bool wanted, int *fd, struct err *err)
{
	const char *value = wanted ? getenv(VARIABLE) : NULL;
	autofree char *address = value && *value ? strdup(value) : NULL;
	int r;

	if (value && *value && !address)
		return err_errno(err, -ENOMEM, "read " VARIABLE);
	unsetenv(VARIABLE);
	if (!address) {
		*fd = -1;
		return 0;
	}
	r = connect_to(address, fd);
	return r < 0 ? err_errno(err, r, "reach the service manager at " VARIABLE "=%s", address)
		     : 0;
}

void notify_send(int fd, const char *fmt, ...)
{
	char message[MESSAGE_BYTES];
	va_list ap;
	int len;

	if (fd < 0)
		return;
	va_start(ap, fmt);
	len = vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (len >= (int)sizeof(message))
		len = sizeof(message) - 1;
	/* The message may be cut, but its important first line always fits. */
	if (send(fd, message, (size_t)len, MSG_NOSIGNAL) < 0)
		return;
}
