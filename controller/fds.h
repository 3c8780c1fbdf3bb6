/*
 * Descriptors that the starter of a program left open for it and passes as numbers in its
 * arguments.
 */
#ifndef BONSAI_CONTROLLER_FDS_H
#define BONSAI_CONTROLLER_FDS_H

/* Reads the number of an open descriptor. 0, or -EBADF: *fd is unchanged then. */
int fds_read(const char *word, int *fd);

/* Reads "FD" or "FD,SECOND". Without a second number *second is unchanged. Result as fds_read. */
int fds_read_pair(const char *word, int *fd, int *second);

#endif
