/*
 * What a service manager is told, by the datagrams of sd_notify(3): few enough to do
 * without its library, which would be mapped by every launcher too. The socket is opened
 * before the controller changes its network namespace, for an abstract address is one of
 * the namespace that the socket was made in, and gives up its privileges.
 */
#ifndef BONSAI_CONTROLLER_NOTIFY_H
#define BONSAI_CONTROLLER_NOTIFY_H

#include "base/err.h"

#include <stdbool.h>

/*
 * Connects to the address in NOTIFY_SOCKET, a path or "@" and an abstract name, and takes it
 * out of the environment, so that nothing we start speaks in our name. *fd is -1 when there is
 * none or it is not `wanted`; else the caller closes it.
 */
int notify_open(bool wanted, int *fd, struct err *err);

/*
 * Sends lines of VARIABLE=VALUE; nothing when fd is -1. Blocks 5 s at most while the manager's
 * queue is full. That nobody listens any more is not ours to mend.
 */
void notify_send(int fd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
