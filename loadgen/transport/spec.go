package transport

import "time"

// A Spec says what is spoken on a connection, and how long each part may take.
type Spec struct {
	// "1.1"; "2": offered in the handshake; "2-prior-knowledge": spoken over plain http too; "3"; "" is 1.1
	HTTP           string
	NoKeepalive    bool          // a connection for each request
	Timeout        time.Duration // for the whole request; default 30 s
	ReadTimeout    time.Duration // between two bytes of the answer, and before the first; 0: none
	ExpectContinue bool          // send Expect: 100-continue, and the body when the server agrees
	ExpectTimeout  time.Duration // send it all the same after so long; default 1 s
	Follow         bool          // follow redirects that keep the method (307, 308)
	MaxRedirects   int           // default 50
	SkipBody       bool          // an answer is done with its head; its body is not read
}
