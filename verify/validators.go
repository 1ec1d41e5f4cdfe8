package verify

import (
	"cmp"
	"context"
	"regexp"
	"strings"
	"time"
)

// validators are what says which state an object is in, and what keeps an update from being lost.
var validators = []Check{
	{Name: "etag-present", Group: "validators", Title: "what is read has a strong ETag",
		Clause: "RFC 9110 §8.8.3", Force: Should, run: etagPresent,
		Why:  "Without one no client can say which state it has seen: updates are lost, caches read all again.",
		Mend: "Send an ETag with every GET and HEAD: a digest or a version, in double quotes."},
	{Name: "etag-equal", Group: "validators",
		Title:  "the ETag that PUT answers with is the one that GET gives",
		Clause: "RFC 9110 §8.8.3, §9.3.4", Force: Must, run: etagEqual,
		Why:  "A client that goes on with PUT's ETag is refused, or believes that it holds a state that it does not.",
		Mend: "Send with PUT the ETag of what is now stored, or none where the body was changed in storing."},
	{Name: "etag-stable", Group: "validators", Title: "without a write the ETag stays",
		Clause: "RFC 9110 §8.8.1", Force: Practice, run: etagStable,
		Why:  "A careful update is refused though nobody wrote, and caches never hit.",
		Mend: "Make the ETag from what is stored, not from time, process or machine."},
	{Name: "etag-changes", Group: "validators", Title: "two bodies of one length within a second have two ETags",
		Clause: "RFC 9110 §8.8.1, §8.8.3", Force: Must, run: etagChanges,
		Why:  "Two states look the same: an update is lost in spite of If-Match, and caches serve the old one.",
		Mend: "Make the ETag from the content or a version; length and a time in seconds do not tell states apart."},
	{Name: "if-match-wrong", Group: "validators",
		Title:  "a PUT with an outdated If-Match answers 412 and changes nothing",
		Clause: "RFC 9110 §13.1.1", Force: Must, run: ifMatchWrong,
		Why:  "Of two who change the same state, the second destroys the work of the first, and neither hears of it.",
		Mend: "Compare If-Match with the present ETag before storing, in one step with it; answer 412."},
	{Name: "if-match-right", Group: "validators", Title: "a PUT with the present If-Match is done",
		Clause: "RFC 9110 §13.1.1", Force: Must, run: ifMatchRight,
		Why:  "Who does everything right cannot update.",
		Mend: "Compare with the ETag that GET gives, byte by byte, quotes included; do not change it on the way."},
	{Name: "if-match-missing", Group: "validators",
		Title:  "a PUT with If-Match: * of a name that is not there answers 412",
		Clause: "RFC 9110 §13.1.1", Force: Must, run: ifMatchMissing,
		Why:  "An update of what was deleted in the meantime brings it back.",
		Mend: "Take If-Match: * as false where nothing is there; answer 412."},
	{Name: "if-none-match-exists", Group: "validators",
		Title:  "a PUT with If-None-Match: * of a name that is there answers 412 and changes nothing",
		Clause: "RFC 9110 §13.1.2", Force: Must, run: ifNoneMatchExists,
		Why:  "A client that means to create, and nothing else, destroys what another has created.",
		Mend: "Take If-None-Match: * as false where something is there; answer 412."},
	{Name: "if-none-match-new", Group: "validators", Title: "a PUT with If-None-Match: * of a new name is done",
		Clause: "RFC 9110 §13.1.2", Force: Must, run: ifNoneMatchNew,
		Why:  "The safe way to create is closed.",
		Mend: "Take If-None-Match: * as true where nothing is there."},
	{Name: "if-unmodified-since", Group: "validators",
		Title:  "a PUT with If-Unmodified-Since before the last change answers 412 and changes nothing",
		Clause: "RFC 9110 §13.1.4", Force: Must, run: ifUnmodifiedSince,
		Why:  "Clients that have no ETag keep by it from destroying what others wrote.",
		Mend: "Compare with the Last-Modified that GET gives, before storing; answer 412."},
	{Name: "precondition-early", Group: "validators", Title: "a failed precondition is answered before the body",
		Clause: "RFC 9110 §10.1.1, §13.2.1", Force: Practice, run: preconditionEarly,
		Why:  "Gigabytes travel only to be refused.",
		Mend: "Judge preconditions by the header, before the body is read and before 100 Continue is sent."},
	{Name: "precondition-required", Group: "validators",
		Title:  "an update without a precondition answers 428 and changes nothing",
		Clause: "RFC 6585 §3", Force: Practice, run: preconditionRequired,
		Why:  "It keeps clients that do not care from losing the updates of others.",
		Mend: "Where lost updates matter, refuse with 428 a PUT of what is there that has no precondition."},
}

// tagForm is an entity tag (RFC 9110 §8.8.3).
var tagForm = regexp.MustCompile(`^(W/)?"[^"\x00-\x20\x7f]*"$`)

// isWeakTag says whether a tag is one that If-Match, which compares strongly, never matches.
func isWeakTag(tag string) bool { return strings.HasPrefix(tag, "W/") }

// isSameTag compares weakly (RFC 9110 §8.8.3.2).
func isSameTag(a, b string) bool { return strings.TrimPrefix(a, "W/") == strings.TrimPrefix(b, "W/") }

// ripening is how long a server may call a tag weak because the object is too young: a file that is written again
// within the resolution of its time would have the same one.
const ripening = 2 * time.Second

func etagPresent(ctx context.Context, p *Probe) Verdict {
	o, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	tag := o.read.ETag()
	if isWeakTag(tag) && p.Sleep(ctx, ripening) {
		again := p.look(ctx, o.name)
		tag = again.ETag()
	}
	switch {
	case tag == "" && o.read.Header.Get("Last-Modified") != "":
		return notOffered("no ETag; Last-Modified alone tells states apart, to a second")
	case tag == "":
		return notOffered("neither ETag nor Last-Modified")
	case !tagForm.MatchString(tag):
		return broken("the ETag %s is none: it stands in double quotes", tag)
	case isWeakTag(tag):
		return differs("the ETag is weak, after two seconds as well: If-Match never matches it")
	}
	return holds("")
}

// etagEqual compares for a new object and for one that was replaced: PUT may answer with the tag of the state before.
func etagEqual(ctx context.Context, p *Probe) Verdict {
	o, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	verdict := sameTags(o)
	if verdict.Result == Holds {
		if n, err := p.replaced(ctx, o, p.Body(2, 64)); err == nil && n.put.ETag() != "" {
			verdict = sameTags(n)
		}
	}
	if verdict.Result == Broken && p.isTagRestless(ctx, o.name) {
		return restless()
	}
	return verdict
}

// restless is the verdict where the present tag cannot be told.
func restless() Verdict { return unclear("the ETag changes from read to read, as etag-stable judges") }

func sameTags(o *held) Verdict {
	put, read := o.put.ETag(), o.read.ETag()
	switch {
	case put == "":
		return notOffered("PUT answers without an ETag")
	case read == "":
		return differs("PUT answers with the ETag %s, and GET with none", put)
	case put == read:
		return holds("")
	case isSameTag(put, read):
		return differs("the ETag is %s by PUT, %s by GET: only one of them is strong", put, read)
	}
	return broken("the ETag is %s by PUT, %s by GET", put, read)
}

// etagStable reads a few times, which several machines behind one name may answer, and once more after a while.
func etagStable(ctx context.Context, p *Probe) Verdict {
	o, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	first := o.read.ETag()
	if first == "" {
		return notOffered("no ETag")
	}
	verdict := holds("")
	for i := range 4 {
		if i == 3 && !p.Sleep(ctx, ripening) {
			break
		}
		a := p.look(ctx, o.name)
		switch tag := a.ETag(); {
		case !a.OK():
			return refused("GET", &a)
		case tag == first:
		case isSameTag(tag, first):
			verdict = differs("without a write the ETag became %s, and had been %s", tag, first)
		default:
			return broken("without a write the ETag became %s, and had been %s", cmp.Or(tag, "none"), first)
		}
	}
	return verdict
}

// etagChanges writes four bodies: at least two of any three that follow at once fall within one second.
func etagChanges(ctx context.Context, p *Probe) Verdict {
	o, err := p.given(ctx, p.Body(1, 64))
	if err != nil {
		return unclear("%v", err)
	}
	seen := map[string]int{}
	for i := 1; ; i++ {
		tag := o.read.ETag()
		switch other := seen[tag]; {
		case tag == "":
			return notOffered("no ETag")
		case other > 0 && isWeakTag(tag):
			return differs("bodies %d and %d have the same weak ETag %s: no client can tell them apart", other, i, tag)
		case other > 0:
			return broken("bodies %d and %d, of one length, have the same ETag %s", other, i, tag)
		}
		seen[tag] = i
		if i == 4 {
			return holds("")
		}
		if o, err = p.replaced(ctx, o, p.Body(i+1, 64)); err != nil {
			return unclear("%v", err)
		}
	}
}
