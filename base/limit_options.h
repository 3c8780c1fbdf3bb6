/* The kinds of limits as command-line options, in the order in which they are shown. */
#ifndef BONSAI_BASE_LIMIT_OPTIONS_H
#define BONSAI_BASE_LIMIT_OPTIONS_H

#include <getopt.h>

enum limit_word {
	LIMIT_MEMORY,
	LIMIT_PIDS,
	LIMIT_CPUS,
	LIMIT_DISK,
	LIMIT_IO,
	LIMIT_NOFILE,
	LIMIT_WORDS
};

/*
 * Rows for a table of long options. The option value minus `first` is the kind of limit (enum
 * limit_word).
 */
#define LIMIT_OPTIONS(first)                                                                       \
	{"memory", required_argument, NULL, (first) + LIMIT_MEMORY},                               \
	    {"pids", required_argument, NULL, (first) + LIMIT_PIDS},                               \
	    {"cpus", required_argument, NULL, (first) + LIMIT_CPUS},                               \
	    {"disk", required_argument, NULL, (first) + LIMIT_DISK},                               \
	    {"io", required_argument, NULL, (first) + LIMIT_IO},                                   \
	{                                                                                          \
		"nofile", required_argument, NULL, (first) + LIMIT_NOFILE                          \
	}

#endif
