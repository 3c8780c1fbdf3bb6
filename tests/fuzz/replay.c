/*
 * Runs a fuzz target over the files of corpus folders, so that a build by any compiler can be
 * checked against inputs found earlier. Usage: replay DIR…. The status is 1 if a folder has no
 * file, or if a file cannot be read.
 */
#include "tests/fuzz/fuzz.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (1 << 20)

static bool replay_file(const char *path)
{
	/* Copy to a buffer of the exact size, so that the sanitizer sees reads beyond it. */
	autofree uint8_t *buffer = malloc(INPUT_MAX), *exact = NULL;
	FILE *file = fopen(path, "re");
	size_t size;

	if (!file || !buffer) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		if (file)
			fclose(file);
		return false;
	}
	size = fread(buffer, 1, INPUT_MAX, file);
	fclose(file);
	exact = malloc(size ? size : 1);
	if (!exact)
		return false;
	memcpy(exact, buffer, size);
	LLVMFuzzerTestOneInput(exact, size);
	return true;
}

/* Returns the number of files in the folder, or -1 if the folder or a file cannot be read. */
static int replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	int count = 0;

	if (!dir) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return -1;
	}
	while (count >= 0 && (entry = readdir(dir))) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		count = replay_file(path) ? count + 1 : -1;
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int count = replay_folder(argv[i]);

		if (count <= 0) {
			fprintf(stderr, "%s: nothing to replay\n", argv[i]);
			return 1;
		}
		printf("%s: %d inputs\n", argv[i], count);
	}
	return argc > 1 ? 0 : 1;
}
