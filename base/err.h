/*
 * The one error contract: a function that can fail returns 0 or a negative
 * errno and tells the whole story in a caller-owned, fixed-size struct err
 * ("create node 8: mount /proc: Operation not permitted"). Libraries neither
 * print nor exit. On failure out-parameters are untouched.
 */
#ifndef BONSAI_BASE_ERR_H
#define BONSAI_BASE_ERR_H

#define ERR_TEXT_BYTES 256

struct err {
	int code; /* negative errno, 0 when nothing failed */
	char text[ERR_TEXT_BYTES];
};

/*
 * Records `code` (negative errno) with the formatted text followed by
 * ": strerror". Returns code. `err` may be NULL.
 */
int err_errno(struct err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, the text standing alone, without strerror. */
int err_text(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Puts "context: " before the text on the way up. Returns err->code (or
 * -EIO when err is NULL).
 */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * The word by which a program tells errors apart, of a negative errno; docs/api.md lists the words.
 * "failed" for every errno that has no other word.
 */
const char *err_name(int code);

#endif
