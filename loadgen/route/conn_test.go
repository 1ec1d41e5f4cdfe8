package route

import (
	"errors"
	"io"
	"net"
	"testing"
)

// lines reads answers that are lines; one that begins with "!" is none.
type lines struct{ ended bool }

var errNoLine = errors.New("no line")

func (l *lines) Reset(string)           { l.ended = false }
func (l *lines) IsAnswer(b []byte) bool { return len(b) > 0 && b[0] != '!' }

func (l *lines) Feed(b []byte) (used int, whole bool, wrong error) {
	for i, c := range b {
		if c == '!' {
			return i, false, errNoLine
		}
		if c == '\n' {
			l.ended = true
			return i + 1, true, nil
		}
	}
	return len(b), l.ended, nil
}

// A peer is the other end of a connection that follows its answers.
type peer struct {
	*CountedConn
	t       *testing.T
	theirs  net.Conn
	traffic Traffic
}

func newPeer(t *testing.T) *peer {
	ours, theirs := net.Pipe()
	p := &peer{t: t, theirs: theirs}
	p.CountedConn = NewCountedConn(ours, &p.traffic)
	p.Follow(new(lines))
	p.Open()
	go io.Copy(io.Discard, theirs)
	t.Cleanup(func() { theirs.Close(); ours.Close() })
	return p
}

// say has the other side say something, and wants so much of it to be read, and then, if there is one, the error.
func (p *peer) say(text, read string, wrong error) {
	p.t.Helper()
	go io.WriteString(p.theirs, text)
	b := make([]byte, 100)
	n, err := p.Read(b)
	if string(b[:n]) != read || err != wrong {
		p.t.Errorf("of %q was read %q, %v; want %q, %v", text, b[:n], err, read, wrong)
	}
}

func (p *peer) put() (number int64) {
	number = p.Take("PUT")
	p.Write([]byte("PUT"))
	return number
}

// Answers in time are handed on, whenever net/http tells of their ends.
func TestTurns(t *testing.T) {
	p := newPeer(t)
	first := p.put()
	p.say("in ", "in ", nil)
	p.say("time\n", "time\n", nil)
	second := p.put()
	p.Release(first) // late, of the request before
	p.say("too\n", "too\n", nil)
	p.Release(second)
	if p.Early() != "" || p.traffic.IdleAnswers.Load() != 0 {
		t.Errorf("an answer in time counts as %q, %d idle", p.Early(), p.traffic.IdleAnswers.Load())
	}
}

// What came before the request's first byte was written is kept; of a first request, what came before it was there too.
func TestEarly(t *testing.T) {
	p := newPeer(t)
	p.say("greeting\n", "greeting\n", nil)
	p.put()
	if got := p.Early(); got != "greeting\n" {
		t.Errorf("before the first request came %q", got)
	}
	p = newPeer(t)
	p.put()
	p.say("in time\n", "in time\n", nil)
	p.Take("PUT")
	p.say("too early\n", "too early\n", nil)
	p.Write([]byte("PUT"))
	if got := p.Early(); got != "too early\n" {
		t.Errorf("before the second request came %q", got)
	}
}

// What comes when nobody asks ends the connection: the next request takes another, and nothing of it was written.
func TestIdleAnswerEndsTheConnection(t *testing.T) {
	p := newPeer(t)
	p.Release(p.put())
	p.say("anybody?\n", "", io.EOF)
	next := p.Take("PUT")
	if n, err := p.Write([]byte("PUT")); n != 0 || !errors.Is(err, net.ErrClosed) || !p.IsUntouched(next) {
		t.Errorf("wrote %d bytes, %v", n, err)
	}
	if n, err := p.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if got := p.traffic.IdleAnswers.Load(); got != 1 {
		t.Errorf("%d idle answers, want 1", got)
	}
}

// What stands behind an answer is of no request.
func TestSurplus(t *testing.T) {
	p := newPeer(t)
	p.put()
	p.say("one\ntwo\n", "one\n", io.EOF)
	if p.Early() != "" || p.Ended.Load() != nil {
		t.Errorf("of a first request came early %q", p.Early())
	}
	p = newPeer(t)
	p.put()
	p.say("one\n", "one\n", nil)
	p.put()
	p.say("two\nthree\n", "two\n", io.EOF) // or the first of these was late
	if p.Early() == "" {
		t.Error("which of two answers is the second request's cannot be known")
	}
	p = newPeer(t)
	p.put()
	p.say("!", "!", errNoLine)
}
