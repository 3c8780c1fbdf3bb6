/*
 * The full screen, by ncurses: opened, drawn, left for a while and closed. What is drawn is
 * a struct top_view; nothing is asked of the controller here. While it is open the terminal
 * is ncurses' alone; once left or closed it is as it was before.
 */
#ifndef BONSAI_CLI_TOP_SCREEN_H
#define BONSAI_CLI_TOP_SCREEN_H

#include "base/err.h"
#include "controller/cli/top_table.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	SCREEN_NO_KEY = -1,
	SCREEN_ESCAPE = 27,
	SCREEN_UP = 0x1000,
	SCREEN_DOWN,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_BACKSPACE,
	SCREEN_ENTER,
};

struct top_view {
	const char *title;	 /* of the tree and its controller */
	const char *bottom;	 /* what is asked, what happened, or the keys */
	const char *const *help; /* lines shown instead of the table, NULL at the end; or NULL */
};

/* -ENOTTY: standard input or output is no terminal. */
int screen_check(struct err *err);

/*
 * After screen_check. -ENOTTY: the terminal is one on which no cursor can be moved. The signals
 * that ncurses would take must be blocked.
 */
int screen_open(bool color, struct err *err);

/* Takes a closed one. */
void screen_close(void);

/* How many rows of a table there is room for. */
size_t screen_rows(void);

/* Draws it all; scrolls the table to its selection. */
void screen_draw(const struct top_view *view, struct top_table *table);

/* The next key that was typed, without waiting: a character, SCREEN_… or SCREEN_NO_KEY. */
int screen_key(void);

/* Gives the terminal back, as for a program of one's own; and takes it again. */
void screen_leave(void);
void screen_return(void);

/* The terminal has another size now; or what is on it is not what was drawn. */
void screen_resize(void);
void screen_redraw(void);

#endif
