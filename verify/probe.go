package verify

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// A Probe is what one check sends through: names of its own, bodies of the caller's kind, and a memory of what was
// sent.
type Probe struct {
	server  Server
	options *Options
	report  *Report
	check   *Check
	names   int
	sent    []Exchange
	muted   bool
	// names in bodies that were sent, where bodies have them
	addressed []string
}

// Name is a fresh name, below the run's prefix. All of a check are of one length.
func (p *Probe) Name() string {
	p.names++
	return fmt.Sprintf("%s%s-%04d", p.options.Prefix, p.check.Name, p.names)
}

// Send does one exchange. An answer that asks to come again later is obeyed, a few times, within the run's time.
func (p *Probe) Send(ctx context.Context, r Request) Answer {
	p.note(&r)
	r.Body = p.address(r.Name, r.Body)
	a := p.obey(ctx, r)
	p.keep(r, &a, 0)
	return a
}

// obey sends a request, and again where the answer asks for that.
func (p *Probe) obey(ctx context.Context, r Request) (a Answer) {
	for range 5 {
		a = p.server.Send(ctx, r)
		wait, asked := retryAfter(&a)
		if !asked || !p.wait(ctx, wait, &a) {
			break
		}
	}
	return a
}

// Together sends all at one instant. Of many rounds a check shows those that matter: see Mute.
func (p *Probe) Together(ctx context.Context, all []Request) []Answer {
	all = slices.Clone(all)
	for i := range all {
		p.note(&all[i])
		all[i].Body = p.address(all[i].Name, all[i].Body)
	}
	answers := p.server.Together(ctx, all)
	for i := range answers {
		p.keep(all[i], &answers[i], len(all)-1)
	}
	return answers
}

// Mute stops the keeping of exchanges, or begins it again.
func (p *Probe) Mute(muted bool) { p.muted = muted }

// Forget drops the exchanges kept so far, such as those of a round that showed nothing, and gives them to whoever may
// need them.
func (p *Probe) Forget() (sent []Exchange) {
	sent, p.sent = p.sent, nil
	return sent
}

// Put writes a body under a name.
func (p *Probe) Put(ctx context.Context, name string, body []byte, headers ...Header) Answer {
	return p.Send(ctx, Request{Name: name, Body: body, Header: headers})
}

// Get reads a name.
func (p *Probe) Get(ctx context.Context, name string) Answer {
	return p.Send(ctx, p.reading(http.MethodGet, name))
}

// reading is a request that reads: it says what it takes, for servers that have nothing for whoever does not.
func (p *Probe) reading(method, name string) Request {
	r := Request{Method: method, Name: name, Read: true}
	if p.options.Accept != "" {
		r.Header = []Header{{Name: "Accept", Value: p.options.Accept}}
	}
	return r
}

// Sleep waits.
func (p *Probe) Sleep(ctx context.Context, d time.Duration) bool { return p.server.Sleep(ctx, d) }

// note keeps the name that is about to be written.
func (p *Probe) note(r *Request) {
	if r.Method == "" {
		r.Method = p.options.Method
	}
	if _, known := p.report.wrote[r.Name]; !known && r.Name != "" && isWriting(r.Method) {
		p.report.wrote[r.Name] = false
		p.report.Created = append(p.report.Created, r.Name)
	}
}

// isWriting says whether something may be there after a request by a method.
func isWriting(method string) bool {
	return !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, method)
}

// keep remembers an exchange for the finding, and has the answer's body as checks compare it.
func (p *Probe) keep(r Request, a *Answer, others int) {
	if errors.Is(a.Err, ErrCannotSend) {
		return // nothing was sent
	}
	if isWriting(r.Method) && (a.Status < 400 || a.Status >= 500) {
		p.report.wrote[r.Name] = true
	}
	if !p.muted {
		p.sent = append(p.sent, exchangeOf(r, *a, others))
	}
	p.report.hear(a)
	a.Body = p.unaddress(a.Body)
}

// holds, broken and so on are verdicts with a reason.
func holds(observed string) Verdict { return Verdict{Result: Holds, Observed: observed} }

func broken(format string, args ...any) Verdict {
	return Verdict{Result: Broken, Why: fmt.Sprintf(format, args...)}
}

func differs(format string, args ...any) Verdict {
	return Verdict{Result: Differs, Why: fmt.Sprintf(format, args...)}
}

func notOffered(format string, args ...any) Verdict {
	return Verdict{Result: NotOffered, Why: fmt.Sprintf(format, args...)}
}

func unclear(format string, args ...any) Verdict {
	return Verdict{Result: Unclear, Why: fmt.Sprintf(format, args...)}
}

// saw is a verdict with what a contract can name.
func (v Verdict) saw(status int) Verdict {
	v.Observed = strconv.Itoa(status)
	return v
}

// refused is the verdict of a check whose first step did not succeed.
func refused(what string, a *Answer) Verdict { return unclear("%v", failed(what, a)) }
