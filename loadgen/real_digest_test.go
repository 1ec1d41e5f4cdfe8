//go:build unix

package loadgen

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shotput/loadgen/request"

	"shotput/putserver/realtest"
)

func TestRealApacheChallengesByDigest(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	address, dir := realtest.Apache(t, davApache)
	url, log := "http://"+address, filepath.Join(dir, "access.log")
	plan := deed{plan: Plan{Request: request.Spec{URL: url + "/digest/{{seq}}?a=1&b", Auth: request.Auth{User: "ann:p:w", Digest: true}}}, want: "1000 × 201 Created", engine: "http"}.do(t)
	wantFiles(t, plan, filepath.Join(dir, "www/digest"))
	wantLines(t, log, " 201 ann\n", 1000)
	wantChallenges(t, log, plan.Load.Concurrency)
	deed{plan: Plan{Request: request.Spec{URL: url + "/digest/new{{seq}}", Auth: request.Auth{User: "ann:p", Digest: true}}, NoPreflight: true}, want: all1000("401 Unauthorized"), engine: "http"}.do(t)
	if kept, _ := filepath.Glob(filepath.Join(dir, "www/*/new*")); len(kept) > 0 {
		t.Errorf("%d files are kept that came with a wrong password", len(kept))
	}
}

// wantChallenges: a challenge is answered again and again, not asked for before each request. The preflight asks, and so
// may each slot once.
func wantChallenges(t *testing.T, log string, slots int) {
	t.Helper()
	b, err := os.ReadFile(log)
	if n := strings.Count(string(b), " 401 "); err != nil || n < 1 || n > slots+1 {
		t.Errorf("the server asked %d times for a password (%v), want 1 to %d", n, err, slots+1)
	}
}
