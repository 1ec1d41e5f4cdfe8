package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"shotput/stats"
)

// A server that dies between two steps: what was begun is counted once, as what it came to, and the report has an example
// that names the step.
func TestFlowsWhenTheServerDies(t *testing.T) {
	t.Parallel()
	for _, engine := range flowEngines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			answered := map[string]int64{} // by method, before it died
			var mu sync.Mutex
			s := &site{dir: t.TempDir()}
			server := httptest.NewUnstartedServer(nil)
			server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				if answered[r.Method] == 20 && r.Method == http.MethodPut {
					server.Config.Close()
					return
				}
				answered[r.Method]++
				w.Header().Set("Location", "/items/1")
			})
			server.Start()
			t.Cleanup(server.Close)
			path, saved := filepath.Join(s.dir, "dies.yaml"), filepath.Join(s.dir, "run.json")
			plan := "url: " + server.URL + "/items\nflow:\n" +
				"  - {name: create, request: POST, data: x, capture: {place: header Location}, think: 10ms..30ms}\n" +
				"  - {name: write, url: '{{captured \"place\"}}', data: y}\n" +
				"on-failure:\n  - {name: remove, request: DELETE, url: '{{captured \"place\"}}'}\n"
			if err := os.WriteFile(path, []byte(plan), 0o600); err != nil {
				t.Fatal(err)
			}
			out, told, code := s.say("run", "--no-preflight", "-n", "60", "-r", "600/s", "-c", "30", "--engine", engine, "-o", saved, path)
			text, err := os.ReadFile(saved)
			if err != nil {
				t.Fatalf("ends with %d, %v: %s", code, err, told)
			}
			run, err := stats.Decode(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			c := run.Totals
			if c.OK+c.Failed != 60 || c.Failed == 0 || c.Planned != 60 || c.Flows != 60 {
				t.Errorf("%+v", c)
			}
			creates, writes, removes := &run.Steps[0].Totals, &run.Steps[1].Totals, &run.Steps[2].Totals
			if creates.Done() != 60 || writes.Done() != creates.OK || writes.OK != c.OK || removes.Done() != writes.Failed || removes.OK != 0 {
				t.Errorf("create %+v, write %+v, remove %+v", creates, writes, removes)
			}
			of := map[string]int64{}
			for _, f := range run.Outcomes {
				of[f.Step] += f.Count
				if f.Step == "write" && !strings.Contains(out, " at write") {
					t.Errorf("the report does not name the step of %+v:\n%s", f, out)
				}
			}
			if of["write"] == 0 || of["create"]+of["write"] != c.Failed || of["create"] != creates.Failed || of["write"] != writes.Failed {
				t.Errorf("failed by step: %v of %+v; %+v", of, c, run.Outcomes)
			}
			mu.Lock()
			defer mu.Unlock()
			// what was answered as it died may not have come
			if answered[http.MethodPost] < creates.OK || answered[http.MethodPut] < writes.OK {
				t.Errorf("the target answered %v; create %+v, write %+v", answered, creates, writes)
			}
		})
	}
}
