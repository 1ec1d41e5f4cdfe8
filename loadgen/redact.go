package loadgen

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"shotput/stats"
)

// redacted stands wherever a secret stood.
const redacted = "REDACTED"

// secretName finds names of headers and query values whose content is a secret. It errs on the side of hiding.
var secretName = regexp.MustCompile(`(?i)auth|cookie|token|secret|passw|api-?_?key|access-?_?key|signature|credential|session|^sig$|^key$`)

// SecretName says whether what is called name, a header or a value of a query, is kept out of all that is shown and saved.
func SecretName(name string) bool { return secretName.MatchString(name) }

// secretQuery finds name=value in a query or a fragment; the URL may be a template, so it is not parsed.
var secretQuery = regexp.MustCompile(`([?&;#])([^=&;#?]+)=([^&;#]*)`)

// userinfo finds name:password@ behind a scheme, or at the head of a URL without one.
var userinfo = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*://)?[^/?#]*@`)

// redactURL hides userinfo and the values of secret-looking query names.
func redactURL(s string) string {
	s = userinfo.ReplaceAllString(s, "${1}"+redacted+"@")
	return secretQuery.ReplaceAllStringFunc(s, func(pair string) string {
		m := secretQuery.FindStringSubmatch(pair)
		if !secretName.MatchString(m[2]) {
			return pair
		}
		return m[1] + m[2] + "=" + redacted
	})
}

// redactHeader gives the value of the header called name, or hides it. A URL, as a Referer is, may have a user in it.
func redactHeader(name, value string) string {
	switch {
	case secretName.MatchString(name):
		return redacted
	case strings.Contains(value, "://"):
		return redactURL(value)
	}
	return value
}

// redactHead hides the secrets of a rendered request head.
func redactHead(head []byte) []byte {
	lines := strings.Split(string(head), "\r\n")
	for i, line := range lines {
		if method, rest, ok := strings.Cut(line, " "); i == 0 && ok {
			lines[0] = method + " " + redactURL(rest)
		} else if name, value, ok := strings.Cut(line, ": "); ok {
			lines[i] = name + ": " + redactHeader(name, value)
		}
	}
	return []byte(strings.Join(lines, "\r\n"))
}

// Record is the plan as a saved run keeps it: every default filled in, every secret hidden, contents of bodies
// only described.
func (p Plan) Record() stats.Plan {
	p = p.WithDefaults()
	m, err := newMixture(&p, time.Time{})
	if err != nil {
		return p.recordOf(nil)
	}
	defer m.Close()
	return p.recordOf(m)
}

// recordOf is Record of a plan with its defaults applied; m are its requests, nil where they have faults: then nobody knows
// how long their bodies are.
func (p Plan) recordOf(m *mixture) stats.Plan {
	engine, why := engineFor(&p)
	mix := p.recordMix(m)
	p = p.Each()[0]
	r := stats.Plan{Engine: engine, EngineReason: why, Poll: p.poll(), Mix: mix, Method: p.Request.Method, URL: redactURL(p.Request.URL), Auth: p.auth(), Body: p.Request.Body.String(), Model: "closed",
		RatePerSecond: p.Load.Rate.PerSecond, BytesPerSecond: p.Load.Rate.BytesPerSecond, Arrivals: "unpaced", Concurrency: p.Load.Concurrency,
		Requests: p.Load.Requests, Duration: p.Load.Duration, Warmup: p.Load.Warmup, Timeout: p.Transport.Timeout, ConnectTimeout: p.Route.ConnectTimeout, ReadTimeout: p.Transport.ReadTimeout,
		Keepalive: !p.Transport.NoKeepalive, Insecure: p.Route.TLS.Insecure, Proxy: redactURL(p.Route.Proxy), Expect: p.Answer.Status.String(), Seed: p.Load.Seed, Strict: p.Rules.Strict}
	p.recordExchange(&r)
	p.recordConnection(&r)
	r.Thresholds, r.Aborts = p.recordObjectives()
	r.Headers = p.recordHeader()
	if p.open() {
		r.Model, r.Arrivals = "open", "uniform"
	}
	if p.Load.Poisson {
		r.Arrivals = "poisson"
	}
	for _, s := range p.Load.Stages {
		r.Stages = append(r.Stages, s.String())
	}
	if m != nil {
		r.BodyBytes = m.all[0].BodyBytes()
	}
	return r
}

func (p *Plan) recordHeader() (lines []string) {
	for _, h := range p.Request.Header {
		lines = append(lines, h.redacted())
	}
	return lines
}

// recordConnection records how the plan's connections are made, and what its values are drawn from.
func (p *Plan) recordConnection(r *stats.Plan) {
	r.HTTP, r.TLSMin, r.TLSMax, r.NoProxy = p.Transport.HTTP, p.Route.TLS.Min, p.Route.TLS.Max, p.Route.NoProxy
	r.Resolve, r.ConnectTo, r.UnixSocket, r.Interface, r.IPVersion = p.Route.Resolve, p.Route.ConnectTo, p.Route.UnixSocket, p.Route.Interface, p.Route.IPVersion
	r.Follow, r.Compressed = p.Transport.Follow, p.Request.Compressed
	if k := p.Values.Keys; k.Count > 0 || k.File != "" {
		r.Keys = fmt.Sprintf("%s, %s", cmp.Or(k.File, strconv.FormatInt(k.Count, 10)), cmp.Or(k.Dist, "sequential"))
	}
	if file := cmp.Or(p.Values.Rows.CSV, p.Values.Rows.JSONL); file != "" {
		r.Rows = fmt.Sprintf("%s, %s", file, cmp.Or(p.Values.Rows.Order, "cycle"))
	}
}

func (h Header) redacted() string {
	if h.Remove {
		return h.Name + ":"
	}
	return h.Name + ": " + redactHeader(h.Name, h.Value)
}

// String says in words where the body comes from; never what is in it.
func (b *Body) String() string {
	if b.Chunked {
		plain := *b
		plain.Chunked = false
		return plain.String() + ", chunked"
	}
	switch {
	case b.Text != "":
		return fmt.Sprintf("text of %d bytes", len(b.Text))
	case b.Data != nil:
		return fmt.Sprintf("data of %d bytes", len(b.Data))
	case b.File != "":
		return "file " + b.File
	case b.Size > 0:
		return fmt.Sprintf("%d generated bytes", b.Size)
	case b.Sizes != "":
		return "generated bytes, " + b.Sizes
	case len(b.Form) > 0:
		return fmt.Sprintf("form of %d parts", len(b.Form))
	case b.Lines != "":
		return "lines of " + b.Lines
	case b.Dir != "":
		return "files of " + b.Dir
	}
	return "none"
}

// String writes the segment as --stages takes it: "30s@0..2000/s".
func (s Segment) String() string {
	if s.From == s.To {
		return fmt.Sprintf("%s@%g/s", shortDuration(s.Duration), s.From)
	}
	return fmt.Sprintf("%s@%g..%g/s", shortDuration(s.Duration), s.From, s.To)
}

// shortDuration drops the zero parts of Go's form: 1m0s is 1m.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// addresses finds ip:port and host:port, which would make one class of error look like thousands.
var addresses = regexp.MustCompile(`(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.%]+\]|localhost)(:\d+)?(->(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.%]+\])(:\d+)?)?`)

// plainDetail is an error's text without what differs from one request to the next.
func plainDetail(err error) string { return addresses.ReplaceAllString(err.Error(), "HOST") }
