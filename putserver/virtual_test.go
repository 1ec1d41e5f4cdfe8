package putserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are pipes in memory, so that server and client run in virtual time.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// inVirtualTime serves a target over pipes in a bubble, for as long as story runs.
func inVirtualTime(t *testing.T, c Config, story func(t *testing.T, s served, p *pipes)) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		s := build(t, c)
		ended := make(chan error)
		go func() { ended <- s.Serve(p) }()
		client := &http.Client{Transport: &http.Transport{DialContext: p.dial, MaxIdleConnsPerHost: 10_000}}
		story(t, served{s, t, client, "http://target"}, p)
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		client.CloseIdleConnections()
	})
}

// fire sends n PUTs of the same object at a uniform rate, none waiting for another, and gives the errors.
func (s served) fire(n int, rate float64) (failed []error) {
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, at := range every(n, rate) {
		all.Go(func() {
			time.Sleep(at)
			r, _ := http.NewRequest("PUT", s.base+"/a", strings.NewReader("x"))
			a, err := s.client.Do(r)
			if err == nil {
				a.Body.Close()
				return
			}
			mu.Lock()
			defer mu.Unlock()
			failed = append(failed, err)
		})
	}
	all.Wait()
	return failed
}

func (s served) wantHeld(p50, p90, p99, most, within time.Duration) {
	s.t.Helper()
	h := s.Stats().Held
	for _, q := range []struct{ got, want time.Duration }{{h.P50, p50}, {h.P90, p90}, {h.P99, p99}, {h.Max, most}} {
		if (q.got - q.want).Abs() > within {
			s.t.Errorf("held %+v, want p50 %v p90 %v p99 %v max %v within %v", h, p50, p90, p99, most, within)
			return
		}
	}
}

func TestConstantLawIsKeptToTheNanosecond(t *testing.T) {
	inVirtualTime(t, Config{Law: Constant(20 * ms)}, func(t *testing.T, s served, _ *pipes) {
		s.fire(500, 500)
		s.wantHeld(20*ms, 20*ms, 20*ms, 20*ms, 0)
		s.wantLog(map[int]int64{201: 1, 204: 499})
		for k, e := range s.Log() {
			if e.Arrival != time.Duration(k)*2*ms || e.Path != "/a" {
				t.Fatalf("request %d in the log: %+v, want arrival %v", k, e, time.Duration(k)*2*ms)
			}
		}
	})
}

func TestOverloadInVirtualTime(t *testing.T) {
	inVirtualTime(t, Config{Law: Constant(ms), Servers: 1}, func(t *testing.T, s served, _ *pipes) {
		s.fire(1200, 1200)
		s.wantHeld(100_833*time.Microsecond, 180_833*time.Microsecond, 198_833*time.Microsecond, 200_833*time.Microsecond, time.Microsecond)
	})
}

func TestFreezeInVirtualTime(t *testing.T) {
	inVirtualTime(t, Config{Law: Freeze(5*ms, 100*ms, time.Second)}, func(t *testing.T, s served, _ *pipes) {
		s.fire(1000, 1000)
		s.wantHeld(5*ms, 5*ms, 95*ms, 105*ms, ms) // s + D − (1−p)·P
	})
}

// One in a hundred each way, and every request is accounted for on both sides.
func TestFaultsAreCountedExactly(t *testing.T) {
	c := Config{Law: Constant(5 * ms), FailShare: .01, ResetShare: .01, SilentShare: .01}
	inVirtualTime(t, c, func(t *testing.T, s served, _ *pipes) {
		s.client.Timeout = time.Second
		var late, cut int
		for _, err := range s.fire(1000, 1000) {
			var e net.Error
			if errors.As(err, &e) && e.Timeout() {
				late++
			} else {
				cut++
			}
		}
		if late != 10 || cut != 10 {
			t.Errorf("%d timed out and %d were cut, want 10 and 10", late, cut)
		}
		s.wantLog(map[int]int64{201: 1, 204: 969, 503: 10})
		if st := s.Stats(); st.Silent != 10 || st.Reset != 10 || st.Broken != 0 || st.Held.Count != 980 {
			t.Errorf("the log has %+v, want 10 silent, 10 reset, 0 broken, 980 held", st)
		}
	})
}

func TestBodyCutShortIsBroken(t *testing.T) {
	inVirtualTime(t, Config{}, func(t *testing.T, s served, p *pipes) {
		c, _ := p.dial(t.Context(), "", "")
		fmt.Fprint(c, "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234")
		c.Close()
		synctest.Wait()
		if st := s.Stats(); st.Broken != 1 || st.Requests != 1 || st.Objects != 0 {
			t.Errorf("the log has %+v, want one broken request and no object", st)
		}
	})
}

// Close must not wait for a law that takes an hour, nor for a request that is never answered.
func TestCloseEndsWhatWaits(t *testing.T) {
	inVirtualTime(t, Config{Law: Constant(time.Hour), SilentShare: .5}, func(t *testing.T, s served, _ *pipes) {
		begun := time.Now()
		go func() { time.Sleep(time.Second); _ = s.Close() }()
		if failed := s.fire(4, 1000); len(failed) != 4 {
			t.Errorf("%d of 4 failed: %v", len(failed), failed)
		}
		if took := time.Since(begun); took != time.Second {
			t.Errorf("it took %v, want 1s", took)
		}
		_ = s.Close() // returns when all have ended; clients may know before
		if st := s.Stats(); st.Silent != 2 || st.Broken != 2 || st.Requests != 4 {
			t.Errorf("the log has %+v, want 2 silent and 2 broken", st)
		}
	})
}

// What the connection says of arrivals, request by request.
func TestArrivalIsThatOfTheFirstBytes(t *testing.T) {
	inVirtualTime(t, Config{Law: Constant(20 * ms)}, func(t *testing.T, s served, p *pipes) {
		c, _ := p.dial(t.Context(), "", "")
		write := func(text string) { _, _ = io.WriteString(c, text) }
		go func() { _, _ = io.Copy(io.Discard, c) }()
		const head = "PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n"
		time.Sleep(100 * ms)
		write(head + "x") // whole at 100 ms
		time.Sleep(50 * ms)
		write("GET /_log HTTP/1.1\r\nHost: x\r\n\r\n") // leaves no trace
		time.Sleep(50 * ms)
		write(head[:10]) // begun at 200 ms, whole at 300 ms
		time.Sleep(50 * ms)
		write(head[10:])
		time.Sleep(50 * ms)
		write("x")
		time.Sleep(200 * ms)
		write(head + "x" + head + "x") // two at once at 500 ms
		time.Sleep(time.Second)
		var got [][2]time.Duration
		for _, e := range s.Log() {
			got = append(got, [2]time.Duration{e.Arrival / ms, e.Departure / ms})
		}
		if want := fmt.Sprint([][2]time.Duration{{100, 120}, {200, 320}, {500, 520}, {500, 520}}); fmt.Sprint(got) != want {
			t.Errorf("arrivals and departures %v, want %v", got, want)
		}
	})
}

func TestAnswerThatCannotGoIsBroken(t *testing.T) {
	s := build(t, Config{})
	ours, theirs := net.Pipe()
	defer theirs.Close()
	c := &conn{Conn: ours, server: s}
	c.leave(Entry{Status: 201})
	c.Close()
	c.Close()
	if st := s.Stats(); st.Broken != 1 || st.Requests != 1 || len(st.Status) != 0 {
		t.Errorf("the log has %+v, want one broken request", st)
	}
}

// A last one accepts one more connection when it is closed.
type lastOne struct {
	*pipes
	last chan net.Conn
}

func (l lastOne) Accept() (net.Conn, error) {
	<-l.closed
	select {
	case c := <-l.last:
		return c, nil
	default:
		return nil, net.ErrClosed
	}
}

func TestCloseCutsWhatWasAcceptedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := build(t, Config{})
		l := lastOne{&pipes{closed: make(chan struct{})}, make(chan net.Conn, 1)}
		ours, theirs := net.Pipe()
		l.last <- theirs
		ended := make(chan error)
		go func() { ended <- s.Serve(l) }()
		synctest.Wait()
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if _, err := ours.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the client sees %v, want the end", err)
		}
		<-ended
	})
}

func TestServeAfterCloseEndsAtOnce(t *testing.T) {
	s := build(t, Config{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	p := &pipes{closed: make(chan struct{})}
	if err := s.Serve(p); err != nil {
		t.Error("a target that was told to end before it served fails:", err)
	}
	<-p.closed // and it has closed the listener
}
