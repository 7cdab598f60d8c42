package ui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
)

// pastes keeps what the terminal pastes until the program comes to it. Line ends, which terminals paste as CR, are LF.
type pastes struct {
	nonce string // no text that is pasted can be a ticket

	mu     sync.Mutex
	kept   map[string]string
	lost   map[string]bool // tickets of pastes that were too large
	n      int
	parts  [][]byte // of the paste that comes in
	size   int
	cr     bool // it ended with a CR
	beyond bool
}

const (
	maxPaste  = 256 << 20
	pastePart = 1 << 20
)

var errPaste = fmt.Errorf("the paste is larger than %d MB; :insert and patch take bytes from elsewhere", maxPaste>>20)

// pasteWaits is a message: so many bytes of a paste have come, and its end does not.
type pasteWaits int

func newPastes() *pastes {
	return &pastes{nonce: fmt.Sprintf("%08x", rand.Uint32()), kept: make(map[string]string), lost: make(map[string]bool)}
}

func (p *pastes) add(c byte) {
	if c == '\n' && p.cr {
		p.cr = false
		return
	}
	if p.cr = c == '\r'; p.cr {
		c = '\n'
	}
	if p.size == maxPaste {
		p.beyond = true
		return
	}
	k := len(p.parts) - 1
	if k < 0 || len(p.parts[k]) == pastePart {
		k++
		p.parts = append(p.parts, make([]byte, 0, pastePart))
	}
	p.parts[k] = append(p.parts[k], c)
	p.size++
}

// cut takes the last n bytes back; they were no line ends.
func (p *pastes) cut(n int) {
	for ; n > 0 && p.size > 0; n-- {
		k := len(p.parts) - 1
		if p.parts[k] = p.parts[k][:len(p.parts[k])-1]; len(p.parts[k]) == 0 {
			p.parts = p.parts[:k]
		}
		p.size--
	}
}

// end ends a paste and gives the ticket for it.
func (p *pastes) end() (ticket string) {
	var b strings.Builder
	b.Grow(p.size)
	for i, part := range p.parts {
		b.Write(part)
		p.parts[i] = nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	ticket = fmt.Sprintf("%s.%x", p.nonce, p.n)
	if p.beyond {
		p.lost[ticket] = true
	} else {
		p.kept[ticket] = b.String()
	}
	p.parts, p.size, p.cr, p.beyond = nil, 0, false, false
	return ticket
}

// redeem gives what was pasted for what Bubble Tea says was.
func (p *pastes) redeem(content string) (string, error) {
	if p == nil {
		return content, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost[content] {
		delete(p.lost, content)
		return "", errPaste
	}
	if s, ok := p.kept[content]; ok {
		delete(p.kept, content)
		return s, nil
	}
	return content, nil
}
