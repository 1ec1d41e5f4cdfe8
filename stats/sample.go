package stats

import (
	"cmp"
	"slices"
	"time"
)

// A Sample is what is kept of one measured request where that is asked for. Instants are as in Observation.
type Sample struct {
	Number                                             int64
	Intended, Claimed, Sent, Uploaded, FirstByte, Done time.Duration
	BodySent                                           int64 // body bytes handed to the kernel
	Template                                           int32 // which of the plan's requests it was made of, from 0
	Status                                             uint16
	Outcome                                            Outcome
	Stage                                              Stage
}

// Samples are those of one window.
type Samples struct {
	Parts [][]Sample // one a shard, each in the order in which its requests ended
	Lost  int64      // for which there was no room
}

// keptSamples is a share's room for samples. All of it is made before the run, since to grow it would copy megabytes
// while a loop waits; the system gives the memory only where it is written. What does not fit is counted.
type keptSamples struct {
	all  []Sample
	lost int64
}

func (k *keptSamples) keep(o *Observation) {
	if len(k.all) == cap(k.all) {
		k.lost++
		return
	}
	k.all = append(k.all, Sample{o.Number, o.Intended, o.Claimed, o.Sent, o.Uploaded, o.FirstByte, o.Done,
		o.BodySent, int32(o.Template), uint16(o.Status), o.Outcome, o.Stage})
}

// lend adds the samples to those of a window. They stay until the share is recorded into again: after the next Rotate.
func (k *keptSamples) lend(to *Samples) {
	if len(k.all) > 0 {
		to.Parts = append(to.Parts, k.all)
	}
	to.Lost += k.lost
}

func (k *keptSamples) reset() { k.all, k.lost = k.all[:0], 0 }

// A Slow is one of a run's slowest requests, so that it can be found where the server keeps what it did.
type Slow struct {
	Trace    string        `json:"trace_id,omitempty"` // of its traceparent header; "" where it had none
	Number   int64         `json:"number"`
	Template int           `json:"template,omitempty"` // which of the plan's requests it was, from 0
	Intended time.Duration `json:"start_ns"`           // when it was due, since the run's start
	Latency  time.Duration `json:"latency_ns"`         // response time; in closed loop service time
	Service  time.Duration `json:"service_ns"`
	Outcome  Outcome       `json:"outcome"`
	Status   int           `json:"status,omitempty"`
}

// Slowest are the slowest requests so far, the slowest first.
type Slowest []Slow

// mostSlow is how many of them are kept: of a window, and of a run.
const mostSlow = 10

// note keeps a request that is slower than one of the slowest so far. Mostly it is not, and that is one comparison.
func (l *Slowest) note(o *Observation, open bool) {
	service, headline := spans(o, open)
	if n := len(*l); n == mostSlow && (*l)[n-1].Latency >= headline {
		return
	}
	l.add(Slow{Number: o.Number, Template: o.Template, Intended: o.Intended, Latency: headline, Service: service,
		Outcome: o.Outcome, Status: o.Status})
}

// add puts one in its place.
func (l *Slowest) add(s Slow) {
	i, _ := slices.BinarySearchFunc(*l, s, func(a, b Slow) int {
		return cmp.Or(cmp.Compare(b.Latency, a.Latency), cmp.Compare(a.Number, b.Number))
	})
	if i == mostSlow {
		return
	}
	*l = slices.Insert((*l)[:min(len(*l), mostSlow-1)], i, s)
}
