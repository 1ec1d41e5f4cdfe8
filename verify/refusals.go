package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
)

// refusals are how a server says no, and to what it must not.
var refusals = []Check{
	{Name: "method-405-allow", Group: "refusals", Title: "a 405 says which methods are allowed",
		Clause: "RFC 9110 §15.5.6, §10.2.1", Force: Must, run: methodAllow,
		Why:  "A client that is refused has no way to learn what it may do.",
		Mend: "Send Allow with each 405, with all methods of that resource."},
	{Name: "options-allow", Group: "refusals", Title: "OPTIONS names PUT among the methods that are allowed",
		Clause: "RFC 9110 §9.3.7, §10.2.1", Force: Should, run: optionsAllow,
		Why:  "Clients that ask before they write take the resource for one that cannot be written.",
		Mend: "Answer OPTIONS with 204 and Allow, PUT among its methods."},
	{Name: "too-large", Group: "refusals", Title: "a body that is too large is refused by 413, before it was sent",
		Clause: "RFC 9110 §15.5.14", Force: Practice, run: tooLarge,
		Why:  "The client sends gigabytes to learn that they are not wanted, or sees only a broken connection.",
		Mend: "Look at Content-Length first and answer 413; read on for a moment, so that the answer gets through."},
	{Name: "length-required", Group: "refusals", Title: "bytes after a head that tells of no body are none",
		Clause: "RFC 9112 §6.3, RFC 9110 §15.5.12", Force: Must, run: lengthRequired,
		Why:  "A proxy and a server that do not agree where a request ends take one client's bytes for another's.",
		Mend: "Without Content-Length and Transfer-Encoding a request has no body: take it so, or answer 411."},
	{Name: "chunked", Group: "refusals", Title: "a chunked body is stored as it was sent, or refused by 411",
		Clause: "RFC 9112 §7.1", Force: Must, run: chunkedPut,
		Why:  "Clients that stream know no length; their objects are empty, or have sizes of chunks in them.",
		Mend: "Decode chunked, which every HTTP/1.1 server must, or answer 411."},
	{Name: "expect-100", Group: "refusals", Title: "Expect: 100-continue is answered by 100, or by the final status",
		Clause: "RFC 9110 §10.1.1", Force: Must, run: expect100,
		Why:  "The client waits for a second or longer before each upload.",
		Mend: "Send 100 Continue when you begin to read the body, or refuse at once."},
	{Name: "type-refused", Group: "refusals", Title: "a type that is not taken is refused by 415, any other is kept",
		Clause: "RFC 9110 §15.5.16, §9.3.4", Force: Should, run: typeRefused,
		Why:  "What is read later has another type than was written.",
		Mend: "Answer 415 to types that you do not take, keep Content-Type with the object else."},
	{Name: "encoding-unknown", Group: "refusals", Title: "an unknown Content-Encoding is refused by 415, or kept",
		Clause: "RFC 9110 §8.4, §9.3.4", Force: Should, run: encodingUnknown,
		Why:  "Encoded bytes are given to readers as if they were not encoded: nobody can decode them.",
		Mend: "Keep Content-Encoding with the object and send it with each GET, or answer 415."},
}

// plain writes an object of one's own, for checks that need no more.
func plain(ctx context.Context, p *Probe) (name string, v Verdict, ok bool) {
	name = p.Name()
	a := p.Put(ctx, name, p.Body(1, 64))
	if !a.OK() {
		v = refused("a plain PUT", &a)
	}
	return name, v, a.OK()
}

// allows is whether Allow names a method, and whether there is an Allow at all. An empty one says that nothing is.
func allows(a *Answer, method string) (listed, given bool) {
	lines, given := a.Header["Allow"]
	for m := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		listed = listed || strings.TrimSpace(m) == method
	}
	return listed, given
}

// methodAllow asks by a method that nobody has, then by one that many do not, with an empty body, of its own object.
func methodAllow(ctx context.Context, p *Probe) Verdict {
	name, v, ok := plain(ctx, p)
	if !ok {
		return v
	}
	var said []string
	took := 0
	for _, method := range []string{"SHOTPUT-VERIFY", http.MethodPatch} {
		a := p.Send(ctx, Request{Method: method, Name: name})
		if a.Status == http.StatusMethodNotAllowed {
			listed, given := allows(&a, p.options.Method)
			switch {
			case !given:
				return broken("%s was answered 405 without Allow", method)
			case !listed:
				return differs("Allow does not name %s, which just succeeded", p.options.Method)
			}
			return holds("405")
		}
		if a.OK() && method != http.MethodPatch {
			took = a.Status
		}
		said = append(said, fmt.Sprintf("%s was answered %s", method, statusOf(&a)))
	}
	if took != 0 {
		return differs("a method that nobody knows was answered %d", took).saw(took)
	}
	return notOffered("%s", strings.Join(said, ", "))
}

// statusOf is a status for a sentence.
func statusOf(a *Answer) string {
	if a.Err != nil {
		return "by nothing (" + a.Err.Error() + ")"
	}
	return fmt.Sprint(a.Status)
}

func optionsAllow(ctx context.Context, p *Probe) Verdict {
	name, v, ok := plain(ctx, p)
	if !ok {
		return v
	}
	a := p.Send(ctx, Request{Method: http.MethodOptions, Name: name})
	listed, given := allows(&a, p.options.Method)
	switch {
	case a.Err != nil:
		return refused("OPTIONS", &a)
	case !a.OK():
		return notOffered("OPTIONS was answered %d", a.Status).saw(a.Status)
	case !given:
		return notOffered("OPTIONS was answered %d without Allow", a.Status)
	case !listed:
		return differs("Allow does not name %s, which just succeeded", p.options.Method)
	}
	return holds(fmt.Sprint(a.Status))
}

// tooLarge lets the body wait for 100, where the server knows that, so that a refusal costs nothing.
func tooLarge(ctx context.Context, p *Probe) Verdict {
	if p.options.Largest <= 0 {
		return unclear("no large body may be sent")
	}
	if _, v, ok := plain(ctx, p); !ok {
		return v
	}
	name, body := p.Name(), p.Body(2, int(p.options.Largest))
	r := Request{Name: name, Body: body, Expect: true}
	a := p.Send(ctx, r)
	if a.Status == http.StatusExpectationFailed || errors.Is(a.Err, ErrCannotSend) {
		r.Expect = false
		a = p.Send(ctx, r)
	}
	if a.OK() {
		return notOffered("%d bytes were taken, and no more were sent", len(body)).saw(a.Status)
	}
	if a.Status == 0 {
		return noAnswer(ctx, p, &a)
	}
	early := a.Early || a.Sent < int64(len(body))
	switch {
	case a.Status >= 400 && p.storedAllTheSame(ctx, name, body):
		return broken("refused by %d, and stored all the same", a.Status)
	case a.Status == http.StatusRequestEntityTooLarge && early:
		return holds("413")
	case a.Status == http.StatusRequestEntityTooLarge:
		return differs("413 came after all of %d bytes were read", len(body))
	case a.Status >= 400:
		return differs("%d bytes were refused by %d, not 413", len(body), a.Status).saw(a.Status)
	}
	return refused("the PUT", &a)
}

// noAnswer judges a large upload that nothing was said to. To close the connection is allowed, though a client cannot
// tell it from a fault of the network: so it has to happen to the large body alone.
func noAnswer(ctx context.Context, p *Probe, a *Answer) Verdict {
	var timeout net.Error
	if errors.As(a.Err, &timeout) && timeout.Timeout() || ctx.Err() != nil {
		return refused("the PUT", a)
	}
	if _, v, ok := plain(ctx, p); !ok {
		return v
	}
	return differs("the connection was cut after %d bytes, without an answer, while small bodies are taken: %v",
		a.Sent, a.Err)
}

func lengthRequired(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, false); !ok {
		return v
	}
	name, body := p.Name(), p.Body(1, 64)
	a := p.Send(ctx, Request{Name: name, Body: body, Framing: Unframed})
	if errors.Is(a.Err, ErrCannotSend) {
		return notOffered("a body without a length: %v", a.Err)
	}
	if p.storedAllTheSame(ctx, name, body) {
		return broken("answered %s, and bytes of no length are there as the body", statusOf(&a))
	}
	switch {
	case a.Err != nil:
		return refused("the PUT", &a)
	case a.OK():
		return Verdict{Result: Holds, Why: "taken for a request without a body, as HTTP/1.1 has it"}.saw(a.Status)
	case a.Status >= 500 || a.Status < 400:
		return differs("answered %d, not 411", a.Status).saw(a.Status)
	}
	return holds(fmt.Sprint(a.Status))
}

// oldProtocol is whether an answer is of HTTP/1.0, which knows neither chunked nor 100.
func oldProtocol(a *Answer) bool { return a.Proto == "HTTP/1.0" }

func chunkedPut(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, false); !ok {
		return v
	}
	name, body := p.Name(), p.Body(1, 8<<10)
	a := p.Send(ctx, Request{Name: name, Body: body, Framing: Chunked})
	switch {
	case errors.Is(a.Err, ErrCannotSend):
		return notOffered("chunked: %v", a.Err)
	case a.Err != nil:
		return refused("a chunked PUT", &a)
	case !a.OK() && oldProtocol(&a):
		return notOffered("HTTP/1.0 has no chunked bodies")
	case !a.OK():
		return differs("a chunked body was refused by %d", a.Status).saw(a.Status)
	}
	return wroteAll(ctx, p, name, body, &a)
}

// wroteAll is the verdict that a 2xx, though of an odd form, wrote what was sent.
func wroteAll(ctx context.Context, p *Probe, name string, body []byte, a *Answer) Verdict {
	got := p.settle(ctx, name, holding(body))
	switch {
	case isWritten(&got, body):
		return holds(fmt.Sprint(a.Status))
	case got.Err != nil || got.Status >= 500:
		return refused("the GET", &got)
	case isGone(&got):
		return broken("answered %d, and nothing is there", a.Status)
	case !got.OK():
		return unread(&got)
	}
	return broken("answered %d, and %d bytes are there of %d", a.Status, got.Size, len(body))
}

func expect100(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, false); !ok {
		return v
	}
	name, body := p.Name(), p.Body(1, 8<<10)
	a := p.Send(ctx, Request{Name: name, Body: body, Expect: true})
	switch {
	case errors.Is(a.Err, ErrCannotSend):
		return notOffered("Expect: %v", a.Err)
	case a.Err != nil:
		return refused("a PUT with Expect: 100-continue", &a)
	case a.Status == http.StatusExpectationFailed:
		return differs("100-continue was refused by 417").saw(a.Status)
	case !a.OK() && (oldProtocol(&a) || a.Status >= 500):
		return refused("a PUT with Expect: 100-continue", &a)
	case !a.OK():
		return differs("with 100-continue a PUT was answered %d, that is taken without", a.Status).saw(a.Status)
	}
	v := wroteAll(ctx, p, name, body, &a)
	if v.Result != Holds || slices.Contains(a.Interim, http.StatusContinue) {
		return v
	}
	if oldProtocol(&a) {
		return notOffered("HTTP/1.0 has no 100-continue")
	}
	return differs("no 100 came: each client that asks for it waits in vain")
}

// typeRefused sends a type that no server has a list with.
func typeRefused(ctx context.Context, p *Probe) Verdict {
	const kind = "application/x-shotput-unlikely"
	v, got := labelled(ctx, p, Header{Name: "Content-Type", Value: kind})
	if v.Result != "" {
		return v
	}
	if is := got.Header.Get("Content-Type"); is != kind {
		return differs("%s was taken, and is given back as %s", kind, cmp.Or(is, "none"))
	}
	return Verdict{Result: Holds, Why: "every type is taken, and given back"}
}

func encodingUnknown(ctx context.Context, p *Probe) Verdict {
	const coding = "shotput-unknown"
	v, got := labelled(ctx, p, Header{Name: "Content-Encoding", Value: coding})
	if v.Result != "" {
		return v
	}
	if is := got.Header.Get("Content-Encoding"); is != coding {
		return broken("taken, and given back with the Content-Encoding %s", cmp.Or(is, "lost"))
	}
	return Verdict{Result: Holds, Why: "taken, and given back with its Content-Encoding"}
}

// labelled writes an object with a label of its kind. Where it was refused, or cannot be read, that is the verdict;
// else there is none, but the answer of a GET.
func labelled(ctx context.Context, p *Probe, label Header) (v Verdict, got Answer) {
	if v, ok := p.able(ctx, false); !ok {
		return v, got
	}
	name, body := p.Name(), p.Body(1, 64)
	a := p.Put(ctx, name, body, label)
	switch {
	case a.Err != nil || a.Status < 200:
		return refused("the PUT", &a), got
	case a.OK():
		if got = p.settle(ctx, name, holding(body)); !isWritten(&got, body) {
			v = unclear("with this %s the body could not be read back", label.Name)
		}
		return v, got
	case a.Status >= 400 && p.storedAllTheSame(ctx, name, body):
		return broken("refused by %d, and stored all the same", a.Status), got
	case a.Status == http.StatusUnsupportedMediaType:
		return holds("415"), got
	case a.Status >= 500 && a.Status != http.StatusNotImplemented || a.Status < 400:
		return refused("the PUT", &a), got
	}
	return differs("refused by %d, not 415", a.Status).saw(a.Status), got
}
