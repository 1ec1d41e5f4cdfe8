package wire

import (
	"context"
	"sync/atomic"
	"time"

	"shotput/stats"
)

// A slot is room for one request in flight, or for a flow; see passes. It is not a connection: its request goes over
// one that is free for it. Owned by the loop; all instants are on the run's clock.
type slot struct {
	state state
	freed time.Duration // when it became free
	conn  *conn         // its request is on it, or waits for it to open; nil: none
	dial  *dial         // while its request waits for a connection that is dialled

	arrival Arrival
	o       stats.Observation
	upload  upload
	kept    Answer // only with Config.Check, or of a flow
	pass    *pass  // the flow whose home it is, or whose exchange is on it; nil: none

	begun    time.Duration // its first byte was written no earlier; what came before was for nobody
	preceded bool          // something had come before that; see h1.put
	awaiting bool          // the body waits for a 100
	since    time.Duration // when it began to; only while the slot is in deadlines.awaiting
	heard    time.Duration // when its connection last gave or took something; only with a Quiet limit

	refused int           // requests in a row for which no connection could be had
	until   time.Duration // when its rest ends, while it is in rests, or its pause, while it is paused
	pause   int           // its place in passes.pauses, while it is paused

	place link[slot] // among the free, those in flight, or those that rest
	quiet link[slot] // in deadlines.quiet
	await link[slot] // in deadlines.awaiting, or deadlines.connecting
}

// state is what a slot is doing.
type state uint8

const (
	free       state = iota
	dialling         // its request waits for a connection that is dialled
	connecting       // its request waits for a connection that the loop opens
	busy             // its request is on its way
	paused           // its request, an exchange of a flow, is not due yet
)

func byPlace(s *slot) *link[slot] { return &s.place }
func byQuiet(s *slot) *link[slot] { return &s.quiet }
func byAwait(s *slot) *link[slot] { return &s.await }

// A dial is a connection being opened by a goroutine of its own.
type dial struct {
	slot    *slot
	cancel  context.CancelFunc
	reached atomic.Int32 // a stats.Stage
	conn    *Conn        // these two: once it is among the loop's messages
	err     error
}

// stage is how far the slot's request has come.
func (s *slot) stage() stats.Stage {
	switch {
	case s.state == dialling:
		return stats.Stage(s.dial.reached.Load())
	case s.state == connecting:
		return stats.InConnect
	case s.o.FirstByte != 0 && s.conn.reader.IsFinal():
		return stats.InDownload
	case s.awaiting || s.conn.halfway || s.conn.writeErr != nil:
		return stats.InUpload
	}
	return stats.InWait
}
