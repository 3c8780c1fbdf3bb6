#include "base/threads.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#define COUNT 2 /* threads of libzmq: one for input and output, one that closes sockets */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Every thread waits at the gate, so that all of them exist at the same time. */
static void *wait_at_gate(void *unused)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return unused;
}

int threads_check(struct err *err)
{
	pthread_t threads[COUNT];
	int started, failed = 0;

	pthread_mutex_lock(&gate);
	for (started = 0; started < COUNT && !failed; started += !failed)
		failed = pthread_create(&threads[started], NULL, wait_at_gate, NULL);
	pthread_mutex_unlock(&gate);
	while (started > 0)
		pthread_join(threads[--started], NULL);
	if (failed == EAGAIN)
		return err_text(err, -failed, THREADS_LACKING);
	return failed ? err_errno(err, -failed, "start a thread") : 0;
}

static void end_by_status(int signal)
{
	(void)signal;
	_exit(THREADS_STATUS);
}

void threads_may_lack(void)
{
	signal(SIGABRT, end_by_status);
}

void threads_are_there(void)
{
	signal(SIGABRT, SIG_DFL);
}
