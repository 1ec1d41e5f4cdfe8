package advice

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"shotput/cli/address"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// OfPlan is what can be said of a plan before anything is sent. None of it stops the run. files is how many
// files the process may open, 0 if that is not known.
func OfPlan(a *flags.Asked, files uint64) (hints []Hint) {
	p := &a.Plan
	each := p.Each()
	for i := range each {
		if host := elsewhere(&each[i]); host != "" {
			hints = append(hints, Hint{Code: "non-loopback",
				Error: fmt.Sprintf("this sends real %ss to %s", method(&each[i]), host),
				Why:   "the target is not this machine", Try: a.With("dry-run", "true").String()})
			break
		}
	}
	differs := func(one loadgen.Plan) bool { return one.Request.Varies() }
	if !p.HasFlows() && !slices.ContainsFunc(each, differs) { // the steps of a flow are about one thing on purpose
		hints = append(hints, sameURLHint(a, each))
	}
	if method(p) == "PUT" && a.Body.IsNone() && len(p.Mix) == 0 {
		hints = append(hints, Hint{Code: "no-body", Error: "the PUTs have no body",
			Try: a.WithoutBody().With("size", "1KiB").String()})
	}
	if n := a.Body.Dropped; n > 0 {
		h := Hint{Code: "dropped-bytes",
			Error: fmt.Sprintf("-d left out %s of its file: CR, LF and NUL, as curl does", stats.Plural(n, "byte")),
			Why:   "no URL can hold them; --data-urlencode encodes them"}
		if !a.Body.IsQuery() {
			h.Why, h.Try = "--data-binary and -T send a file byte for byte", byteForByte(a).String()
		}
		hints = append(hints, h)
	}
	if h, low := filesHint(p, files); low {
		hints = append(hints, h)
	}
	return hints
}

// elsewhere is the first host of a plan of one that is not this machine; "" where there is none.
func elsewhere(one *loadgen.Plan) string {
	if one.Route.UnixSocket != "" {
		return ""
	}
	for _, server := range one.Servers() {
		if !address.IsLoopback(server.Hostname()) && !resolvesHere(one.Route.Resolve, server) {
			return server.Hostname()
		}
	}
	return ""
}

// resolvesHere says whether the plan itself gives a server addresses of this machine alone.
func resolvesHere(entries []string, server *url.URL) bool {
	at, _ := address.HostPort(server.String())
	host, port, _ := net.SplitHostPort(at)
	elsewhere := func(ip string) bool { return !address.IsLoopback(strings.Trim(ip, "[]")) }
	own := strings.ToLower(host + ":" + port + ":")
	return slices.ContainsFunc(entries, func(entry string) bool {
		all, found := strings.CutPrefix(strings.ToLower(strings.TrimPrefix(entry, "+")), own)
		return found && !slices.ContainsFunc(strings.Split(all, ","), elsewhere)
	})
}

// isListed says whether rows, or the environment, give the servers: then there is no URL whose text can be changed.
func isListed(a *flags.Asked) bool {
	return !strings.Contains(a.Plan.Request.URL, "://") || a.Plan.Request.ByRow(a.Plan.Values.Env)
}

// targetOf is the URL that was asked for; of a list, its first server.
func targetOf(a *flags.Asked) string {
	if isListed(a) {
		if servers := a.Plan.Servers(); len(servers) > 0 {
			return servers[0].String() + "/"
		}
	}
	return a.Plan.Request.URL
}

// urlOf is targetOf of one exchange, whose own URL is known, without its secrets.
func urlOf(a *flags.Asked, x *loadgen.Exchange) string {
	if isListed(a) {
		return x.URL
	}
	return a.Plan.Request.URL
}

// aim is the line at another URL; "" where the URLs are those of a list, or of a mix.
func aim(a *flags.Asked, url string) string {
	if isListed(a) || a.OneOf {
		return ""
	}
	return a.AimAt(url).String()
}

// sameURLHint is for a plan none of whose requests differs from one time to the next in its URL.
func sameURLHint(a *flags.Asked, each []loadgen.Plan) Hint {
	h := Hint{Code: "same-url", Error: "every request writes the same URL",
		Why: "a server may lock or cache one object; most writes go to many"}
	switch sent := each[0].Request.URL; {
	case len(each) > 1:
		h.Error = fmt.Sprintf("each of the %d requests writes the same URL every time", len(each))
		h.Why += "; {{seq}} in their URLs makes them many"
	case isSigned(sent):
		h.Why += "; a signed URL is of one object"
	default:
		h.Try = aim(a, address.Vary(sent))
	}
	return h
}

// Varied is a URL that is another one with each request.
func Varied(url string) string { return address.Vary(url) }

// reservedFiles is what the process has open besides connections, generously.
const reservedFiles = 32

func filesHint(p *loadgen.Plan, files uint64) (Hint, bool) {
	concurrency := p.WithDefaults().Load.Concurrency
	need := uint64(concurrency) + reservedFiles
	if files == 0 || need <= files {
		return Hint{}, false
	}
	return Hint{Code: "fd-limit",
		Error: fmt.Sprintf("%d in flight may need %d open files, and %d are allowed", concurrency, need, files),
		Why:   "each connection is an open file", Try: fmt.Sprintf("ulimit -n %d", roundUp(need))}, true
}

// roundUp gives the next power of two, which is what limits are set to.
func roundUp(n uint64) uint64 {
	up := uint64(1024)
	for up < n {
		up *= 2
	}
	return up
}

func method(p *loadgen.Plan) string { return cmp.Or(p.Request.Method, "PUT") }

// byteForByte is the line with -d @file as --data-binary @file.
func byteForByte(a *flags.Asked) line.Line {
	l := a.Line
	l.Words = slices.Clone(l.Words)
	for i, w := range l.Words {
		if w.Flag == "data" && strings.HasPrefix(w.Value, "@") {
			l.Words[i].Flag = "data-binary"
		}
	}
	return l
}
