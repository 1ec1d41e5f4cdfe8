package loadgen

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/rows"
	"shotput/loadgen/text"

	"shotput/loadgen/wire"
)

// driverOf renders as a loop does.
func driverOf(t *request.Template) *roomyDriver {
	return &roomyDriver{driver: driver{templates: []rendering{renderingOf(t)}}}
}

// A roomyDriver is a driver and the room that a slot has for heads.
type roomyDriver struct {
	driver
	room []byte
}

// next renders request k into the room of the last.
func (d *roomyDriver) next(k int64) wire.Body {
	head, shared, body, _ := d.render(d.room[:0], wire.Arrival{Number: k, Intended: renderedAt})
	if !shared {
		d.room = head
	}
	return body
}

// bytes are those of request k as the loop would write them.
func (d *roomyDriver) bytes(t *testing.T, k int64) string {
	t.Helper()
	head, _, b, err := d.render(nil, wire.Arrival{Number: k, Intended: renderedAt})
	var body string
	switch {
	case err != nil:
		t.Fatalf("request %d: %v", k, err)
	case b.File != nil:
		all, err := io.ReadAll(io.NewSectionReader(b.File, 0, b.Size))
		if err != nil {
			t.Fatal(err)
		}
		if body = string(all); b.Owned {
			b.File.Close()
		}
	default:
		for at := b.At; int64(len(body)) < b.Size; at = 0 {
			body += string(b.Data[at:])
		}
		body = body[:b.Size]
	}
	if b.Chunked && b.Size > 0 {
		body = fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	}
	return string(head) + body
}

// TestFilesOfFoldersAreClosed with the request that they were opened for, and not when the garbage collector finds them.
func TestFilesOfFoldersAreClosed(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	dir := filepath.Dir(writeFile(t, rows.SmallFile+1))
	for _, engine := range engines() {
		plan := Plan{Request: request.Spec{URL: "http://" + peer(t, answers("HTTP/1.1 204 \r\n\r\n")), Body: request.Body{Dir: dir}}, Load: Load{Requests: 5, Concurrency: 1}}
		if r := fireOn(t, engine, plan).run; r.Totals.OK != 5 {
			t.Errorf("%s: ended: %s", engine, endings(r))
		}
		wantClosed(t, dir)
	}
}

// TestBadPlansLeaveNothingOpen, whichever of their files was opened before the fault was found.
func TestBadPlansLeaveNothingOpen(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	path := textFile(t, "a\n1\n")
	for _, plan := range []Plan{
		{Request: request.Spec{URL: "ftp://h/", Body: request.Body{Lines: path}}, Values: text.Values{Keys: text.Keys{File: path}, Rows: text.Rows{CSV: path}}},
		{Request: request.Spec{URL: "http://h/", Body: request.Body{Lines: path}}, Values: text.Values{Keys: text.Keys{File: path}, Rows: text.Rows{CSV: path + "none"}}},
		{Request: request.Spec{URL: `http://h/{{csv "b"}}`, Body: request.Body{Lines: path}}, Values: text.Values{Rows: text.Rows{CSV: path}}},
		{Request: request.Spec{URL: "http://h/", Body: request.Body{Form: []request.Part{{Name: "a", File: writeFile(t, rows.SmallFile+1)}, {}}}}, Values: text.Values{Rows: text.Rows{JSONL: path}}},
	} {
		if plan.Validate() == nil {
			t.Fatalf("%+v has no fault", plan)
		}
		wantClosed(t, filepath.Dir(path))
		for _, p := range plan.Request.Body.Form {
			if p.File != "" {
				wantClosed(t, filepath.Dir(p.File))
			}
		}
	}
}

// wantClosed wants no file of the folder to be open.
func wantClosed(t *testing.T, dir string) {
	t.Helper()
	links, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if to, _ := os.Readlink(link); filepath.Dir(to) == dir {
			t.Errorf("%s is still open", to)
		}
	}
}
