package loadgen

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/fault"
	"shotput/loadgen/request"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"

	"shotput/stats"
)

// # Several requests
//
// A plan's requests are one schedule, one set of slots and one sequence of numbers: {{seq}} counts over all of them. Which
// of them an arrival is follows from the seed and its number alone, by the weights, so that it does not depend on
// engine, concurrency or loops. The obvious other way, turns by a counter, keeps the shares closer, and beats in time
// with whatever else is periodic: arrival k would always meet the same of them.

// Each gives a plan for each of p's requests, in their order, that has this one alone and all else of p; p itself
// where it has no Mix. What a request leaves open of method, URL, authentication and answer, p says.
func (p Plan) Each() []Plan {
	if len(p.Mix) == 0 {
		return []Plan{p}
	}
	each := make([]Plan, len(p.Mix))
	for i, r := range p.Mix {
		one := p
		one.Request, one.Answer, one.Mix = r.Request.Over(&p.Request), r.Answer.Over(&p.Answer), nil
		each[i] = one
	}
	return each
}

// weight is how often r is drawn, beside the others' weights.
func (r *Request) weight() float64 {
	if r.Weight == 0 {
		return 1
	}
	return r.Weight
}

// name is what rows and faults call the request of which one is the plan.
func (r *Request) name(one *Plan) string { return cmp.Or(r.Name, secret.URL(one.Request.URL)) }

// A lot says which of several requests each arrival is.
type lot struct {
	seed uint64
	upTo []uint64 // of 2^63: the sum of the shares up to and with each request's; empty for one alone
}

func newLot(p *Plan) lot {
	l := lot{seed: text.Scramble(text.Scramble(p.Load.Seed) ^ text.SaltOf("requests", 0))}
	if len(p.Mix) < 2 {
		return l
	}
	var total, sum float64
	for i := range p.Mix {
		total += p.Mix[i].weight()
	}
	for i := range p.Mix {
		sum += p.Mix[i].weight()
		l.upTo = append(l.upTo, uint64(sum/total*(1<<63)))
	}
	return l
}

// pick says which of the requests number k is, from 0.
func (l *lot) pick(k int64) int {
	if len(l.upTo) == 0 {
		return 0
	}
	drawn := text.Scramble(l.seed^uint64(k)) >> 1
	for i, end := range l.upTo {
		if drawn < end {
			return i
		}
	}
	return len(l.upTo) - 1 // rounding left the last sum a little short
}

// only is the plan of request k alone.
func (p Plan) only(k int64) Plan {
	l := newLot(&p)
	return p.Each()[l.pick(k)]
}

// A mixture is a plan's requests, compiled. All its methods may be called by any number of goroutines at once.
type mixture struct {
	lot
	all     []*request.Template                                 // one at least
	answers []*answer.Expected                                  // of each: which count as OK
	secrets func(template int, authorization []string) []string // to be taken out of what a server echoes
}

// newMixture compiles the requests of a validated plan with its defaults applied; see RequestSpec.Compile. tokens may be
// nil where nothing is sent.
func newMixture(p *Plan, start time.Time, tokens *tokens) (*mixture, error) {
	m := &mixture{lot: newLot(p)}
	each := p.Each()
	m.secrets = func(i int, authorization []string) []string {
		return each[i].Request.Secrets(p.Values.Env, authorization)
	}
	for i, one := range each {
		t, err := one.compile(start, tokens)
		if err == nil {
			m.all = append(m.all, t)
			var e *answer.Expected
			e, err = one.Answer.Expect(one.Request.Compressed)
			m.answers = append(m.answers, e)
		}
		if err != nil {
			m.Close()
			return nil, placed(err, i, p)
		}
	}
	return m, nil
}

// compile compiles the request of a plan of one.
func (p *Plan) compile(start time.Time, tokens *tokens) (*request.Template, error) {
	return p.Request.Compile(request.Setting{Values: p.Values, Seed: p.Load.Seed, Start: start, Token: tokens.of(&p.Request.Auth.OAuth2),
		Via: p.via, Close: p.Transport.NoKeepalive, Expect: p.Transport.ExpectContinue})
}

// via is what stands between here and a server; nothing where the way cannot be found, which Validate tells of.
func (p *Plan) via(origin *url.URL) request.Via {
	w, err := p.Route.WayTo(origin)
	if err != nil || !w.Absolute {
		return request.Via{}
	}
	return request.Via{Absolute: true, User: w.Proxy.User, Header: p.Route.ProxyHeader}
}

// kept is how many bytes of a body the checks of some request need.
func (p *Plan) kept() (most int) {
	for _, one := range p.Each() {
		most = max(most, one.Answer.Kept())
	}
	return most
}

// checked says whether some request has checks beside the status.
func (p *Plan) checked() bool {
	return slices.ContainsFunc(p.Each(), func(one Plan) bool { return one.Answer.Checked() })
}

// of is the template of request k.
func (m *mixture) of(k int64) *request.Template { return m.all[m.pick(k)] }

// Size is the length of request k's body in bytes.
func (m *mixture) Size(k int64) int64 { return m.of(k).Size(k) }

// ready makes what would else be made when a request first needs it.
func (m *mixture) ready() error {
	for _, t := range m.all {
		if err := t.Ready(); err != nil {
			return err
		}
	}
	return nil
}

// last is the number of the last request, where the plan's rows are sent once; else 0.
func (m *mixture) last() int64 { return m.all[0].From.Last() }

// begin sets the wall time at which the run begins; nothing may be rendered meanwhile.
func (m *mixture) begin(start time.Time) {
	for _, t := range m.all {
		t.Begin(start)
	}
}

// Close releases what the bodies are read from.
func (m *mixture) Close() error {
	var failed []error
	for _, t := range m.all {
		failed = append(failed, t.Close())
	}
	return errors.Join(failed...)
}

// Bounds of a mix: what each of its requests takes in every recorder, and where weights lose their meaning.
const (
	mostRequests = 200
	mostWeight   = 1e9
)

// unsent is why what stands beside several requests is refused: it would be dropped silently.
const unsent = "is sent by none of the plan's several requests; give it to each that shall have it"

func (p *Plan) checkMix(f *fault.List) {
	if n := len(p.Mix); n > mostRequests {
		f.Add(fault.OutOfRange.In("requests", strconv.Itoa(n), "are too many; at most %d are told apart", mostRequests))
		return
	}
	if len(p.Request.Header) > 0 {
		f.Add(fault.Conflict.In("header", p.Request.Header[0].Name, unsent).With("requests"))
	}
	if p.Request.Body.Sources() > 0 {
		f.Add(fault.Conflict.In("body", p.Request.Body.String(), unsent).With("requests"))
	}
	named := map[string]int{}
	for i, one := range p.Each() {
		r := &p.Mix[i]
		if w := r.Weight; !(w >= 0 && w <= mostWeight) {
			f.Add(fault.OutOfRange.In(entryOf(i)+"weight", strconv.FormatFloat(w, 'g', -1, 64),
				"must be from 0, which is 1, to %g", math.Trunc(mostWeight)))
		}
		if first, taken := named[r.name(&one)]; taken {
			f.Add(fault.Unfit.In(entryOf(i)+"name", r.name(&one),
				"is the name of requests[%d] too; give each a name of its own", first))
		} else {
			named[r.name(&one)] = i
		}
		var own fault.List
		one.checkRequest(&own)
		if err := errors.Join(own...); err != nil {
			*f = append(*f, placed(err, i, p))
		}
	}
}

func entryOf(i int) string { return fmt.Sprintf("requests[%d].", i) }

// placed says of each fault in err which request it is in; a plan of one has no need.
func placed(err error, i int, p *Plan) error {
	if len(p.Mix) == 0 {
		return err
	}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range several.Unwrap() {
			all = append(all, placed(e, i, p))
		}
		return errors.Join(all...)
	}
	var one *fault.Fault
	if errors.As(err, &one) {
		there := *one
		there.Field = entryOf(i) + one.Field
		return &there
	}
	return fmt.Errorf("%s %w", strings.TrimSuffix(entryOf(i), "."), err)
}

// hasBody says whether some request has a body.
func (p *Plan) hasBody() bool {
	return slices.ContainsFunc(p.Each(), func(one Plan) bool { return one.Request.Body.Sources() > 0 })
}

// recordMix is what a saved run says of each of several requests; see recordOf.
func recordMix(p *Plan, m *mixture) (mix []stats.Request) {
	if len(p.Mix) < 2 {
		return nil
	}
	for i, one := range p.Each() {
		r := stats.Request{Name: p.Mix[i].name(&one), Weight: p.Mix[i].weight(), Method: one.Request.Method, URL: secret.URL(one.Request.URL),
			Headers: one.Request.RecordHeader(), Body: one.Request.Body.String()}
		if m != nil {
			r.BodyBytes = m.all[i].BodyBytes()
		}
		mix = append(mix, r)
	}
	return mix
}
