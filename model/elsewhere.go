package model

import "strings"

// elsewhere are names that commands have in vi and among the verbs, with what they are here.
var elsewhere = map[string]string{
	"q": "quit", "q!": "quit!", "qa": "quit", "qa!": "quit!", "exit": "quit",
	"w": "save", "w!": "save!", "write": "save", "wq": "save-quit", "x": "save-quit",
	"e": "open", "e!": "reload!", "edit": "open", "u": "undo", "noh": "find-forget", "$": "document-end",
	"diff": "compare", "stats": "panel-focus statistics", "text": "panel-focus text", "codecs": "panel-focus codecs",
	"packets": "panel-focus packets", "dump": "copy-as", "transform": "encode",
}

// known puts the name of here in the place of one from elsewhere. To write to another file is to save under that name.
func known(line string) string {
	name, rest, more := strings.Cut(line, " ")
	to, ok := elsewhere[name]
	if !ok || byName[name] != nil {
		return line
	}
	rest = strings.TrimLeft(rest, " ")
	switch {
	case !more || rest == "":
		return to
	case name == "w" || name == "write":
		to = "save-as"
	case name == "w!":
		to = "save-as!"
	}
	return to + " " + rest
}
