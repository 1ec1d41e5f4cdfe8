package verify

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// wrongTag is a strong tag that no server gives.
const wrongTag = `"shotput-verify-wrong"`

// A denial is a write that a precondition forbids.
type denial struct {
	of *held  // what is there
	by string // "If-Match"
	// lacks is what the server does not give and the precondition is about, such as "ETag"; "" where it does
	lacks string
	own   bool // by a parameter of the server's own, which it may refuse by 409 as well
}

// isBeside says whether an answer to a write with a precondition is about something else than that.
func isBeside(a *Answer) bool {
	return isOverloaded(a) || a.Status < 200 || a.Status >= 300 && a.Status < 400 ||
		a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden
}

// denied judges a write that a precondition forbids: by its answer, and by what is there after it.
func denied(ctx context.Context, p *Probe, a *Answer, d denial) Verdict {
	o := d.of
	switch {
	case isBeside(a):
		return refused("the PUT with "+d.by, a)
	case a.Status == http.StatusNotImplemented:
		return notOffered("%s is refused by 501", d.by).saw(a.Status)
	case a.OK() && d.lacks != "":
		return notOffered("%s is not looked at: the server gives no %s", d.by, d.lacks)
	case a.OK():
		return overlooked(ctx, p, a, d)
	}
	now := p.settle(ctx, o.name, o.is)
	switch {
	case isGone(&now):
		return broken("answered %d, and what was there is gone", a.Status)
	case !now.OK():
		return refused("GET", &now)
	case !o.is(&now) && !o.isFaithful():
		return unclear("answered %d, and what is read changes by itself", a.Status)
	case !o.is(&now):
		return broken("answered %d, and changed what was there all the same", a.Status)
	case a.Status == http.StatusPreconditionFailed || d.own && a.Status == http.StatusConflict:
		return Verdict{Result: Holds}.saw(a.Status)
	case p.options.Validator != nil && !d.own:
		return notOffered("%s is not what decided: without %s every update is refused, by %d", d.by,
			p.options.Validator.source(), a.Status).saw(a.Status)
	}
	return differs("%s is refused, by %d instead of 412", d.by, a.Status).saw(a.Status)
}

// overlooked judges a 2xx for a write that was forbidden.
func overlooked(ctx context.Context, p *Probe, a *Answer, d denial) Verdict {
	o := d.of
	now := p.settle(ctx, o.name, func(a *Answer) bool { return a.OK() && !o.is(a) })
	switch {
	case !now.OK():
		return refused("GET", &now)
	case !o.is(&now):
		return broken("answered %d and replaced what was there: %s is not looked at", a.Status, d.by).saw(a.Status)
	case d.own:
		return differs("answered %d, and left what was there: that it was refused stands in the body alone", a.Status)
	}
	return broken("answered %d, and left what was there: who reads a 2xx believes that it was written", a.Status)
}

// fits says why a body cannot tell the state, where that is how it is told; nil where it can.
func (v *Validator) fits(body []byte) *Verdict {
	var object map[string]json.RawMessage
	if v.to == "body" && (json.Unmarshal(body, &object) != nil || object == nil) {
		no := unclear("the state is told in a member of the body, and the body is no JSON object")
		return &no
	}
	return nil
}

// ifMatchWrong tells the state before the present one, as someone does who has not seen the last update.
func ifMatchWrong(ctx context.Context, p *Probe) Verdict {
	v, body := p.validator(), p.Body(3, 64)
	if no := v.fits(body); no != nil {
		return *no
	}
	first, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	o, err := p.replaced(ctx, first, p.Body(2, 80))
	if err != nil {
		return unclear("%v", err)
	}
	old, known := v.of(&first.read, &first.put)
	present, _ := v.of(&o.read, &o.put)
	d := denial{of: o, by: v.name, own: v != ifMatch}
	switch {
	case d.own && !known:
		return notOffered("no %s is given", v.source())
	case d.own && old == present:
		return unclear("%s stayed what it was over an update", v.source())
	case d.own:
		d.by = cmp.Or(v.name, "the body")
	case !known:
		old, d.lacks = wrongTag, "ETag"
	case old == present || isWeakTag(old.(string)):
		old = wrongTag
	}
	a := p.Send(ctx, v.tell(Request{Name: o.name, Body: body}, old))
	return denied(ctx, p, &a, d)
}

func ifMatchRight(ctx context.Context, p *Probe) Verdict {
	v, body := p.validator(), p.Body(2, 80)
	if no := v.fits(body); no != nil {
		return *no
	}
	o, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	state, known := v.of(&o.read, &o.put)
	if tag, _ := state.(string); v == ifMatch && isWeakTag(tag) && p.Sleep(ctx, ripening) {
		if o.read = p.look(ctx, o.name); isWeakTag(o.read.ETag()) {
			return notOffered("the ETag is weak, after two seconds as well, and If-Match compares strongly")
		}
		state, known = v.of(&o.read)
	}
	if !known {
		return notOffered("no %s is given", v.source())
	}
	a := p.Send(ctx, v.tell(Request{Name: o.name, Body: body}, state))
	switch {
	case a.Status == http.StatusPreconditionFailed && v == ifMatch && p.isTagRestless(ctx, o.name):
		return restless()
	case a.Status == http.StatusPreconditionFailed, v != ifMatch && a.Status == http.StatusConflict:
		return broken("the present state was told, and it answered %d", a.Status).saw(a.Status)
	case a.Status == http.StatusNotImplemented:
		return notOffered("it is refused by 501").saw(a.Status)
	case !a.OK():
		return refused("the PUT with the present state", &a)
	}
	now := p.settle(ctx, o.name, func(a *Answer) bool { return a.OK() && !o.is(a) })
	switch {
	case !now.OK():
		return refused("GET", &now)
	case o.is(&now):
		return broken("answered %d, and the old body is still there", a.Status)
	}
	return holds("")
}

func ifMatchMissing(ctx context.Context, p *Probe) Verdict {
	name, body := p.Name(), p.Body(1, 64)
	a := p.Put(ctx, name, body, Header{Name: "If-Match", Value: "*"})
	switch {
	case a.Status == http.StatusNotImplemented:
		return notOffered("If-Match is refused by 501").saw(a.Status)
	case isBeside(&a):
		return refused("the PUT with If-Match: *", &a)
	}
	now := p.settle(ctx, name, func(g *Answer) bool { return isWritten(g, body) == a.OK() })
	switch {
	case a.OK() && isGone(&now):
		return unclear("answered %d, and nothing is there", a.Status)
	case a.OK() && !now.OK():
		return refused("GET", &now)
	case a.OK() && (p.options.Validator != nil || a.ETag() == "" && now.ETag() == ""):
		return notOffered("If-Match is not looked at: the server tells states apart by no ETag")
	case a.OK():
		return broken("answered %d and created what was to be updated only", a.Status).saw(a.Status)
	case isWritten(&now, body):
		return broken("answered %d, and created it all the same", a.Status)
	case a.Status == http.StatusPreconditionFailed:
		return holds("412")
	}
	return differs("it is refused, by %d instead of 412", a.Status).saw(a.Status)
}

// lacksFor is what a server does not give for conditions on whether something is there: neither of what tells states
// apart, or a way of its own that it has instead.
func lacksFor(p *Probe, o *held) string {
	switch {
	case p.options.Validator != nil:
		return "state but " + p.options.Validator.source()
	case o.read.ETag() == "" && o.put.ETag() == "" && o.read.Header.Get("Last-Modified") == "":
		return "ETag and no Last-Modified"
	}
	return ""
}

func ifNoneMatchExists(ctx context.Context, p *Probe) Verdict {
	o, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	a := p.Put(ctx, o.name, p.Body(2, 80), Header{Name: "If-None-Match", Value: "*"})
	return denied(ctx, p, &a, denial{of: o, by: "If-None-Match", lacks: lacksFor(p, o)})
}

func ifNoneMatchNew(ctx context.Context, p *Probe) Verdict {
	name := p.Name()
	a := p.Put(ctx, name, p.Body(1, 64), Header{Name: "If-None-Match", Value: "*"})
	switch {
	case a.Status == http.StatusPreconditionFailed && p.isEveryNameThere(ctx):
		return unclear("answered 412, and a name that was never written answers GET with a 2xx as well")
	case a.Status == http.StatusPreconditionFailed:
		return broken("answered %d, and nothing had been there", a.Status).saw(a.Status)
	case a.Status == http.StatusNotImplemented:
		return notOffered("If-None-Match is refused by 501").saw(a.Status)
	case !a.OK():
		return refused("the PUT with If-None-Match: *", &a)
	}
	if now := p.appear(ctx, name); isGone(&now) {
		return unclear("nothing is there after a PUT that answered %d, as stored judges", a.Status)
	}
	return holds("")
}

// ifUnmodifiedSince tells an instant long before the object was there, and then the one that the server itself says.
func ifUnmodifiedSince(ctx context.Context, p *Probe) Verdict {
	o, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	const header = "If-Unmodified-Since"
	last := o.read.Header.Get("Last-Modified")
	at, err := http.ParseTime(last)
	if last == "" || err != nil { // without one, RFC 9110 has the server pass over it
		return notOffered("no Last-Modified is given")
	}
	before := at.Add(-time.Hour).UTC().Format(http.TimeFormat)
	a := p.Put(ctx, o.name, p.Body(2, 80), Header{Name: header, Value: before})
	v := denied(ctx, p, &a, denial{of: o, by: header})
	if v.Result != Holds {
		return v
	}
	for range 2 {
		b := p.Send(ctx, Request{Name: o.name, Body: p.Body(3, 80), Header: []Header{{Name: header, Value: last}},
			Note: "with the Last-Modified that was read just before"})
		if b.Status != a.Status {
			return v
		}
		now := p.Get(ctx, o.name).Header.Get("Last-Modified")
		if now == last || now == "" {
			break
		}
		last = now // the server's clock was set back meanwhile, and it had told an earlier time than that of the file
	}
	return broken("a PUT with the present Last-Modified, %s, is answered %d as well", last, a.Status)
}

// earlySizes are those of bodies that precondition-early would have a server read: the first is more than what lies in
// buffers on the way, the others are for servers that take none so large.
var earlySizes = [...]int64{8 << 20, 256 << 10, 16 << 10}

// preconditionEarly tries three times: that it was early is proved by one, that it was late only says that the body
// was quicker.
func preconditionEarly(ctx context.Context, p *Probe) (v Verdict) {
	o, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	for _, size := range earlySizes {
		body := p.Body(2, int(min(size, cmp.Or(p.options.Largest, size))))
		for range 3 {
			if v = refusedEarly(ctx, p, o, body); v.Observed != late {
				break
			}
		}
		if v.Result != Unclear {
			break
		}
	}
	return v
}

// late is what was observed of a refusal that came after the body.
const late = "late"

// refusedEarly puts a body over o that a precondition forbids, and that waits for 100.
func refusedEarly(ctx context.Context, p *Probe, o *held, body []byte) (v Verdict) {
	a := p.Send(ctx, Request{Name: o.name, Body: body, Expect: true,
		Header: []Header{{Name: "If-None-Match", Value: "*"}}})
	switch {
	case a.OK():
		return notOffered("If-None-Match is not looked at (answered %d), as if-none-match-exists judges", a.Status)
	case a.Status == http.StatusNotImplemented:
		return notOffered("If-None-Match is refused by 501").saw(a.Status)
	case a.Status == http.StatusExpectationFailed:
		return notOffered("Expect: 100-continue is refused by 417").saw(a.Status)
	case a.Status != http.StatusPreconditionFailed:
		return refused("the PUT with If-None-Match: *", &a)
	}
	if v := denied(ctx, p, &a, denial{of: o, by: "If-None-Match"}); v.Result != Holds {
		return v
	}
	switch {
	case slices.Contains(a.Interim, http.StatusContinue):
		v = differs("it asked for the body with 100, and answered 412 after it")
	case a.Early || a.Sent < int64(len(body)):
		return holds("early")
	default:
		v = differs("412 came after all of the body, %d bytes", len(body))
	}
	v.Observed = late
	return v
}

func preconditionRequired(ctx context.Context, p *Probe) Verdict {
	o, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	a := p.Put(ctx, o.name, p.Body(2, 80))
	switch {
	case a.OK():
		return notOffered("an update without a precondition answered %d", a.Status)
	case a.Status == http.StatusPreconditionRequired:
		if v := denied(ctx, p, &a, denial{of: o}); v.Result != Differs {
			return v
		}
		return holds("428")
	case a.Status == http.StatusConflict || a.Status == http.StatusPreconditionFailed:
		return differs("an update without a precondition is refused, by %d instead of 428", a.Status).saw(a.Status)
	}
	return refused("the PUT without a precondition", &a)
}
