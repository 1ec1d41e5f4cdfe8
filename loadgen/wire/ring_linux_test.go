package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"shotput/stats"
	"shotput/target/realtest"
)

// onPollers runs a check on an epoll set and, where there is one, on a ring.
func onPollers(t *testing.T, check func(t *testing.T, onRing bool)) {
	t.Helper()
	t.Run("epoll", func(t *testing.T) { check(t, false) })
	t.Run("ring", func(t *testing.T) {
		needRing(t)
		check(t, true)
	})
}

func needRing(t *testing.T) {
	t.Helper()
	if err := ProbeRing(); err != nil {
		t.Skipf("no io_uring here: %v", err)
	}
}

func TestRunTakesARing(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		r := newRig(t, serving(t, realtest.Answering("HTTP/1.1 204 No Content\r\n\r\n")), 20, func(c *Config) { c.Slots, c.Ring = 4, onRing })
		r.Open(t.Context(), 4)
		r.Run(nil)
		if _, is := r.poller.(*ring); is != onRing || len(r.done) != 20 || len(r.errs) > 0 {
			t.Errorf("waited by a %T, %d done, %v", r.poller, len(r.done), r.errs)
		}
	})
}

// A server that answers and then resets the connection, without having said so: nothing is sent on it again. Whoever reads
// sees the answer and the reset at once.
func TestConnectionThatWasResetIsNotUsedAgain(t *testing.T) {
	onPollers(t, func(t *testing.T, onRing bool) {
		address := serving(t, func(c net.Conn) {
			http.ReadRequest(bufio.NewReader(c))
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
			c.(*net.TCPConn).SetLinger(0)
			c.Close()
		})
		r := newRig(t, address, 10, func(c *Config) { c.Scheduled, c.Ring = true, onRing })
		r.gap = 20 * time.Millisecond
		r.Run(nil)
		for _, o := range r.done {
			if o.Outcome != stats.OK || !o.NewConn {
				t.Errorf("%v, on a new connection: %v (%v)", o.Outcome, o.NewConn, r.errs)
			}
		}
	})
}

// More has arrived than a ring has buffers for, on many connections, before anything is read: nothing of it is lost, and
// nothing mixed up.
func TestMoreArrivesThanThereAreBuffers(t *testing.T) {
	const size, slots = 24 << 10, 2 * ringBuffers * bufferSize / (24 << 10)
	onPollers(t, func(t *testing.T, onRing bool) {
		runtime.LockOSThread() // whose ring it is
		defer runtime.UnlockOSThread()
		var written sync.WaitGroup
		written.Add(slots)
		address := serving(t, func(c net.Conn) {
			request, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				return
			}
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
			c.Write(bytes.Repeat([]byte(request.URL.Path[1:]), size)) // a socket holds as much
			written.Done()
			io.Copy(io.Discard, c)
		})
		r := newRig(t, address, slots, func(c *Config) {
			c.Slots, c.Ring, c.Keep = slots, onRing, size
			c.Render = func(_ []byte, a Arrival) ([]byte, bool, Body, error) {
				return fmt.Appendf(nil, "PUT /%c HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 'a'+a.Number%26), false, Body{}, nil
			}
			c.Check = func(o *stats.Observation, a Answer) {
				if want := bytes.Repeat([]byte{'a' + byte(o.Number%26)}, size); !bytes.Equal(a.Body, want) {
					t.Errorf("answer %d is another's, or not whole: %d bytes, it begins with %.20q", o.Number, len(a.Body), a.Body)
				}
			}
		})
		r.Open(t.Context(), slots)
		r.useRing()
		r.admit()
		written.Wait()
		for len(r.done) < slots {
			r.turn()
		}
		if len(r.errs) > 0 {
			t.Error(r.errs)
		}
	})
}

// What was asked about a connection that is closed before the kernel was told is not done to the next one, which has the
// same descriptor: it may belong to a goroutine that shakes hands on it.
func TestRingForgetsWhatItWasNotToldInTime(t *testing.T) {
	needRing(t)
	runtime.LockOSThread() // whose ring it is
	defer runtime.UnlockOSThread()
	w, err := newWaker()
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	r, err := openRing(w, 1, true)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	pair := func() [2]int {
		p, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { closeFD(p[1]) })
		return p
	}
	old, next := pair(), pair()
	fd := old[0]
	if err := errors.Join(r.add(fd, 0, 1), r.again(fd, 0, 1)); err != nil {
		t.Fatal(err)
	}
	r.leave(fd, 0)
	if err := syscall.Dup3(next[0], fd, syscall.O_CLOEXEC); err != nil { // closes the old one
		t.Fatal(err)
	}
	defer closeFD(fd)
	closeFD(next[0])
	syscall.Write(next[1], []byte("for whom?"))
	if events := r.look(); len(events) > 0 {
		t.Errorf("%+v", events)
	}
	b := make([]byte, 20)
	if n, err := readFD(fd, b); string(b[:max(0, n)]) != "for whom?" {
		t.Errorf("read %q, %v", b[:max(0, n)], err)
	}
}

// A loop gathers answers only in closed loop, where the kernel has stamped them; no more than one in eight of those in
// flight, and only as many as come in 100 µs.
func TestGather(t *testing.T) {
	for _, c := range []struct {
		flying               int
		interval             time.Duration
		scheduled, userClock bool
		idle                 bool
		want                 int
	}{
		{flying: 64, interval: 7 * time.Microsecond, want: 8},
		{flying: 1000, interval: 7 * time.Microsecond, want: 14},
		{flying: 64, interval: 40 * time.Microsecond, want: 2},
		{flying: 64, interval: time.Millisecond, want: 1},
		{flying: 15, interval: time.Microsecond, want: 1},
		{flying: 64, want: 1},
		{flying: 64, interval: time.Microsecond, idle: true, want: 1},
		{flying: 64, interval: time.Microsecond, scheduled: true, want: 1},
		{flying: 64, interval: time.Microsecond, userClock: true, want: 1},
	} {
		l := Loop{Config: Config{Scheduled: c.scheduled, UserClock: c.userClock}, flying: c.flying, woken: !c.idle}
		l.pace.interval = c.interval
		if got := l.gather(); got != c.want {
			t.Errorf("%+v: waits for %d", c, got)
		}
	}
}

// The interval between events is their share of the time since the last.
func TestPaceCounts(t *testing.T) {
	var p pace
	now := time.Duration(0)
	for range 200 {
		now += 80 * time.Microsecond
		p.count(now, 8)
	}
	if p.interval < 9*time.Microsecond || p.interval > 10*time.Microsecond {
		t.Errorf("interval %v, want 10µs", p.interval)
	}
	p.count(now+time.Second/2, 0)
	p.count(now+time.Second, 1)
	if p.interval < time.Second/8 {
		t.Errorf("interval %v after a second without an event", p.interval)
	}
}
