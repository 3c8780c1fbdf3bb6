#include "vm/guest.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAREWELL_S 10 /* time in s for the host to end the engine; then the guest powers off */

static int channel = -1;

/*
 * Ends the guest. Normally the host ends the engine as soon as the host has read the guest's last
 * frame.
 */
static void __attribute__((noreturn)) leave(void)
{
	sync();
	sleep(FAREWELL_S);
	reboot(RB_POWER_OFF);
	/* If the guest cannot power off, restart it: a restart also ends the engine. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static bool write_all(const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(channel, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

void guest_send(enum frame_type type, const void *body, size_t len)
{
	uint8_t frame[FRAME_HEADER_BYTES + FRAME_BODY_MAX_BYTES];

	frame_header(type, len, frame);
	if (len)
		memcpy(frame + FRAME_HEADER_BYTES, body, len);
	if (channel >= 0 && !write_all(frame, FRAME_HEADER_BYTES + len))
		leave(); /* a failed write means that the host has gone */
}

void guest_stage(const char *text)
{
	guest_send(FRAME_STAGE, text, strlen(text));
}

void guest_fail(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/*
	 * Print the text to the console too: before the channel is open, this is the only report.
	 */
	printf("bonsai-guest: %s\n", text);
	fflush(stdout);
	guest_send(FRAME_FAILED, text, strlen(text));
	leave();
}

static char *read_config(size_t *len)
{
	int fd = open(GUEST_CONFIG, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0 || !(text = malloc((size_t)st.st_size + 1)) ||
	    read(fd, text, (size_t)st.st_size) != st.st_size)
		guest_fail("read " GUEST_CONFIG ": %s", strerror(errno));
	close(fd);
	*len = (size_t)st.st_size;
	text[*len] = '\0';
	return text;
}

static void take(struct guest_config *config, const char *name, size_t len, const char *value)
{
	const struct {
		const char *name;
		const char **to;
	} members[] = {
	    {"channel", &config->channel},
	    {"type", &config->type},
	    {"root", &config->root},
	    {"share", &config->share},
	    {"folder", &config->folder},
	    {"programs", &config->programs},
	    {"tree", &config->tree},
	    {"terminal", &config->terminal},
	    {"arg", config->args_count < GUEST_ARGS_MAX ? &config->args[config->args_count] : NULL},
	    {"env", config->env_count < GUEST_ENV_MAX ? &config->env[config->env_count] : NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		if (strlen(members[i].name) != len || strncmp(members[i].name, name, len))
			continue;
		if (!members[i].to)
			guest_fail("too many lines of %s", members[i].name);
		*members[i].to = value;
		config->args_count += !strcmp(members[i].name, "arg");
		config->env_count += !strcmp(members[i].name, "env");
	}
}

static void parse(struct guest_config *config, const char *text, size_t len)
{
	for (const char *line = text; line < text + len; line += strlen(line) + 1) {
		const char *equals = strchr(line, '=');

		if (equals)
			take(config, line, (size_t)(equals - line), equals + 1);
	}
}

/* A bare kernel allows an init 4096 descriptors. The limits here are those that systemd sets. */
static void raise_descriptors(void)
{
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 1024, .rlim_max = 512 << 10});
}

int main(void)
{
	static struct guest_config config;
	uint8_t status;
	size_t len;
	char *text;

	text = read_config(&len);
	parse(&config, text, len);
	guest_mount_early();
	raise_descriptors();
	channel = guest_open_channel(config.channel);
	if (channel < 0)
		guest_fail("no channel to the host: %s", strerror(-channel));
	guest_stage("mounting the files");
	guest_mount_root(&config);
	status = (uint8_t)guest_run(&config, channel);
	/* Write the program's changes to the host's folder before the host gets its exit status. */
	sync();
	guest_send(FRAME_EXIT, &status, 1);
	leave();
}
