package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen"
	"shotput/stats"
	"shotput/stats/compare"
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
	run := &stats.Run{Schema: stats.Schema, Plan: stats.Plan{Model: "open", RatePerSecond: 100, Seed: load.Seed}, Clock: "kernel",
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
			v := &versus{pairs: c.pairs, typed: newAsked()}
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

// A seededRunner is a side in virtual time, each of whose rounds is what its side and its pair make of it.
type seededRunner struct{ *side }

func (r seededRunner) Close() error { return nil }

func (r seededRunner) Run(ctx context.Context, load loadgen.Load, _ stats.Sink) (*stats.Run, error) {
	slower := map[string]float64{"A": 1, "B": 1.07}[r.name]
	inner := &versusRunner{slower: slower, spread: .09, random: rand.New(rand.NewPCG(uint64(load.Round), uint64(r.name[0]))), fired: new([]string)}
	run, err := inner.Run(ctx, load, nil)
	plan := r.asked.Plan
	plan.Load = load
	if run.Plan = plan.Record(); context.Cause(ctx) != nil {
		run.Stop = stats.StopReason{Kind: stats.BySignal, Text: "interrupted"}
	}
	return run, err
}

// newSeeded is such a comparison, which saves what it makes.
func newSeeded(t *testing.T, file string) *versus {
	v := newVersus(&Stdio{In: new(bytes.Buffer)})
	v.typed.Out.Files = []string{file}
	for i := range v.sides {
		asked := newAsked()
		for flag, value := range map[string]string{"rate": "100/s", "duration": "1s", "data": "x"} {
			asked.Take(asked.Row(flag), value)
		}
		asked.Aim([]string{"http://127.0.0.1:1/"})
		if err := asked.Settle(); err != nil {
			t.Fatal(err)
		}
		v.sides[i].job = newJob(&Stdio{}, asked, nil)
	}
	return v
}

// driveSeeded makes what is missing of the rounds, and gives what all come to.
func (v *versus) driveSeeded(t *testing.T, ctx context.Context) (string, error) {
	t.Helper()
	next := trials.From(v.done, v.stepper(v.sides[0].asked.Plan.Load))
	_, err := trials.Drive(ctx, []trials.Runner{seededRunner{&v.sides[0]}, seededRunner{&v.sides[1]}}, next, v)
	c, judged := compare.Turns(roundsOf(v.done))
	if judged != nil {
		return "", err
	}
	text, _ := json.Marshal(c.Metrics)
	return fmt.Sprint(c.Verdict, len(v.done), string(text)), err
}

// Interrupted within any round, and resumed from its files, a comparison finds what one finds that was left alone.
func TestInterruptedPairsGoOn(t *testing.T) {
	var want string
	synctest.Test(t, func(t *testing.T) {
		alone := newSeeded(t, "never.json")
		alone.typed.Out.Files = nil
		var err error
		if want, err = alone.driveSeeded(t, t.Context()); err != nil || !strings.Contains(want, "30") {
			t.Fatalf("%v: %s", err, want)
		}
	})
	for point := range 10 {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := loadgen.WithDrain(t.Context())
			timer := time.AfterFunc(time.Duration(3*point)*time.Second+1500*time.Millisecond, func() { stop(errors.New("interrupted")) })
			defer timer.Stop()
			file := filepath.Join(t.TempDir(), "ab.json")
			first := newSeeded(t, file)
			if _, err := first.driveSeeded(t, ctx); err == nil || len(first.done) != 3*point+1 {
				t.Fatalf("point %d: %d rounds: %v", point, len(first.done), err)
			}
			again := newSeeded(t, file)
			again.from = file
			if err := again.goOn(); err != nil || len(again.done) != len(first.done) || len(again.sides[0].rounds)+len(again.sides[1].rounds) != len(first.done) {
				t.Fatalf("point %d: %d rounds of %d: %v", point, len(again.done), len(first.done), err)
			}
			again.typed.Out.Files = nil
			if got, err := again.driveSeeded(t, t.Context()); err != nil || got != want {
				t.Errorf("point %d: %v\n%s, alone\n%s", point, err, got, want)
			}
		})
	}
}

// What was sent ahead of a round counts to it: a round may say that it began before the one that was made before it. One
// of another day does not belong to it.
func TestRoundsFollowEachOther(t *testing.T) {
	day := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	made := func(after, took time.Duration) *stats.Run {
		return &stats.Run{Started: day.Add(after), Totals: stats.Totals{Elapsed: took}}
	}
	for _, c := range []struct {
		before, run *stats.Run
		want        bool
	}{
		{made(0, time.Second), made(2*time.Second, time.Second), true},
		{made(0, 2*time.Millisecond), made(-30*time.Millisecond, 40*time.Millisecond), true},
		{made(0, time.Second), made(-24*time.Hour, time.Second), false},
	} {
		if got := follows(c.run, c.before); got != c.want {
			t.Errorf("%v after %v: %v", c.run.Started, c.before.Started, got)
		}
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
