package cli

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen"
	"shotput/stats"
	"shotput/trials"
)

// A versusRunner is a side whose rounds take no time but their own, and are so many times slower than 5 ms, by and
// large.
type versusRunner struct {
	name   string
	slower float64
	spread float64 // of rounds among themselves
	random *rand.Rand
	fired  *[]string
}

func (r *versusRunner) Close() error { return nil }

func (r *versusRunner) Run(_ context.Context, load loadgen.Load, _ stats.Sink) (*stats.Run, error) {
	*r.fired = append(*r.fired, fmt.Sprintf("%s%d", r.name, load.Round))
	run := &stats.Run{Plan: stats.Plan{Model: "open", RatePerSecond: 100, Seed: load.Seed}, Clock: "kernel",
		Started: time.Now(), Verdict: stats.Verdict{Status: stats.Kept}, Stop: stats.StopReason{Kind: stats.AtDuration}}
	factor := r.slower * (1 + r.spread*r.random.NormFloat64())
	for k := range 200 {
		d := time.Duration(factor * float64(5*time.Millisecond+time.Duration(k)*10*time.Microsecond))
		run.Latency.Service.Record(d)
		run.Latency.Response.Record(d)
	}
	run.Totals = stats.Totals{Planned: 200, Sent: 200, OK: 200}
	time.Sleep(load.Duration)
	return run, nil
}

// Rounds are made in the order AB BA, both of a pair with the same draw; and five pairs more, once, where ten say too
// little.
func TestPairsInTurn(t *testing.T) {
	for _, c := range []struct {
		slower, spread float64
		pairs          int64
		fired          int
	}{{1.2, .01, 10, 20}, {1, .01, 10, 20}, {1.07, .09, 10, 30}, {1.07, .09, 11, 22}, {1, .01, 3, 6}} {
		synctest.Test(t, func(t *testing.T) {
			var fired []string
			random := rand.New(rand.NewPCG(1, 2))
			a := &versusRunner{"A", 1, c.spread, random, &fired}
			b := &versusRunner{"B", c.slower, c.spread, random, &fired}
			v := &versus{pairs: c.pairs}
			for i := range v.sides {
				v.sides[i].job = &job{}
			}
			load := loadgen.Load{Duration: time.Second, Seed: 7}
			done, err := trials.Drive(t.Context(), []trials.Runner{a, b}, v.stepper(load), v)
			if err != nil || len(done) != c.fired || len(v.done) != c.fired {
				t.Fatalf("%+v: %d rounds: %v", c, len(done), err)
			}
			if order := strings.Join(fired[:6], " "); order != "A0 B0 B1 A1 A2 B2" || done[3].Load.Seed != 7 {
				t.Errorf("the order is %s", order)
			}
		})
	}
}

// A secret in flags of one side is not shown, nor what may have one.
func TestFlagsOfOneSideHideSecrets(t *testing.T) {
	for text, shown := range map[string]bool{`-H "X: 1"`: true, `-H 'Authorization: Bearer abc'`: false,
		"-u alice:s3cret": false, "--no-keepalive": true, "--scenario new": true, `-H "Authorization: Bearer abc`: false, "--frob x": false} {
		if got := hideInFlags(text); (got == text) != shown {
			t.Errorf("%s is shown as %s", text, got)
		}
	}
	v := newVersus(&Stdio{In: new(bytes.Buffer)})
	v.typed.Take(v.typed.Row("a"), "-u alice:s3cret")
	if s := v.typed.String(); strings.Contains(s, "s3cret") {
		t.Errorf("the line is %s", s)
	}
}

// No plan file runs a command, whoever fires it.
func TestNoFileRunsACommand(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, key := range []string{"setup-a", "setup-b", "setup-timeout"} {
		if err := os.WriteFile("plan.yaml", []byte("url: http://127.0.0.1:1/\n"+key+": touch never\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"run", "plan.yaml"}, {"ab", "plan.yaml", "plan.yaml"}, {"ab", "plan.yaml", "--setup-b", "true"}} {
			var out, told bytes.Buffer
			code := Main(t.Context(), args, Stdio{In: strings.NewReader(""), Out: &out, Err: &told})
			if code != 2 || !strings.Contains(told.String(), key+`" runs a command, and stands on the command line of shotput ab`) ||
				!strings.Contains(told.String(), "  try   shotput ab --"+key+" ") {
				t.Errorf("%v: exit %d: %s", args, code, &told)
			}
		}
	}
	if _, err := os.Stat("never"); err == nil {
		t.Error("the command of a file was run")
	}
}
