/*
 * The error contract of the project. A function that can fail returns 0 or a negative errno. It
 * writes the complete message into a caller-owned struct err of fixed size ("create node 8: mount
 * /proc: Operation not permitted"). Libraries neither print nor exit. On failure a function leaves
 * its out-parameters untouched.
 */
#ifndef BONSAI_BASE_ERR_H
#define BONSAI_BASE_ERR_H

#define ERR_TEXT_BYTES 256

struct err {
	int code; /* negative errno, 0 when nothing failed */
	char text[ERR_TEXT_BYTES];
};

/*
 * Stores `code`, a negative errno, and the formatted text, followed by ": " and strerror(3) of the
 * code. Returns `code`. `err` may be NULL.
 */
int err_errno(struct err *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Like err_errno, but stores the formatted text alone, without strerror(3). */
int err_text(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/*
 * Puts the formatted context and ": " before the text of `err`. Each caller further up the call
 * chain may add its own context. Returns err->code, or -EIO if `err` is NULL.
 */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Returns the name of the negative errno `code`; docs/api.md lists the names. Programs tell errors
 * apart by this name. The name is "failed" for an errno that the list does not contain.
 */
const char *err_name(int code);

#endif
