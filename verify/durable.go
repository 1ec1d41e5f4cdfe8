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
}

func durable(ctx context.Context, p *Probe) Verdict {
	if p.options.Restart == nil {
		return unclear("no way to restart the server was given")
	}
	if v, ok := able(ctx, p, true); !ok {
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
		if a := settle(ctx, p, d.name, holding(d.body)); !gives(&a, d.body) {
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

// survived reads all that was written.
func survived(ctx context.Context, p *Probe, deeds []deed) Verdict {
	var lost, failed, there, parts []string
	unknown := 0
	for _, d := range deeds {
		a, whole := afterRestart(ctx, p, &d)
		switch {
		case whole && !d.taken:
			there = append(there, d.name)
		case whole:
		case a.Err != nil || !a.OK() && !absent(&a):
			unknown++
		case d.taken:
			lost = append(lost, fmt.Sprintf("%s (%d, %d bytes)", d.name, a.Status, a.Size))
		case a.OK():
			parts = append(parts, d.name)
		}
		if !d.taken {
			failed = append(failed, d.name)
		}
	}
	said := fmt.Sprintf("%d acknowledged, %d failed", len(deeds)-len(failed), len(failed))
	if len(there) > 0 {
		said += fmt.Sprintf("; of those that failed %d are there all the same: %s", len(there), few(there))
	}
	switch {
	case len(lost) > 0:
		return broken("%d of %d acknowledged objects are not there as they were: %s", len(lost),
			len(deeds)-len(failed), few(lost))
	case unknown > 0:
		return unclear("%d of %d could not be read", unknown, len(deeds))
	case len(parts) > 0:
		return differs("%s; of %d that failed a part is there: %s", said, len(parts), few(parts))
	}
	return Verdict{Result: Holds, Why: said}
}

// afterRestart reads what was written, for a while, and keeps the exchange only where it shows something.
func afterRestart(ctx context.Context, p *Probe, d *deed) (a Answer, whole bool) {
	before := len(p.sent)
	for range 5 {
		a = settle(ctx, p, d.name, func(a *Answer) bool { return gives(a, d.body) || !d.taken && absent(a) })
		if a.Err == nil && a.Status < 500 || !p.Sleep(ctx, time.Second) {
			break
		}
	}
	if whole = gives(&a, d.body); whole || !d.taken {
		p.sent = p.sent[:before]
	}
	return a, whole
}

// few are the first of some names.
func few(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + fmt.Sprintf(" and %d more", len(names)-3)
	}
	return strings.Join(names, ", ")
}
