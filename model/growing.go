package model

import (
	"errors"
	"time"

	"hexlay/lifeline"
	"hexlay/mmapdoc"
)

// Documents that grow at their end while they are open: bytes that still arrive from a pipe or a connection, and files to
// which another program appends, when the user wants to follow them.

// growing is what an editor knows about it.
type growing struct {
	// following: the cursor stays at the end if it is there, and what is appended to the file is taken.
	following bool
	stop      chan struct{} // ends the wait for more bytes; nil when nothing is waited for
}

// growAgain is the pause between two looks at what has arrived: a flood does not keep the screen busy.
const growAgain = 30 * time.Millisecond

// Receiving tells whether more bytes may arrive.
func (e *Editor) Receiving() bool {
	tail := e.doc.Tail()
	if tail == nil {
		return false
	}
	ended, _ := tail.Ended()
	return !ended
}

// Following tells whether the end of the document is followed.
func (e *Editor) Following() bool { return e.growing.following && !e.Inner() }

// Follow begins or ends to follow the document's end, without moving the cursor.
func (e *Editor) Follow(on bool) { e.growing.following = on }

// Receive takes bytes as they arrive, from now on. It does nothing for a document to which nothing can.
func (e *Editor) Receive() Effect {
	e.endReceive()
	return e.receive(0)
}

func (e *Editor) endReceive() {
	if e.growing.stop != nil {
		close(e.growing.stop)
		e.growing.stop = nil
	}
}

func (e *Editor) receive(pause time.Duration) Effect {
	doc, tail := e.doc, e.doc.Tail()
	if tail == nil {
		return nil
	}
	stop, ready := make(chan struct{}), make(chan struct{})
	e.growing.stop = stop
	lifeline.Go("waiting for bytes", func() {
		defer close(ready)
		select {
		case <-time.After(pause):
		case <-stop:
			return
		}
		select {
		case <-tail.More():
		case <-stop:
		}
	})
	return Watch{ready, func(e *Editor) (Effect, error) {
		if e.growing.stop != stop || e.doc != doc {
			return nil, nil
		}
		ended, err := tail.Ended() // asked first: what it tells of is taken then
		first := e.Size() == 0
		e.grow(e.doc.Grow)
		if !ended {
			next := e.receive(growAgain)
			if first && e.Size() > 0 && e.live == nil { // what is live is a capture, whose layers lie over it
				return Effects{next, e.OfferTemplate()}, nil
			}
			return next, nil
		}
		e.growing.stop = nil
		if e.Notef("%s has ended after %s", doc.Info().Name, count(tail.Arrived(), "byte")); err != nil {
			e.Notef("%s has ended after %s: %v", doc.Info().Name, count(tail.Arrived(), "byte"), err)
		}
		if e.protection.on { // from now on a replay knows what edits stand on
			if err := doc.StartJournal(); err != nil {
				e.Fail(err)
			}
		}
		if first && e.Size() > 0 {
			return e.OfferTemplate(), nil
		}
		return nil, nil
	}}
}

// grow lets take put more bytes to the document's end.
func (e *Editor) grow(take func() int64) bool {
	end := e.Size()
	if take() == 0 {
		return false
	}
	e.mapTouched(end, 0, e.Size()-end)
	if e.growing.following && e.cursor == end && !e.selecting {
		e.setCursor(e.Size())
		e.revealFar()
	}
	return true
}

// growWithFile takes what another program appended to the file, if that is wanted.
func (e *Editor) growWithFile(now mmapdoc.Outside) bool {
	return e.growing.following && now.Deed == mmapdoc.Grew && e.jobs.running["save"] == nil && e.grow(e.doc.GrowWithFile)
}

func growingCommands() []*Command {
	return []*Command{
		{Name: "follow", Group: "View", Help: "Go to the end and stay there while bytes arrive, also those that another program appends to the file; again: stop",
			Enabled: func(e *Editor) error {
				if e.doc.Tail() == nil && e.doc.Outsider() == nil {
					return errors.New("nothing can arrive in this document: it is neither a stream nor a file")
				}
				return nil
			},
			Run: func(e *Editor, _ []string) (Effect, error) {
				if e.growing.following {
					e.growing.following = false
					e.Notef("the end is not followed any more")
					return nil, nil
				}
				e.growing.following = true
				e.growWithFile(e.outside.now)
				if e.outside.now.Deed == mmapdoc.Grew && e.doc.Outsider().Look().Deed == mmapdoc.Unchanged {
					e.outside.now, e.outside.known = mmapdoc.Outside{}, mmapdoc.Outside{}
				}
				e.Jump(e.Size())
				e.Notef("following the end")
				return e.watchAgain(), nil
			}},
	}
}
