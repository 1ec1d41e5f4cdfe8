package poll

import (
	"errors"
	"io"
	"runtime"
	"syscall"
	"testing"
)

func needRing(t *testing.T) {
	t.Helper()
	if err := ProbeRing(); err != nil {
		t.Skipf("no io_uring here: %v", err)
	}
}

// newRing is a ring, which the test's own thread owns until it ends.
func newRing(t *testing.T) *Ring {
	t.Helper()
	needRing(t)
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	w, err := NewWaker()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	r, err := NewRing(w, true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// What was asked about a connection that is closed before the kernel was told is not done to the next one, which has
// the same descriptor: it may belong to a goroutine that shakes hands on it.
func TestRingForgetsWhatItWasNotToldInTime(t *testing.T) {
	r := newRing(t)
	pair := func() [2]int {
		p, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { Close(p[1]) })
		return p
	}
	old, next := pair(), pair()
	fd := old[0]
	if err := errors.Join(r.Add(fd, Token{0, 1}), r.Again(fd, Token{0, 1})); err != nil {
		t.Fatal(err)
	}
	r.Leave(fd, Token{0, 1})
	if err := syscall.Dup3(next[0], fd, syscall.O_CLOEXEC); err != nil { // closes the old one
		t.Fatal(err)
	}
	defer Close(fd)
	Close(next[0])
	syscall.Write(next[1], []byte("for whom?"))
	if events := r.Look(); len(events) > 0 {
		t.Errorf("%+v", events)
	}
	b := make([]byte, 20)
	if n, err := readFD(fd, b); string(b[:max(0, n)]) != "for whom?" {
		t.Errorf("read %q, %v", b[:max(0, n)], err)
	}
}

// What arrives before a ring stops is told of, and what arrives later is in the socket, although receives were asked
// for.
func TestStoppedRingLeavesTheRest(t *testing.T) {
	r := newRing(t)
	p, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(p[0])
	defer Close(p[1])
	if err := r.Add(p[0], Token{3, 1}); err != nil {
		t.Fatal(err)
	}
	r.Look()
	syscall.Write(p[1], []byte("before"))
	r.Stop()
	syscall.Write(p[1], []byte("after"))
	b := make([]byte, 20)
	events := r.Look()
	if len(events) != 1 || events[0].Token != (Token{3, 1}) {
		t.Fatalf("%+v, want one of the connection", events)
	}
	if n, _, err := r.Read(p[0], &events[0], b); string(b[:n]) != "before" {
		t.Errorf("the event brought %q, %v", b[:n], err)
	}
	if again := r.Look(); len(again) > 0 {
		t.Errorf("more came after the end: %+v", again)
	}
	if n, err := readFD(p[0], b); string(b[:max(0, n)]) != "after" {
		t.Errorf("the socket has %q, %v", b[:max(0, n)], err)
	}
}

// The end of a connection is not missed although no buffer was left when its rest was asked for.
func TestRestIsAskedForAgainWithoutBuffers(t *testing.T) {
	const full = 40 // connections that have more to read than there are buffers for
	r := newRing(t)
	for slot := range full + 1 {
		p, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer Close(p[0])
		if slot < full {
			defer Close(p[1])
			syscall.Write(p[1], make([]byte, 40*bufferSize))
		} else {
			Close(p[1])
		}
		if err := r.receive(rest, p[0], Token{int32(slot), 1}); err != nil {
			t.Fatal(err)
		}
		r.watched = append(r.watched, watched{p[0], 1})
	}
	for {
		events := r.Look()
		if len(events) == 0 {
			t.Fatal("the end of the last connection was not told")
		}
		for _, e := range events {
			if e.Index == full && e.err == io.EOF {
				return
			}
		}
	}
}
