package verify

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// A look is what readers may see of the two bodies of torn-read, as it was seen one after the other.
type look struct {
	name   string
	bodies [2][]byte
	types  [2]string // as sent; "" is the caller's own
	got    [2]string // as read
	typed  bool      // the type belongs to the body, so that a wrong one can be told
	tagged bool      // so does the ETag
	tags   map[string]int
	sent   []Exchange // by which the name came to be
}

// tornSizes are lengths of two bodies that take a while to send, then some for servers that take no large ones.
var tornSizes = [...][2]int{{256 << 10, 384 << 10}, {16 << 10, 24 << 10}, {1 << 10, 3 << 9}}

// readersOfARound are GETs beside the two PUTs.
const readersOfARound = 4

func tornRead(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, true); !ok {
		return v
	}
	l := &look{name: p.Name()}
	if v, ok := l.choose(ctx, p); !ok {
		return v
	}
	if v, ok := l.learn(ctx, p); !ok {
		return v
	}
	return rounds(ctx, p, mostRounds, func(int, int) round { return l.round(ctx, p) })
}

// choose finds two bodies and, if that can be, two types that the server takes.
func (l *look) choose(ctx context.Context, p *Probe) (Verdict, bool) {
	kinds := [][2]string{{"text/plain", "application/octet-stream"}, {}}
	if p.Body(1, 0)[0] == '{' {
		kinds[0] = [2]string{"application/json", "application/vnd.shotput+json"}
	}
	var a Answer
	for i, size := range tornSizes {
		if p.options.Largest > 0 && int64(size[1]) > p.options.Largest && i < len(tornSizes)-1 {
			continue
		}
		for _, l.types = range kinds {
			l.bodies = [2][]byte{p.Body(1, size[0]), p.Body(2, size[1])}
			if a, _ = l.write(ctx, p, 0); a.OK() {
				if a, _ = l.write(ctx, p, 1); a.OK() {
					l.sent = p.Forget()
					return Verdict{}, true
				}
			}
		}
	}
	return refused("a PUT of 1 KiB", &a), false
}

func (l *look) put(i int) Request {
	r := Request{Name: l.name, Body: l.bodies[i]}
	if l.types[i] != "" {
		r.Header = []Header{{Name: "Content-Type", Value: l.types[i]}}
	}
	return r
}

// write puts a body and waits until it is read.
func (l *look) write(ctx context.Context, p *Probe, i int) (put, read Answer) {
	if put = p.Send(ctx, l.put(i)); put.OK() {
		read = p.settle(ctx, l.name, holding(l.bodies[i]))
	}
	return put, read
}

// learn writes each body twice, one after the other, and sees which type and which ETag come with it. An ETag need not
// be made of the body: all that is asked is that none is seen with both.
func (l *look) learn(ctx context.Context, p *Probe) (Verdict, bool) {
	l.tags, l.typed, l.tagged = map[string]int{}, true, true
	for k := range 4 {
		i := k % 2
		put, a := l.write(ctx, p, i)
		if !put.OK() {
			return refused("a PUT", &put), false
		}
		if !isWritten(&a, l.bodies[i]) {
			return unread(&a), false
		}
		kind := a.Header.Get("Content-Type")
		if k >= 2 && l.got[i] != kind {
			l.typed = false
		}
		l.got[i] = kind
		l.tagged = l.own(a.ETag(), i) && l.tagged
		p.Forget()
	}
	l.typed = l.typed && l.got[0] != l.got[1]
	return Verdict{}, true
}

// own notes that an ETag came with a body, and reports whether it is its alone.
func (l *look) own(tag string, i int) bool {
	if tag == "" || isWeakTag(tag) {
		return true // nothing is promised
	}
	owner, seen := l.tags[tag]
	if !seen {
		l.tags[tag] = i
	}
	return !seen || owner == i
}

// round is two PUTs and some GETs of one name at one instant.
func (l *look) round(ctx context.Context, p *Probe) (r round) {
	all := []Request{l.put(0)}
	for range readersOfARound / 2 {
		all = append(all, Request{Method: http.MethodGet, Name: l.name, Read: true})
	}
	all = append(all, l.put(1))
	for range readersOfARound / 2 {
		all = append(all, Request{Method: http.MethodGet, Name: l.name, Read: true})
	}
	p.sent = slices.Clip(l.sent)
	answers := together(ctx, p, all)
	read, written := 0, 0
	for i := range all {
		a := &answers[i]
		switch {
		case all[i].Method != http.MethodGet && a.OK():
			written++
		case all[i].Method != http.MethodGet, a.Status == http.StatusTooManyRequests:
		case a.OK() && a.Err == nil && a.Header.Get("Content-Encoding") == "":
			if r.broken = l.fault(a); r.broken != "" {
				return r
			}
			read++
		case a.OK() && a.Err != nil:
			r.note = "the answer to a GET during a PUT broke off"
		case a.Status >= 400:
			r.note = fmt.Sprintf("a GET during a PUT was answered %d", a.Status)
		}
	}
	if read == 0 && r.note == "" || written == 0 {
		r.void = fmt.Sprintf("of %d GETs and 2 PUTs at once %d and %d were answered", readersOfARound, read, written)
	}
	return r
}

// fault is what is wrong with what a reader got.
func (l *look) fault(a *Answer) string {
	i := whichOf(l.bodies[:], a)
	if i < 0 {
		return fmt.Sprintf("a GET during a PUT gave %d bytes that are neither of the bodies", a.Size)
	}
	length, err := strconv.ParseInt(a.Header.Get("Content-Length"), 10, 64)
	switch kind := a.Header.Get("Content-Type"); {
	case err == nil && length != a.Size:
		return fmt.Sprintf("a GET during a PUT gave %d bytes with a Content-Length of %d", a.Size, length)
	case l.typed && kind == l.got[1-i]:
		return fmt.Sprintf("a GET during a PUT gave one body with the other's Content-Type, %s", kind)
	case l.tagged && !l.own(a.ETag(), i):
		return fmt.Sprintf("a GET during a PUT gave one body with the other's ETag, %s", a.ETag())
	}
	return ""
}
