package loadgen

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WithDefaults fills in what a plan leaves open. It is applied once, at the head of everything that takes a
// plan, so that no later code asks whether a field was set.
func (p Plan) WithDefaults() Plan {
	p.Request.Method = cmp.Or(p.Request.Method, http.MethodPut)
	p.Load.Concurrency = cmp.Or(p.Load.Concurrency, 50)
	p.Transport.Timeout = cmp.Or(p.Transport.Timeout, 30*time.Second)
	p.Load.Seed = cmp.Or(p.Load.Seed, 1)
	p.Request.UserAgent = cmp.Or(p.Request.UserAgent, "shotput/"+Version)
	p.Transport.MaxRedirects = cmp.Or(p.Transport.MaxRedirects, 50)
	p.Engine.Name = cmp.Or(p.Engine.Name, "auto")
	p.Engine.Spin = cmp.Or(p.Engine.Spin, "auto")
	p.Engine.Poll = cmp.Or(p.Engine.Poll, "auto")
	p.Engine.Clock = cmp.Or(p.Engine.Clock, "kernel")
	p.expectDefaults()
	if p.Load.Requests == 0 && p.Load.Duration == 0 && len(p.Load.Stages) == 0 && p.Values.Rows.Order != "once" {
		p.Load.Duration = 10 * time.Second
	}
	return p
}

// Validate says everything that is wrong with the plan, as joined *Faults; nil when it can be run. It reads the
// files that the plan names, and sends nothing.
func (p Plan) Validate() error {
	p = p.WithDefaults()
	var f faults
	p.checkRequest(&f)
	p.checkAuth(&f)
	p.checkConnection(&f)
	p.checkNet(&f)
	p.checkLoad(&f)
	p.checkExchange(&f)
	p.checkObjectives(&f)
	return errors.Join(f...)
}

// faults gathers, so that a person mends a plan in one go.
type faults []error

func (f *faults) add(field, value, why string, args ...any) {
	*f = append(*f, &Fault{Field: field, Value: value, Why: fmt.Sprintf(why, args...)})
}

func (p *Plan) checkRequest(f *faults) {
	if len(p.Mix) > 0 {
		p.checkMix(f)
		return
	}
	if !isToken(p.Request.Method) {
		f.add("method", p.Request.Method, "is no HTTP method: letters such as PUT")
	}
	for _, h := range p.Request.Header {
		if !isToken(h.Name) {
			f.add("header", h.Name, "is no header name; write 'Name: value'")
		}
	}
	p.checkData(f)
	t, err := NewTemplate(p, time.Time{})
	if err != nil {
		*f = append(*f, err)
		return
	}
	t.Close()
}

// isToken says whether s may stand as a method or header name (RFC 9110 §5.6.2).
func isToken(s string) bool {
	const marks = "!#$%&'*+-.^_`|~"
	bad := strings.IndexFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune(marks, r)
	})
	return s != "" && bad < 0
}

func (p *Plan) checkConnection(f *faults) {
	if p.Route.TLS.CACert != "" {
		if _, err := readCAs(p.Route.TLS.CACert); err != nil {
			f.add("cacert", p.Route.TLS.CACert, "%v", err)
		}
	}
	if p.Route.TLS.Cert != "" {
		if _, err := readCert(p.Route.TLS.Cert, p.Route.TLS.Key); err != nil {
			f.add("cert", p.Route.TLS.Cert, "%v", err)
		}
	} else if p.Route.TLS.Key != "" {
		f.add("key", p.Route.TLS.Key, "is a key without a certificate")
	}
	if p.Transport.Timeout < 0 {
		f.add("timeout", p.Transport.Timeout.String(), "must be more than 0")
	}
	if p.Transport.ReadTimeout < 0 {
		f.add("read_timeout", p.Transport.ReadTimeout.String(), "must be more than 0")
	}
	if p.Route.ConnectTimeout < 0 {
		f.add("connect_timeout", p.Route.ConnectTimeout.String(), "must be more than 0")
	}
}

// mostConcurrent bounds requests in flight: one address has not many more ports than this.
const mostConcurrent = 60_000

func (p *Plan) checkLoad(f *faults) {
	if p.Load.Concurrency < 1 || p.Load.Concurrency > mostConcurrent {
		f.add("concurrency", strconv.Itoa(p.Load.Concurrency), "must be from 1 to %d", mostConcurrent)
	}
	if p.Load.Requests < 0 {
		f.add("requests", strconv.FormatInt(p.Load.Requests, 10), "must be at least 1")
	}
	if p.Load.Duration < 0 {
		f.add("duration", p.Load.Duration.String(), "must be more than 0")
	}
	if p.Load.Warmup < 0 {
		f.add("warmup", p.Load.Warmup.String(), "must not be negative")
	}
	p.checkRate(f)
	if p.Engine.Loops < 0 || p.Engine.Loops > p.Load.Concurrency {
		f.add("loops", strconv.Itoa(p.Engine.Loops), "must be from 1 to the concurrency, %d", p.Load.Concurrency)
	}
	if !slices.Contains([]string{"auto", "on", "off"}, p.Engine.Spin) {
		f.add("spin", p.Engine.Spin, "is none of auto, on, off")
	}
	p.checkPoll(f)
	if !slices.Contains([]string{"kernel", "user"}, p.Engine.Clock) {
		f.add("clock", p.Engine.Clock, "is none of kernel, user")
	}
	switch p.Engine.Name {
	case "auto", "http":
	case "wire":
		if unfit := wireUnfit(p); unfit != "" {
			f.add("engine", p.Engine.Name, "cannot run this: %s", unfit)
		}
	default:
		f.add("engine", p.Engine.Name, "is none of auto, wire, http")
	}
}

func (p *Plan) checkRate(f *faults) {
	for _, r := range []float64{p.Load.Rate.PerSecond, p.Load.Rate.BytesPerSecond} {
		if r < 0 || math.IsNaN(r) || math.IsInf(r, 0) {
			f.add("rate", strconv.FormatFloat(r, 'g', -1, 64), "must be more than 0 a second")
			return
		}
	}
	if p.Load.Rate.BytesPerSecond > 0 && !p.hasBody() {
		f.add("rate", strconv.FormatFloat(p.Load.Rate.BytesPerSecond, 'g', -1, 64)+" B/s", "is a rate of body bytes, and there is no body")
	}
	if p.Load.Poisson && !p.open() {
		f.add("arrivals", "poisson", "needs a rate")
	}
	if !p.open() {
		return
	}
	if _, err := NewArrivals(p.law(nil), Limit{}); err != nil {
		f.add("rate", "", "%v", err)
	}
}

// open says whether arrivals come from a schedule.
func (p *Plan) open() bool { return p.Load.Rate != Rate{} || len(p.Load.Stages) > 0 }

// law is the plan's schedule; size gives the body bytes of request k, for a byte rate.
func (p *Plan) law(size func(k int64) int64) Law {
	if size == nil {
		size = func(int64) int64 { return 1 }
	}
	return Law{PerSecond: p.Load.Rate.PerSecond, BytesPerSecond: p.Load.Rate.BytesPerSecond, Size: size, Stages: p.Load.Stages,
		Poisson: p.Load.Poisson, Seed: p.Load.Seed, Unpaced: !p.open()}
}

// plainFileError drops the operation and the path of a file error: the fault names the path already.
func plainFileError(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
