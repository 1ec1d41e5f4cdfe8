package cli

import (
	"cmp"
	"errors"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"shotput/cli/line"
	"shotput/loadgen"
)

// proxyURL is -x; none at all, as curl has it, is an empty one.
func (r *request) proxyURL(s string) error {
	if s == "" {
		s = "none"
	}
	r.plan.Route.Proxy = s
	return nil
}

func (r *request) tlsMax(s string) error {
	if s == "default" {
		r.plan.Route.TLS.Max = ""
		return nil
	}
	known := list("1.0", "1.1", "1.2", "1.3")
	if !slices.Contains(known, s) {
		return line.Misspell(s, known)
	}
	r.plan.Route.TLS.Max = s
	return nil
}

func (r *request) readBody(s string) error {
	r.plan.Transport.SkipBody = s == "none"
	return nil
}

func parseRedirects(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < -1 {
		return 0, errors.New("that is no whole number from 0 up, nor -1")
	}
	return n, nil
}

// settleExchange gives --max-redirs its meaning: none at all is not to follow.
func (r *request) settleExchange() {
	switch r.redirects {
	case unset:
	case 0:
		r.plan.Transport.Follow = false
	case -1:
		r.plan.Transport.MaxRedirects = math.MaxInt32
	default:
		r.plan.Transport.MaxRedirects = int(r.redirects)
	}
}

// noProxy is --noproxy. An empty list is one all the same, and stands before the environment's, as in curl.
func (r *request) noProxy(s string) error {
	r.plan.Route.NoProxy = cmp.Or(s, ",")
	return nil
}

// settleProxy joins -U to the proxy's URL, and reads the headers for it.
func (r *request) settleProxy(in *source) (err error) {
	if r.plan.Route.ProxyHeader, err = r.readHeaders("proxy-header", r.proxyHeaders, in); err != nil {
		return err
	}
	p := r.plan.Route.Proxy
	if r.proxyUser == "" {
		return nil
	}
	if p == "" || p == "none" {
		r.Note(line.Fault{Flag: "proxy-user", Shown: r.Show("proxy-user", r.proxyUser),
			Why: "is for a proxy, and none is given; give it with -x", Mends: []line.Mend{line.Set("proxy", "http://127.0.0.1:3128")}})
		return nil
	}
	scheme, rest, found := strings.Cut(p, "://")
	if !found {
		scheme, rest = "http", p
	}
	if strings.Contains(rest, "@") {
		return nil // who stands in the URL comes first, as in curl
	}
	name, password, _ := strings.Cut(r.proxyUser, ":")
	r.plan.Route.Proxy = scheme + "://" + url.UserPassword(name, password).String() + "@" + rest
	return nil
}

// addHeader keeps one header of -H. Two of them say how the body is sent, which is the plan's own to do.
func (r *request) addHeader(h loadgen.Header) {
	switch {
	case strings.EqualFold(h.Name, "Transfer-Encoding") && strings.EqualFold(h.Value, "chunked"):
		r.plan.Request.Body.Chunked = true
	case strings.EqualFold(h.Name, "Expect") && strings.EqualFold(h.Value, "100-continue"):
		r.plan.Transport.ExpectContinue = true
	default:
		r.plan.Request.Header = append(r.plan.Request.Header, h)
	}
}
