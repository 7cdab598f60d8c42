package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/stats"
)

// maxBlocks bounds what the histograms of the blocks take: 2 KiB each.
const maxBlocks = 1 << 16

func (a *app) statsCommand() *cobra.Command {
	var blocks int
	var json bool
	var pic pictureOptions
	cmd := &cobra.Command{
		Use:   "stats FILE",
		Short: "byte histogram and entropy",
		Long: `Counts the bytes of a file: how often each value occurs, the entropy in bits a byte (8: as random; 0: all the same),
and the entropy of each of --blocks parts of one length. Holes of sparse files are counted without reading them.

--picture draws instead: entropy, histogram (of the bytes), digram (how often each pair of neighbouring bytes occurs: the first byte to
the right, the second downward), or pixels (the bytes as an image, as --depth, --order, --stride and --bottom-up say; without
--stride the length of a row is guessed). With --output it becomes a PNG; else it is drawn in the terminal, as much of it as fits.`,
		Example: `hexlay stats firmware.bin
hexlay stats disk.img --blocks 1024 --json
hexlay stats firmware.bin --picture digram
hexlay stats screen.raw --picture pixels --depth 32 --order bgra --stride 7680 --output screen.png`,
		Args: wantArgs(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if blocks < 1 || blocks > maxBlocks {
				return fmt.Errorf("--blocks %d: 1 to %d", blocks, maxBlocks)
			}
			if pic.kind != "" {
				if json {
					return errors.New("--picture and --json: a picture is no JSON")
				}
				return a.picture(cmd.Context(), args[0], pic)
			}
			return a.stats(cmd.Context(), args[0], blocks, json)
		},
	}
	f := cmd.Flags()
	f.IntVar(&blocks, "blocks", 64, "how many parts to give the entropy of")
	f.BoolVar(&json, "json", false, "print JSON")
	pic.flags(f)
	return cmd
}

func (a *app) stats(ctx context.Context, name string, n int, json bool) error {
	d, err := openToRead(name)
	if err != nil {
		return err
	}
	defer d.Close()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := d.Snapshot()
	n = int(max(1, min(int64(n), s.Size())))
	var done atomic.Int64
	endProgress := a.progress(&done, s.Size())
	blocks, err := model.CountBlocks(ctx, s, mmapdoc.Range{End: s.Size()}, n, &done)
	endProgress()
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	var all stats.Histogram
	entropy := make([]float64, n)
	for i := range blocks {
		all.Merge(&blocks[i])
		entropy[i] = blocks[i].Entropy()
	}
	w := bufio.NewWriter(a.stdout)
	if json {
		printStatsJSON(w, s.Size(), &all, entropy)
	} else {
		printStats(w, s.Size(), &all, entropy)
	}
	return w.Flush()
}

func printStatsJSON(w *bufio.Writer, size int64, h *stats.Histogram, entropy []float64) {
	fmt.Fprintf(w, `{"size":%d,"entropy":%s,"histogram":[`, size, jsonFloat(h.Entropy()))
	for i, n := range h {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteString(strconv.FormatInt(n, 10))
	}
	w.WriteString(`],"blocks":[`)
	for i, e := range entropy {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteString(jsonFloat(e))
	}
	w.WriteString("]}\n")
}

// jsonFloat is the shortest form that reads back, with a point or an exponent.
func jsonFloat(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

var bars = []rune(" ▁▂▃▄▅▆▇█")

// bar is part of most in eighths; what there is at all can be seen.
func bar(part, most float64) rune {
	if part <= 0 || most <= 0 {
		return bars[0]
	}
	return bars[1+min(7, int(part/most*8))]
}

// printStats draws the entropy of the blocks in rows of 64 and the histogram as 16 rows of 16 values.
func printStats(w *bufio.Writer, size int64, h *stats.Histogram, entropy []float64) {
	fmt.Fprintf(w, "size     %s\nentropy  %.4f bits a byte\n", plural(size, "byte"), h.Entropy())
	if size == 0 {
		return
	}
	fmt.Fprintf(w, "\nentropy of %d parts (a full bar is 8 bits a byte)\n", len(entropy))
	digits := len(strconv.FormatInt(size, 16))
	for i := 0; i < len(entropy); i += 64 {
		fmt.Fprintf(w, "%0*x  ", digits, stats.Blocks(size, len(entropy), i))
		for _, e := range entropy[i:min(i+64, len(entropy))] {
			w.WriteRune(bar(e, 8))
		}
		w.WriteByte('\n')
	}
	var most, values int64
	top := 0
	for i, n := range h {
		if n > 0 {
			values++
		}
		if n > most {
			most, top = n, i
		}
	}
	fmt.Fprintf(w, "\n%d of 256 byte values occur; the commonest is %02x, %d times (%.2f%%)\n", values, top, most, float64(most)/float64(size)*100)
	// Logarithmic: in most files a few values are a thousand times as frequent as the others.
	w.WriteString("how often, logarithmically\n    0 1 2 3 4 5 6 7 8 9 a b c d e f\n")
	for row := range 16 {
		fmt.Fprintf(w, "%x0 ", row)
		for _, n := range h[row*16 : row*16+16] {
			w.WriteByte(' ')
			w.WriteRune(bar(math.Log1p(float64(n)), math.Log1p(float64(most))))
		}
		w.WriteByte('\n')
	}
}
