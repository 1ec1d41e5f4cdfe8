package live

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Nobody who shows something waits for a reader who does not read; the newest is kept, and what was dropped counted.
func TestQueueWaitsForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		read, write := io.Pipe()
		q := NewQueue(write)
		for i := range 200 {
			fmt.Fprintf(q, "%d\n", i)
			synctest.Wait()
		}
		before := time.Now()
		q.Flush(time.Second)
		if waited := time.Since(before); waited != time.Second || q.Dropped() != 200-mostQueued-1 {
			t.Errorf("waited %v and dropped %d", waited, q.Dropped())
		}
		var all bytes.Buffer
		go io.Copy(&all, read)
		q.Flush(time.Hour)
		write.Close()
		synctest.Wait()
		if lines := strings.Fields(all.String()); len(lines) != mostQueued+1 || lines[0] != "0" || lines[mostQueued] != "199" {
			t.Errorf("%d lines: %q", len(lines), lines)
		}
		q.Flush(time.Hour)
		if time.Since(before) != time.Second {
			t.Error("an empty queue is waited for")
		}
	})
}
