package ksy

import (
	"strings"

	"hexlay/overlay/expr"
)

// style warns of lengths and counts that are not named so.
func (l *loader) style() {
	for _, t := range l.types {
		for _, a := range t.Slots {
			if a.Type == nil || strings.HasPrefix(a.ID, "_") || t.File != l.files[0] {
				continue
			}
			if a.Place == SeqField || a.Place == ParseInstance {
				l.suggest(t, a.Type.Size, "len_"+a.ID, "the byte size of "+a.ID)
				l.suggest(t, a.RepeatExpr, "num_"+a.ID, "the repeat count of "+a.ID)
			}
		}
	}
}

func (l *loader) suggest(t *Type, e *expr.Expr, better, what string) {
	if e == nil || !isID(e.Text) || e.Text == better {
		return
	}
	i, ok := t.byName[e.Text]
	if !ok || t.Slots[i].Place == Parameter || strings.HasPrefix(e.Text, better[:4]) {
		return
	}
	if l.uses == nil {
		l.countNames()
	}
	if l.uses[e.Text] > 1 {
		return
	}
	at := t.Slots[i].Pos
	if t.Slots[i].Place == SeqField {
		at.Path += "/id"
	}
	l.warnf(at, "use %s instead of %s, as it is only %s", better, e.Text, what)
}

// countNames counts in how many expressions a word stands.
func (l *loader) countNames() {
	l.uses = map[string]int{}
	for e := range l.exprs {
		for _, word := range words(e.Text) {
			l.uses[word]++
		}
	}
}

// words lists what could be names in a text.
func words(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool {
		return c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z')
	})
}
