/* A library for LD_PRELOAD. Makes libzmq report that it was built without the ipc transport. */
int zmq_has(const char *capability);

int zmq_has(const char *capability)
{
	(void)capability;
	return 0;
}
