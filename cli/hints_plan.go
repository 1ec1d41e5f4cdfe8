package cli

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"shotput/loadgen"
)

// planHints is what can be said of a plan before anything is sent. None of it stops the run. files is how many
// files the process may open, 0 if that is not known.
func (r *request) planHints(files uint64) []Hint {
	var hints []Hint
	p := &r.plan
	each := p.Each()
	if i := slices.IndexFunc(each, func(one loadgen.Plan) bool { return one.Route.UnixSocket == "" && !isLoopback(hostOf(one.Request.URL)) }); i >= 0 {
		hints = append(hints, Hint{Code: "non-loopback", Error: fmt.Sprintf("this sends real %ss to %s", method(&each[i]), hostOf(each[i].Request.URL)),
			Why: "the target is not this machine", Try: r.With("dry-run", "true").String()})
	}
	if !slices.ContainsFunc(each, func(one loadgen.Plan) bool { return strings.Contains(one.Request.URL, "{{") }) {
		hints = append(hints, r.sameURLHint(each))
	}
	if method(p) == "PUT" && (len(r.posted) == 0 || r.posted[0] == posted{"upload-file", ""}) && len(p.Mix) == 0 {
		hints = append(hints, Hint{Code: "no-body", Error: "the PUTs have no body", Try: r.withoutBody().With("size", "1KiB").String()})
	}
	if r.dropped > 0 {
		hints = append(hints, Hint{Code: "dropped-bytes", Error: fmt.Sprintf("-d left out %s of its file: CR, LF and NUL, as curl does", inBytes(r.dropped)),
			Why: "--data-binary and -T send a file byte for byte", Try: r.byteForByte()})
	}
	if h, low := filesHint(p, files); low {
		hints = append(hints, h)
	}
	return hints
}

func inBytes(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// sameURLHint is for a plan none of whose requests differs from one time to the next in its URL.
func (r *request) sameURLHint(each []loadgen.Plan) Hint {
	h := Hint{Code: "same-url", Error: "every request writes the same URL",
		Why: "a server may lock or cache one object; most writes go to many", Try: r.AimAt(eachOwn(each[0].Request.URL)).String()}
	if len(each) > 1 {
		h.Error, h.Try = fmt.Sprintf("each of the %d requests writes the same URL every time", len(each)), "write {{seq}} into their URLs"
	}
	return h
}

// reservedFiles is what the process has open besides connections, generously.
const reservedFiles = 32

func filesHint(p *loadgen.Plan, files uint64) (Hint, bool) {
	concurrency := p.WithDefaults().Load.Concurrency
	need := uint64(concurrency) + reservedFiles
	if files == 0 || need <= files {
		return Hint{}, false
	}
	return Hint{Code: "fd-limit", Error: fmt.Sprintf("%d in flight may need %d open files, and %d are allowed", concurrency, need, files),
		Why: "each connection is an open file", Try: fmt.Sprintf("ulimit -n %d", roundUp(need))}, true
}

// roundUp gives the next power of two, which is what limits are set to.
func roundUp(n uint64) uint64 {
	up := uint64(1024)
	for up < n {
		up *= 2
	}
	return up
}

func method(p *loadgen.Plan) string {
	if p.Request.Method == "" {
		return "PUT"
	}
	return p.Request.Method
}

// eachOwn gives every request a URL of its own.
func eachOwn(target string) string {
	path, query, found := strings.Cut(target, "?")
	if i := strings.Index(path, "://"); i >= 0 && !strings.HasSuffix(path, "/") {
		path += "/"
	}
	path += "{{seq}}"
	if found {
		path += "?" + query
	}
	return path
}

// byteForByte is the line with -d @file as --data-binary @file.
func (r *request) byteForByte() string {
	l := r.Line
	l.Words = slices.Clone(l.Words)
	for i, w := range l.Words {
		if w.Flag == "data" && strings.HasPrefix(w.Value, "@") {
			l.Words[i].Flag = "data-binary"
		}
	}
	return l.String()
}

// hostOf is the name or address in a URL template, without port.
func hostOf(target string) string {
	u, err := authority(target)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// authority is a URL template as far as its server goes: what is behind that may be what net/url cannot read, such as
// a bare percent sign.
func authority(target string) (*url.URL, error) {
	masked := maskActions(target)
	if i := strings.Index(masked, "://"); i >= 0 {
		if end := strings.IndexAny(masked[i+3:], "/?#"); end >= 0 {
			masked = masked[:i+3+end]
		}
	}
	return url.Parse(masked)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
