package model

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"hexlay/mmapdoc"
	"hexlay/mmapdoc/wire"
	"hexlay/overlay/checksum"
)

// message is one of the tour's protocol.
func message(t *testing.T, kind uint16, payload string) []byte {
	t.Helper()
	b := binary.BigEndian.AppendUint16([]byte{1}, kind)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(payload))), payload...)
	a, err := checksum.Lookup("crc-16/modbus")
	if err != nil {
		t.Fatal(err)
	}
	h := a.New()
	h.Write(b)
	return append(b, h.Sum(nil)...)
}

// showLive is an editor on a session.
func showLive(t *testing.T, open func(ctx context.Context, o wire.Options) (*wire.Session, error)) *Editor {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	v, err := OpenLive(open)
	if err != nil {
		t.Fatal(err)
	}
	e := New(mmapdoc.FromBytes("", nil))
	e.ShowLive(v)
	t.Cleanup(func() {
		l := v.l
		e.Close()
		<-l.session.Ended()
	})
	return e
}

// soon waits until ok holds; what arrives is taken meanwhile.
func soon(t *testing.T, e *Editor, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		e.grow(e.doc.Grow)
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func frameRows(e *Editor) (rows []string) {
	l := e.List("frames")
	for i := range l.Len() {
		r := l.Row(i)
		rows = append(rows, r.Lead[strings.IndexByte(r.Lead, '#'):]+" "+r.Text+" | "+r.Note)
	}
	return rows
}

// finishJobs carries out the jobs of an effect.
func finishJobs(t *testing.T, e *Editor, eff Effect) {
	t.Helper()
	switch eff := eff.(type) {
	case Start:
		j := e.StartJob(eff.Job)
		j.Wait()
		next, err := e.Finish(j)
		if err != nil {
			t.Fatal(err)
		}
		finishJobs(t, e, next)
	case Effects:
		for _, x := range eff {
			finishJobs(t, e, x)
		}
	}
}

func do(t *testing.T, e *Editor, line string) {
	t.Helper()
	eff, err := e.Do(line)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	finishJobs(t, e, eff)
}

// TestLiveFrames: frames are listed as they arrive, lie on their bytes in the capture, and can be opened, changed and sent.
func TestLiveFrames(t *testing.T) {
	e := showLive(t, func(ctx context.Context, o wire.Options) (*wire.Session, error) {
		return wire.Listen(ctx, "tcp", "0", o)
	})
	do(t, e, "frames message")
	c, err := net.Dial("tcp", e.live.session.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	hello, text := message(t, 1, "hello"), message(t, 0x20, "some text")
	for i, b := range [][]byte{hello[:5], hello[5:], {9}, text, text[:9]} {
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
		if i == 0 { // the first frame comes in two packets
			soon(t, e, "its first part", func() bool { return e.List("frames").Len() == 1 })
		}
	}
	soon(t, e, "the frames", func() bool {
		rows := frameRows(e)
		return len(rows) == 4 && strings.Contains(rows[3], "| needs 7 bytes more, 9 are there")
	})
	rows := frameRows(e)
	if !strings.HasPrefix(rows[0], "#1 → 1  message of type 1, 5 bytes") || !strings.Contains(rows[1], "1 byte skipped") || !strings.Contains(rows[2], "type 32, 9 bytes") {
		t.Errorf("%q", rows)
	}
	soon(t, e, "the capture", func() bool { return e.Size() >= e.List("frames").Row(2).Range.End })
	if b, err := e.liveBytes(e.List("frames").Row(0)); err != nil || !bytes.Equal(b, hello) {
		t.Fatalf("in two packets: %q, %v", b, err)
	}
	e.ChooseRow("frames", 2)
	if b, err := e.liveBytes(e.List("frames").Row(2)); err != nil || !bytes.Equal(b, text) {
		t.Errorf("%q, %v", b, err)
	}
	links := e.List("links").Row(0)
	if links.State != Good || !strings.Contains(links.Note, "open") {
		t.Errorf("%+v", links)
	}

	// Opened as a document, changed, and sent; and written back into the capture.
	do(t, e, "list-use")
	if e.Size() != int64(len(text)) || !e.Inner() {
		t.Fatalf("%d bytes, inner %v", e.Size(), e.Inner())
	}
	do(t, e, "goto 7")
	do(t, e, "overwrite 53 4f 4d 45")
	do(t, e, "send")
	changed := bytes.Clone(text)
	copy(changed[7:], "SOME")
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, changed) {
		t.Errorf("%q came, %v", got, err)
	}
	do(t, e, "substream-write")
	if e.Inner() {
		do(t, e, "substream-close")
	}
	if b, err := e.liveBytes(e.List("frames").Row(2)); err != nil || !bytes.Equal(b, changed) {
		t.Errorf("after writing back: %q, %v", b, err)
	}
	if i := e.List("frames").Chosen(); i != 2 {
		t.Errorf("after coming back row %d is chosen", i)
	}

	// The chosen frame again, its version counted up: that is invalid in this protocol; its payload's first byte is not.
	e.ChooseRow("frames", 0)
	do(t, e, "send-frame 3")
	got = make([]byte, 3*len(hello))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, bytes.Repeat(hello, 3)) {
		t.Errorf("%q came, %v", got, err)
	}
	if _, err := e.Do("send-frame 2 version+1"); err == nil {
		t.Error("a version was sent that the protocol does not have")
	}
	do(t, e, "send-frame 2 type+31")
	got = make([]byte, 2*len(hello))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, append(bytes.Clone(hello), message(t, 32, "hello")...)) {
		t.Errorf("%q came, %v", got, err)
	}
	do(t, e, "send #1 4142")
	if _, err := io.ReadFull(c, got[:2]); err != nil || string(got[:2]) != "AB" {
		t.Errorf("%q, %v", got[:2], err)
	}
	if _, err := e.Do("send #7 4142"); err == nil || !strings.Contains(err.Error(), "link 7 is not open") {
		t.Error(err)
	}
	do(t, e, "hang-up")
	soon(t, e, "the end", func() bool { return !e.Receiving() })
}

// TestFramesAgain: another framing cuts what has come already too, and goes on in the middle of a frame; the last row stays chosen
// while frames come, until another one is chosen.
func TestFramesAgain(t *testing.T) {
	e := showLive(t, func(ctx context.Context, o wire.Options) (*wire.Session, error) {
		return wire.Listen(ctx, "tcp", "0", o)
	})
	c, err := net.Dial("tcp", e.live.session.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	write := func(b []byte) {
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	var sent []byte
	for i := range 300 { // more than are cut at once
		sent = append(sent, message(t, 0x20, fmt.Sprintf("text %d", i))...)
	}
	half := len(sent) - 7
	for b := sent[:half]; len(b) > 0; { // in pieces that are no frames
		n := min(len(b), 5)
		write(b[:n])
		b = b[n:]
	}
	arrived := func() (n int64) {
		for _, l := range e.live.session.Links() {
			n += l.Bytes()[wire.AToB]
		}
		return n
	}
	soon(t, e, "the bytes", func() bool { return arrived() == int64(half) })
	do(t, e, "frames message")
	list := e.List("frames")
	if n := list.Len(); n != 300 || list.Row(299).State != Missing {
		t.Fatalf("%d rows, the last one %+v", n, list.Row(n-1))
	}
	if list.Chosen() != 299 {
		t.Errorf("row %d is chosen", list.Chosen())
	}
	write(sent[half:])
	write(message(t, 0xff, ""))
	soon(t, e, "the last frame", func() bool { return list.Len() == 301 })
	soon(t, e, "the capture", func() bool { return e.Size() >= list.Row(300).Range.End })
	b, err := e.liveBytes(list.Row(299))
	if err != nil || !bytes.Equal(b, message(t, 0x20, "text 299")) {
		t.Errorf("the frame that came in parts: %q, %v", b, err)
	}
	if list.Chosen() != 300 {
		t.Errorf("row %d is chosen", list.Chosen())
	}
	e.ChooseRow("frames", 7)
	write(message(t, 0xff, ""))
	soon(t, e, "another frame", func() bool { return list.Len() == 302 })
	if list.Chosen() != 7 {
		t.Errorf("row %d is chosen", list.Chosen())
	}
	do(t, e, "frames fixed:10")
	if n := e.List("frames").Len(); n != (int64(len(sent))+2*9+9)/10 {
		t.Errorf("%d rows of 10 bytes", n)
	}
}

// TestDatagramFrames: a frame that a datagram cuts off does not wait for the next one, also when the framing is chosen later.
func TestDatagramFrames(t *testing.T) {
	e := showLive(t, func(ctx context.Context, o wire.Options) (*wire.Session, error) {
		return wire.Listen(ctx, "udp", "0", o)
	})
	c, err := net.Dial("udp", e.live.session.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	send := func(b []byte) {
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	whole := message(t, 0x20, "hello")
	for _, spec := range []string{"message", "len:0:1", "message"} {
		before := e.List("frames").Len()
		do(t, e, "frames "+spec)
		list := e.List("frames")
		if spec == "message" && before > 0 {
			var states []State
			for i := range list.Len() {
				states = append(states, list.Row(i).State)
			}
			if want := []State{Missing, Plain}; !slices.Equal(states[:2], want) {
				t.Errorf("cut anew: %v, %v expected", states, want)
			}
			break
		}
		from := list.Len()
		send(whole[:len(whole)-3])
		send(whole)
		soon(t, e, "two rows", func() bool { return list.Len() >= from+2 })
		if spec == "message" {
			if a, b := list.Row(0), list.Row(1); a.State != Missing || !strings.Contains(a.Note, "cut off: needs 1 byte more") || b.State != Plain || !strings.HasPrefix(b.Text, "1  ") {
				t.Errorf("%+v, %+v", a, b)
			}
		}
	}
}

// TestStructFrameOpens: a frame by a struct format opens with its fields, with names and without.
func TestStructFrameOpens(t *testing.T) {
	e := showLive(t, func(ctx context.Context, o wire.Options) (*wire.Session, error) {
		return wire.Listen(ctx, "udp", "0", o)
	})
	c, err := net.Dial("udp", e.live.session.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i, spec := range []string{"struct:<HHI:magic,len,id", "struct:<HHI"} {
		do(t, e, "frames "+spec)
		from := e.List("frames").Len()
		if _, err := c.Write([]byte("AB\x01\x00\x64\x00\x00\x00")); err != nil {
			t.Fatal(err)
		}
		list := e.List("frames")
		soon(t, e, "a frame", func() bool { return list.Len() > from })
		soon(t, e, "the capture", func() bool { return e.Size() >= list.Row(from).Range.End })
		e.ChooseRow("frames", from)
		do(t, e, "list-use")
		if !e.Inner() || len(e.overlays) != 1 {
			t.Fatalf("%s: %d: inner %v, %d overlays, %q", spec, i, e.Inner(), len(e.overlays), e.Notice().Text)
		}
		do(t, e, "substream-close")
	}
}

// TestHold: frames that pass a proxy wait until the user has forwarded, changed or dropped them; others pass.
func TestHold(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	arrived := make(chan []byte, 1)
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b, _ := io.ReadAll(c)
		arrived <- b
	}()
	e := showLive(t, func(ctx context.Context, o wire.Options) (*wire.Session, error) {
		return wire.Proxy(ctx, "0", ln.Addr().String(), o)
	})
	if _, err := e.Do("hold type.to_i == 32"); err == nil {
		t.Error("a condition without a template")
	}
	do(t, e, "frames message")
	if _, err := e.Do("hold nosuch == 32"); err == nil || !strings.Contains(err.Error(), "nosuch") {
		t.Error(err)
	}
	do(t, e, "hold type == message_type::text")
	c, err := net.Dial("tcp", e.live.session.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Minute))
	hello, one, two, three, bye := message(t, 1, "hello"), message(t, 32, "one"), message(t, 32, "two"), message(t, 32, "three"), message(t, 255, "")
	for _, b := range [][]byte{hello, one, two, three, bye} {
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	waits := func(text string) func() bool {
		return func() bool {
			return e.live.gate.Len() == 1 && string(e.live.gate.frame(0).b[7:len(e.live.gate.frame(0).b)-2]) == text
		}
	}
	soon(t, e, "the first", waits("one"))
	if r := e.List("held").Row(0); !strings.Contains(r.Text, "type 32, 3 bytes") {
		t.Errorf("%+v", r)
	}
	do(t, e, "held-forward")
	soon(t, e, "the second", waits("two"))
	do(t, e, "held-drop")
	soon(t, e, "the third", waits("three"))
	do(t, e, "held-edit")
	do(t, e, "goto 7")
	do(t, e, "overwrite "+fmt.Sprintf("%x", message(t, 32, "THREE")[7:]))
	do(t, e, "substream-write")
	if e.Inner() {
		do(t, e, "substream-close")
	}
	// Half a frame waits for the rest only while frames are held.
	if _, err := c.Write(hello[:5]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond) // for it to come
	do(t, e, "hold off")
	soon(t, e, "half a frame", func() bool {
		return e.live.session.Link(1).Bytes()[wire.AToB] == int64(len(hello)+len(one)+len(three)+len(bye)+5)
	})
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-arrived:
		if want := slices.Concat(hello, one, message(t, 32, "THREE"), bye, hello[:5]); !bytes.Equal(got, want) {
			t.Errorf("%q arrived, expected %q", got, want)
		}
	case <-time.After(time.Minute):
		t.Fatal("nothing arrived")
	}
	rows := strings.Join(frameRows(e), "\n")
	if !strings.Contains(rows, "dropped") {
		t.Errorf("the dropped frame is not listed:\n%s", rows)
	}
	if _, err := e.Do("held-forward"); err == nil {
		t.Error("forwarded what is not held")
	}
}

// TestRecordingFails: when the file takes no more, that is told at once and at the end, and the document has everything all the same.
func TestRecordingFails(t *testing.T) {
	e := showLive(t, func(ctx context.Context, o wire.Options) (*wire.Session, error) {
		return wire.Listen(ctx, "tcp", "0", o)
	})
	if err := e.live.file.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", e.live.session.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	want := []byte("some bytes")
	if _, err := c.Write(want); err != nil {
		t.Fatal(err)
	}
	watch := e.watchLive().(Watch)
	<-watch.C
	if _, err := watch.Then(e); err != nil || !e.Notice().Error || !strings.Contains(e.Notice().Text, "nothing more is recorded") {
		t.Errorf("%+v, %v", e.Notice(), err)
	}
	list := e.List("frames")
	soon(t, e, "the frame", func() bool { return list.Len() == 1 && e.Size() >= list.Row(0).Range.End })
	if b, err := e.liveBytes(list.Row(0)); err != nil || !bytes.Equal(b, want) {
		t.Errorf("%q, %v", b, err)
	}
	do(t, e, "frames fixed:5") // of what was recorded
	if n := e.List("frames").Len(); n != 2 {
		t.Errorf("%d frames", n)
	}
	do(t, e, "hang-up")
	<-e.live.session.Ended()
	soon(t, e, "the end", func() bool { return !e.Receiving() })
	watch = e.watchLive().(Watch)
	<-watch.C
	if _, err := watch.Then(e); err != nil || !strings.Contains(e.Notice().Text, "only a part was recorded") {
		t.Errorf("%+v, %v", e.Notice(), err)
	}
}
