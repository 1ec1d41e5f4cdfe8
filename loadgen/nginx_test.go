package loadgen

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/request"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// A server that nobody here wrote: what the tool reports is what is on its disk and in its log.
func TestNginxDAVKeepsWhatWasPut(t *testing.T) {
	t.Parallel()
	address, dir := realtest.Nginx(t, `
		root DIR/www; access_log DIR/access.log;
		location / { dav_methods PUT DELETE; create_full_put_path on; client_max_body_size 1m; }`)
	body := strings.Repeat("x{{", 40)
	plan := Plan{
		Request:     request.Spec{URL: "http://" + address + "/objects/{{seq}}", Body: request.Body{Data: []byte(body)}},
		Load:        Load{Requests: 500, Concurrency: 16},
		NoPreflight: true,
	}
	for _, want := range []stats.Status{{Code: 201, Reason: "Created"}, {Code: 204, Reason: "No Content"}} {
		sink := new(keep)
		if _, err := Run(context.Background(), plan, sink); err != nil {
			t.Fatal(err)
		}
		wantConserved(t, sink.run)
		if got := sink.run.Status; len(got) != 1 || got[0].Code != want.Code || got[0].Reason != want.Reason || got[0].Latency.Count() != 500 {
			t.Errorf("statuses %v, want 500 × %d %s", got, want.Code, want.Reason)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "www/objects/*"))
	if err != nil || len(files) != 500 {
		t.Fatalf("%d files on disk (%v), want 500", len(files), err)
	}
	for _, f := range files {
		if got, err := os.ReadFile(f); err != nil || string(got) != body {
			t.Fatalf("%s holds %q (%v), want the body as it was given", f, got, err)
		}
	}
	wantLines(t, filepath.Join(dir, "access.log"), "PUT /objects/", 1000)
}

// wantLines waits until a server has written its log, which it may do a moment after the answer.
func wantLines(t *testing.T, file, with string, n int) {
	t.Helper()
	var got int
	for range 100 {
		log, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got = strings.Count(string(log), with); got >= n {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if got != n {
		t.Errorf("%s has %d lines with %q, want %d", file, got, with, n)
	}
}
