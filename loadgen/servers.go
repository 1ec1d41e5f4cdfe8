package loadgen

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"shotput/loadgen/fault"
	"shotput/loadgen/flow"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/token"
	"shotput/loadgen/transport"
	"shotput/loadgen/wire/http1"

	"shotput/stats"
)

// origins are the servers that requests go to, as far as the plan's URLs can be read: scheme and host, each once.
func (p *Plan) origins() []*url.URL {
	var all []*url.URL
	for _, one := range p.Each() {
		own, _ := one.Request.Origins(&p.Values) // Validate tells of the error
		for _, u := range own {
			if indexOf(all, u) < 0 {
				all = append(all, u)
			}
		}
	}
	return all
}

// Servers are the servers that requests go to, as far as the plan's URLs can be read: scheme and host, each once.
func (p Plan) Servers() []*url.URL { return p.origins() }

// indexOf is the place of a server among others; -1: it is none of them.
func indexOf(all []*url.URL, server *url.URL) int {
	return slices.IndexFunc(all, func(u *url.URL) bool { return !transport.Foreign(u, server) })
}

// origin is the first of origins; the error is the URL's.
func (p *Plan) origin() (*url.URL, error) {
	if all := p.origins(); len(all) > 0 {
		return all[0], nil
	}
	_, err := p.Request.Origins(&p.Values)
	return nil, cmp.Or(err, error(fault.Missing.In("url", "", "is missing")))
}

// ways are the ways to the servers; no proxy where one cannot be found, which Validate tells of.
func (p *Plan) ways() (all []route.Way) {
	for _, u := range p.origins() {
		w, _ := p.Route.WayTo(u)
		all = append(all, w)
	}
	return all
}

// via is what stands between here and a server; nothing where the way cannot be found, which Validate tells of.
func (p *Plan) via(origin *url.URL) request.Via {
	w, err := p.Route.WayTo(origin)
	if err != nil || !w.Absolute {
		return request.Via{}
	}
	return request.Via{Absolute: true, User: w.Proxy.User, Header: p.Route.ProxyHeader}
}

// strangeRoute is the way to servers that the plan does not name: they are shown no client certificate.
func (p *Plan) strangeRoute() *route.Spec {
	r := p.Route
	r.TLS.Cert, r.TLS.Key, r.TLS.Pass, r.TLS.CertType = "", "", "", ""
	return &r
}

// hosts says where answers may lead the plan's flows.
func (p *Plan) hosts() flow.Hosts { return flow.Hosts{Own: p.origins(), Allowed: p.Flows.Hosts} }

// transport opens what the portable engine sends over. Where heads are wanted, it is for a request that is sent alone.
func (p *Plan) transport(t *route.Traffic, h *heads) (*transport.Transport, error) {
	origin, err := p.origin()
	if err != nil {
		return nil, err
	}
	own := slices.ContainsFunc(p.Each(), func(one Plan) bool {
		return header.Named(one.Request.Header, "Proxy-Authorization")
	})
	how := transport.Setting{Route: &p.Route, Dial: p.use(t), Concurrency: p.Load.Concurrency,
		Plain: origin.Scheme == "http", OwnProxyAuth: own, Opened: h != nil,
		Answers: func() route.AnswerReader { return newAnswerReader(h) }}
	if p.HasFlows() {
		if how.Strays, err = p.hosts().Strays(); err != nil {
			return nil, err
		}
	}
	return p.Transport.Open(how)
}

// heads are the head of the last answer that a request got, and those of interim answers before it, as they came.
type heads struct {
	mu struct {
		sync.Mutex
		text []byte
	}
}

func (h *heads) add(line []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mu.text = append(append(h.mu.text, line...), '\n')
}

func (h *heads) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mu.text = nil
}

// all gives them; nil where nobody wanted them.
func (h *heads) all() []byte {
	if h == nil {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.mu.text)
}

// An answerReader reads the answers of a connection on the portable engine as the event loop does.
type answerReader struct {
	http1.Response
	heads *heads // nil: nobody wants them
}

func newAnswerReader(h *heads) *answerReader {
	r := &answerReader{heads: h}
	if h != nil {
		r.OnLine = h.add
	}
	return r
}

// Reset makes it ready for the answer to a request of this method: to the one that is sent again, after a redirect or
// a challenge.
func (r *answerReader) Reset(method string) {
	r.Response.Reset(method)
	if r.heads != nil {
		r.heads.clear()
	}
}

// IsAnswer says whether b begins as an answer does.
func (*answerReader) IsAnswer(b []byte) bool { return http1.IsAnswer(b) }

// use is what the run asks of its route.
func (p *Plan) use(t *route.Traffic) route.Setting {
	return route.Setting{
		Limit:     p.Transport.Timeout,
		Sessions:  p.Load.Concurrency,
		UserAgent: p.Request.UserAgent,
		Traffic:   t,
	}
}

// through is the transport as the request of a plan of one wants it.
func (p *Plan) through(t *transport.Transport) http.RoundTripper {
	return t.For(p.Request.DigestUser(p.Values.Env), header.Named(p.Request.Header, "Host"))
}

// tokens has a token, yet to be fetched, for each of the plan's requests that wants one.
func (p *Plan) tokens() (*token.Set, error) {
	all := new(token.Set)
	for _, one := range p.Each() {
		grant := &one.Request.Auth.OAuth2
		if grant.TokenURL == "" || all.Has(grant) {
			continue
		}
		client, err := one.tokenClient()
		if err != nil {
			return nil, err
		}
		all.Add(grant, token.By(client, grant))
	}
	return all, nil
}

// tokenClient asks for tokens by the plan's own rules for TLS and proxies, but for what is of its target alone.
func (p *Plan) tokenClient() (*http.Client, error) {
	q := *p
	q.Transport.HTTP, q.Transport.Follow, q.Transport.NoKeepalive = "", false, true
	q.Route.UnixSocket, q.Route.ConnectTo, q.Load.Concurrency = "", nil, 1
	transport, err := q.transport(new(route.Traffic), nil) // it keeps no connection that would have to be closed
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: transport.For("", false), Timeout: p.Transport.Timeout,
		// the secret goes nowhere else
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// Await waits until the plan's servers take connections, the TLS of each included, and for no longer than limit. That
// the one server of a plan is not there then is no error: its first request tells why, as it would without. Of several
// it is a PreflightError, since the first request may go to another. told is called for each server that is not there
// at first, with its host and port, and why. What is opened here is in no figure. Any other error is of the plan, or
// why ctx has ended.
func Await(ctx context.Context, plan Plan, limit time.Duration, told func(server string, why error)) error {
	if err := plan.Validate(); err != nil {
		return err
	}
	plan = plan.WithDefaults()
	t, err := plan.transport(new(route.Traffic), nil)
	if err != nil {
		return err
	}
	defer t.Close()
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	origins := plan.origins()
	missing := awaitAll(limited, t, origins, told)
	if len(origins) > 1 && ctx.Err() == nil {
		for i, why := range missing {
			if why != nil {
				return notThere(origins[i], why)
			}
		}
	}
	return context.Cause(ctx)
}

// awaitAll waits for all servers at once, for one that is late must not take the time of the next. It gives, for each,
// why it was not there when ctx ended; nil of one that came, or that waiting does not help. told is called by one
// goroutine at a time.
func awaitAll(ctx context.Context, t *transport.Transport, all []*url.URL, told func(string, error)) []error {
	missing := make([]error, len(all))
	var telling sync.Mutex
	var waiting sync.WaitGroup
	for i, origin := range all {
		waiting.Go(func() {
			var first error
			err := t.Await(ctx, origin, func(why error) {
				telling.Lock()
				defer telling.Unlock()
				first = why
				told(route.HostPort(origin), why)
			})
			if err != nil && ctx.Err() != nil {
				missing[i] = first
			}
		})
	}
	waiting.Wait()
	return missing
}

// notThere says that a server did not come, as its first request would.
func notThere(origin *url.URL, err error) error {
	x := &Exchange{URL: origin.String() + "/", Err: err}
	x.Observation.Stage = stats.InConnect
	x.Observation.Outcome = transport.Classify(err, stats.InConnect)
	return &PreflightError{Exchange: x}
}
