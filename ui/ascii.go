package ui

import (
	"runtime"
	"strings"
)

// UTF8Locale tells whether the terminal is said to read UTF-8. Where nothing is said it does: every terminal of today
// does, and in containers nothing is said.
func UTF8Locale(getenv func(string) string) bool {
	if runtime.GOOS == "windows" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// asciiFor stands for r on a terminal that knows nothing else.
func asciiFor(r rune) byte {
	switch r {
	case '·', '•':
		return '.'
	case '│', '┃', '▏', '▕':
		return '|'
	case '─', '━', '–', '—':
		return '-'
	case '├', '┤', '┬', '┴', '┼', '┌', '┐', '└', '┘', '╭', '╮', '╰', '╯':
		return '+'
	case '●', '★':
		return '*'
	case '…':
		return '~'
	case '→', '▸', '▶':
		return '>'
	case '←', '◂':
		return '<'
	case '↑', '▴', '▲':
		return '^'
	case '↓', '▾', '▼':
		return 'v'
	case '×':
		return 'x'
	case '█', '▀', '▄', '▬':
		return '#'
	case '▓':
		return '%'
	case '▒':
		return '+'
	case '░':
		return '.'
	}
	return '?'
}
