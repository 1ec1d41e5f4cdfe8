//go:build unix

package loadgen

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/transport"

	"shotput/putserver/realtest"
)

// A file of 4 GiB is uploaded whole on every engine, and its bytes pass through no memory of ours to speak of.
func TestLargeUploadTakesNoMemory(t *testing.T) {
	t.Run("256 MiB", func(t *testing.T) { uploadHole(t, 256<<20) })
	t.Run("4 GiB", func(t *testing.T) {
		if testing.Short() {
			t.Skip("it moves gigabytes over loopback")
		}
		realtest.Long(t, "it moves gigabytes over loopback")
		uploadHole(t, 4<<30)
	})
}

// uploadHole uploads a file that is a hole, so that it takes no disk.
func uploadHole(t *testing.T, size int64) {
	const most = 64 << 20
	path := filepath.Join(t.TempDir(), "large.bin")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Skip("this machine's files have no holes: ", err)
	}
	for _, engine := range engines() {
		var arrived atomic.Int64
		address := realtest.Peer(t, func(c net.Conn) {
			in := bufio.NewReaderSize(c, 1<<20)
			if request, err := http.ReadRequest(in); err == nil {
				n, _ := io.CopyBuffer(struct{ io.Writer }{io.Discard}, request.Body, make([]byte, 1<<20)) // not in its own 8 KiB
				arrived.Store(n)
			}
			io.WriteString(c, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
		})
		var before, after runtime.MemStats
		awaitQuiet(&before)
		r := fireOn(t, engine, Plan{Request: request.Spec{URL: "http://" + address, Body: request.Body{File: path}}, Load: Load{Concurrency: 1, Requests: 1}, Transport: transport.Spec{Timeout: time.Hour}}).run
		runtime.ReadMemStats(&after)
		if endings(r) != "1 × 201 Created" || arrived.Load() != size || r.Totals.BodyBytesSent != size {
			t.Errorf("%s ended: %s; %d bytes arrived, %d were sent", engine, endings(r), arrived.Load(), r.Totals.BodyBytesSent)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > most {
			t.Errorf("%s took %d bytes of memory", engine, taken)
		}
	}
}

// awaitQuiet waits until nothing allocates that tests before this one began, some seconds at most: what is counted is
// the whole program's.
func awaitQuiet(m *runtime.MemStats) {
	runtime.ReadMemStats(m)
	for range 200 {
		was := m.TotalAlloc
		time.Sleep(50 * time.Millisecond)
		if runtime.ReadMemStats(m); m.TotalAlloc-was < 64<<10 {
			return
		}
	}
}
