package wire

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	"shotput/loadgen/wire/http1"
	"shotput/loadgen/wire/poll"
	"shotput/stats"
)

// A slot is room for one request at a time, and the connection that it goes over. Owned by the loop; all instants
// are on the run's clock.
type slot struct {
	index int
	age   int32 // counts its connections, so that late events of an old one are told apart
	state state
	freed time.Duration // when it became free
	conn  *Conn         // nil: none
	fresh bool          // conn has carried no request yet
	dial  *dial         // while its request waits for a connection

	arrival  Arrival
	o        stats.Observation
	response http1.Response
	own      []byte // its own buffer for heads
	head     []byte // what is still to be written: a part of own, or of shared bytes
	body     Body
	at, to   int64         // bytes of body written so far, and those that may go out now
	tail     []byte        // what follows those: the end of a chunk
	chunks   bool          // more chunks are to come
	withheld []byte        // of an inline body: what waits for a 100
	awaiting bool          // the body waits for a 100
	since    time.Duration // when it began to; only while the slot is in Loop.awaiting
	halfway  bool          // something is still to be written
	writeErr error         // writing failed; there may still be an answer to read
	kept     Answer        // only with Config.Check

	link  link          // in the one list of states that it is in
	quiet link          // in Loop.quiet
	await link          // in Loop.awaiting, or Loop.connecting
	heard time.Duration // when its connection last gave or took something; only with a Quiet limit
}

// token is what a poller calls the slot's connection.
func (s *slot) token() poll.Token { return poll.Token{Index: int32(s.index), Age: s.age} }

// state is what a slot is doing.
type state uint8

const (
	cold       state = iota // free, without a connection
	warm                    // free, connected
	dialling                // its request waits for a connection that is dialled
	connecting              // its request waits for a connection that the loop opens
	busy                    // its request is on its way
)

// A list is a queue of slots from which one can be taken out anywhere. of finds a slot's link of this list.
type list struct {
	of          func(*slot) *link
	first, last *slot
}

// A link is a slot's place in a list.
type link struct{ previous, next *slot }

func byState(s *slot) *link { return &s.link }
func byQuiet(s *slot) *link { return &s.quiet }
func byAwait(s *slot) *link { return &s.await }

func (l *list) push(s *slot) {
	*l.of(s) = link{previous: l.last}
	if l.last == nil {
		l.first = s
	} else {
		l.of(l.last).next = s
	}
	l.last = s
}

func (l *list) remove(s *slot) {
	at := l.of(s)
	if at.previous == nil {
		l.first = at.next
	} else {
		l.of(at.previous).next = at.next
	}
	if at.next == nil {
		l.last = at.previous
	} else {
		l.of(at.next).previous = at.previous
	}
	*at = link{}
}

// A dial is a connection being opened by a goroutine of its own.
type dial struct {
	slot    *slot
	cancel  context.CancelFunc
	reached atomic.Int32 // a stats.Stage
	conn    *Conn        // these two: once it is among the loop's results
	err     error
}

// start puts a request that is due on a free slot.
func (l *Loop) start(s *slot, a *Arrival) {
	s.arrival = *a
	s.o = stats.Observation{} // in place, and not made up elsewhere and copied: 250 bytes
	s.o.Number, s.o.Template, s.o.Intended, s.o.Claimed = a.Number, a.Template, a.Intended, a.Claimed
	s.response.Reset(a.Method)
	s.at, s.to, s.body, s.writeErr = 0, 0, Body{}, nil
	if l.Check != nil {
		s.forget()
	}
	l.free(s).remove(s)
	l.inFlight.push(s)
	l.flying++
	l.Began()
	if s.state == warm {
		l.begin(s)
		return
	}
	s.o.Sent = l.tick()
	if l.Straight.IsValid() {
		l.connect(s)
		return
	}
	s.state = dialling
	s.dial = l.dial(s)
	l.opening++
}

// begin writes the request on the slot's connection.
func (l *Loop) begin(s *slot) {
	s.state = busy
	head, shared, body, err := l.Render(s.own[:0], s.arrival)
	if err != nil {
		l.unmade(s, err)
		return
	}
	if !shared {
		s.own = head
	}
	s.head, s.body, s.halfway = head, body, true
	s.lay(l.Continue > 0)
	if s.fresh {
		s.o.NewConn, s.o.Connect, s.o.TLS, s.fresh = true, s.conn.Connect, s.conn.TLS, false
	}
	s.o.Attempts = 1
	if s.o.Sent == 0 {
		s.o.Sent = l.clock // shared bytes took no time to render, and the clock was read when it was claimed
		if l.Scheduled || !shared {
			s.o.Sent = l.tick()
		}
	}
	l.write(s)
}

// heardOf puts the slot at the end of the queue of those that have gone quiet; it is in order of when that was. While a
// request is not out, nobody need say a word, but an answer that has begun must go on.
func (l *Loop) heardOf(s *slot, now time.Duration) {
	if l.Quiet == 0 || (s.halfway || s.awaiting) && !s.response.Started {
		return
	}
	if s.heard != 0 {
		l.quiet.remove(s)
	}
	s.heard = now
	l.quiet.push(s)
}

// answered ends a request whose answer is whole. clean says that nothing came after it.
func (l *Loop) answered(s *slot, at time.Duration, clean bool) {
	o, r := &s.o, &s.response
	o.Done, o.Status, o.BodyRead, o.Detail = at, r.Status, r.BodyBytes, r.Note
	o.FirstByte = min(o.FirstByte, at)
	l.pace.follow(at - o.Sent)
	o.Reason = r.Reason
	l.spoke(r)
	if l.HeadOnly {
		o.BodyRead = 0
	}
	if s.awaiting {
		l.refused(s)
	}
	if !clean || !r.Reuse || !l.Keepalive || s.halfway || s.awaiting || s.writeErr != nil {
		l.drop(s)
	}
	if l.Check != nil {
		l.Check(o, s.kept)
	}
	l.finish(s)
}

// spoke notes the protocol of the first answer.
func (l *Loop) spoke(r *http1.Response) {
	if l.spoken == "" {
		l.spoken = r.Protocol()
	}
}

// errUnmade wraps what Render could not do.
type errUnmade struct{ error }

func (e errUnmade) Unwrap() error { return e.error }

// IsUnmade says whether err is that the request could not be rendered.
func IsUnmade(err error) bool {
	var e errUnmade
	return errors.As(err, &e)
}

// unmade ends a request that could not be rendered. Nothing of it was written, so the connection is as good as before.
func (l *Loop) unmade(s *slot, err error) {
	o := &s.o
	o.Done = l.tick() // the clock moves on, however many fail in a row
	if o.Sent == 0 {
		o.Sent = o.Done
	}
	o.Outcome, o.Stage, o.Detail = l.Failed(errUnmade{err}, stats.NoStage)
	l.ended++
	l.finish(s)
}

// closed: the other side has closed, or reading failed.
func (l *Loop) closed(s *slot, err error) {
	if s.state != busy {
		l.drop(s)
		return
	}
	if err == io.EOF {
		done, eof := s.response.EOF()
		if done {
			s.o.Stamped, s.o.Unstamped = false, !l.UserClock // the kernel does not stamp an end
			l.answered(s, l.Now(), true)
			return
		}
		if err = eof; s.writeErr != nil {
			err = s.writeErr // says more than that it ended
		}
	}
	l.fail(s, err)
}

// stage is how far the slot's request has come.
func (s *slot) stage() stats.Stage {
	switch {
	case s.state == dialling:
		return stats.Stage(s.dial.reached.Load())
	case s.state == connecting:
		return stats.InConnect
	case s.o.FirstByte != 0:
		return stats.InDownload
	case s.halfway || s.awaiting || s.writeErr != nil:
		return stats.InUpload
	}
	return stats.InWait
}

// fail ends a request that got no whole answer; its connection is of no more use.
func (l *Loop) fail(s *slot, err error) {
	o := &s.o
	o.Done = l.Now()
	o.BodyRead = s.response.BodyBytes
	if o.Status = s.response.HeaderStatus(); o.Status != 0 {
		o.Reason = s.response.Reason
		l.spoke(&s.response)
	}
	o.Outcome, o.Stage, o.Detail = l.Failed(err, s.stage())
	l.unopened(s)
	l.drop(s)
	l.finish(s)
}

// unopened gives up on the connection that the slot's request waits for, if it does.
func (l *Loop) unopened(s *slot) {
	switch s.state {
	case dialling:
		s.dial.cancel()
		s.dial = nil
	case connecting:
		l.connecting.remove(s)
	default:
		return
	}
	l.opening--
	s.state = busy
}

// drop closes the slot's connection, if it has one.
func (l *Loop) drop(s *slot) {
	if s.state == warm {
		l.warm.remove(s)
		l.cold.push(s)
		s.state = cold
	}
	if s.conn != nil {
		l.poller.Leave(s.conn.fd, s.token())
		s.conn.Close()
		s.conn = nil
		s.age++
	}
}

// finish hands on what became of the slot's request and frees the slot.
func (l *Loop) finish(s *slot) {
	s.o.BodySent = s.at + int64(max(0, s.body.Inline-s.body.Framing-len(s.head)-len(s.withheld)))
	if s.body.Owned {
		s.body.File.Close()
	}
	l.inFlight.remove(s)
	l.flying--
	l.settle(s)
	if s.heard != 0 {
		l.quiet.remove(s)
		s.heard = 0
	}
	s.freed = s.o.Done
	s.state = warm
	if s.conn == nil {
		s.state = cold
	}
	s.head, s.tail, s.chunks, s.body, s.halfway = nil, nil, false, Body{}, false
	l.Record(&s.o)
	l.free(s).push(s)
}

// free is the list that a free slot is in.
func (l *Loop) free(s *slot) *list {
	if s.state == warm {
		return &l.warm
	}
	return &l.cold
}
