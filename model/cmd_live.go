package model

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc/wire"
	"hexlay/overlay/frame"
	"hexlay/overlay/literal"
)

var (
	errNotLive  = errors.New("nothing is live; listen, connect or proxy begin")
	errNoneHeld = errors.New("no frame is held; hold on holds what passes the proxy")
)

func liveCommands() []*Command {
	on := func(e *Editor) error {
		if e.live == nil {
			return errNotLive
		}
		return nil
	}
	text := []Arg{{Kind: ArgString, Optional: true}}
	held := func(verdict wire.Verdict, done string) func(*Editor, []string) (Effect, error) {
		return func(e *Editor, _ []string) (Effect, error) {
			h, err := e.chosenHeld()
			if err != nil {
				return nil, err
			}
			if !e.live.gate.decide(h, heldReply{nil, verdict}) {
				return nil, errNoneHeld
			}
			e.Notef("%s: %s; %s wait", done, count(int64(len(h.b)), "byte"), count(e.live.gate.Len(), "frame"))
			return nil, nil
		}
	}
	return []*Command{
		{Name: "listen", Group: "Live", Help: "Accept connections on an ADDR (or \"udp ADDR\") and show what comes, recorded as a capture", Args: text,
			Run: beginLive("Listen on", "listen", either(wire.Listen, "an address is expected: 5555, 127.0.0.1:5555, or udp 5555"))},
		{Name: "connect", Group: "Live", Help: "Connect to an ADDR (or \"udp ADDR\") and show what passes", Args: text,
			Run: beginLive("Connect to", "connect", either(wire.Connect, "an address is expected: HOST:PORT, or udp HOST:PORT"))},
		{Name: "proxy", Group: "Live", Help: "Pass connections on from one address to another, and show both directions", Args: text,
			Run: beginLive("Proxy from ADDR to TARGET", "proxy", func(ctx context.Context, words []string, o wire.Options) (*wire.Session, error) {
				if len(words) != 2 {
					return nil, errors.New("two addresses are expected: where to listen, and the target")
				}
				return wire.Proxy(ctx, words[0], words[1], o)
			})},
		{Name: "serial", Group: "Live", Help: "Open a serial line: DEVICE BAUD", Args: text,
			Run: beginLive("Serial line: DEVICE BAUD", "serial", func(ctx context.Context, words []string, o wire.Options) (*wire.Session, error) {
				if len(words) != 2 {
					return nil, errors.New("a device and its rate are expected: /dev/ttyUSB0 115200")
				}
				baud, err := strconv.Atoi(words[1])
				if err != nil {
					return nil, fmt.Errorf("%q is no rate", words[1])
				}
				return wire.Serial(ctx, words[0], baud, o)
			})},
		{Name: "capture", Group: "Live", Help: "Capture the packets of a network interface", Args: text,
			Run: beginLive("Capture on interface", "capture", func(ctx context.Context, words []string, o wire.Options) (*wire.Session, error) {
				if len(words) != 1 {
					return nil, errors.New("the name of an interface is expected")
				}
				return wire.Capture(ctx, words[0], o)
			})},
		{Name: "hang-up", Group: "Live", Help: "End what is live; what came stays", Enabled: on,
			Run: func(e *Editor, _ []string) (Effect, error) {
				_ = e.live.session.Close()
				return nil, nil
			}},
		{Name: "frames", Group: "Live", Help: "Cut what came and what comes into frames: a template, struct:FORMAT, len:OFF:WIDTH[:le], delim:HEX, lines, fixed:N; \"none\": as it comes",
			Enabled: on, Args: text, Run: runFrames},
		{Name: "send", Group: "Live", Help: "Send bytes, or else the selection or the frame that is open; \"#2\" in front names a link", Enabled: on, Args: text, Run: runSend},
		{Name: "send-frame", Group: "Live", Help: "Send the chosen frame, as the document has it now: [#LINK] [TIMES] [FIELD+STEP], the field counted up each time", Enabled: on, Args: text, Run: runSendFrame},
		{Name: "hold", Group: "Live", Help: "Hold frames that pass the proxy: all, or those for which a condition on their fields holds; \"off\" lets go", Enabled: on, Args: text, Run: runHold},
		{Name: "held-forward", Group: "Live", Help: "Let the chosen held frame go on", Enabled: on, Run: held(wire.Pass, "forwarded")},
		{Name: "held-drop", Group: "Live", Help: "Drop the chosen held frame", Enabled: on, Run: held(wire.Drop, "dropped")},
		{Name: "held-edit", Group: "Live", Help: "Open the chosen held frame to change it; substream-write sends it on", Enabled: on,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.editHeld() }},
	}
}

// opener opens a session as the words of a command say.
type opener func(ctx context.Context, words []string, o wire.Options) (*wire.Session, error)

// either opens an address by TCP, or by UDP with "udp" in front.
func either(open func(ctx context.Context, network, addr string, o wire.Options) (*wire.Session, error), usage string) opener {
	return func(ctx context.Context, words []string, o wire.Options) (*wire.Session, error) {
		network := "tcp"
		if len(words) == 2 && words[0] == "udp" {
			network, words = "udp", words[1:]
		}
		if len(words) != 1 {
			return nil, errors.New(usage)
		}
		return open(ctx, network, words[0], o)
	}
}

// beginLive opens a session in the background and shows it.
func beginLive(title, command string, open opener) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, args []string) (Effect, error) {
		if len(args) == 0 {
			return Prompt{Title: title, Command: command}, nil
		}
		switch {
		case e.Inner():
			return nil, errors.New("this document stands in another one; substream-close goes back to it")
		case e.jobs.running["save"] != nil:
			return nil, errors.New("a save is running; go on when it is done")
		case e.doc.Modified():
			return nil, fmt.Errorf("%s has changes that are not saved; save them, or give them up with open!", e.doc.Info().Name)
		}
		words := strings.Fields(args[0])
		var v *Live
		old, version := e.doc, e.doc.Version()
		return Start{&Job{
			Kind: "open", Title: command + " " + args[0], Detached: true,
			Run: func(ctx context.Context, _ *atomic.Int64) (err error) {
				v, err = OpenLive(func(_ context.Context, o wire.Options) (*wire.Session, error) {
					return open(context.Background(), words, o)
				})
				if err == nil && ctx.Err() != nil {
					return errors.Join(ctx.Err(), v.Close())
				}
				return err
			},
			Done: func(e *Editor, err error) (Effect, error) {
				switch {
				case err != nil:
					return nil, notCancelled(err)
				case e.doc != old || e.doc.Version() != version:
					return nil, errors.Join(errors.New("not begun: the document was changed meanwhile"), v.Close())
				}
				return e.ShowLive(v), nil
			},
		}}, nil
	}
}

func runFrames(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Frames by", Command: "frames", Initial: e.live.framing(), Hint: frame.Help}, nil
	}
	l, spec, o := e.live, args[0], e.Templates
	return Start{&Job{
		Kind: "frames", Title: "cutting frames", Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			if spec == "none" {
				return l.reframe(ctx, "", nil, progress)
			}
			c, err := parseFraming(spec, o)
			if err != nil {
				return err
			}
			return l.reframe(ctx, spec, c, progress)
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil || e.live != l {
				return nil, notCancelled(err)
			}
			e.setLive()
			e.Notef("frames by %s; %s", spec, l.recordingName())
			return Panel{"frames", Show}, nil
		},
	}}, nil
}

// linkFor takes "#N" off the words in front, and finds the link: the one named, or the only one that is open.
func (e *Editor) linkFor(text string) (l *wire.Link, rest string, err error) {
	text = strings.TrimSpace(text)
	if name, ok := strings.CutPrefix(text, "#"); ok {
		name, rest, _ := strings.Cut(name, " ")
		id, err := strconv.Atoi(name)
		if err != nil {
			return nil, "", fmt.Errorf("#%s is no link", name)
		}
		if l = e.live.session.Link(id); l == nil {
			return nil, "", fmt.Errorf("link %d is not open", id)
		}
		return l, strings.TrimSpace(rest), nil
	}
	switch links := e.live.session.Links(); len(links) {
	case 0:
		return nil, "", errors.New("no link is open")
	case 1:
		return links[0], text, nil
	default:
		return nil, "", fmt.Errorf("%d links are open; #N in front names one of them", len(links))
	}
}

func runSend(e *Editor, args []string) (Effect, error) {
	text := ""
	if len(args) > 0 {
		text = args[0]
	}
	link, text, err := e.linkFor(text)
	if err != nil {
		return nil, err
	}
	var b []byte
	switch {
	case text != "":
		if b, _, err = literal.ParseLine(text); err != nil {
			return nil, err
		}
	case e.Selection().Len() > 0 || e.Inner():
		r := e.Selection()
		if r.Len() == 0 {
			r.Start, r.End = 0, e.Size()
		}
		if r.Len() > maxSubstream {
			return nil, fmt.Errorf("at most %s are sent at once", count(maxSubstream, "byte"))
		}
		b = make([]byte, r.Len())
		if _, err := e.Snapshot().ReadAt(b, r.Start); err != nil {
			return nil, err
		}
	default:
		return Prompt{Title: fmt.Sprintf("Send to link %d", link.ID), Command: fmt.Sprintf("send #%d", link.ID), Hint: "bytes in any notation"}, nil
	}
	return e.sendJob(link, [][]byte{b}), nil
}

// maxSends bounds how often one command sends a frame.
const maxSends = 1_000_000

func runSendFrame(e *Editor, args []string) (Effect, error) {
	text := ""
	if len(args) > 0 {
		text = args[0]
	}
	link, text, err := e.linkFor(text)
	if err != nil {
		return nil, err
	}
	list := e.List("frames")
	if list == nil || list.Len() == 0 {
		return nil, errors.New("no frame has come yet")
	}
	b, err := e.liveBytes(list.Row(list.Chosen()))
	if err != nil {
		return nil, err
	}
	times, field, step := 1, "", int64(0)
	for _, w := range strings.Fields(text) {
		if n, err := strconv.Atoi(w); err == nil {
			times = n
			continue
		}
		i := strings.LastIndexAny(w, "+-")
		if i <= 0 {
			return nil, fmt.Errorf("%q: a number of times or FIELD+STEP is expected, such as 10 or seq+1", w)
		}
		if step, err = strconv.ParseInt(w[i:], 0, 64); err != nil {
			return nil, fmt.Errorf("%q: %q is no step", w, w[i:])
		}
		field = w[:i]
	}
	if times < 1 || times > maxSends || int64(times)*int64(len(b)) > maxSubstream {
		return nil, fmt.Errorf("%s times %s: 1 to %s times, and %s in all", Grouped(int64(times)), count(int64(len(b)), "byte"), Grouped(maxSends), count(maxSubstream, "byte"))
	}
	frames := make([][]byte, times)
	for i := range frames {
		frames[i] = b
		if field == "" || i == 0 {
			continue
		}
		if frames[i], err = e.live.counted(frames[i-1], field, step); err != nil {
			return nil, err
		}
	}
	return e.sendJob(link, frames), nil
}

// counted is a frame with a field counted up, and its checks mended.
func (l *live) counted(b []byte, field string, step int64) ([]byte, error) {
	l.mu.Lock()
	t, ok := l.frames.cutter.(*frame.Template)
	l.mu.Unlock()
	if !ok {
		return nil, errors.New("fields are known only of frames that a template describes; frames names one")
	}
	n, err := t.Number(b, field)
	if err != nil {
		return nil, err
	}
	return t.Set(context.Background(), b, field, n.Add(n, big.NewInt(step)).String())
}

func runHold(e *Editor, args []string) (Effect, error) {
	l := e.live
	when := ""
	if len(args) > 0 {
		when = strings.TrimSpace(args[0])
	}
	switch when {
	case "off":
		e.Notef("nothing is held any more; %s went on", count(int64(l.gate.hold(false, nil)), "frame"))
		l.session.Recut()
		return nil, nil
	case "on", "":
		l.gate.hold(true, nil)
		e.Notef("every frame that passes is held")
		return Panel{"held", Show}, nil
	}
	l.mu.Lock()
	t, ok := l.frames.cutter.(*frame.Template)
	l.mu.Unlock()
	if !ok {
		return nil, errors.New("conditions are on the fields of a template; frames names one")
	}
	c, err := t.Schema.Condition(when)
	if err != nil {
		return nil, err
	}
	l.gate.hold(true, c)
	e.Notef("frames are held for which %s", when)
	return Panel{"held", Show}, nil
}
