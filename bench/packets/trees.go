package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"hexlay/bench/internal/report"
	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
	"hexlay/overlay/packet"
	"hexlay/templates"
)

// trees measures the whole tree of single packets, as if all of it were opened: the templates laid over the packet at a place and every
// field read. Each packet is read as often as there are runs; of the best times of all the longest one counts.
func trees(t *report.Table, d *mmapdoc.Document, x *packet.Index) error {
	schemas := make(map[string]*ksy.Schema)
	open := func(name string, at, size int64) error {
		s := schemas[name]
		if s == nil {
			f, ok := templates.Lookup(name)
			if !ok {
				return fmt.Errorf("there is no template %s", name)
			}
			var problems []ksy.Problem
			if s, problems = ksy.LoadBuiltIn(f.Path(), ksy.LoadOptions{BuiltIn: templates.FS()}); s == nil {
				return fmt.Errorf("%s: %v", name, problems)
			}
			schemas[name] = s
		}
		readAll(s.Open(d.Snapshot(), at, size, ksy.Options{}).Root())
		return nil
	}
	dec := packet.NewDecoder(x, d.Snapshot(), d.Size(), nil)
	one := func(i int) error {
		p, err := dec.Packet(i)
		if err != nil {
			return err
		}
		if name := p.Link.Template(); name != "" {
			if err := open(name, p.Data, p.End-p.Data); err != nil {
				return err
			}
		}
		if _, tcp := p.Layer("tcp"); tcp && p.App != "" {
			at, _ := p.Layer(p.App)
			return open(p.App, p.Data+int64(at.Start), int64(at.End-at.Start))
		}
		return nil
	}
	rnd := rand.New(rand.NewPCG(5, 6))
	var longest, sum time.Duration
	const some = 1000
	for range some {
		i := rnd.IntN(x.Len())
		if err := one(i); err != nil { // loads what is missing
			return err
		}
		var least time.Duration
		for range max(2, *runs) {
			start := time.Now()
			if err := one(i); err != nil {
				return err
			}
			least = report.Best(least, time.Since(start))
		}
		longest, sum = max(longest, least), sum+least
	}
	t.Add(report.Line{Figure: "one packet's tree, every field, the longest of 1,000", Got: float64(longest), Unit: report.Nanoseconds, Most: 5e6,
		MeasuredSuffix: fmt.Sprintf("(mean %s)", report.Nanoseconds(float64(sum)/some))})
	return nil
}

// readAll reads every field under a node.
func readAll(n *ksy.Node) {
	if k, _ := n.Len(); k > 0 {
		for i := range k {
			if c, err := n.Child(i); err == nil {
				readAll(c)
			}
		}
		return
	}
	_, _ = n.Value()
}
