package verify

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// puts are what PUT does.
var puts = []Check{
	{Name: "create", Group: "put", Title: "a PUT of a new name answers 201",
		Clause: "RFC 9110 §9.3.4", Force: Must, run: create,
		Why:  "A client cannot tell what it made from what it replaced.",
		Mend: "Answer 201 Created when the name was not there, 200 or 204 when it was."},
	{Name: "replace", Group: "put", Title: "a PUT of a name that is there answers 200 or 204",
		Clause: "RFC 9110 §9.3.4", Force: Must, run: replace,
		Why:  "A client that reads 201 believes that it made something new, and may register or bill it twice.",
		Mend: "Look whether the name exists before the status is chosen: 201 only where it did not."},
	{Name: "idempotent", Group: "put", Title: "the same PUT five times leaves what one leaves",
		Clause: "RFC 9110 §9.2.2", Force: Must, run: idempotent,
		Why:  "Clients and proxies send a PUT again when its answer is lost. The second must do no harm.",
		Mend: "Store the body as the whole state of this URL: do not append, count, or make a new name."},
	{Name: "read-back", Group: "put",
		Title:  "what was put is what is read: bytes, length and type, at once",
		Clause: "RFC 9110 §9.3.4", Force: Practice, run: readBack,
		Why:  "Readers get something else than writers gave, or an old state: checksums and signatures fail.",
		Mend: "Store bytes and Content-Type as they came; drop cached copies when a write comes."},
	{Name: "stored", Group: "put", Title: "after a 2xx something is there",
		Clause: "RFC 9110 §9.3.4", Force: Must, run: storedAtAll,
		Why:  "A success was promised for data that is lost.",
		Mend: "Answer 2xx only after the body is stored, or 202 where it comes later."},
	{Name: "whole", Group: "put", Title: "a shorter body replaces a longer one, all of it",
		Clause: "RFC 9110 §9.3.4", Force: Must, run: whole,
		Why:  "The tail of the old body stays behind the new one: the object is a mixture that nobody sent.",
		Mend: "Truncate before writing, or write to a new file and rename it."},
	{Name: "empty", Group: "put", Title: "an empty body is stored as an empty object",
		Clause: "RFC 9110 §9.3.4", Force: Must, run: empty,
		Why:  "Empty files and cleared values are lost, or read as something else.",
		Mend: "Treat Content-Length: 0 as a body of no bytes, or refuse it with 400."},
	{Name: "head-equals-get", Group: "put", Title: "HEAD says what GET says",
		Clause: "RFC 9110 §9.3.2", Force: Should, run: headEqualsGet,
		Why:  "Clients ask by HEAD for length, type and ETag before they decide to read or to write.",
		Mend: "Answer HEAD by the code that answers GET, without the body."},
	{Name: "location", Group: "put", Title: "Location of a 201 is the URL that was put",
		Clause: "RFC 9110 §10.2.2, §15.3.2", Force: Should, run: location,
		Why:  "A client that follows it reads another object, or none.",
		Mend: "Leave Location out of the answer to a PUT, or give the URL as clients see it, not as the server does."},
	{Name: "accepted", Group: "put", Title: "a 202 says where to ask whether it is done",
		Clause: "RFC 9110 §15.3.3", Force: Should, run: accepted,
		Why:  "Without it a client cannot know when, or whether, its write has happened.",
		Mend: "Give the URL of a status in Location or in the body, and Retry-After."},
}

func create(ctx context.Context, p *Probe) Verdict {
	a := p.Put(ctx, p.Name(), p.Body(1, 64))
	switch {
	case a.Status == http.StatusCreated:
		return holds("201")
	case a.Status == http.StatusAccepted:
		return differs("answered 202: the object may come later").saw(a.Status)
	case a.OK() && p.isEveryNameThere(ctx):
		return unclear("answered %d, and a name that was never written answers GET with a 2xx as well", a.Status)
	case a.OK():
		return broken("answered %d %s, which is for what was there before", a.Status, a.Reason).saw(a.Status)
	}
	return refused("the PUT", &a)
}

// replace trusts a status only where the first body was seen: a server that stored nothing made it anew.
func replace(ctx context.Context, p *Probe) Verdict {
	name := p.Name()
	first := p.Put(ctx, name, p.Body(1, 64))
	if !first.OK() {
		return refused("the first PUT", &first)
	}
	there := p.appear(ctx, name)
	o := &held{name: name, body: p.Body(1, 64), put: first, read: there}
	a := p.over(ctx, o, p.Body(2, 64))
	switch {
	case isGone(&there):
		return unclear("nothing was there to be replaced, after a PUT that answered %d", first.Status)
	case a.Status == http.StatusOK || a.Status == http.StatusNoContent:
		return Verdict{Result: Holds}.saw(a.Status)
	case a.Status == http.StatusAccepted:
		return differs("answered 202: the new body may come later").saw(a.Status)
	case a.OK() && !there.OK():
		return unclear("answered %d, and GET, which would tell whether it was there, %d", a.Status, there.Status)
	case a.OK():
		return broken("answered %d %s for what was there already", a.Status, a.Reason).saw(a.Status)
	}
	return refused("the second PUT", &a)
}

// idempotent sends one body five times. Statuses may differ; what is there and where may not.
func idempotent(ctx context.Context, p *Probe) Verdict {
	body := p.Body(1, 64)
	o, err := p.given(ctx, body)
	if err != nil {
		return unclear("%v", err)
	}
	var again [4]Answer
	for i := range again {
		if again[i] = p.Put(ctx, o.name, body); isOverloaded(&again[i]) {
			return refused("the same PUT again", &again[i])
		}
	}
	now := p.settle(ctx, o.name, o.is)
	switch {
	case isGone(&now):
		return broken("after the same PUT five times nothing is there (GET answered %d)", now.Status)
	case !now.OK():
		return refused("GET", &now)
	case !o.is(&now) && !o.isFaithful():
		return unclear("what is read is not what was put even after one PUT, and it changes")
	case !o.is(&now):
		return broken("after the same PUT five times %d bytes are read, other than the %d that one PUT left", now.Size,
			o.read.Size)
	}
	return sameKind(again[:])
}

// sameKind judges the answers to a PUT that changes nothing.
func sameKind(again []Answer) Verdict {
	first := &again[0]
	for i := range again[1:] {
		a := &again[i+1]
		switch one, other := first.Header.Get("Location"), a.Header.Get("Location"); {
		case one != other && one != "" && other != "":
			return broken("each of the same PUTs makes another resource: Location is %s, then %s", one, other)
		case a.Status/100 != first.Status/100:
			return broken("the same PUT answered %d, then %d, though nothing changed between", first.Status, a.Status)
		}
	}
	if !first.OK() {
		return differs("the same PUT again is refused by %d: a retry after a lost answer looks like a conflict",
			first.Status).saw(first.Status)
	}
	return holds("")
}

func location(ctx context.Context, p *Probe) Verdict {
	name := p.Name()
	a := p.Put(ctx, name, p.Body(1, 64))
	given := a.Header.Get("Location")
	switch {
	case !a.OK():
		return refused("the PUT", &a)
	case a.Status != http.StatusCreated:
		return notOffered("answered %d, not 201", a.Status)
	case given == "":
		return holds("") // by §15.3.2 the URL of the request is meant then
	}
	asked, err := url.Parse(a.URL)
	if err != nil {
		return unclear("the URL asked cannot be read: %v", err)
	}
	says, err := asked.Parse(given)
	if err != nil {
		return broken("Location is no URL: %q", given)
	}
	if isSameURL(asked, says) {
		return holds("")
	}
	if near, ok := nameBeside(asked, says, name); ok && strings.HasPrefix(near, p.options.Prefix) {
		if there := p.appear(ctx, near); isGone(&there) {
			return broken("Location is %s, where nothing is (GET answered %d)", given, there.Status)
		}
	}
	if now := p.appear(ctx, name); isGone(&now) {
		return broken("Location is %s, and nothing is under the name that was put (GET answered %d)", given, now.Status)
	}
	if says.Host != asked.Host || says.Scheme != asked.Scheme {
		return differs("Location is %s, on another host or by another scheme than was asked", given)
	}
	return differs("Location is %s, another URL than was put", given)
}

// nameBeside is the name that a URL has in the folder of another, whose name is known.
func nameBeside(asked, says *url.URL, name string) (near string, ok bool) {
	folder, ok := strings.CutSuffix(asked.EscapedPath(), name)
	if !ok || says.Host != asked.Host || says.Scheme != asked.Scheme {
		return "", false
	}
	return strings.CutPrefix(says.EscapedPath(), folder)
}

// isSameURL compares without the query, in which a secret may be hidden.
func isSameURL(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host) && a.Path == b.Path
}

// accepted looks in an answer 202 for anything that says how to learn more.
func accepted(ctx context.Context, p *Probe) Verdict {
	name := p.Name()
	a := p.Put(ctx, name, p.Body(1, 64))
	switch {
	case !a.OK():
		return refused("the PUT", &a)
	case a.Status != http.StatusAccepted:
		return notOffered("answered %d: it is done when it is answered", a.Status)
	}
	for _, header := range []string{"Location", "Content-Location", "Link"} {
		if a.Header.Get(header) != "" {
			return holds("202")
		}
	}
	if body := string(a.Body); strings.Contains(body, "://") || strings.Contains(body, `"/`) {
		return holds("202")
	}
	if now := p.appear(ctx, name); now.OK() {
		return differs("answered 202 and nothing that says when it is done; it was there within two seconds")
	}
	return differs("answered 202 and nothing that says when it is done")
}
