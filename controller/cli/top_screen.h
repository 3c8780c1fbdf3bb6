/*
 * The full screen, by ncurses: opened, drawn, left for a while, closed. It shows a struct top_view
 * and sends the controller no request. While the screen is open, only ncurses uses the terminal.
 * Once the screen is left or closed, the terminal has its earlier mode.
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
	const char *title;	 /* about the tree and its controller */
	const char *bottom;	 /* a question, the last notice, or the keys */
	const char *const *help; /* lines to show in place of the table, NULL at the end; or NULL */
};

/* Returns -ENOTTY if standard input or output is no terminal. */
int screen_check(struct err *err);

/*
 * Call this after screen_check. Returns -ENOTTY if the terminal can't move its cursor. The caller
 * must have blocked the signals that ncurses would handle.
 */
int screen_open(bool color, struct err *err);

/* Accepts a closed screen. */
void screen_close(void);

/* Returns how many rows of a table the screen has room for. */
size_t screen_rows(void);

/* Draws everything; scrolls the table to its selected row. */
void screen_draw(const struct top_view *view, struct top_table *table);

/* Returns the next typed key, without waiting: a character, SCREEN_… or SCREEN_NO_KEY. */
int screen_key(void);

/*
 * screen_leave gives the terminal its earlier mode, for another program. screen_return takes the
 * terminal again.
 */
void screen_leave(void);
void screen_return(void);

/*
 * screen_resize: the size of the terminal has changed. screen_redraw: the terminal may show
 * something else than was drawn, so the next screen_draw draws everything anew.
 */
void screen_resize(void);
void screen_redraw(void);

#endif
