package verify

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"strings"
	"time"
)

// readBack reads a new object, and one that was replaced, at once: a copy that is behind shows on either.
func readBack(ctx context.Context, p *Probe) Verdict {
	name, kind := p.Name(), p.kind()
	body := p.Body(1, 1000)
	a := p.Put(ctx, name, body, Header{Name: "Content-Type", Value: kind})
	if a.Status >= 400 && a.Status < 500 { // this type may be none that the server takes
		kind = ""
		a = p.Put(ctx, name, body)
	}
	if !a.OK() {
		return refused("the PUT", &a)
	}
	o := &held{name: name, body: body, put: a}
	first := readAfter(ctx, p, o)
	if first.verdict.Result != Holds {
		return first.verdict
	}
	o.read = first.answer
	for i := 2; i <= 3; i++ {
		next := &held{name: name, body: p.Body(i, 1000)}
		if next.put = p.over(ctx, o, next.body); !next.put.OK() {
			break
		}
		again := readAfter(ctx, p, next)
		switch {
		case again.late > 0:
			return again.verdict
		case again.verdict.Result != Holds: // how a body is replaced is for other checks to judge
			return sameForm(body, kind, &first.answer)
		}
		next.read = again.answer
		o = next
	}
	return sameForm(body, kind, &first.answer)
}

// A reading is what was read right after a write.
type reading struct {
	answer  Answer
	late    time.Duration // after which it was right, where it was not at once
	verdict Verdict
}

// readAfter reads what has just been written, until it is right.
func readAfter(ctx context.Context, p *Probe, o *held) reading {
	name, body, status, at := o.name, o.body, o.put.Status, p.server.Now()
	first := p.look(ctx, name)
	switch {
	case isWritten(&first, body):
		return reading{answer: first, verdict: holds("")}
	case first.Status == 0 || isUnreadable(&first):
		return reading{answer: first, verdict: refused("GET", &first)}
	}
	a := p.settle(ctx, name, holding(body))
	r := reading{answer: a}
	switch {
	case isWritten(&a, body) && (status == http.StatusAccepted || !first.OK() && !isGone(&first)):
		r.verdict = holds("") // it was to come later, or the first answer said nothing of what is there
	case isWritten(&a, body):
		r.late = p.server.Now().Sub(at)
		r.verdict = broken("stale for a while: read at once after a %d it was %s, and right %d ms later", status,
			seen(&first), r.late.Milliseconds())
		r.verdict.Observed = "stale"
	case isGone(&a):
		r.verdict = unclear("nothing is there after a PUT that answered %d, as stored judges", status)
	case !a.OK():
		r.verdict = refused("GET", &a)
	case a.Size == 0:
		r.verdict = broken("%d bytes were put, and none is read", len(body))
	case bytes.HasPrefix(body, a.Body):
		r.verdict = broken("%d bytes were put, and only the first %d of them are read", len(body), a.Size)
	default:
		r.verdict = broken("%d bytes were put, and %d other bytes are read", len(body), a.Size)
	}
	return r
}

// seen says in a few words what an answer was that is not right.
func seen(a *Answer) string {
	if isGone(a) {
		return "not there"
	}
	return "the state before"
}

// sameForm judges what was read with the right meaning: by its bytes and its type.
func sameForm(body []byte, kind string, a *Answer) Verdict {
	if !bytes.Equal(body, a.Body) {
		switch likeness(body, a.Body) {
		case withMore:
			return differs("not the same bytes: the same JSON with members of the server's own")
		case asLines:
			return differs("equal only as lines: the same ones in another order, or folded")
		}
		return differs("equal only as JSON: the bytes are other ones")
	}
	put, _, _ := mime.ParseMediaType(kind)
	got, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	switch {
	case kind == "" || put == got:
		return holds("")
	case got == "":
		return differs("the type put was %s, and none is read", put)
	}
	return differs("the type put was %s, and %s is read", put, got)
}

// storedAtAll looks first at a name that nobody wrote: a server that has an answer for every name says nothing by one.
func storedAtAll(ctx context.Context, p *Probe) Verdict {
	if p.isEveryNameThere(ctx) {
		return unclear("a name that was never written answers GET with a 2xx as well")
	}
	name := p.Name()
	a := p.Put(ctx, name, p.Body(1, 64))
	if !a.OK() {
		return refused("the PUT", &a)
	}
	now := p.settle(ctx, name, (*Answer).OK)
	switch {
	case now.OK():
		return holds("")
	case isGone(&now) && a.Status == http.StatusAccepted:
		return differs("answered 202, and two seconds later nothing is there (GET answered %d)", now.Status)
	case isGone(&now):
		return broken("the PUT answered %d, and two seconds later nothing is there (GET answered %d)", a.Status,
			now.Status)
	}
	return refused("GET", &now)
}

func whole(ctx context.Context, p *Probe) Verdict {
	o, err := p.given(ctx, p.Body(1, 1000+len(p.options.Sample)))
	if err != nil {
		return unclear("%v", err)
	}
	short := p.Body(2, 100)
	a := p.over(ctx, o, short)
	if !a.OK() {
		return refused("the PUT of the shorter body", &a)
	}
	now := p.settle(ctx, o.name, holding(short))
	switch {
	case isWritten(&now, short):
		return holds("")
	case !now.OK():
		return refused("GET", &now)
	case !o.isFaithful():
		return unclear("what is read is not what was put, even before it was replaced, as read-back judges")
	case o.is(&now):
		return broken("the PUT answered %d, and the longer body is still there", a.Status)
	case bytes.HasPrefix(now.Body, short) && bytes.HasSuffix(o.read.Body, now.Body[len(short):]):
		return broken("the tail of the longer body is still behind the shorter one: %d bytes are read, %d were put",
			now.Size, len(short))
	}
	return broken("%d bytes are read, %d were put over %d", now.Size, len(short), len(o.body))
}

// empty puts a body that is not empty first: where that cannot be read, neither can the empty one.
func empty(ctx context.Context, p *Probe) Verdict {
	control, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	name := p.Name()
	a := p.Put(ctx, name, nil)
	switch a.Status {
	case http.StatusBadRequest, http.StatusLengthRequired, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity:
		return differs("an empty body is refused by %d", a.Status).saw(a.Status)
	}
	if !a.OK() {
		return refused("the PUT of an empty body", &a)
	}
	now := p.settle(ctx, name, func(a *Answer) bool { return a.OK() && a.Size == 0 })
	switch {
	case now.OK() && now.Size == 0:
		return emptied(ctx, p, control)
	case now.OK() && !control.isFaithful():
		return unclear("what is read is not what was put, of a body that is not empty either, as read-back judges")
	case now.OK():
		return broken("no byte was put, and %d are read", now.Size)
	case isGone(&now) && a.Status == http.StatusAccepted:
		return differs("answered 202, and two seconds later nothing is there (GET answered %d)", now.Status)
	case isGone(&now):
		return broken("the PUT answered %d, and nothing is there (GET answered %d)", a.Status, now.Status)
	}
	return refused("GET", &now)
}

// emptied puts an empty body over one that is not. Where that does not make it empty, another body says whether it is
// empty ones that are not taken for what they are, or all.
func emptied(ctx context.Context, p *Probe, o *held) Verdict {
	a := p.over(ctx, o, nil)
	if !a.OK() {
		return refused("the PUT of an empty body over another", &a)
	}
	now := p.settle(ctx, o.name, func(a *Answer) bool { return a.OK() && a.Size == 0 })
	switch {
	case now.OK() && now.Size == 0:
		return holds("")
	case a.Status == http.StatusAccepted || !p.isReplacing(ctx):
	case isGone(&now):
		return broken("an empty body over another answered %d, and nothing is there", a.Status)
	case o.is(&now):
		return broken("an empty body over another answered %d, and the other is still there", a.Status)
	}
	return unclear("a new empty object is as it should be; how another is replaced is what whole judges")
}

// headEqualsGet asks again where the two differ: copies of a server may be one write apart for a while.
func headEqualsGet(ctx context.Context, p *Probe) Verdict {
	o, err := p.given(ctx, p.Body(1, 1000))
	if err != nil {
		return unclear("%v", err)
	}
	v := Verdict{}
	for range 3 {
		get := p.look(ctx, o.name)
		head := p.Send(ctx, p.reading(http.MethodHead, o.name))
		if again := p.look(ctx, o.name); !isSameTag(again.ETag(), get.ETag()) {
			get.Header.Del("ETag") // it changes by itself, as etag-stable judges
		}
		if v = compareHead(&get, &head); v.Result != Broken || !p.Sleep(ctx, 500*time.Millisecond) {
			break
		}
	}
	return v
}

func compareHead(get, head *Answer) Verdict {
	switch {
	case !get.OK():
		return refused("GET", get)
	case head.Status == http.StatusMethodNotAllowed || head.Status == http.StatusNotImplemented:
		return notOffered("HEAD answered %d", head.Status).saw(head.Status)
	case head.Status == 0 || head.Status >= 500 || isUnreadable(head):
		return refused("HEAD", head)
	case head.Status != get.Status:
		return broken("HEAD answered %d, GET %d", head.Status, get.Status).saw(head.Status)
	}
	var missing []string
	for _, name := range []string{"Content-Length", "Content-Type", "ETag", "Last-Modified"} {
		one, other := get.Header.Get(name), head.Header.Get(name)
		switch {
		case one == other || one == "":
		case other == "":
			missing = append(missing, name)
		case name == "ETag" && isSameTag(one, other):
		default:
			return broken("%s is %s by GET, %s by HEAD", name, one, other)
		}
	}
	if missing != nil {
		return differs("HEAD leaves out %s, which GET gives", strings.Join(missing, ", "))
	}
	return holds("")
}
