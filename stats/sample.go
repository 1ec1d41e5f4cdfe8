package stats

import "time"

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
