package route

import "sync/atomic"

// Traffic counts what all connections of a run carried. It is shared by them; each field is atomic.
type Traffic struct {
	Opened   atomic.Int64 // connections
	Sent     atomic.Int64 // bytes on the wire, TLS and headers among them
	Received atomic.Int64

	IdleAnswers atomic.Int64 // connections closed since something came on them that no request had asked for
}
