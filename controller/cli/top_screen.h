/*
 * The full screen, by ncurses. It can be opened, drawn, left for a while, and closed. It shows a
 * struct top_view and sends no request to the controller. While the screen is open, only ncurses
 * uses the terminal. After screen_leave or screen_close, the terminal has its earlier mode.
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
	const char *title;	 /* the line about the tree and its controller */
	const char *bottom;	 /* a question, the last notice, or a list of keys */
	const char *const *help; /* lines that replace the table, NULL at the end; or NULL */
};

/* Returns -ENOTTY if standard input or output is no terminal. */
int screen_check(struct err *err);

/*
 * Opens the full screen. Call this after screen_check. Returns -ENOTTY if the terminal can't move
 * its cursor. The caller must have blocked the signals that ncurses would handle.
 */
int screen_open(bool color, struct err *err);

/* Accepts a closed screen. */
void screen_close(void);

/* Returns how many rows of a table the screen has room for. */
size_t screen_rows(void);

/* Draws the whole screen, and scrolls the table so that its selected row is visible. */
void screen_draw(const struct top_view *view, struct top_table *table);

/* Returns the next typed key, without waiting: a character, SCREEN_… or SCREEN_NO_KEY. */
int screen_key(void);

/*
 * screen_leave gives the terminal its earlier mode, so that another program can use the terminal.
 * screen_return puts the terminal back into the mode of the full screen.
 */
void screen_leave(void);
void screen_return(void);

/*
 * Call screen_resize when the size of the terminal has changed. Call screen_redraw when the
 * terminal may show something that ncurses did not draw: the next screen_draw then draws everything
 * anew.
 */
void screen_resize(void);
void screen_redraw(void);

#endif
