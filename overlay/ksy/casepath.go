package ksy

import (
	"strconv"
	"strings"

	"hexlay/overlay/expr"
)

var (
	quotedPattern = lazyRegexp(`^(?:'([^']*)'|"([^"\\]*)")$`)
	bytesPattern  = lazyRegexp(`^\[[0-9a-fA-FxXoObB_, ]+\]$`)
	floatsPattern = lazyRegexp(`^[0-9]+\.[0-9]+$`)
)

// casePath is a case as paths name it: the reference compiler writes out what it has read, so that 0x10 and 16 have one
// name.
func casePath(e *expr.Expr) string {
	s := strings.TrimSpace(e.Text)
	if path, ok := intPath(e); ok {
		return path
	}
	if bytesPattern().MatchString(s) {
		var paths []string
		for item := range strings.SplitSeq(s[1:len(s)-1], ",") {
			if item, err := expr.Parse(item); err == nil {
				path, _ := intPath(item)
				paths = append(paths, path)
			}
		}
		return "List(List(" + strings.Join(paths, ", ") + "))"
	}
	if q := quotedPattern().FindStringSubmatch(s); q != nil {
		return "Str(" + q[1] + q[2] + ")"
	}
	switch {
	case s == "true" || s == "false":
		return "Bool(" + s + ")"
	case floatsPattern().MatchString(s):
		return "FloatNum(" + s + ")"
	case isID(s):
		return "Name(identifier(" + s + "))"
	case namePattern().MatchString(s):
		path, abs := strings.CutPrefix(s, "::")
		names := strings.Split(path, "::")
		if n := len(names); n >= 2 {
			return "EnumByLabel(identifier(" + names[n-2] + "),identifier(" + names[n-1] + "),typeId(" + strconv.FormatBool(abs) + ",List(" + strings.Join(names[:n-2], ", ") + "),false))"
		}
	}
	return s
}

// intPath is casePath of an integer.
func intPath(e *expr.Expr) (string, bool) {
	n, ok := constInt(e)
	switch {
	case ok && n >= 0:
		return "IntNum(" + strconv.FormatInt(n, 10) + ")", true
	case ok && strings.HasPrefix(strings.TrimSpace(e.Text), "-"):
		return "UnaryOp(Minus,IntNum(" + strconv.FormatInt(-n, 10) + "))", true
	}
	return "", false
}
