package verify

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// uploads are what becomes of uploads that are not what they say.
var uploads = []Check{
	{Name: "truncated", Group: "uploads", Title: "an upload that is cut short leaves everything as it was",
		Clause: "RFC 9112 §6.3, §8", Force: Must, run: truncated,
		Why:  "Half a file stands for the whole, or the good one is gone, after any lost connection.",
		Mend: "Write to a temporary place, and put it in its place only when the whole body has come."},
	{Name: "length-lies", Group: "uploads", Title: "a body is as long as its Content-Length says, or is not stored",
		Clause: "RFC 9112 §6.3", Force: Must, run: lengthLies,
		Why:  "What is cut short counts as whole, and what comes after a body gets into it.",
		Mend: "Count the bytes: too few are no upload, and those after the last belong to no body."},
	{Name: "digest-wrong", Group: "uploads", Title: "a body that is not what its digest says is refused",
		Clause: "RFC 9530 §2, RFC 1864", Force: Practice, run: digestWrong,
		Why:  "The client sends a digest so that damage on the way is found; it is told that all is well.",
		Mend: "Compare the digest before the object is put in its place; answer 400 where it differs."},
	{Name: "content-range", Group: "uploads", Title: "a part of a body is never taken for the whole",
		Clause: "RFC 9110 §14.5", Force: Should, run: contentRange,
		Why:  "A client that resumes an upload replaces the object by its last piece.",
		Mend: "Answer 400 to a PUT with Content-Range, unless you apply it."},
}

// lateAfter is how long a server may take until it stores what it should not: some do when their own timeout ends.
const lateAfter = 6 * time.Second

// A spoilt upload is one that must leave its name as it was.
type spoilt struct {
	form string
	r    Request
	old  []byte // what was there; nil: nothing
}

// truncated sends all forms, reads all, waits once, and reads all again.
func truncated(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, false); !ok {
		return v
	}
	var all []spoilt
	for _, framing := range []Framing{ByLength, Chunked} {
		for _, reset := range []bool{false, true} {
			for _, isOld := range []bool{false, true} {
				form := []string{"by length", "chunked"}[framing]
				form += map[bool]string{false: ", closed", true: ", reset"}[reset]
				body := p.Body(1, 64<<10)
				all = append(all, spoil(p, form, isOld, Request{Body: body, Framing: framing,
					Cut: &Cut{After: len(body) / 2, Reset: reset}}))
			}
		}
	}
	return unharmed(ctx, p, all, lateAfter)
}

func spoil(p *Probe, form string, isOld bool, r Request) spoilt {
	s := spoilt{form: form + ", new name", r: r}
	if isOld {
		s.form, s.old = form+", old name", p.Body(2, 2<<10)
	}
	s.r.Name = p.Name()
	return s
}

// unharmed sends broken uploads and says whether they left their names as they were, at once and after a while.
func unharmed(ctx context.Context, p *Probe, all []spoilt, late time.Duration) Verdict {
	nothing := p.Get(ctx, p.Name())
	if nothing.Err != nil || nothing.OK() {
		return unclear("a name that was never written is answered %s", statusOf(&nothing))
	}
	for _, s := range all {
		if s.old == nil {
			continue
		}
		if a := p.Put(ctx, s.r.Name, s.old); !a.OK() {
			return refused("the PUT of what is to stay", &a)
		}
		p.settle(ctx, s.r.Name, holding(s.old))
	}
	var unsent []string
	all = slices.DeleteFunc(all, func(s spoilt) bool {
		a := p.Send(ctx, s.r)
		cannot := errors.Is(a.Err, ErrCannotSend)
		if cannot {
			unsent = append(unsent, s.form)
		}
		return cannot
	})
	if len(all) == 0 {
		return unclear("none of the forms can be sent here")
	}
	v := harm(ctx, p, all, nothing.Status)
	if v.Result != Broken && late > 0 {
		p.Sleep(ctx, late)
		if later := harm(ctx, p, all, nothing.Status); later.Result != Holds {
			v = later
		}
	}
	if len(unsent) > 0 {
		v.Why = strings.TrimPrefix(v.Why+"; not sent, since it cannot be here: "+strings.Join(unsent, "; "), "; ")
	}
	return v
}

// harm reads all names. What is wrong is read again a second later: what is there for a moment only is not stored.
func harm(ctx context.Context, p *Probe, all []spoilt, nothing int) Verdict {
	read := func(some []spoilt) (wrong []spoilt, broke, unknown []string) {
		for _, s := range some {
			a := p.Get(ctx, s.r.Name)
			fault, certain := s.fault(&a, nothing)
			switch {
			case certain:
				broke = append(broke, s.form+": "+fault)
			case fault != "":
				unknown = append(unknown, s.form+": "+fault)
			}
			if fault != "" {
				wrong = append(wrong, s)
			}
		}
		return wrong, broke, unknown
	}
	wrong, atFirst, _ := read(all)
	if len(wrong) == 0 {
		return holds("")
	}
	p.Sleep(ctx, time.Second)
	_, broke, unknown := read(wrong)
	switch {
	case len(broke) > 0:
		return broken("%s", strings.Join(broke, "; "))
	case len(unknown) > 0:
		return unclear("%s", strings.Join(unknown, "; "))
	case len(atFirst) > 0:
		return differs("seen for a moment: %s", strings.Join(atFirst, "; "))
	}
	return holds("")
}

// fault is what is wrong with what is read where a broken upload was, and whether that is certain.
func (s *spoilt) fault(a *Answer, nothing int) (fault string, certain bool) {
	kept := isWritten(a, s.old)
	switch {
	case s.old == nil && (isGone(a) || a.Status == nothing), s.old != nil && kept:
		return "", false
	case a.Err != nil:
		return "the GET got no answer: " + a.Err.Error(), false
	case a.OK() && a.Size == 0 && s.old == nil:
		return "an empty object is there", true
	case a.OK() && a.Size == 0:
		return "the object was emptied", true
	case a.OK() && bytes.HasPrefix(s.r.Body, a.Body):
		return fmt.Sprintf("%d of %d bytes are there as if they were the whole", a.Size, len(s.r.Body)), true
	case a.OK():
		return fmt.Sprintf("%d bytes are there that are neither body", a.Size), true
	case s.old != nil && isGone(a):
		return "the object that was there is gone", true
	}
	return fmt.Sprintf("the GET answered %d", a.Status), false
}

// lengthLies says more than it sends, then less.
func lengthLies(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, false); !ok {
		return v
	}
	body := p.Body(1, 4<<10)
	more := int64(len(body) + 1<<10)
	v := unharmed(ctx, p, []spoilt{
		spoil(p, "Content-Length too large, closed", false, Request{Body: body, Length: &more}),
		spoil(p, "Content-Length too large, closed", true, Request{Body: body, Length: &more}),
	}, 0)
	if v.Result == Broken {
		return v
	}
	less, name := int64(len(body)), p.Name()
	sent := append(bytes.Clone(body), "\r\n\r\nthese bytes come after the end of the body"...)
	a := p.Send(ctx, Request{Name: name, Body: sent, Length: &less})
	if errors.Is(a.Err, ErrCannotSend) {
		return v
	}
	got := p.settle(ctx, name, func(g *Answer) bool { return isWritten(g, body) || !a.OK() && !g.OK() })
	switch {
	case got.Err != nil:
		return refused("the GET", &got)
	case a.OK() && !got.OK():
		return unread(&got)
	case got.OK() && got.Size > less && bytes.HasPrefix(got.Body, body):
		return broken("bytes after the end of a body got into it: %d are there of %d", got.Size, less)
	case got.OK() && !isWritten(&got, body):
		return broken("of a body of %d bytes, with others after it, %d other bytes are there", less, got.Size)
	}
	return v
}

// A digestKind is a header by which a client says what its body is.
type digestKind struct {
	name string
	of   func(body []byte) string
}

var digestKinds = []digestKind{
	{"Content-MD5", func(b []byte) string { d := md5.Sum(b); return base64.StdEncoding.EncodeToString(d[:]) }},
	{"Content-Digest", func(b []byte) string { return "sha-256=:" + sha256Of(b) + ":" }},
	{"Repr-Digest", func(b []byte) string { return "sha-256=:" + sha256Of(b) + ":" }},
	{"x-amz-checksum-sha256", sha256Of},
}

func sha256Of(b []byte) string {
	d := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(d[:])
}

// digestWrong leaves x-amz-content-sha256 alone: it is a part of the caller's signature.
func digestWrong(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, false); !ok {
		return v
	}
	var checked, ignored, odd []string
	status := 0
	for _, kind := range digestKinds {
		v := kind.wrong(ctx, p)
		switch v.Result {
		case Broken:
			return v
		case Holds:
			checked = append(checked, kind.name)
			status, _ = strconv.Atoi(v.Observed)
		case NotOffered:
			ignored = append(ignored, kind.name)
		default:
			odd = append(odd, v.Why)
		}
	}
	if len(ignored) > 0 {
		odd = append(odd, "ignored: "+strings.Join(ignored, ", "))
	}
	why := strings.Join(odd, "; ")
	switch {
	case len(checked) > 0:
		why = strings.TrimSuffix("refused by "+strings.Join(checked, ", ")+"; "+why, "; ")
		return Verdict{Result: Holds, Why: why}.saw(status)
	case len(ignored) == len(digestKinds):
		return notOffered("%s", why)
	}
	return unclear("%s", why)
}

// wrong sends a body with its digest, then another with the same one.
func (k *digestKind) wrong(ctx context.Context, p *Probe) Verdict {
	before, name, right, wrong := p.Name(), p.Name(), p.Body(1, 64), p.Body(2, 64)
	digest := Header{Name: k.name, Value: k.of(p.address(before, right))}
	if a := p.Put(ctx, before, right, digest); !a.OK() {
		return unclear("%s, though right, was answered %s", k.name, statusOf(&a))
	}
	a := p.Put(ctx, name, wrong, digest)
	switch {
	case a.OK():
		return notOffered("%s is ignored", k.name)
	case a.Status >= 400 && p.storedAllTheSame(ctx, name, wrong):
		return broken("a body that its %s denies was refused by %d, and is there all the same", k.name, a.Status)
	case a.Status < 400, a.Status >= 500:
		return unclear("%s, wrong, was answered %s", k.name, statusOf(&a))
	}
	return holds(strconv.Itoa(a.Status))
}

// contentRange says that a whole body is the first half of an object that is there.
func contentRange(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, true); !ok {
		return v
	}
	name, part := p.Name(), p.Body(1, 64)
	old := p.Body(2, 2*len(part))
	if a := p.Put(ctx, name, old); !a.OK() {
		return refused("the PUT of the whole", &a)
	}
	half := fmt.Sprintf("bytes 0-%d/%d", len(part)-1, len(old))
	a := p.Put(ctx, name, part, Header{Name: "Content-Range", Value: half})
	if a.Err != nil {
		return refused("the PUT of a part", &a)
	}
	applied := append(bytes.Clone(part), old[min(len(part), len(old)):]...)
	got := p.settle(ctx, name, func(g *Answer) bool { return isWritten(g, old) != a.OK() })
	switch {
	case isWritten(&got, part):
		return broken("answered %d, and the part is there instead of the whole", a.Status)
	case isWritten(&got, old) && a.Status == http.StatusBadRequest:
		return holds("400")
	case isWritten(&got, old) && a.OK():
		return broken("answered %d, and nothing was changed", a.Status)
	case isWritten(&got, old):
		return differs("refused by %d, not 400", a.Status).saw(a.Status)
	case a.OK() && bytes.Equal(got.Body, applied):
		return differs("the part was applied to what was there, as some clients and servers agree to do").saw(a.Status)
	case got.OK() && got.Err == nil:
		return broken("answered %d, and %d bytes of neither are there", a.Status, got.Size)
	}
	return unread(&got)
}
