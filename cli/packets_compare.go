package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"hexlay/model"
	"hexlay/overlay/packet"
)

// comparePackets tells in which fields two packets differ: --compare N FILE M, or --compare N,M FILE.
func (a *app) comparePackets(ctx context.Context, o packetsOptions, args []string) error {
	if o.filter != "" || o.columns != nil || o.fields || o.limit != 0 {
		return errors.New("--compare goes with --all and --json only")
	}
	first, second, both := strings.Cut(o.compare, ",")
	name := args[0]
	switch {
	case both && len(args) > 1:
		return fmt.Errorf("want one capture, not %d", len(args))
	case !both && len(args) < 2:
		return errors.New("--compare wants two packets: --compare N M")
	case !both:
		second = args[1]
		if _, err := strconv.Atoi(second); err != nil { // --compare N M FILE
			name, second = args[1], args[0]
		}
	}
	d, x, err := a.openCapture(ctx, name)
	if err != nil {
		return err
	}
	defer d.Close()
	var which [2]int
	for i, s := range [2]string{first, second} {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 1 {
			return fmt.Errorf("--compare: packet %s: want a number from 1 on", quote(s))
		}
		if n > x.Len() {
			return dataError("there is no packet %d: the capture has %d", n, x.Len())
		}
		which[i] = n - 1
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	options, settings := a.packetSettings()
	ports := settings.Settings.Ports
	dec := packet.NewDecoder(x, d.Snapshot(), d.Size(), ports)
	all, err := model.ComparePackets(ctx, dec, d.Snapshot(), model.NewPacketLayers(options).With(ports), which[0], which[1], o.all)
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil && !errors.Is(err, model.ErrFields):
		return err
	}
	if e := a.printFields(all, o.json); e != nil {
		return e
	}
	if err != nil {
		fmt.Fprintln(a.stderr, oneLine(err.Error()))
		return errSaid
	}
	for _, f := range all {
		if !f.Same {
			return errSaid
		}
	}
	return nil
}

// printFields prints fields of two sides.
func (a *app) printFields(all []model.FieldDifference, json bool) error {
	if json {
		out := newJSONArray(a.stdout)
		for _, d := range all {
			out.add(fieldJSON(d))
		}
		return out.end()
	}
	w := bufio.NewWriter(a.stdout)
	for _, d := range all {
		if d.Same {
			fmt.Fprintf(w, "%s: %s\n", visible(d.Path), fieldText(d.Right))
		} else {
			fmt.Fprintf(w, "%s: %s → %s\n", visible(d.Path), fieldText(d.Left), fieldText(d.Right))
		}
	}
	return w.Flush()
}
