/* Descriptors that a program is handed as words: those that its starter left open for it. */
#ifndef BONSAI_CONTROLLER_FDS_H
#define BONSAI_CONTROLLER_FDS_H

/* The number of an open descriptor. 0 or -EBADF, and *fd as it was. */
int fds_read(const char *word, int *fd);

/* "FD", or "FD,SECOND"; without the second *second is as it was. */
int fds_read_pair(const char *word, int *fd, int *second);

#endif
