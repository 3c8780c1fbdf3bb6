#include "controller/cli/images.h"

#include "base/cleanup.h"
#include "controller/cli/apart.h"
#include "controller/cli/self.h"
#include "controller/cli/text.h"
#include "images/import.h"
#include "images/store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

typedef int image_fn(const struct session_options *options, const struct store *store,
		     char *const *args, size_t count);

/*
 * Shows an error. `err` may contain a name from a hostile archive: replace control characters,
 * which must not reach the terminal.
 */
static int complain(const struct err *err)
{
	char shown[ERR_TEXT_BYTES];

	text_printable(shown, sizeof(shown), err->text);
	fprintf(stderr, "Error: %s\n", shown);
	return STATUS_REFUSED;
}

/*
 * Parses `text`, the store's description of an image in JSON, and adds the image's name to the
 * object. Returns the new object, or NULL on failure.
 */
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

static void show_json(struct out *out, const json_t *body)
{
	autofree char *text = json_dumps(body, JSON_COMPACT);

	if (text)
		out_line(out, "%s", text);
}

static unsigned long long number(const json_t *about, const char *name)
{
	return (unsigned long long)json_integer_value(json_object_get(about, name));
}

static void show_made(struct out *out, const char *name, const json_t *about)
{
	out_add(out, "OK: the image %s: %llu entries, %llu bytes", name, number(about, "entries"),
		number(about, "bytes"));
	if (number(about, "dropped"))
		out_add(out, "; dropped %llu devices, fifos and sockets", number(about, "dropped"));
	if (number(about, "stripped"))
		out_add(out, "; stripped %llu files of setuid, setgid or capabilities",
			number(about, "stripped"));
	if (number(about, "unended"))
		out_add(out, "; read as far as they go, without an end mark: %llu layers",
			number(about, "unended"));
	out_add(out, "\n");
}

/*
 * Reports a new image. `text` is the store's description of the image; NULL: the image could not be
 * made, and `err` says why.
 */
static int say_made(const struct session_options *options, const char *name, const char *text,
		    struct err *err)
{
	json_t *about = text ? named(name, text, err) : NULL;
	struct out out = {0};

	if (!about)
		return complain(err);
	if (options->json)
		show_json(&out, about);
	else
		show_made(&out, name, about);
	if (options->quiet)
		out_drop(&out);
	json_decref(about);
	return session_print(&out);
}

#define NAME_RULE "not 1 to 64 letters, digits, '.', '_', '-', the first a letter or digit"

static int image_import(const struct session_options *options, const struct store *store,
			char *const *args, size_t count)
{
	autofree char *text = NULL;
	struct err err = {0};

	(void)count;
	if (!store_is_name(args[0]))
		return session_refuse_word("no name for an image, " NAME_RULE, args[0], NULL);
	import_source(store, args[0], args[1], NULL, &text, &err);
	return say_made(options, args[0], text, &err);
}

/* Where the folder of recipes may be, relative to the folder of this program. */
static const char *const places[] = {"../images/recipes", "../libexec/bonsai/recipes", NULL};

static int image_build(const struct session_options *options, const struct store *store,
		       char *const *args, size_t count)
{
	const char *name = args[count - 1];
	autofree char *text = NULL;
	char folder[PATH_MAX], programs[PATH_MAX];
	struct err err = {0};

	if (!store_is_name(args[0]))
		return session_refuse_word("no name of a recipe, " NAME_RULE, args[0], NULL);
	if (!store_is_name(name))
		return session_refuse_word("no name for an image, " NAME_RULE, name, NULL);
	self_find(places, X_OK, folder);
	/* A recipe that puts Bonsai into its image copies Bonsai's programs from this folder. */
	self_folder(programs);
	setenv("BONSAI_PROGRAMS", programs, 1);
	import_recipe(store, name, folder, args[0], &text, &err);
	return say_made(options, name, text, &err);
}

static void show_row(struct out *out, const struct store_image *image, const json_t *about)
{
	out_line(out, "%-24s  %.12s %12llu %9llu  %s", image->name, image->digest,
		 number(about, "bytes"), number(about, "entries"),
		 json_string_value(json_object_get(about, "kind")));
}

static int image_list(const struct session_options *options, const struct store *store,
		      char *const *args, size_t count)
{
	autofree struct store_image *images = NULL;
	struct out out = {0};
	struct err err = {0};
	size_t there = 0;
	int broken = 0, status;

	(void)args;
	(void)count;
	if (store_list(store, &images, &there, &err) < 0)
		return complain(&err);
	if (!options->json)
		out_line(&out, "%-24s  %-12s %12s %9s  %s", "IMAGE", "DIGEST", "BYTES", "ENTRIES",
			 "KIND");
	for (size_t i = 0; i < there; i++) {
		json_t *about = about_of(store, &images[i], &err);

		/* If one image can't be described, still show the other images. */
		if (!about)
			broken = complain(&err);
		else if (options->json)
			show_json(&out, about);
		else
			show_row(&out, &images[i], about);
		json_decref(about);
	}
	if (options->quiet)
		out_drop(&out);
	status = session_print(&out);
	return status ? status : broken;
}

static int image_remove(const struct session_options *options, const struct store *store,
			char *const *args, size_t count)
{
	struct out out = {0};
	struct err err = {0};
	json_t *body;

	(void)count;
	if (store_remove(store, args[0], &err) < 0)
		return complain(&err);
	if (options->quiet)
		return 0;
	body = json_pack("{s:s,s:b}", "image", args[0], "removed", 1);
	if (options->json)
		show_json(&out, body);
	else
		out_line(&out, "OK: the image %s is removed", args[0]);
	json_decref(body);
	return session_print(&out);
}

static int image_inspect(const struct session_options *options, const struct store *store,
			 char *const *args, size_t count)
{
	struct store_image image;
	struct out out = {0};
	struct err err = {0};
	json_t *about = NULL;

	(void)count;
	if (store_find(store, args[0], &image, &err) == 0)
		about = about_of(store, &image, &err);
	if (!about)
		return complain(&err);
	if (!options->quiet)
		show_json(&out, about);
	json_decref(about);
	return session_print(&out);
}

static const struct {
	const char *name, *usage;
	size_t min, max; /* the number of arguments */
	bool makes;	 /* makes the folder of images if it is missing */
	image_fn *run;
} verbs[] = {
    {"import", "NAME SOURCE", 2, 2, true, image_import},
    {"build", "RECIPE [NAME]", 1, 2, true, image_build},
    {"ls", "", 0, 0, false, image_list},
    {"rm", "NAME", 1, 1, false, image_remove},
    {"inspect", "NAME", 1, 1, false, image_inspect},
};

const char *const images_verbs[] = {"import", "build", "ls", "rm", "inspect", NULL};

/* A verb of `bonsai image` with its arguments. */
struct job {
	image_fn *run;
	const struct session_options *options;
	const struct store *store;
	char *const *args;
	size_t count;
};

static int do_job(void *own)
{
	const struct job *job = own;

	return job->run(job->options, job->store, job->args, job->count);
}

/*
 * Runs a job in a child process. If the child did not exit by itself, removes the unfinished files
 * that the job has left in the store.
 */
static int do_apart(struct job *job)
{
	bool broken = false;
	int status = apart_run(do_job, job, job->options->timeout_s, &broken);

	if (broken)
		store_sweep(job->store);
	return status;
}

/*
 * Reports that the folder of images can't be opened. A missing folder means that there are no
 * images. That is an error except for `ls`, and except for a verb that makes the folder.
 */
static int without_store(const char *verb, bool makes, char *const *args, const struct err *err)
{
	char shown[80];

	if (makes || err->code != -ENOENT)
		return complain(err);
	if (!strcmp(verb, "ls"))
		return 0;
	text_printable(shown, sizeof(shown), args[0]);
	fprintf(stderr, "Error: there is no image %s\n", shown);
	return STATUS_REFUSED;
}

int images_run(const struct session_options *options, char *const *args, size_t count)
{
	struct nearest nearest = {.typed = args[0]};
	struct store store = {.fd = -1};
	struct err err = {0};
	struct job job;
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
			return without_store(verbs[i].name, verbs[i].makes, args + 1, &err);
		job = (struct job){verbs[i].run, options, &store, args + 1, count - 1};
		status = verbs[i].makes ? do_apart(&job) : do_job(&job);
		store_close(&store);
		return status;
	}
	for (size_t i = 0; images_verbs[i]; i++)
		text_consider(&nearest, images_verbs[i]);
	return session_refuse_word("nothing to do with images (" IMAGES_USAGE ")", args[0],
				   nearest.word);
}
