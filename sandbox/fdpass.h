/*
 * One message, and at most one descriptor with it, over a SOCK_SEQPACKET socket between
 * processes of this program that trust each other.
 */
#ifndef BONSAI_SANDBOX_FDPASS_H
#define BONSAI_SANDBOX_FDPASS_H

#include <stddef.h>
#include <sys/types.h>

/* Sends `size` bytes, and `fd` unless it is -1. 0 or a negative errno. Blocks while it is full. */
int fdpass_send(int socket, const void *data, size_t size, int fd);

/*
 * Receives one: its length, or a negative errno (-EPIPE at end of file). *fd is the
 * descriptor that came, the caller's to close, or -1. *sender, where it is not NULL and the
 * socket has SO_PASSCRED, is who sent it as our PID namespace numbers him, else 0.
 */
ssize_t fdpass_receive(int socket, void *data, size_t size, int *fd, pid_t *sender, int flags);

#endif
