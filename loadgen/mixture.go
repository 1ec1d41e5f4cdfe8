package loadgen

import (
	"errors"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
	"shotput/loadgen/request"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
	"shotput/loadgen/token"

	"shotput/stats"
)

// # Several requests
//
// A plan's requests are one schedule, one set of slots and one sequence of numbers: {{seq}} counts over all of them.
// Which of them an arrival is follows from the seed and its number alone, by the weights, so that it does not depend
// on engine, concurrency or loops. The obvious other way, turns by a counter, keeps the shares closer, and beats in
// time with whatever else is periodic: arrival k would always meet the same of them.

// A lot says which of several requests each arrival is.
type lot struct {
	seed uint64
	upTo []uint64 // of 2^63: the sum of the shares up to and with each request's; empty for one alone
}

func newLot(p *Plan) lot {
	l := lot{seed: text.Scramble(text.Scramble(p.Load.draw()) ^ text.SaltOf("requests", 0))}
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

// A mixture is a plan's requests, compiled. All its methods may be called by any number of goroutines at once.
type mixture struct {
	lot
	entries []entry                                             // one at least
	units   []unit                                              // the plan's; see Flows
	before  *flow.Flow                                          // what is sent once before the load; nil: nothing
	after   []*flow.Flow                                        // and after it, each whatever became of those before
	all     []*request.Template                                 // of each unit
	answers []*answer.Expected                                  // of each: which count as OK
	known   [][]string                                          // of each: secrets known ahead, by secret.Sorted
	secrets func(template int, authorization []string) []string // of all of its requests; see secretsOf
}

// newMixture compiles the requests of a validated plan with its defaults applied; see RequestSpec.Compile. tokens may
// be nil where nothing is sent.
func newMixture(p *Plan, start time.Time, tokens *token.Set) (*mixture, error) {
	m := &mixture{lot: newLot(p), units: p.units(), entries: make([]entry, max(1, len(p.Mix)))}
	each := p.Each()
	m.secrets = func(i int, authorization []string) []string {
		return each[i].Request.Secrets(p.Values.Env, authorization)
	}
	for i, one := range each {
		m.known = append(m.known, secret.Sorted(m.secrets(i, nil)))
		t, err := compileOne(&one, &m.units[i], start, tokens)
		if err == nil {
			m.all = append(m.all, t)
			var e *answer.Expected
			e, err = one.Answer.Expect(one.Request.Compressed)
			m.answers = append(m.answers, e)
		}
		if err != nil {
			m.Close()
			return nil, placeIn(err, m.units[i].at)
		}
	}
	if err := m.layFlows(p); err != nil {
		m.Close()
		return nil, err
	}
	return m, nil
}

// compileOne compiles the request of a plan of one, which is that unit of the whole.
func compileOne(p *Plan, u *unit, start time.Time, tokens *token.Set) (*request.Template, error) {
	return p.Request.Compile(
		request.Setting{Values: p.Values, Seed: p.Load.draw(), Start: start, Token: tokens.Of(&p.Request.Auth.OAuth2),
			Via: p.via, Close: p.Transport.NoKeepalive, Expect: p.Transport.ExpectContinue,
			Reads: u.keeps(&p.Answer) > 0, Trace: p.Trace},
	)
}

// secretsOf are to be taken out of what a server says to request k, which is of one of the templates.
func (m *mixture) secretsOf(template int, k int64, authorization []string) []string {
	return append(m.secrets(template, authorization), m.all[template].Secrets(k)...)
}

// outcomeOfUnmade is the outcome of a request that cannot be made.
func outcomeOfUnmade(err error) stats.Outcome {
	switch {
	case errors.As(err, new(text.CaptureError)):
		return stats.Uncaptured
	case errors.As(err, new(request.HeadError)):
		return stats.BadHead
	}
	return stats.BadBody
}

// hide takes the secrets that are known ahead out of what is said of a request, and those of its URL.
func (m *mixture) hide(detail string, template int, k int64) string {
	detail = secret.HideIn(detail, m.known[template])
	return secret.HideIn(detail, secret.Sorted(m.all[template].Secrets(k)))
}

// pick says which of the plan's units request k is: of a flow, its first step.
func (m *mixture) pick(k int64) int { return m.entries[m.lot.pick(k)].first }

// flowOf is the flow that begins with a unit; nil where that is no step of one.
func (m *mixture) flowOf(unit int) *flow.Flow {
	if u := &m.units[unit]; u.step != nil && u.entry >= 0 {
		return m.entries[u.entry].flow
	}
	return nil
}

// urlOf is the URL of request k of a template, as a flow wants it.
func (m *mixture) urlOf(template int, k int64, at time.Duration, given *text.Given) (string, error) {
	g := *given
	g.At = at
	return m.all[template].URLText(k, &g)
}

// of is the template of request k.
func (m *mixture) of(k int64) *request.Template { return m.all[m.pick(k)] }

// Size is how many bytes of bodies arrival k sends: of a flow, each of its steps with all parts, once.
func (m *mixture) Size(k int64) (sum int64) {
	i := m.lot.pick(k)
	if m.entries[i].flow == nil {
		return m.all[m.entries[i].first].Size(k)
	}
	for at := range m.units {
		if u := &m.units[at]; u.entry == i && u.isForAll() {
			sum += m.all[at].Size(k) * int64(max(1, u.step.How.Parts))
		}
	}
	return sum
}

// ready makes what would else be made when a request first needs it. The error is a Fault, or several, joined.
func (m *mixture) ready(p *Plan) error {
	for i, t := range m.all {
		if err := t.Ready(); err != nil {
			return placeIn(err, m.units[i].at)
		}
	}
	return nil
}

// last is the number of the last request, where the plan's rows are sent once, and the file that has no more then; else
// 0. Of several requests each may have a list of URLs: the shortest ends the run, since every request's number has a
// row of each. What is sent once has a number that the run begins with.
func (m *mixture) last() (last int64, file string) {
	for i, t := range m.all {
		if m.units[i].entry < 0 {
			continue
		}
		if n, of := t.From.Last(); n > 0 && (last == 0 || n < last) {
			last, file = n, of
		}
	}
	return last, file
}

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

// unsent is why what stands beside several requests is refused: it would be dropped silently.
const unsent = "is sent by none of the plan's several requests; give it to each that shall have it"
