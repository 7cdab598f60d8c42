package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"hexlay/bench/internal/terminal"
)

// proxy is hexlay that runs as one.
type proxy struct {
	hexlay, addr, state string
	cmd                 *exec.Cmd
	screen              *terminal.Session // nil: without
	peak                atomic.Int64      // the most memory of its own so far
	done                chan struct{}
}

var listens = regexp.MustCompile(` on (127\.0\.0\.1:\d+)`)

// start starts hexlay with a state folder of its own, where the recording goes.
func start(dir, hexlay, target string, screen bool) (*proxy, error) {
	state, err := os.MkdirTemp(dir, "state")
	if err != nil {
		return nil, err
	}
	p := &proxy{hexlay: hexlay, state: state, done: make(chan struct{})}
	env := []string{"HOME=" + state, "XDG_CONFIG_HOME=" + state, "XDG_STATE_HOME=" + state, "XDG_CACHE_HOME=" + state}
	args := []string{"proxy", "127.0.0.1:0", target}
	if screen {
		if p.screen, err = terminal.Begin(40, 120, env, append(append([]string{hexlay}, args...), "--screen")...); err != nil {
			return nil, err
		}
		p.cmd = p.screen.Cmd
		p.screen.Settle(300*time.Millisecond, 10*time.Second)
		for _, line := range p.screen.Screen().Lines() {
			if m := listens.FindStringSubmatch(line); m != nil {
				p.addr = m[1]
			}
		}
	} else {
		p.cmd = exec.Command(hexlay, append(args, "--quiet")...)
		p.cmd.Env = append(os.Environ(), env...)
		said, err := p.cmd.StderrPipe()
		if err != nil {
			return nil, err
		}
		if err := p.cmd.Start(); err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(said)
		if lines.Scan() {
			if m := listens.FindStringSubmatch(lines.Text()); m != nil {
				p.addr = m[1]
			}
		}
		go func() {
			for lines.Scan() {
			}
		}()
	}
	go p.watch()
	if p.addr == "" {
		p.stop()
		return nil, errors.New("hexlay proxy did not tell where it listens")
	}
	return p, nil
}

// watch keeps the peak of the memory.
func (p *proxy) watch() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		anon, _ := terminal.Memory(p.cmd.Process.Pid)
		p.peak.Store(max(p.peak.Load(), int64(anon)))
		select {
		case <-p.done:
			return
		case <-tick.C:
		}
	}
}

// top is the address of the first row of bytes, below the list of frames; -1 when there is none.
func (p *proxy) top() int64 {
	head := false
	for _, line := range p.screen.Screen().Lines() {
		if head {
			var at int64
			if _, err := fmt.Sscanf(line, "%x", &at); err != nil {
				return -1
			}
			return at
		}
		head = strings.HasPrefix(strings.TrimSpace(line), "00 01 02")
	}
	return -1
}

// stop ends it as Ctrl-C does, or the closing of its terminal.
func (p *proxy) stop() {
	close(p.done)
	if p.screen != nil {
		p.screen.End()
		return
	}
	_ = p.cmd.Process.Signal(os.Interrupt)
	kill := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Signal(syscall.SIGKILL) })
	defer kill.Stop()
	_ = p.cmd.Wait()
}

func (p *proxy) remove() { _ = os.RemoveAll(p.state) }

func (p *proxy) recording() (string, error) {
	found, err := filepath.Glob(filepath.Join(p.state, "hexlay", "live", "*.pcapng"))
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("there are %d recordings", len(found))
	}
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// recorded digests what side a or b sent in a stream of the recording.
func (p *proxy) recorded(n int, side string) (s sum, err error) {
	file, err := p.recording()
	if err != nil {
		return s, err
	}
	cmd := exec.Command(p.hexlay, "streams", file, "--follow", fmt.Sprint(n), "--direction", side, "--raw")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return s, err
	}
	s, err = sumOf(out)
	if werr := cmd.Wait(); err == nil && werr != nil {
		err = fmt.Errorf("%w: %s", werr, strings.TrimSpace(said.String()))
	}
	return s, err
}

// streams counts the connections of the recording.
func (p *proxy) streams() (int, error) {
	file, err := p.recording()
	if err != nil {
		return 0, err
	}
	out, err := exec.Command(p.hexlay, "streams", file, "--json").Output()
	return strings.Count(string(out), `"packets"`), err
}

func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }

// reset ends a connection as a crash does.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}
