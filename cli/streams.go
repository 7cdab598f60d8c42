package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
)

func (a *app) streamsCommand() *cobra.Command {
	var follow int
	var direction string
	var raw, json bool
	cmd := &cobra.Command{
		Use:   "streams FILE",
		Short: "list the TCP streams of a capture, or put one together",
		Long: `Lists the TCP streams of a capture from 0: both ends (a opened the connection, or sent the first packet that is there), packets,
and the bytes that a and b sent, without what came twice. --follow N shows what was sent in stream N, in turns, and which packets brought bytes again; with --raw the bytes alone
are written. Bytes that are missing in the capture are left out, and told: the exit status is 1 then.`,
		Example: `hexlay streams trace.pcap
hexlay streams trace.pcap --follow 0
hexlay streams trace.pcap --follow 3 --direction b --raw > answer.bin`,
		Args: wantArgs(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			want := strings.Index("ab", direction)
			switch {
			case direction == "both":
				want = -1
			case want < 0 || len(direction) != 1:
				return fmt.Errorf("--direction %s: want a, b or both", quote(direction))
			}
			following := cmd.Flags().Changed("follow")
			switch {
			case following && follow < 0:
				return fmt.Errorf("--follow %d: streams count from 0", follow)
			case raw && !following:
				return fmt.Errorf("--raw goes with --follow N")
			case raw && json:
				return fmt.Errorf("--raw and --json do not go together")
			}
			d, x, err := a.openCapture(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer d.Close()
			s, err := packet.FindStreams(cmd.Context(), x, d.Snapshot(), d.Size(), nil)
			if err != nil {
				return err
			}
			if following {
				err = a.followStream(cmd.Context(), d, s, follow, want, raw, json)
			} else {
				err = a.streams(cmd.Context(), s, json)
			}
			if err == nil {
				err = damaged(x)
			}
			return err
		},
	}
	f := cmd.Flags()
	f.IntVar(&follow, "follow", 0, "show what was sent in stream N")
	f.StringVar(&direction, "direction", "both", "a, b or both")
	f.BoolVar(&raw, "raw", false, "write the bytes alone")
	f.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func (a *app) streams(ctx context.Context, s *packet.Streams, json bool) error {
	if err := s.Measure(ctx); err != nil {
		return err
	}
	w := bufio.NewWriterSize(a.stdout, 64<<10)
	array := newJSONArray(a.stdout)
	for i, st := range s.List {
		if json {
			b := fmt.Appendf(nil, `{"stream":%d,"a":"%s","b":"%s","packets":%d,"bytes":[%d,%d]}`, i, st.A, st.B, st.Packets, st.Bytes[0], st.Bytes[1])
			array.add(b)
			continue
		}
		fmt.Fprintf(w, "%6d  %-21s ↔ %-21s  %s  %10d → %10d ←\n", i, st.A, st.B, column(7, int64(st.Packets), "packet"), st.Bytes[0], st.Bytes[1])
	}
	if json {
		return array.end()
	}
	return w.Flush()
}

// followStream shows a stream. want is the direction, -1 for both.
func (a *app) followStream(ctx context.Context, d *mmapdoc.Document, s *packet.Streams, id, want int, raw, json bool) error {
	if id >= len(s.List) {
		return dataError("there is no stream %d: the capture has %d", id, len(s.List))
	}
	dirs, err := s.Follow(ctx, id)
	if err != nil {
		return err
	}
	if want >= 0 {
		dirs[1-want] = packet.Direction{}
	}
	w := bufio.NewWriterSize(a.stdout, 64<<10)
	array := newJSONArray(a.stdout)
	st := s.List[id]
	ends := [2]string{st.A.String(), st.B.String()}
	var seen [2]int64
	var again [2][]packet.Segment
	for i := range dirs {
		again[i] = slices.SortedStableFunc(slices.Values(dirs[i].Again), func(a, b packet.Segment) int { return cmp.Compare(a.At, b.At) })
	}
	for _, c := range packet.Chunks(dirs) {
		if !raw && !json {
			fmt.Fprintf(w, "── %s → %s\n", ends[c.From], ends[1-c.From])
		}
		for _, seg := range c.Segments {
			if missing := seg.At - seen[c.From]; missing > 0 && !raw && !json {
				fmt.Fprintf(w, "── %s missing\n", areBytes(missing))
			}
			seen[c.From] = seg.At + seg.Len
			r := mmapdoc.Range{Start: seg.Off, End: seg.Off + seg.Len}
			switch {
			case json:
				b := fmt.Appendf(nil, `{"direction":"%c","at":%d,"packet":%d,`, "ab"[c.From], seg.At, seg.Packet+1)
				array.add(append(appendJSONRange(b, r.Start, r.End), '}'))
			case raw:
				err = scanPieces(d.Snapshot(), r, func(_ int64, b []byte) error {
					_, err := w.Write(b)
					return err
				})
			default:
				err = scanPieces(d.Snapshot(), r, func(_ int64, b []byte) error {
					_, err := w.WriteString(visibleText(b))
					return err
				})
			}
			if err != nil {
				return err
			}
		}
		if !raw && !json {
			w.WriteByte('\n')
			if again[c.From], err = toldAgain(w, d.Snapshot(), again[c.From], c.Segments); err != nil {
				return err
			}
		}
	}
	if json {
		err = array.end()
	} else {
		err = w.Flush()
	}
	if err != nil {
		return err
	}
	for i := range dirs {
		if g := dirs[i].Gaps(); len(g) > 0 {
			return dataError("from %s %s missing at %d of the stream, before packet %d%s", ends[i], areBytes(g[0].Len), g[0].At, g[0].Packet+1, andMore(len(g)-1))
		}
	}
	return nil
}

// toldAgain tells which packets brought bytes of the segments once more, and whether they were the same. What came again is in order; what is behind the
// segments is given back.
func toldAgain(w io.Writer, r io.ReaderAt, again, segments []packet.Segment) ([]packet.Segment, error) {
	for _, seg := range segments {
		for ; len(again) > 0 && again[0].At < seg.At+seg.Len; again = again[1:] {
			a := again[0]
			was, now := make([]byte, a.Len), make([]byte, a.Len)
			if _, err := r.ReadAt(was, seg.Off+a.At-seg.At); err != nil {
				return nil, err
			}
			if _, err := r.ReadAt(now, a.Off); err != nil {
				return nil, err
			}
			other := ""
			if !bytes.Equal(was, now) {
				other = ", other ones"
			}
			fmt.Fprintf(w, "── packet %d brought %d of these bytes again%s\n", a.Packet+1, a.Len, other)
		}
	}
	return again, nil
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return " (and " + strconv.Itoa(n) + " more gaps)"
}

// visibleText keeps lines and printable ASCII; other bytes are dots.
func visibleText(b []byte) string {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		switch {
		case c == '\n' || c == '\t' || c >= 0x20 && c < 0x7f:
			out = append(out, c)
		case c == '\r':
		default:
			out = append(out, '.')
		}
	}
	return string(out)
}
