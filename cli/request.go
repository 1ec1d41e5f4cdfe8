package cli

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"shotput/loadgen/answer"

	"shotput/loadgen"
)

// A request is what the flags of the main job mean, before it becomes a Plan.
type request struct {
	commandLine
	in           source                      // standard input, for whichever flag reads it
	env          func(string) (string, bool) // a variable of the environment
	said         []Hint                      // to be said before anything is sent
	plan         loadgen.Plan
	posted       []posted // the flags that give the body, in order
	queries      []string // --url-query
	cookies      []string
	headers      []string // -H as typed, before @files are read
	proxyHeaders []string // --proxy-header likewise
	proxyUser    string
	referer      string
	asks         asking
	redirects    int64 // --max-redirs; 0 of it is no zero of the plan
	configs      int   // files of flags that are being read, one within the other
	rated        bool  // -r was given, be it max
	arrivals     string
	out          outputs
	metrics      metricsOut
	dropped      int64      // bytes that -d @file left out, as curl does
	bodiless     bool       // a body was asked for, and it is empty
	agentless    bool       // -A '': no User-Agent, unless -H gives one
	pathAsIs     bool       // the URL's path keeps its dots
	label        string     // which of several runs this is, for the live view
	mixed        []*request // of a plan file's mix, each as if it were the only one
	repeat       int64      // rounds; 0 is one

	silent, verbose, dryRun, once, version bool
}

// The groups of the help.
const (
	groupRequest    = "Request, as in curl"
	groupBody       = "Body"
	groupValues     = "Values that differ from request to request"
	groupAsking     = "Who asks"
	groupConnection = "Connection"
	groupExchange   = "Exchange"
	groupLoad       = "Load"
	groupJudging    = "Judging"
	groupOutput     = "Output"
)

func newRequest() *request {
	r := &request{env: os.LookupEnv, redirects: unset}
	r.in.stdin = strings.NewReader("")
	r.rows = slices.Concat(r.requestRows(), r.bodyRows(), r.valueRows(), r.askingRows(), r.connectionRows(), r.tlsRows(), r.exchangeRows(),
		r.loadRows(), r.judgingRows(), r.objectiveRows(), r.outputRows(), r.metrics.rows(), r.ignoredRows())
	return r
}

// unset stands for a number that was not given, where 0 is one that may be.
const unset = -2

func (r *request) requestRows() []row {
	return grouped(groupRequest, []row{
		{long: "request", short: "X", arg: "METHOD", help: "method (PUT)", field: "method", eg: "PUT", set: filled(&r.plan.Request.Method)},
		{long: "url", arg: "URL", help: "the URL, as if without --url", eg: "http://127.0.0.1:8080/objects/{{seq}}", set: r.url},
		{long: "url-query", arg: "TEXT", help: "add to the URL's query, as --data-urlencode encodes;\n+TEXT as it is; repeat", eg: "name=text", set: each(&r.queries, asIs)},
		{long: "header", short: "H", arg: "LINE", help: "'Name: value', 'Name:' removes it, 'Name;' is empty,\n@FILE has one on each line; repeat", eg: "Name: value", set: lineInto(&r.headers)},
		{long: "cookie", short: "b", arg: "NAME=VALUE", help: "cookie; repeat", eg: "name=value", set: each(&r.cookies, asIs)},
		{long: "user-agent", short: "A", arg: "TEXT", help: "User-Agent; '' sends none", eg: "shotput", set: r.userAgent},
		{long: "referer", short: "e", arg: "URL", help: "Referer", eg: "http://127.0.0.1/", set: one(&r.referer, asIs)},
		{long: "path-as-is", help: "leave /../ and /./ in the URL's path", set: onoff(&r.pathAsIs)},
		{long: "config", short: "K", arg: "FILE", help: "read flags from FILE, in curl's syntax; - is stdin", eg: "flags.txt", set: r.config},
	})
}

func (r *request) loadRows() []row {
	p := &r.plan
	load := grouped(groupLoad, []row{
		{long: "concurrency", short: "c", arg: "N", help: "most requests in flight (50)", eg: "50", set: r.concurrency},
		{long: "requests", short: "n", arg: "N", help: "stop after so many", eg: "1000", set: one(&p.Load.Requests, parseCount)},
		{long: "duration", short: "z", arg: "TIME", help: "stop after so long (10s)", eg: "10s", set: r.span(&p.Load.Duration)},
		{long: "rate", short: "r", arg: "RATE", help: "open loop: 2000/s, 120/m, 20MiB/s; max is closed loop\n(-q is the same)", eg: "2000/s", set: r.rate},
		{long: "q", short: "q", arg: "RATE", eg: "2000/s", set: r.rate},
		{long: "stages", arg: "STAGES", help: "a rate that changes: 30s@0..2000/s,1m@2000/s", eg: "30s@0..2000/s,1m@2000/s", set: one(&p.Load.Stages, parseStages)},
		{long: "arrivals", arg: "LAW", help: "uniform or poisson gaps", eg: "uniform", set: oneOf(&r.arrivals, "uniform", "poisson")},
		{long: "warmup", arg: "TIME", help: "load before the measured span, not counted", eg: "2s", set: one(&p.Load.Warmup, parseSpan)},
		{long: "repeat", arg: "N", help: "rounds of the same run, one after another (1)", eg: "10", set: r.rounded},
		{long: "seed", arg: "N", help: "of everything drawn (1)", eg: "1", set: one(&p.Load.Seed, parseSeed)},
		{long: "engine", arg: "NAME", help: "auto, wire (event loop) or http (net/http)", eg: "auto", set: oneOf(&p.Engine.Name, "auto", "wire", "http")},
		{long: "loops", arg: "N", help: "event loops, each a thread (by the number of CPUs)", eg: "1", set: r.loops},
		{long: "poll", arg: "HOW", help: "auto, io_uring or epoll: how the event loop waits", eg: "auto", set: oneOf(&p.Engine.Poll, "auto", "io_uring", "epoll")},
		{long: "spin", arg: "HOW", help: "auto, on or off: wait actively for the last moment", eg: "auto", set: oneOf(&p.Engine.Spin, "auto", "on", "off")},
		{long: "clock", arg: "WHOSE", help: "kernel or user: whose time an answer is given", eg: "kernel", set: oneOf(&p.Engine.Clock, "kernel", "user")},
	})
	load[4].group = "" // -q is told of with -r
	return load
}

func (r *request) judgingRows() []row {
	p := &r.plan
	return grouped(groupJudging, []row{
		{long: "expect", arg: "CODES", help: "statuses that are OK (2xx): 2xx,409", eg: "2xx,409", set: one(&p.Answer.Status, answer.ParseStatusSet)},
		{long: "expect-header", arg: "LINE", help: "'Name' or 'Name: value' in each answer; repeat", eg: "ETag", set: each(&p.Answer.Header, notEmpty)},
		{long: "expect-body-regex", arg: "REGEX", help: "what an answer's body must match (RE2)", field: "expect-body", eg: "ok", set: filled(&p.Answer.Body)},
		{long: "expect-json", arg: "TEXT", help: "what must hold for it: 'status == \"ok\"'", eg: `status == "ok"`, set: filled(&p.Answer.JSON)},
		{long: "no-preflight", help: "fire without trying one request first", set: onoff(&p.NoPreflight)},
		{long: "strict", help: "exit 3 unless the verdict is kept", set: onoff(&r.plan.Rules.Strict)},
	})
}

func (r *request) outputRows() []row {
	return append(r.out.rows(), grouped(groupOutput, []row{
		{long: "samples", arg: "FILE", help: "a line for each measured request; FILE ends in .csv.gz", eg: "samples.csv.gz", set: r.samplesTo},
		{long: "progress", arg: "HOW", help: "auto, lines, json or none, on stderr", eg: "auto", set: oneOf(&r.out.progress, "auto", "lines", "json", "none")},
		{long: "silent", short: "s", help: "no progress, no hints", set: onoff(&r.silent)},
		{long: "verbose", short: "v", help: "the plan, the first request, raw errors", set: onoff(&r.verbose)},
		{long: "dry-run", help: "show the plan and the request; send nothing", set: onoff(&r.dryRun)},
		{long: "once", help: "send one request and show it whole", set: onoff(&r.once)},
		{long: "version", help: "the version", set: onoff(&r.version)},
	})...)
}

// ignoredRows are flags that stand on many a curl line and change nothing here.
func (r *request) ignoredRows() []row {
	var rows []row
	for short, long := range map[string]string{"f": "fail", "S": "show-error", "i": "include", "#": "progress-bar",
		"N": "no-buffer", "g": "globoff"} {
		rows = append(rows, row{long: long, short: short, set: ignored})
	}
	return rows
}

// A rowList is rows of one group.
type rowList []row

func grouped(group string, rows rowList) rowList {
	for i := range rows {
		rows[i].group = group
	}
	return rows
}

// span reads a time that must be more than nothing.
func (r *request) span(into *time.Duration) func(string) error {
	return func(s string) error {
		d, err := parseSpan(s)
		if err == nil && d == 0 {
			err = errors.New("it must be more than 0")
		}
		*into = d
		return err
	}
}

func (r *request) concurrency(s string) error {
	n, err := parseCount(s)
	if err != nil {
		return err
	}
	r.plan.Load.Concurrency = int(min(n, math.MaxInt32))
	return nil
}

// rounded reads how many rounds there are to be: all of them are held in memory.
func (r *request) rounded(s string) (err error) {
	if r.repeat, err = parseCount(s); err == nil && r.repeat > mostRounds {
		err = fmt.Errorf("there are at most %d rounds", mostRounds)
	}
	return err
}

func (r *request) loops(s string) error {
	n, err := parseCount(s)
	r.plan.Engine.Loops = int(min(n, math.MaxInt32))
	return err
}

func (r *request) rate(s string) (err error) {
	r.rated = true
	r.plan.Load.Rate, err = parseRate(s)
	return err
}

func (r *request) userAgent(s string) error {
	r.plan.Request.UserAgent, r.agentless = s, s == ""
	return nil
}

// lineInto checks a header line at once, so that its fault stands with the others, and leaves @files for later.
func lineInto(into *[]string) func(string) error {
	return func(s string) error {
		*into = append(*into, s)
		if strings.HasPrefix(s, "@") {
			return nil
		}
		_, err := parseHeader(s)
		return err
	}
}

func (r *request) url(s string) error {
	if r.plan.Request.URL != "" {
		return errors.New("one URL at a time; there was one before it")
	}
	r.plan.Request.URL = withScheme(s)
	return nil
}

// squashed takes the . and .. segments out of a URL's path, as every client does before it sends (RFC 3986 §5.2.4).
// A path of which functions give a part is taken as it is written.
func squashed(s string) string {
	scheme, rest, found := strings.Cut(s, "://")
	start, end := strings.IndexByte(rest, '/'), strings.IndexAny(rest, "?#")
	if end < 0 {
		end = len(rest)
	}
	if !found || start < 0 || start > end || strings.Contains(rest[:end], "{{") || !strings.Contains(rest[:end], "/.") {
		return s
	}
	var kept []string
	segments := strings.Split(rest[start:end], "/")[1:]
	for i, segment := range segments {
		switch segment {
		case "..":
			kept = kept[:max(0, len(kept)-1)]
			fallthrough
		case ".":
			if i == len(segments)-1 {
				kept = append(kept, "") // the folder itself
			}
		default:
			kept = append(kept, segment)
		}
	}
	return scheme + "://" + rest[:start] + "/" + strings.Join(kept, "/") + rest[end:]
}

// withScheme guesses http as curl does.
func withScheme(s string) string {
	if s == "" || strings.Contains(strings.SplitN(s, "{{", 2)[0], "://") {
		return s
	}
	return "http://" + s
}

func parseSeed(s string) (uint64, error) {
	n, err := parseCount(s)
	if err != nil {
		return 0, fmt.Errorf("a seed is a whole number from 1 up")
	}
	return uint64(n), nil
}

func asIs(s string) (string, error) { return s, nil }
