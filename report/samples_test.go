package report

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"shotput/stats"
)

// kept is a file that stays in memory.
type kept struct {
	bytes.Buffer
	closed bool
}

func (k *kept) Close() error { k.closed = true; return nil }

func unpacked(t *testing.T, b []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func lent(samples ...stats.Sample) *stats.Window {
	return &stats.Window{Samples: stats.Samples{Parts: [][]stats.Sample{samples[:1], samples[1:]}}}
}

var two = []stats.Sample{{Number: 1, Intended: 1, Claimed: 2, Sent: 3, Uploaded: 4, FirstByte: 5, Done: 6, BodySent: 7,
	Template: 1, Status: 201},
	{Number: 2, Intended: 10, Claimed: 11, Done: 12, Outcome: stats.Timeout, Stage: stats.InConnect}}

const twoLines = `1,"DELETE, ""x""",1,2,3,4,5,6,ok,,201,7
2,http://h/{{seq}},10,11,,,,12,timeout,connect,,0
`

// twoRequests names its requests.
func twoRequests() *stats.Run {
	return &stats.Run{Plan: stats.Plan{Mix: []stats.Request{{Name: "http://h/{{seq}}"}, {Name: `DELETE, "x"`}}}}
}

func TestSamples(t *testing.T) {
	s, f := NewSamples(), &kept{}
	var writing sync.WaitGroup
	writing.Go(func() {
		if err := s.Write(func() (io.WriteCloser, error) { return f, nil }); err != nil {
			t.Error(err)
		}
	})
	run := twoRequests()
	s.Start(run)
	again := append([]stats.Sample{}, two...)
	s.Window(lent(again...))
	s.End(run)
	clear(again) // it was lent
	s.Close()
	writing.Wait()
	if got := unpacked(t, f.Bytes()); got != strings.Join(sampleColumns, ",")+"\n"+twoLines || !f.closed {
		t.Errorf("closed: %v; the file has\n%s", f.closed, got)
	}
	if all := s.Advise(run); len(all) != 0 || len(run.Warnings) != 0 {
		t.Errorf("warned of %v, %v", all, run.Warnings)
	}
}

// A run that never began leaves the file as it is.
func TestSamplesOfNoRun(t *testing.T) {
	s := NewSamples()
	s.Close()
	if err := s.Write(func() (io.WriteCloser, error) { t.Error("opened"); return nil, nil }); err != nil {
		t.Error(err)
	}
}

// Nobody writes: the Sink never waits, and says how many are lost.
func TestSamplesThatAreNotWritten(t *testing.T) {
	s, run := NewSamples(), twoRequests()
	s.Start(run)
	for range samplesBehind + 3 {
		w := lent(two...)
		w.Samples.Lost = 1
		s.Window(w)
	}
	run.Totals.Sent = 21
	s.End(run)
	if all := s.Advise(run); len(all) != 1 || !strings.HasPrefix(all[0].Text,
		"13 of 21 requests are not among the samples") || len(run.Warnings) > 0 {
		t.Errorf("warned of %+v", all)
	}
}

// After a fault all that comes is taken, and the first fault is told.
func TestSamplesOnAFullDisk(t *testing.T) {
	for name, open := range map[string]func() (io.WriteCloser, error){
		"open":  func() (io.WriteCloser, error) { return nil, errBroken },
		"write": func() (io.WriteCloser, error) { return unwritable{}, nil }} {
		s := NewSamples()
		var writing sync.WaitGroup
		writing.Go(func() {
			if err := s.Write(open); !errors.Is(err, errBroken) {
				t.Errorf("%s: %v", name, err)
			}
		})
		s.Start(twoRequests())
		for range 20 {
			s.Window(lent(two...))
		}
		s.Close()
		writing.Wait()
	}
}

type unwritable struct{ brokenPipe }

func (unwritable) Close() error { return nil }

// What came in a second is in the file before the run ends: whoever kills the tool then, keeps it.
func TestSamplesOfAKilledRun(t *testing.T) {
	s, f := NewSamples(), &watchedFile{flushed: make(chan struct{})}
	var writing sync.WaitGroup
	writing.Go(func() { s.Write(func() (io.WriteCloser, error) { return f, nil }) })
	s.Start(twoRequests())
	s.Window(lent(two...))
	<-f.flushed // or it hangs: the run goes on, and nothing more comes
	s.Close()
	writing.Wait()
	if got := unpacked(t, f.Bytes()); !strings.HasSuffix(got, twoLines) {
		t.Errorf("the file has\n%s", got)
	}
}

// A request that was sent as the run began has an instant, 0; one that never was has none.
func TestSampleSentAtOnce(t *testing.T) {
	for want, s := range map[string]stats.Sample{
		"1,x,0,0,0,,5,6,ok,,201,0\n":  {Number: 1, FirstByte: 5, Done: 6, Status: 201},
		"2,x,0,1,,,,6,body,,,0\n":     {Number: 2, Claimed: 1, Done: 6, Outcome: stats.BadBody},
		"3,x,0,0,3,4,5,6,ok,,201,0\n": {Number: 3, Sent: 3, Uploaded: 4, FirstByte: 5, Done: 6, Status: 201},
	} {
		if got := string(appendSample(nil, &s, []string{"x"})); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// watchedFile tells when what was written so far is a header and two lines. What they say is not looked at: whoever
// waited for other words than are written would wait for ever.
type watchedFile struct {
	kept
	flushed chan struct{}
	once    sync.Once
}

func (f *watchedFile) Write(b []byte) (int, error) {
	n, err := f.kept.Write(b)
	if r, broken := gzip.NewReader(bytes.NewReader(f.Bytes())); broken == nil {
		if text, _ := io.ReadAll(r); strings.Count(string(text), "\n") == 3 {
			f.once.Do(func() { close(f.flushed) })
		}
	}
	return n, err
}
