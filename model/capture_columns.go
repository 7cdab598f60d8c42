package model

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"hexlay/overlay/expr"
	"hexlay/overlay/packet"
)

// packetColumns are the values of the columns that the user has added to the list of packets. They are evaluated for the rows on the
// screen, by a job: a template may read long. The values of the rows seen last are kept.
type packetColumns struct {
	exprs   []string // of the values
	version uint64   // of the document
	values  map[int]*list.Element
	recent  list.List // of *columnValues, the one seen last in front
	busy    []int     // the packets that a job evaluates now; nil for none
	seen    int       // counts forget
	told    bool      // that an expression of the settings is none
}

type columnValues struct {
	packet int
	texts  []string
}

// keptColumns is how many rows' values are kept.
const keptColumns = 4096

// maxColumnText is how much of a value is kept.
const maxColumnText = 80

// forget drops all values.
func (c *packetColumns) forget() {
	c.values, c.exprs, c.told = nil, nil, false
	c.recent.Init()
	c.seen++
}

// get gives the values of a packet; nil where they are not known yet.
func (c *packetColumns) get(k int) []string {
	el := c.values[k]
	if el == nil {
		return nil
	}
	c.recent.MoveToFront(el)
	return el.Value.(*columnValues).texts
}

func (c *packetColumns) put(v *columnValues) {
	if c.values == nil {
		c.values = make(map[int]*list.Element)
	}
	if el := c.values[v.packet]; el != nil {
		el.Value = v
		return
	}
	c.values[v.packet] = c.recent.PushFront(v)
	if c.recent.Len() > keptColumns {
		delete(c.values, c.recent.Remove(c.recent.Back()).(*columnValues).packet)
	}
}

// ColumnsJob gives the job that evaluates the columns of rows [row, row+n); nil where all are known, or where the job runs.
func (e *Editor) ColumnsJob(row, n int) *Job {
	c := e.Capture()
	if c == nil || len(e.PacketColumns) == 0 {
		return nil
	}
	l := &c.columns
	if !slices.Equal(l.exprs, e.PacketColumns) || l.version != e.doc.Version() {
		l.forget()
		l.exprs, l.version = slices.Clone(e.PacketColumns), e.doc.Version()
	}
	var missing []int
	for i := max(0, row); i < min(row+n, c.Rows()); i++ {
		if k := c.PacketAt(i); l.values[k] == nil {
			missing = append(missing, k)
		}
	}
	if missing == nil {
		return nil
	}
	if l.busy != nil {
		if !slices.Contains(l.busy, missing[0]) { // what it evaluates is off the screen
			e.cancelJob("packet columns")
		}
		return nil
	}
	l.busy = missing
	x, snap, size, ports, layers, exprs, seen := c.index, e.Snapshot(), e.Size(), e.Ports, e.packetLayers(), l.exprs, l.seen
	var got []*columnValues
	var wrong error
	return &Job{
		Kind: "packet columns", Title: "reading columns", Quick: true, Quiet: true, Keep: true,
		Run: func(ctx context.Context, _ *atomic.Int64) error {
			var cols []*packet.Column
			cols, wrong = compileColumns(exprs, layers)
			layers.SetContext(ctx)
			dec := packet.NewDecoder(x, snap, size, ports)
			for _, k := range missing {
				v := &columnValues{packet: k, texts: make([]string, len(cols))}
				if k < x.Len() {
					if p, err := dec.Packet(k); err == nil {
						if v.texts, err = columnTexts(ctx, cols, p); err != nil {
							return err
						}
					}
				}
				got = append(got, v)
			}
			return nil
		},
		Done: func(_ *Editor, err error) (Effect, error) {
			l.busy = nil
			if l.seen != seen {
				return nil, nil
			}
			for _, v := range slices.Backward(got) {
				l.put(v)
			}
			if err == nil && wrong != nil && !l.told {
				l.told, err = true, wrong
			}
			return nil, notCancelled(err)
		},
	}
}

// compileColumns reads all columns; one that is wrong is nil, and err tells of the first of them.
func compileColumns(exprs []string, t packet.Templates) (cols []*packet.Column, err error) {
	for _, s := range exprs {
		c, cerr := packet.CompileColumn(s, t)
		if cerr != nil && err == nil {
			err = cerr
		}
		cols = append(cols, c)
	}
	return cols, err
}

func columnTexts(ctx context.Context, cols []*packet.Column, p *packet.Packet) ([]string, error) {
	texts := make([]string, len(cols))
	for i, c := range cols {
		if c == nil {
			continue
		}
		v, err := c.Value(ctx, p)
		if err != nil {
			return nil, err
		}
		texts[i] = ColumnText(v)
	}
	return texts, nil
}

// ColumnText is a value in few words, as a column has it: text without quotes, enums by name. Null is "".
func ColumnText(v expr.Value) string {
	switch v.Kind() {
	case expr.Null:
		return ""
	case expr.Int:
		if b := v.Big(); b != nil {
			return b.String()
		}
	case expr.Str:
		return cutText(v.Str(), maxColumnText)
	case expr.EnumOf:
		if e := v.Enum(); e != nil {
			if name, ok := e.Member(v); ok {
				return name
			}
		}
		return fmt.Sprint(v.Int().Big())
	case expr.Bytes:
		b := v.Bytes()
		s := fmt.Sprintf("%x", b[:min(len(b), maxColumnText/2)])
		if len(b) > maxColumnText/2 {
			s += "…"
		}
		return s
	case expr.ClassOf:
		if o := v.Object(); o != nil {
			if s, ok, err := o.Text(); ok && err == nil {
				return cutText(s, maxColumnText)
			}
			return o.Class().Name()
		}
	case expr.ArrayOf:
		a := v.Array()
		n, err := a.Len()
		if err != nil {
			return ""
		}
		var b strings.Builder
		for i := range n {
			if b.Len() > maxColumnText {
				return b.String() + "…"
			}
			if i > 0 {
				b.WriteString(", ")
			}
			x, err := a.At(i)
			if err != nil {
				return b.String() + "…"
			}
			b.WriteString(ColumnText(x))
		}
		return b.String()
	}
	return showValue(v, maxColumnText)
}

func columnCommands() []*Command {
	return []*Command{
		{Name: "packet-column", Group: "Packets", Help: "Add a column to the list of packets, now and later: a field or any expression, as in a filter",
			Args: []Arg{{Kind: ArgFilter, Optional: true}}, Enabled: someCapture, Run: runPacketColumn},
		{Name: "packet-column-remove", Group: "Packets", Help: "Take a column out of the list of packets",
			Args: []Arg{{Kind: ArgString, Optional: true}}, Enabled: someCapture, Run: runPacketColumnRemove},
	}
}

// maxPacketColumns is how many columns there may be.
const maxPacketColumns = 32

func runPacketColumn(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Column", Command: "packet-column", Hint: "tcp.flags, dns.name, payload.size, …", Complete: ArgFilter, Typing: columnTyping}, nil
	}
	text := strings.TrimSpace(args[0])
	if _, err := packet.CompileColumn(text, e.packetLayers()); err != nil {
		return nil, err
	}
	if slices.Contains(e.PacketColumns, text) {
		return nil, fmt.Errorf("there is a column %s already", shorten(text, 60))
	}
	if len(e.PacketColumns) >= maxPacketColumns {
		return nil, fmt.Errorf("there are %d columns; packet-column-remove makes room", maxPacketColumns)
	}
	return e.changeColumns("column "+text, func(list []string) []string {
		if slices.Contains(list, text) {
			return list
		}
		return append(slices.Clone(list), text)
	})
}

// columnTyping says what is wrong while a column is typed.
func columnTyping(e *Editor, text string) (Effect, error) {
	e.Notef("")
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	_, err := packet.CompileColumn(text, e.packetLayers())
	return nil, err
}

func runPacketColumnRemove(e *Editor, args []string) (Effect, error) {
	if len(e.PacketColumns) == 0 {
		return nil, errors.New("the list has no columns of yours; packet-column adds one")
	}
	if len(args) == 0 {
		if len(e.PacketColumns) > 1 {
			ask := Ask{Title: "Take out which column?"}
			for i, s := range e.PacketColumns {
				ask.Choices = append(ask.Choices, Choice{choiceKey(i), s, "packet-column-remove " + s})
			}
			ask.Choices = append(ask.Choices, Choice{"esc", "none", ""})
			return ask, nil
		}
		args = e.PacketColumns
	}
	text := strings.TrimSpace(args[0])
	if !slices.Contains(e.PacketColumns, text) {
		return nil, fmt.Errorf("there is no column %s; there are %s", shorten(text, 60), strings.Join(e.PacketColumns, ", "))
	}
	return e.changeColumns("no column "+text+" any more", func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == text })
	})
}

// choiceKey is the key of the i-th of many answers.
func choiceKey(i int) string {
	if i < 26 {
		return string(rune('a' + i))
	}
	return ""
}

// changeColumns changes the columns here and in the settings, each from what is there: another program may have changed them there.
func (e *Editor) changeColumns(now string, change func(list []string) []string) (Effect, error) {
	e.PacketColumns = change(e.PacketColumns)
	return e.keepSetting([]string{"packet-columns"}, now, func(old any) any {
		var list []string
		all, _ := old.([]any)
		for _, x := range all {
			if s, ok := x.(string); ok {
				list = append(list, s)
			}
		}
		if list = change(list); len(list) == 0 {
			return nil
		}
		return list
	})
}
