package transport

import (
	"log"
	"strings"
	"testing"
)

// What net/http logs goes nowhere, and is counted, but for what is told elsewhere.
func TestLogIsSwallowed(t *testing.T) {
	swallowLog()
	before := LogSoFar()
	log.Printf("protocol error: received DATA after END_STREAM")
	log.Printf("http2: header list too large %s", strings.Repeat("x", 1000))
	log.Printf("http: TLS handshake error from a server in this process")
	log.Printf("Unsolicited response received on idle HTTP channel")
	got := LogSoFar()
	if got.Lines-before.Lines != 2 || !strings.HasPrefix(got.Last, "http2: header list") || len(got.Last) > 210 {
		t.Errorf("%d lines, the last is %q", got.Lines-before.Lines, got.Last)
	}
}
