package route

import "sync/atomic"

// Traffic counts what all connections of a run carried. It is shared by them; each field is atomic.
type Traffic struct {
	Opened   atomic.Int64 // connections
	Sent     atomic.Int64 // bytes on the wire, TLS and headers among them
	Received atomic.Int64
}
