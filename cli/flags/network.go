package flags

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

// A network is what was asked of the way to the server, beyond what is a field of the plan as it is typed.
type network struct {
	line         *line.Line
	proxyHeaders []string // --proxy-header as typed, before @files are read
	proxyUser    string
	redirects    int64 // --max-redirs; 0 of it is no zero of the plan
}

// unset stands for a number that was not given, where 0 is one that may be.
const unset = -2

// limitRedirects gives --max-redirs its meaning: none at all is not to follow.
func (n *network) limitRedirects(to *loadgen.TransportSpec) {
	switch n.redirects {
	case unset:
	case 0:
		to.Follow = false
	case -1:
		to.MaxRedirects = math.MaxInt32
	default:
		to.MaxRedirects = int(n.redirects)
	}
}

// addProxy joins -U to the proxy's URL, and reads the headers for it.
func (n *network) addProxy(to *loadgen.RouteSpec, in *Source) (err error) {
	if to.ProxyHeader, err = readHeaders(n.line, "proxy-header", n.proxyHeaders, in); err != nil {
		return err
	}
	if n.proxyUser == "" {
		return nil
	}
	if to.Proxy == "" || to.Proxy == "none" {
		n.line.Note(line.Fault{Flag: "proxy-user", Shown: n.line.Show("proxy-user", n.proxyUser),
			Why:   "is for a proxy, and none is given; give it with -x",
			Mends: []line.Mend{line.Set("proxy", "http://127.0.0.1:3128")}})
		return nil
	}
	scheme, rest, found := strings.Cut(to.Proxy, "://")
	if !found {
		scheme, rest = "http", to.Proxy
	}
	if strings.Contains(rest, "@") {
		return nil // who stands in the URL comes first, as in curl
	}
	name, password, _ := strings.Cut(n.proxyUser, ":")
	to.Proxy = scheme + "://" + url.UserPassword(name, password).String() + "@" + rest
	return nil
}

// takeProxy is -x; none at all, as curl has it, is an empty one.
func takeProxy(into *string) func(string) error {
	return func(s string) error {
		*into = cmp.Or(s, "none")
		return nil
	}
}

// takeNoProxy is --noproxy. An empty list is one all the same, and stands before the environment's, as in curl.
func takeNoProxy(into *string) func(string) error {
	return func(s string) error {
		*into = cmp.Or(s, ",")
		return nil
	}
}

func takeTLSMax(into *string) func(string) error {
	return func(s string) error {
		if s == "default" {
			*into = ""
			return nil
		}
		known := list("1.0", "1.1", "1.2", "1.3")
		if !slices.Contains(known, s) {
			return line.Misspell(s, known)
		}
		*into = s
		return nil
	}
}

// takeSkip is --read-body: all, or none.
func takeSkip(into *bool) func(string) error {
	return func(s string) error {
		*into = s == "none"
		return nil
	}
}

// takeTrusted is --location-trusted, which is --location as well.
func takeTrusted(to *loadgen.TransportSpec) func(string) error {
	return func(s string) error {
		if err := line.OnOff(&to.FollowTrusted)(s); err != nil {
			return err
		}
		to.Follow = to.Follow || to.FollowTrusted
		return nil
	}
}

func parseRedirects(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil || n < -1 {
		return 0, errors.New("that is no whole number from 0 up, nor -1")
	}
	return n, nil
}
