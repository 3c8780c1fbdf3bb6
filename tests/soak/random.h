/*
 * Random numbers that are the same for the same seed (splitmix64). Requests use one stream, faults
 * another. When faults happen depends on the machine's speed; thanks to the two streams, the
 * requests do not. Header only.
 */
#ifndef BONSAI_TESTS_SOAK_RANDOM_H
#define BONSAI_TESTS_SOAK_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
	uint64_t z = (random->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* A number from `first` to `last`, both included. */
static inline uint32_t random_in(struct random *random, uint32_t first, uint32_t last)
{
	return first + (uint32_t)(random_next(random) % ((uint64_t)last - first + 1));
}

static inline bool random_one_in(struct random *random, uint32_t count)
{
	return random_in(random, 1, count) == 1;
}

#endif
