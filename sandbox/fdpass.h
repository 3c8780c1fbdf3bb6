/*
 * Passes one message, with at most one descriptor, over a SOCK_SEQPACKET socket between processes
 * of this program that trust each other.
 */
#ifndef BONSAI_SANDBOX_FDPASS_H
#define BONSAI_SANDBOX_FDPASS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Sends `size` bytes, and `fd` unless it is -1. 0 or a negative errno. Blocks while the socket is
 * full.
 */
int fdpass_send(int socket, const void *data, size_t size, int fd);

/*
 * Receives one message. `flags` are recv(2)'s. Returns the message's length, or a negative errno.
 * -EPIPE: end of file, or an empty message.
 *
 * Sets *fd to the descriptor that came with the message, which the caller must close; -1: none.
 * Sets *sender to the sender's process number in the caller's PID namespace, or to 0 if the socket
 * lacks SO_PASSCRED. `sender` may be NULL.
 */
ssize_t fdpass_receive(int socket, void *data, size_t size, int *fd, pid_t *sender, int flags);

#endif
