#include "controller/cli/images.h"

#include "base/cleanup.h"
#include "controller/cli/text.h"
#include "images/import.h"
#include "images/store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef int image_fn(const struct session_options *options, const struct store *store,
		     char *const *args, size_t count);

/* An err may repeat a name of a hostile archive: none of it shall move the terminal. */
static int complain(const struct err *err)
{
	char shown[ERR_TEXT_BYTES];

	text_printable(shown, sizeof(shown), err->text);
	fprintf(stderr, "Error: %s\n", shown);
	return STATUS_REFUSED;
}

static int said(void)
{
	return fflush(stdout) ? STATUS_REFUSED : 0;
}

/* What is told of it, with its name. */
static json_t *named(const char *name, const char *text, struct err *err)
{
	json_t *about = json_loads(text, 0, NULL);

	if (!json_is_object(about)) {
		json_decref(about);
		err_text(err, -EBADMSG, "what is told of the image %s makes no sense", name);
		return NULL;
	}
	json_object_set_new(about, "image", json_string(name));
	return about;
}

static json_t *about_of(const struct store *store, const struct store_image *image, struct err *err)
{
	autofree char *text = NULL;

	return store_about(store, image, &text, err) < 0 ? NULL : named(image->name, text, err);
}

static void print_json(const json_t *body)
{
	autofree char *text = json_dumps(body, JSON_COMPACT);

	if (text)
		puts(text);
}

static unsigned long long number(const json_t *about, const char *name)
{
	return (unsigned long long)json_integer_value(json_object_get(about, name));
}

static void print_made(const char *name, const json_t *about)
{
	printf("OK: the image %s: %llu entries, %llu bytes", name, number(about, "entries"),
	       number(about, "bytes"));
	if (number(about, "dropped"))
		printf("; dropped %llu devices, fifos and sockets", number(about, "dropped"));
	if (number(about, "stripped"))
		printf("; stripped %llu files of setuid, setgid or capabilities",
		       number(about, "stripped"));
	puts("");
}

/* `text` is what is told of it, or NULL when it failed. */
static int show_made(const struct session_options *options, const char *name, const char *text,
		     struct err *err)
{
	json_t *about = text ? named(name, text, err) : NULL;

	if (!about)
		return complain(err);
	if (options->json)
		print_json(about);
	else if (!options->quiet)
		print_made(name, about);
	json_decref(about);
	return said();
}

static int image_import(const struct session_options *options, const struct store *store,
			char *const *args, size_t count)
{
	autofree char *text = NULL;
	struct err err = {0};

	(void)count;
	import_source(store, args[0], args[1], NULL, &text, &err);
	return show_made(options, args[0], text, &err);
}

/* Where recipes may lie, from the folder of this program. */
static const char *const places[] = {"../images/recipes", "../libexec/bonsai/recipes"};

static void find_recipes(char folder[PATH_MAX])
{
	char self[PATH_MAX - 64];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[len > 0 ? len : 0] = '\0';
	if (strrchr(self, '/'))
		strrchr(self, '/')[1] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		snprintf(folder, PATH_MAX, "%s%s", self, places[i]);
		if (access(folder, X_OK) == 0)
			return;
	}
}

static int image_build(const struct session_options *options, const struct store *store,
		       char *const *args, size_t count)
{
	const char *name = args[count - 1];
	autofree char *text = NULL;
	char folder[PATH_MAX];
	struct err err = {0};

	find_recipes(folder);
	import_recipe(store, name, folder, args[0], &text, &err);
	return show_made(options, name, text, &err);
}

static int image_list(const struct session_options *options, const struct store *store,
		      char *const *args, size_t count)
{
	autofree struct store_image *images = NULL;
	struct err err = {0};
	size_t there = 0;

	(void)args;
	(void)count;
	if (store_list(store, &images, &there, &err) < 0)
		return complain(&err);
	if (!options->json && !options->quiet)
		printf("%-24s  %-12s %12s %9s  %s\n", "IMAGE", "DIGEST", "BYTES", "ENTRIES",
		       "KIND");
	for (size_t i = 0; i < there; i++) {
		json_t *about = about_of(store, &images[i], &err);

		if (!about)
			return complain(&err);
		if (options->json)
			print_json(about);
		else
			printf("%-24s  %.12s %12llu %9llu  %s\n", images[i].name, images[i].digest,
			       number(about, "bytes"), number(about, "entries"),
			       json_string_value(json_object_get(about, "kind")));
		json_decref(about);
	}
	return said();
}

static int image_remove(const struct session_options *options, const struct store *store,
			char *const *args, size_t count)
{
	struct err err = {0};

	(void)count;
	if (store_remove(store, args[0], &err) < 0)
		return complain(&err);
	if (!options->quiet)
		printf("OK: the image %s is removed\n", args[0]);
	return said();
}

static int image_inspect(const struct session_options *options, const struct store *store,
			 char *const *args, size_t count)
{
	struct store_image image;
	struct err err = {0};
	json_t *about = NULL;

	(void)options;
	(void)count;
	if (store_find(store, args[0], &image, &err) == 0)
		about = about_of(store, &image, &err);
	if (!about)
		return complain(&err);
	print_json(about);
	json_decref(about);
	return said();
}

static const struct {
	const char *name, *usage;
	size_t min, max; /* how many arguments */
	bool makes;	 /* the folder of images, if it is not there */
	image_fn *run;
} verbs[] = {
    {"import", "NAME SOURCE", 2, 2, true, image_import},
    {"build", "RECIPE [NAME]", 1, 2, true, image_build},
    {"ls", "", 0, 0, false, image_list},
    {"rm", "NAME", 1, 1, false, image_remove},
    {"inspect", "NAME", 1, 1, false, image_inspect},
};

/* No folder of images: none is there. */
static int without_store(const char *verb, char *const *args, const struct err *err)
{
	char shown[80];

	if (err->code != -ENOENT)
		return complain(err);
	if (!strcmp(verb, "ls"))
		return 0;
	text_printable(shown, sizeof(shown), args[0]);
	fprintf(stderr, "Error: there is no image %s\n", shown);
	return STATUS_REFUSED;
}

int images_run(const struct session_options *options, char *const *args, size_t count)
{
	struct store store = {.fd = -1};
	struct err err = {0};
	char shown[80];
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		if (strcmp(verbs[i].name, args[0]))
			continue;
		if (count - 1 < verbs[i].min || count - 1 > verbs[i].max) {
			fprintf(stderr, "Error: usage: bonsai image %s%s%s\n", verbs[i].name,
				*verbs[i].usage ? " " : "", verbs[i].usage);
			return STATUS_USAGE;
		}
		if (store_open(&store, verbs[i].makes, &err) < 0)
			return without_store(verbs[i].name, args + 1, &err);
		status = verbs[i].run(options, &store, args + 1, count - 1);
		store_close(&store);
		return status;
	}
	text_printable(shown, sizeof(shown), args[0]);
	fprintf(stderr, "Error: nothing to do with images: %s (%s)\n", shown, IMAGES_USAGE);
	return STATUS_USAGE;
}
