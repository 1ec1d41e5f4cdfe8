package transport

import (
	"time"

	"shotput/stats"
)

// A Spec says what is spoken on a connection, and how long each part may take.
type Spec struct {
	// "1.1"; "2": offered in the handshake; "2-prior-knowledge": spoken over plain http too; "3"; "" is 1.1
	HTTP        string        `json:"http,omitzero"`
	NoKeepalive bool          `json:"no_keepalive,omitzero"` // a connection for each request
	Timeout     time.Duration `json:"timeout_ns,omitzero"`   // for the whole request; default 30 s
	// between two bytes of the answer, and before the first; 0: none
	ReadTimeout time.Duration `json:"read_timeout_ns,omitzero"`
	// send Expect: 100-continue, and the body when the server agrees
	ExpectContinue bool          `json:"expect_continue,omitzero"`
	ExpectTimeout  time.Duration `json:"expect_timeout_ns,omitzero"` // send it all the same after so long; default 1 s
	Follow         bool          `json:"follow,omitzero"`            // follow redirects that keep the method (307, 308)
	FollowTrusted  bool          `json:"follow_trusted,omitzero"`    // and tell every server on the way who asks
	MaxRedirects   int           `json:"max_redirects,omitzero"`     // default 50
	// an answer is done with its head; its body is not read
	SkipBody bool `json:"skip_body,omitzero"`
}

// Record notes in a saved run's plan what is spoken, and for how long.
func (s *Spec) Record(r *stats.Plan) {
	r.HTTP, r.Keepalive, r.SkipBody = s.HTTP, !s.NoKeepalive, s.SkipBody
	r.Follow, r.FollowTrusted = s.Follow, s.Follow && s.FollowTrusted
	r.Timeout, r.ReadTimeout = s.Timeout, s.ReadTimeout
	if s.ExpectContinue {
		r.ExpectContinue = s.ExpectTimeout
	}
}
