/*
 * `bonsaid --doctor`: runs the probes of sandbox/doctor.h and one for ZeroMQ, which the controller
 * needs. Prints the results to standard output as lines or as JSON (docs/api.md, "bonsai doctor").
 */
#ifndef BONSAI_CONTROLLER_DIAGNOSE_H
#define BONSAI_CONTROLLER_DIAGNOSE_H

#include <stdbool.h>

/* Returns the program's exit status: 0 when the default backend works here, else 1. */
int diagnose(bool json);

#endif
