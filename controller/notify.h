/*
 * Messages to the service manager: the datagrams of sd_notify(3). Sending them takes too little
 * code to use libsystemd for it, which every launcher would map too. The controller opens the
 * socket before it changes its network namespace and gives up its privileges: an abstract address
 * belongs to the network namespace in which the socket was made.
 */
#ifndef BONSAI_CONTROLLER_NOTIFY_H
#define BONSAI_CONTROLLER_NOTIFY_H

#include "base/err.h"

#include <stdbool.h>

/*
 * Connects to the address in NOTIFY_SOCKET: a path, or "@" and an abstract name. Removes the
 * variable from the environment, so that no child of the controller sends in its name. *fd is -1
 * when there is no address or `wanted` is false; else the caller closes *fd.
 */
int notify_open(bool wanted, int *fd, struct err *err);

/*
 * Sends lines of VARIABLE=VALUE; does nothing when fd is -1. Blocks at most 5 s while the manager's
 * queue is full. Ignores errors: the controller runs on without a manager.
 */
void notify_send(int fd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
