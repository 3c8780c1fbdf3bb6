/*
 * A listening socket for an edge, made here rather than by libzmq, which for each
 * address it binds first has the kernel list all interfaces and addresses, to see whether
 * it names one. It may be bound before its address is there: so a parent can be
 * ready before the link to its child is.
 */
#ifndef BONSAI_NODE_LISTEN_H
#define BONSAI_NODE_LISTEN_H

/*
 * At "tcp://A.B.C.D:PORT". A descriptor, the caller's; -EAFNOSUPPORT when the endpoint is of
 * another form; or another negative errno.
 */
int listen_at(const char *endpoint);

#endif
