#include "node/listen.h"

#include "base/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BACKLOG 4 /* one peer an edge; a few more cover its reconnecting */

static bool parse(const char *endpoint, struct sockaddr_in *address)
{
	char host[INET_ADDRSTRLEN] = "";
	const char *colon = strrchr(endpoint, ':');
	unsigned long port;
	char *end;

	if (strncmp(endpoint, "tcp://", 6) != 0 || colon < endpoint + 6 ||
	    (size_t)(colon - endpoint - 6) >= sizeof(host) || colon[1] < '1' || colon[1] > '9')
		return false;
	memcpy(host, endpoint + 6, colon - endpoint - 6);
	port = strtoul(colon + 1, &end, 10);
	if (*end || port > UINT16_MAX)
		return false;
	*address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	return inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

int listen_at(const char *endpoint)
{
	struct sockaddr_in address;
	autoclose int fd = -1;
	int on = 1;

	if (!parse(endpoint, &address))
		return -EAFNOSUPPORT;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return steal_fd(&fd);
}
