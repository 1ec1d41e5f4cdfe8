package verify

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// durables are made only where the server can be restarted.
var durables = []Check{
	{Name: "durable", Group: "durable", Title: "what was acknowledged is there after a restart",
		Clause: "RFC 9110 §9.3.4", Force: Practice, run: durable,
		Why:  "The client has thrown its copy away when the success came.",
		Mend: "Answer only when the object is on the disk: sync the file, rename it, sync its folder."},
}

const (
	keptObjects = 50
	mostCaught  = 200 // writes that the restart may catch
	caughtOnce  = 4
)

// A deed is a write and what came of it.
type deed struct {
	name  string
	body  []byte
	taken bool // acknowledged
	read  Answer
}

func durable(ctx context.Context, p *Probe) Verdict {
	if p.options.Restart == nil {
		return unclear("no way to restart the server was given")
	}
	if v, ok := p.able(ctx, true); !ok {
		return v
	}
	deeds, v, ok := writeKept(ctx, p)
	if !ok {
		return v
	}
	p.Forget()
	p.Mute(true) // of hundreds of writes and readings only those count that show a loss
	caught, err := restartAmid(ctx, p)
	p.Mute(false)
	if err != nil {
		return unclear("the restart failed: %v", err)
	}
	return survived(ctx, p, append(deeds, caught...))
}

// writeKept writes objects, the half of them twice, so that an older state can be told from the last, and sees that
// they are there.
func writeKept(ctx context.Context, p *Probe) (deeds []deed, v Verdict, ok bool) {
	for i := range keptObjects {
		d := deed{name: p.Name(), body: p.Body(i+1, 1<<10), taken: true}
		if i%2 == 0 {
			if a := p.Put(ctx, d.name, p.Body(1000+i, 1<<10)); !a.OK() {
				return nil, refused("a plain PUT", &a), false
			}
		}
		if a := p.Put(ctx, d.name, d.body); !a.OK() {
			return nil, refused("a plain PUT", &a), false
		}
		deeds = append(deeds, d)
	}
	for _, d := range deeds {
		if a := p.settle(ctx, d.name, holding(d.body)); !isWritten(&a, d.body) {
			return nil, unread(&a), false
		}
	}
	return deeds, Verdict{}, true
}

// restartAmid restarts the server while writes are under way. Only they use the probe until it is done.
func restartAmid(ctx context.Context, p *Probe) (deeds []deed, err error) {
	stop, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		for len(deeds) < mostCaught && ctx.Err() == nil {
			deeds = append(deeds, burst(ctx, p, len(deeds))...)
			select {
			case <-stop:
				return
			default:
				p.Sleep(ctx, 20*time.Millisecond)
			}
		}
	}()
	err = p.options.Restart(ctx)
	close(stop)
	<-over
	return deeds, err
}

// burst is a few large writes at once.
func burst(ctx context.Context, p *Probe, from int) (deeds []deed) {
	var all []Request
	for i := range caughtOnce {
		d := deed{name: p.Name(), body: p.Body(from+i+1, 64<<10)}
		deeds, all = append(deeds, d), append(all, Request{Name: d.name, Body: d.body})
	}
	for i, a := range p.Together(ctx, all) {
		deeds[i].taken = a.OK() && a.Err == nil && a.Status != http.StatusAccepted
	}
	return deeds
}

// isSettled is whether what was read is as it should be: whole, or not there where the write failed.
func (d *deed) isSettled() bool { return isWritten(&d.read, d.body) || !d.taken && isGone(&d.read) }

// survived reads all that was written and, for a while, again what is not as it should be.
func survived(ctx context.Context, p *Probe, deeds []deed) Verdict {
	p.Mute(true)
	for again := range 3 {
		waits := again > 0
		for i := range deeds {
			if deeds[i].isSettled() {
				continue
			}
			if waits && !p.Sleep(ctx, time.Second) {
				break
			}
			waits, deeds[i].read = false, p.Get(ctx, deeds[i].name)
		}
	}
	p.Mute(false)
	var t toll
	for i := range deeds {
		t.count(&deeds[i])
	}
	for _, name := range t.lost[:min(len(t.lost), mostShown)] {
		p.Get(ctx, name)
	}
	return t.verdict(len(deeds))
}

// A toll is what of some writes is left.
type toll struct {
	failed             int // of the writes, or got no answer
	there, parts, lost []string
	unknown            int // could not be read
}

func (t *toll) count(d *deed) {
	if !d.taken {
		t.failed++
	}
	switch whole := isWritten(&d.read, d.body); {
	case whole && !d.taken:
		t.there = append(t.there, d.name)
	case whole:
	case d.read.Err != nil || !d.read.OK() && !isGone(&d.read):
		t.unknown++
	case d.taken:
		t.lost = append(t.lost, d.name)
	case d.read.OK():
		t.parts = append(t.parts, d.name)
	}
}

func (t *toll) verdict(all int) Verdict {
	said := fmt.Sprintf("%d acknowledged, %d failed", all-t.failed, t.failed)
	if len(t.there) > 0 {
		said += fmt.Sprintf("; of those that failed %d are there all the same: %s", len(t.there), few(t.there))
	}
	switch {
	case len(t.lost) > 0:
		return broken("of %d acknowledged objects %d are not there as they were: %s", all-t.failed, len(t.lost),
			few(t.lost))
	case t.unknown > 0:
		return unclear("%d of %d could not be read", t.unknown, all)
	case len(t.parts) > 0:
		return differs("%s; of %d that failed a part is there: %s", said, len(t.parts), few(t.parts))
	}
	return Verdict{Result: Holds, Why: said}
}

// mostShown of many names are shown.
const mostShown = 3

// few are the first of some names.
func few(names []string) string {
	if len(names) > mostShown {
		return strings.Join(names[:mostShown], ", ") + fmt.Sprintf(" and %d more", len(names)-mostShown)
	}
	return strings.Join(names, ", ")
}
