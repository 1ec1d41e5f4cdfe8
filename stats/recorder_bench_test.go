package stats

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func BenchmarkRecord(b *testing.B) {
	for _, open := range []bool{true, false} {
		b.Run(map[bool]string{true: "open", false: "closed"}[open], func(b *testing.B) {
			r := NewRecorder(RecorderConfig{Shards: 1, Open: open})
			var life []*Observation
			for i, d := range draw(1, 1024) {
				o := okAt(time.Duration(i))
				o.Done += d / 100
				life = append(life, o)
			}
			s, i := r.Shard(0), 0
			b.ReportAllocs()
			for b.Loop() {
				s.Record(life[i&1023])
				i++
			}
		})
	}
}

// A window as of so many requests a second, recorded by so many shards: what Rotate costs, then what Run.Add costs.
func BenchmarkRotate(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 1))
	life := func() *Observation {
		o := okAt(2 * time.Second)
		o.Claimed, o.Sent, o.Uploaded = o.Intended, o.Intended+20*time.Microsecond, o.Intended+40*time.Microsecond
		o.FirstByte = o.Uploaded + time.Duration(rnd.ExpFloat64()*float64(2*ms))
		o.Done = o.FirstByte + 10*time.Microsecond
		return o
	}
	for _, c := range []struct{ shards, rate int }{{1, 2000}, {1, 20_000}, {2, 20_000}, {8, 20_000}} {
		b.Run(fmt.Sprintf("shards=%d/rate=%d", c.shards, c.rate), func(b *testing.B) {
			var lives []*Observation
			for range c.rate {
				lives = append(lives, life())
			}
			r, run := openRecorder(c.shards), NewRun(Run{})
			var rotate, add time.Duration
			for b.Loop() {
				for i, o := range lives {
					r.Shard(i).Record(o)
				}
				t := time.Now()
				w := r.Rotate(3*time.Second, 0)
				rotate += time.Since(t)
				t = time.Now()
				run.Add(&w)
				add += time.Since(t)
			}
			b.ReportMetric(float64(rotate.Microseconds())/float64(b.N), "rotate-µs")
			b.ReportMetric(float64(add.Microseconds())/float64(b.N), "add-µs")
		})
	}
}

// What an exchange of a flow costs beside its arrival.
func BenchmarkRecordExchange(b *testing.B) {
	r := flowRecorder(1)
	var life []*Observation
	for i, d := range draw(1, 1024) {
		o := exchangeAt(2*time.Second+time.Duration(i), 0)
		o.Done += d / 100
		life = append(life, o)
	}
	s, i := r.Shard(0), 0
	b.ReportAllocs()
	for b.Loop() {
		s.RecordExchange(life[i&1023], 1)
		i++
	}
}
