/*
 * Runs a fuzzer's entry over the files of corpus folders, so that any compiler can
 * hold the code to what was found. Usage: replay DIR…; status 1 when a folder has no file.
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
	/* Of its exact size, for the sanitizer to see one octet too far. */
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

/* How many files it held; -1 when one could not be read. */
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
