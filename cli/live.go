package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"hexlay/lifeline"
	"hexlay/mmapdoc/wire"
	"hexlay/model"
	"hexlay/overlay/frame"
	"hexlay/overlay/ksy"
	"hexlay/templates"
)

// liveFlags are what the verbs for live bytes have in common.
type liveFlags struct {
	udp        bool
	baud       int
	device     string // a network interface
	record     string
	noRecord   bool
	framing    string
	raw, quiet bool
	screen     bool
	duration   time.Duration
	templates  decodeFlags
}

func (o *liveFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.record, "record", "", "record to FILE (pcapng); without, to a new file in the state folder, whose name is told")
	f.BoolVar(&o.noRecord, "no-record", false, "record nothing")
	f.StringVar(&o.framing, "frame", "", "cut the bytes into frames: "+frame.Help)
	f.StringArrayVarP(&o.templates.importDirs, "import-dir", "I", nil, "a folder where imports of templates are looked for (repeatable)")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print nothing of the bytes")
	f.BoolVar(&o.screen, "screen", false, "show it in the editor")
	f.DurationVar(&o.duration, "for", 0, "end after this time, such as 30s")
	cmd.MarkFlagsMutuallyExclusive("record", "no-record")
}

const liveText = `
Bytes are printed as they come, with the time since the start, the link's number and the direction, and recorded as a capture that
hexlay and other programs read; the file is readable by you alone. With --frame they are printed frame by frame: a frame that is
not whole yet is waited for, and bytes that are no frame are told as skipped.`

func (a *app) listenCommand() *cobra.Command {
	var o liveFlags
	cmd := &cobra.Command{
		Use:   "listen ADDR",
		Short: "accept connections and show their bytes",
		Long: `Accepts TCP connections on ADDR, or datagrams with --udp. A port alone is one of the loopback interface; *:PORT is all
interfaces. With --interface, what passes a network interface is captured (Linux, with the right to).` + liveText,
		Example: `hexlay listen 5555
hexlay listen 5555 --frame message
hexlay listen --udp 0.0.0.0:514 --frame lines --record syslog.pcapng`,
		Args: wantArgs(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (len(args) == 0) == (o.device == "") {
				return errors.New("give an address to listen on, or an --interface to capture")
			}
			return a.live(cmd.Context(), &o, func(ctx context.Context, opts wire.Options) (*wire.Session, error) {
				if o.device != "" {
					return wire.Capture(ctx, o.device, opts)
				}
				return wire.Listen(ctx, o.network(), args[0], opts)
			})
		},
	}
	o.register(cmd)
	cmd.Flags().BoolVarP(&o.udp, "udp", "u", false, "datagrams instead of connections")
	cmd.Flags().StringVar(&o.device, "interface", "", "capture a network interface")
	cmd.Flags().BoolVar(&o.raw, "raw", false, "write the bytes that arrive to standard output as they are")
	return cmd
}

func (a *app) connectCommand() *cobra.Command {
	var o liveFlags
	cmd := &cobra.Command{
		Use:   "connect ADDR|DEVICE",
		Short: "talk to a server or a serial line, and show the bytes",
		Long: `Connects to ADDR by TCP, or by UDP with --udp, or opens a serial line with --baud (Linux; 8 data bits, no parity). What comes
on standard input is sent; when that ends, this side of the connection does, and what still comes is received.` + liveText,
		Example: `printf 'GET / HTTP/1.0\r\n\r\n' | hexlay connect example.org:80
hexlay connect /dev/ttyUSB0 --baud 115200 --frame lines
hexlay connect 5555 --raw < request.bin > reply.bin`,
		Args: wantArgs(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.live(cmd.Context(), &o, func(ctx context.Context, opts wire.Options) (s *wire.Session, err error) {
				if o.baud != 0 {
					s, err = wire.Serial(ctx, args[0], o.baud, opts)
				} else {
					s, err = wire.Connect(ctx, o.network(), args[0], opts)
				}
				if err == nil && !o.screen {
					a.sendInput(s)
				}
				return s, err
			})
		},
	}
	o.register(cmd)
	cmd.Flags().BoolVarP(&o.udp, "udp", "u", false, "datagrams instead of a connection")
	cmd.Flags().IntVar(&o.baud, "baud", 0, "open a serial line at this rate")
	cmd.Flags().BoolVar(&o.raw, "raw", false, "write the bytes that arrive to standard output as they are")
	return cmd
}

func (a *app) proxyCommand() *cobra.Command {
	var o liveFlags
	cmd := &cobra.Command{
		Use:   "proxy LISTEN TARGET",
		Short: "pass connections on and show what passes, both ways",
		Long: `Accepts TCP connections on LISTEN, connects each to TARGET, and passes the bytes on, unchanged. A port alone is one of the loopback
interface.` + liveText,
		Example: `hexlay proxy 5555 127.0.0.1:6379
hexlay proxy 8080 example.org:80 --frame lines --record session.pcapng`,
		Args: wantArgs(2, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.live(cmd.Context(), &o, func(ctx context.Context, opts wire.Options) (*wire.Session, error) {
				return wire.Proxy(ctx, args[0], args[1], opts)
			})
		},
	}
	o.register(cmd)
	return cmd
}

func (o *liveFlags) network() string {
	if o.udp {
		return "udp"
	}
	return "tcp"
}

// live runs a session until it ends, prints what passes and records it.
func (a *app) live(ctx context.Context, o *liveFlags, open func(context.Context, wire.Options) (*wire.Session, error)) (err error) {
	if o.screen {
		return a.liveScreen(o, open)
	}
	p := &livePrinter{w: bufio.NewWriterSize(a.stdout, 64<<10), said: a.stderr, raw: o.raw, quiet: o.quiet, start: time.Now(), links: make(map[int]*liveLink)}
	if o.framing != "" {
		if p.cutter, err = a.framing(o); err != nil {
			return err
		}
	}
	opts := wire.Options{Observe: p.observe}
	var file *os.File
	if !o.noRecord {
		if file, err = createRecording(o.record); err != nil {
			return err
		}
		opts.Recorder = wire.NewRecorder(file, "hexlay")
		defer func() {
			if cerr := file.Close(); err == nil {
				err = cerr
			}
		}()
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if o.duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	s, err := open(ctx, opts)
	if err != nil {
		if file != nil { // nothing came
			err = errors.Join(err, os.Remove(file.Name()))
		}
		return err
	}
	to := ""
	if file != nil {
		to = "; recording to " + file.Name()
	}
	fmt.Fprintln(a.stderr, oneLine(s.Name+to))
	<-s.Ended()
	if err := p.end(); err != nil {
		return err
	}
	if r := opts.Recorder; r != nil && r.Err() != nil {
		return r.Err()
	}
	if s.Err() != nil {
		return s.Err()
	}
	return p.broken
}

// liveScreen shows a session in the editor.
func (a *app) liveScreen(o *liveFlags, open func(context.Context, wire.Options) (*wire.Session, error)) error {
	if o.record != "" || o.noRecord || o.raw || o.quiet || o.duration != 0 {
		return errors.New("--screen goes with --frame alone; the recording is named there, and saved elsewhere by save-as")
	}
	v, err := model.OpenLive(open)
	if err != nil {
		return err
	}
	return runLiveEditor(v, o.framing, o.templates.importDirs)
}

// sendInput sends standard input to the session's only link.
func (a *app) sendInput(s *wire.Session) {
	lifeline.Go("sending standard input", func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := a.stdin.Read(buf)
			l := s.Link(1)
			if l == nil {
				return
			}
			if n > 0 && l.Send(buf[:n]) != nil { // the session told of it
				return
			}
			if err != nil {
				if l.Net == "tcp" {
					_ = l.End()
				}
				return
			}
		}
	})
}

// framing reads --frame.
func (a *app) framing(o *liveFlags) (frame.Cutter, error) {
	c, err := frame.Parse(o.framing, func(name string) (*ksy.Schema, error) {
		if _, builtIn := templates.Lookup(name); !builtIn && isFormat(name) && !strings.HasSuffix(name, ".ksy") {
			if _, err := ksy.FromStruct(name); err != nil {
				return nil, refused(fmt.Errorf("%q is no framing; %s", name, frame.Help))
			}
		}
		o.templates.template = name
		return a.loadTemplate(&o.templates, "")
	})
	var se *statusError
	if err != nil && !errors.As(err, &se) {
		err = refused(err)
	}
	return c, err
}

// createRecording makes the file of a recording, which must not be there yet: a capture cannot be taken again.
func createRecording(name string) (*os.File, error) {
	if name == "" {
		f, err := model.NewRecording()
		if err != nil {
			return nil, fmt.Errorf("%w; --record FILE records elsewhere, --no-record not at all", err)
		}
		return f, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s is there already; a recording does not overwrite", name)
	}
	return f, err
}

// livePrinter prints what happens on links. Its observe is called from many goroutines.
type livePrinter struct {
	mu     sync.Mutex
	w      *bufio.Writer
	said   io.Writer
	cutter frame.Cutter // nil: what comes at once is shown at once
	raw    bool
	quiet  bool
	start  time.Time
	last   time.Time
	links  map[int]*liveLink
	line   []byte
	broken error // how the only link of a session ended
	err    error
}

// liveLink is how far a link was printed.
type liveLink struct {
	at     [2]int64 // bytes printed
	feeds  [2]*frame.Feed
	frames [2]int // printed
}

func (p *livePrinter) observe(e wire.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := 0
	if e.Link != nil {
		id = e.Link.ID
	}
	l := p.links[id]
	if l == nil {
		l = &liveLink{}
		p.links[id] = l
	}
	switch e.Kind {
	case wire.Opened:
		p.tell(e, fmt.Sprintf("%s → %s opened", e.Link.A, e.Link.B))
	case wire.Data:
		p.data(e, l)
	case wire.HalfEnd:
		p.rest(e, l, e.Dir)
		p.tell(e, "has ended "+e.Dir.String())
	case wire.Closed:
		p.rest(e, l, wire.AToB)
		p.rest(e, l, wire.BToA)
		if delete(p.links, id); e.Err != nil {
			p.broken = fmt.Errorf("link %d was broken off: %w", id, e.Err)
			p.tell(e, "was broken off: "+e.Err.Error())
		} else {
			p.tell(e, "closed")
		}
	case wire.Trouble:
		p.tell(e, e.Err.Error())
	}
	if p.err == nil {
		p.err = p.w.Flush()
	}
}

// mark begins a line: the time since the start and the link.
func (p *livePrinter) mark(e wire.Event) []byte {
	p.line = fmt.Appendf(p.line[:0], "%11.6f", e.Time.Sub(p.start).Seconds())
	if !p.last.IsZero() {
		p.line = fmt.Appendf(p.line, " +%.6f", e.Time.Sub(p.last).Seconds())
	}
	p.last = e.Time
	if e.Link != nil {
		p.line = fmt.Appendf(p.line, " #%d", e.Link.ID)
	}
	return append(p.line, ' ')
}

// tell says what is no data: beside the data, where that is text for people, else on standard error.
func (p *livePrinter) tell(e wire.Event, what string) {
	out := append(append(p.mark(e), oneLine(what)...), '\n')
	if p.raw {
		_, _ = p.said.Write(out)
		return
	}
	_, _ = p.w.Write(out)
}

func (p *livePrinter) data(e wire.Event, l *liveLink) {
	if p.raw {
		if e.Link == nil || e.Dir == e.Link.Theirs() {
			_, _ = p.w.Write(e.Bytes)
		}
		return
	}
	if p.quiet {
		return
	}
	if p.cutter == nil || e.Link == nil {
		p.show(e, e.Bytes, l.at[e.Dir], fmt.Sprintf("%s %s", e.Dir, plural(int64(len(e.Bytes)), "byte")), false)
		l.at[e.Dir] += int64(len(e.Bytes))
		return
	}
	if l.feeds[e.Dir] == nil {
		l.feeds[e.Dir] = frame.NewFeed(p.cutter)
	}
	l.feeds[e.Dir].Add(e.Bytes, p.frames(e, l, e.Dir))
	if e.Link.Net == "udp" {
		l.feeds[e.Dir].Break(p.frames(e, l, e.Dir))
	}
}

// rest prints what is left of a direction that has ended.
func (p *livePrinter) rest(e wire.Event, l *liveLink, dir wire.Direction) {
	if f := l.feeds[dir]; f != nil {
		f.End(p.frames(e, l, dir))
		l.feeds[dir] = nil
	}
}

// frames prints frames.
func (p *livePrinter) frames(e wire.Event, l *liveLink, dir wire.Direction) func(frame.Frame, []byte) {
	return func(fr frame.Frame, b []byte) {
		title := ""
		switch fr.State {
		case frame.Whole:
			l.frames[dir]++
			title = fmt.Sprintf("%s frame %d: %s", dir, l.frames[dir], plural(int64(len(b)), "byte"))
		case frame.Skipped:
			title = fmt.Sprintf("%s skipped %s", dir, plural(int64(len(b)), "byte"))
			if fr.Err != nil {
				title += ": " + fr.Err.Error()
			}
		case frame.Partial:
			title = fmt.Sprintf("%s %s of a frame that needs %d more", dir, plural(int64(len(b)), "byte"), fr.Need)
			if fr.Err != nil {
				title = fmt.Sprintf("%s %s without a frame: %v", dir, plural(int64(len(b)), "byte"), fr.Err)
			}
		}
		p.show(e, b, fr.Start, title, fr.State == frame.Whole)
	}
}

// show prints bytes under a title, and what a template says of them.
func (p *livePrinter) show(e wire.Event, b []byte, at int64, title string, whole bool) {
	_, _ = p.w.Write(append(append(p.mark(e), oneLine(title)...), '\n'))
	for i := 0; i < len(b); i += lineWidth {
		p.line = appendCanonicalLine(append(p.line[:0], ' ', ' '), at+int64(i), b[i:min(i+lineWidth, len(b))], lineWidth)
		_, _ = p.w.Write(p.line)
	}
	if t, ok := p.cutter.(*frame.Template); ok && whole {
		d := &decoder{w: p.w}
		tree := t.Schema.Open(strings.NewReader(string(b)), 0, int64(len(b)), ksy.Options{})
		if err := d.people(tree); err != nil {
			fmt.Fprintln(p.w, oneLine(err.Error()))
		}
	}
}

func (p *livePrinter) end() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.w.Flush(); p.err == nil {
		p.err = err
	}
	return p.err
}
