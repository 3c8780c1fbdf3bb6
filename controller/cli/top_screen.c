#include "controller/cli/top_screen.h"

#include "base/cleanup.h"
#include "controller/cli/guard.h"
#include "controller/cli/text.h"

#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>

#define HEAD_ROWS 3	  /* title, summary, heading */
#define ESCAPE_WAIT_MS 50 /* time for the rest of a key whose octets begin with Escape */
#define LINE_BYTES 256

static SCREEN *screen;
static struct termios before; /* the mode before newterm */

static const struct {
	int curses, key;
} keys[] = {
    {KEY_UP, SCREEN_UP},
    {KEY_DOWN, SCREEN_DOWN},
    {KEY_PPAGE, SCREEN_PAGE_UP},
    {KEY_NPAGE, SCREEN_PAGE_DOWN},
    {KEY_HOME, SCREEN_HOME},
    {KEY_END, SCREEN_END},
    {KEY_BACKSPACE, SCREEN_BACKSPACE},
    {KEY_ENTER, SCREEN_ENTER},
    {'\b', SCREEN_BACKSPACE},
    {0x7f, SCREEN_BACKSPACE},
    {'\n', SCREEN_ENTER},
    {'\r', SCREEN_ENTER},
};

/*
 * The octets that terminals send for these keys, even if their terminfo description says otherwise.
 */
static const struct {
	const char *sequence;
	int curses;
} sequences[] = {
    {"\033[A", KEY_UP},	    {"\033[B", KEY_DOWN},   {"\033[H", KEY_HOME},  {"\033[F", KEY_END},
    {"\033OH", KEY_HOME},   {"\033OF", KEY_END},    {"\033[1~", KEY_HOME}, {"\033[4~", KEY_END},
    {"\033[5~", KEY_PPAGE}, {"\033[6~", KEY_NPAGE},
};

static const struct {
	enum row_mood mood;
	short color;
} colors[] = {
    {MOOD_FROZEN, COLOR_CYAN},
    {MOOD_SUSPECT, COLOR_YELLOW},
    {MOOD_LOST, COLOR_RED},
};

static void set_up(bool color)
{
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(ESCAPE_WAIT_MS);
	curs_set(0);
	for (size_t i = 0; i < ARRAY_SIZE(sequences); i++)
		if (!key_defined(sequences[i].sequence))
			define_key(sequences[i].sequence, sequences[i].curses);
	if (!color || !has_colors())
		return;
	start_color();
	use_default_colors();
	for (size_t i = 0; i < ARRAY_SIZE(colors); i++)
		init_pair((short)colors[i].mood, colors[i].color, -1);
}

int screen_check(struct err *err)
{
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return 0;
	return err_text(err, -ENOTTY, "top draws on a terminal, and standard %s is none",
			isatty(STDIN_FILENO) ? "output" : "input");
}

/*
 * Returns true if the terminal can move its cursor. Called before newterm, because a newterm that
 * fails leaks memory.
 */
static bool moves_cursor(void)
{
	int error;
	const char *move_cursor;

	if (setupterm(NULL, STDOUT_FILENO, &error) != OK)
		return false;
	move_cursor = tigetstr("cup");
	del_curterm(cur_term);
	return move_cursor && move_cursor != (const char *)-1;
}

int screen_open(bool color, struct err *err)
{
	const char *name = getenv("TERM");
	char shown[48];

	if (moves_cursor() && tcgetattr(STDIN_FILENO, &before) == 0)
		screen = newterm(NULL, stdout, stdin);
	if (!screen) {
		text_printable(shown, sizeof(shown), name && *name ? name : "unknown");
		return err_text(err, -ENOTTY, "top can't draw on a terminal of type %s", shown);
	}
	set_up(color);
	guard_hold(&before);
	return 0;
}

void screen_close(void)
{
	if (!screen)
		return;
	endwin();
	guard_release();
	delscreen(screen);
	screen = NULL;
}

size_t screen_rows(void)
{
	return LINES > HEAD_ROWS + 1 ? (size_t)(LINES - HEAD_ROWS - 1) : 0;
}

/* Writes a text as a whole line of the screen; cuts a text that is longer than the line. */
static void put_line(int y, const char *text, int attribute)
{
	if (y < 0 || y >= LINES)
		return;
	move(y, 0);
	clrtoeol();
	addnstr(text, COLS);
	if (attribute)
		mvchgat(y, 0, -1, (attr_t)attribute, 0, NULL);
}

static void put_row(int y, const struct top_row *row, bool selected)
{
	attr_t attribute = selected ? A_REVERSE : A_NORMAL;
	char line[LINE_BYTES];

	top_row_line(row, line, sizeof(line));
	put_line(y, line, (int)attribute);
	if (row->row.mood != MOOD_PLAIN && COLS > TOP_STATE_AT + TOP_STATE_WIDTH)
		mvchgat(y, TOP_STATE_AT, TOP_STATE_WIDTH, attribute,
			COLORS > 0 ? (short)row->row.mood : 0, NULL);
}

void screen_draw(const struct top_view *view, struct top_table *table)
{
	size_t rows = screen_rows();
	char line[LINE_BYTES];

	erase();
	put_line(0, view->title, A_BOLD);
	top_table_summary(table, line, sizeof(line));
	put_line(1, line, 0);
	top_table_scroll(table, rows);
	for (size_t i = 0; view->help && view->help[i] && i < rows; i++)
		put_line(HEAD_ROWS + (int)i, view->help[i], 0);
	if (!view->help) {
		top_table_heading(table, line, sizeof(line));
		put_line(2, line, A_UNDERLINE);
	}
	for (size_t i = 0; !view->help && i < rows && table->first + i < table->count; i++)
		put_row(HEAD_ROWS + (int)i, &table->rows[table->first + i],
			table->first + i == table->selected);
	put_line(LINES - 1, view->bottom, 0);
	refresh();
}

int screen_key(void)
{
	int typed = getch();

	if (typed == ERR)
		return SCREEN_NO_KEY;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].curses == typed)
			return keys[i].key;
	return typed;
}

void screen_leave(void)
{
	def_prog_mode();
	endwin();
	guard_release();
}

void screen_return(void)
{
	reset_prog_mode();
	guard_hold(&before);
	flushinp();
	screen_resize();
	screen_redraw();
}

void screen_resize(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
}

void screen_redraw(void)
{
	clearok(curscr, TRUE);
}
