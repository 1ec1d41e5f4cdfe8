package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"shotput/report/runtest"
	"shotput/stats"
)

// Whatever a text holds, its command is one line, and a property ends where it should.
func TestAnnotationEscapes(t *testing.T) {
	for _, c := range []struct {
		a    Annotation
		want string
	}{
		{Annotation{LevelError, "", "plain: a, b"}, "::error::plain: a, b"},
		{Annotation{LevelError, "a: b, c", "d"}, "::error title=a%3A b%2C c::d"},
		{Annotation{LevelWarning, "100%\r\n", "50%\r\n::error::x"}, "::warning title=100%25%0D%0A::50%25%0D%0A::error::x"},
		{Annotation{LevelWarning, "%0A", "%25"}, "::warning title=%250A::%2525"},
	} {
		if got := c.a.String(); got != c.want {
			t.Errorf("%+v is %s, want %s", c.a, got, c.want)
		}
	}
}

func TestAnnotations(t *testing.T) {
	if all := Annotations(runtest.Kept(), Options{}); len(all) != 0 {
		t.Errorf("a run that went well has %v", all)
	}
	var got []string
	failing := runtest.Failing()
	failing.Thresholds = append(failing.Thresholds[:3:3],
		stats.Threshold{Rule: "tls.p99 < 1s", Unit: "ns", NoSamples: true, Why: "there are no samples"})
	for _, a := range Annotations(failing, Options{})[:5] {
		got = append(got, a.String())
	}
	at := "PUT " + runtest.Failing().Plan.URL
	want := []string{
		"::error title=threshold broken%3A error_rate < 0.1%25::measured 25 %25, at " + at,
		"::error title=threshold broken%3A status.409 == 0::measured 940, at " + at,
		"::error title=threshold broken%3A tls.p99 < 1s::there are no samples, at " + at,
		"::warning title=verdict%3A client_limited::the tool used 93 %25 of its CPUs for 4 s%0A" + at,
		"::warning title=940 × status 405::of 20,000 requests, the first after 12.0 ms; such as: Allow: GET, HEAD, POST",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	failing.Plan.Strict = true
	if a := Annotations(failing, Options{})[3]; a.Level != LevelError || a.Title != "verdict: client_limited" {
		t.Errorf("what a strict plan refuses is annotated as %v", a)
	}
	cut := runtest.Kept()
	cut.Stop = runtest.BySignal("terminated")
	if all := Annotations(cut, Options{}); len(all) != 1 || all[0].Title != "interrupted" || all[0].Level != LevelWarning {
		t.Errorf("an interrupted run has %v", all)
	}
}

// A server that tries to write a command of its own does not get a line.
func TestAnnotationsOfHostileRun(t *testing.T) {
	r := runtest.HostileRun()
	r.Outcomes[0].Example = "\n::error::owned\r\x1b[2J"
	for _, a := range Annotations(r, Options{}) {
		if line := a.String(); strings.ContainsAny(line, "\r\n\x1b") {
			t.Errorf("more than a line: %q", line)
		}
	}
}

// The same threshold is broken in every report or in none.
func TestAnnotationsAgreeWithThresholds(t *testing.T) {
	for _, r := range []*stats.Run{runtest.Kept(), runtest.Failing(), runtest.Closed(), runtest.HostileRun()} {
		errors := 0
		for _, a := range Annotations(r, Options{}) {
			if a.Level == LevelError {
				errors++
			}
		}
		broken := 0
		for _, th := range r.Thresholds {
			if !th.OK {
				broken++
			}
		}
		if errors != broken {
			t.Errorf("%s: %d errors for %d broken thresholds", r.Plan.URL, errors, broken)
		}
	}
}

func TestCutSummary(t *testing.T) {
	long := bytes.Repeat([]byte("123456789\n"), 20)
	if got := CutSummary(long, len(long)); !bytes.Equal(got, long) {
		t.Errorf("what fits is cut: %s", got)
	}
	for room := range len(long) {
		got := CutSummary(long, room)
		lines, cut := bytes.CutSuffix(got, []byte(summaryCut))
		if len(got) > room || len(got) > 0 && (!cut || len(lines)%10 != 0) || len(got) == 0 && room >= len(summaryCut) {
			t.Fatalf("room of %d: %d bytes: %q", room, len(got), got)
		}
	}
}
