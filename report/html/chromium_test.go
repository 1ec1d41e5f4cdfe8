package html

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"shotput/putserver/realtest"
	"shotput/putserver/realtest/tether"
)

// A chromium is a real browser without a window, told what to do over a pipe: JSON messages that end in a zero byte
// (the Chrome DevTools Protocol, --remote-debugging-pipe). It is asked one thing at a time.
type chromium struct {
	t       *testing.T
	out     *os.File
	in      *bufio.Reader
	id      int
	session string
	events  []event // what it told unasked since open
}

type event struct {
	Method string
	Params json.RawMessage
}

// openChromium starts a browser with one empty page; it ends with the test, or after a minute whatever happens.
func openChromium(t *testing.T) *chromium {
	t.Helper()
	path := realtest.Need(t, "chromium-headless-shell")
	theirIn, out := pipe(t)
	in, theirOut := pipe(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	command := exec.CommandContext(ctx, path, "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--no-first-run", "--hide-scrollbars", "--user-data-dir="+t.TempDir(), "--remote-debugging-pipe")
	command.ExtraFiles = []*os.File{theirIn, theirOut} // its descriptors 3 and 4
	wait, err := tether.Launch(command)
	if err != nil {
		t.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	c := &chromium{t: t, out: out, in: bufio.NewReader(in)}
	t.Cleanup(func() {
		c.session = ""
		c.call("Browser.close", nil, nil)
		wait()
		cancel()
	})
	var target struct{ TargetID, SessionID string }
	c.call("Target.createTarget", object{"url": "about:blank"}, &target)
	c.call("Target.attachToTarget", object{"targetId": target.TargetID, "flatten": true}, &target)
	c.session = target.SessionID
	for _, domain := range []string{"Page", "Runtime", "Network", "Log"} {
		c.call(domain+".enable", nil, nil)
	}
	return c
}

type object map[string]any

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

type reply struct {
	event
	ID     int
	Result json.RawMessage
	Error  *struct{ Message string }
}

// call asks for something and reads until the answer is there.
func (c *chromium) call(method string, params object, result any) {
	c.t.Helper()
	c.id++
	message := object{"id": c.id, "method": method, "params": params}
	if params == nil {
		message["params"] = object{}
	}
	if c.session != "" {
		message["sessionId"] = c.session
	}
	b, err := json.Marshal(message)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.out.Write(append(b, 0)); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
	for {
		m := c.next()
		if m.ID != c.id {
			continue
		}
		if m.Error != nil {
			c.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				c.t.Fatalf("%s: %v", method, err)
			}
		}
		return
	}
}

// next reads one message; what was not asked for is kept.
func (c *chromium) next() (m reply) {
	c.t.Helper()
	b, err := c.in.ReadBytes(0)
	if err == nil {
		err = json.Unmarshal(b[:len(b)-1], &m)
	}
	if err != nil {
		c.t.Fatalf("read from the browser: %v", err)
	}
	if m.ID == 0 {
		c.events = append(c.events, m.event)
	}
	return m
}

// open loads a page and reads until it says that it has been loaded.
func (c *chromium) open(url string) {
	c.t.Helper()
	c.events = nil
	c.call("Page.navigate", object{"url": url}, nil)
	for len(c.all("Page.loadEventFired")) == 0 {
		c.next()
	}
}

// all is what the browser told of one kind.
func (c *chromium) all(method string) (found []json.RawMessage) {
	for _, e := range c.events {
		if e.Method == method {
			found = append(found, e.Params)
		}
	}
	return found
}

// look sets what the page is seen with: light or dark, and how wide.
func (c *chromium) look(scheme string, width int) {
	c.t.Helper()
	c.call("Emulation.setEmulatedMedia", object{"features": []object{{"name": "prefers-color-scheme", "value": scheme}}},
		nil)
	c.call("Emulation.setDeviceMetricsOverride",
		object{"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}, nil)
}

// evaluate gives what an expression, or a promise of it, comes to.
func (c *chromium) evaluate(expression string, result any) {
	c.t.Helper()
	var r struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	c.call("Runtime.evaluate", object{"expression": expression, "returnByValue": true, "awaitPromise": true}, &r)
	if r.ExceptionDetails != nil {
		c.t.Fatal(r.ExceptionDetails.Exception.Description)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(r.Result.Value, result); err != nil {
		c.t.Fatal(err)
	}
}

// picture keeps the whole page as an image in the folder, for somebody to look at.
func (c *chromium) picture(folder, name string) {
	c.t.Helper()
	var shot struct{ Data []byte }
	c.call("Page.captureScreenshot", object{"captureBeyondViewport": true}, &shot)
	if err := os.WriteFile(filepath.Join(folder, name+".png"), shot.Data, 0o644); err != nil {
		c.t.Fatal(err)
	}
}
