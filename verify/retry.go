package verify

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// longestAfter is what an answer asks to wait at most: a number of seconds may be larger than a Duration can hold.
const longestAfter = 366 * 24 * time.Hour

// retryAfter says how long an answer asks to wait before the same is sent again.
func retryAfter(a *Answer) (time.Duration, bool) {
	if a.Status != http.StatusTooManyRequests && a.Status != http.StatusServiceUnavailable {
		return 0, false
	}
	text := a.Header.Get("Retry-After")
	// a number that is too large is read as the largest, beside an error that says so
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil || seconds > 0 {
		return min(time.Duration(seconds)*time.Second, longestAfter), true
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(0, at.Sub(a.Began)), longestAfter), true
	}
	return 0, false
}

// wait waits as long as an answer asks to, and reports false when that cannot be. Where it is longer than there
// is time, the run ends at once: whatever was sent meanwhile would be sent against the server's wish.
func (p *Probe) wait(ctx context.Context, long time.Duration, a *Answer) bool {
	if end, ok := ctx.Deadline(); ok && p.server.Now().Add(long).After(end) {
		said := long.Round(time.Second).String()
		if long == longestAfter {
			said = "more than a year"
		}
		p.report.Stopped = fmt.Sprintf(
			"the server answered %d and asks to wait %s (Retry-After), longer than there is time", a.Status, said)
		return false
	}
	return p.server.Sleep(ctx, long)
}
