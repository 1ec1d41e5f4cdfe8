package cli

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"shotput/cli/line"
	"shotput/loadgen"
)

// A request is what the flags of the main job mean, before it becomes a Plan.
type request struct {
	line.Line
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
	rated        bool  // -r was given, be it max
	arrivals     string
	out          outputs
	metrics      metricsOut
	dropped      int64      // bytes that -d @file left out, as curl does
	bodiless     bool       // a body was asked for, and it is empty
	agentless    bool       // -A '': no User-Agent, unless -H gives one
	pathAsIs     bool       // the URL's path keeps its dots
	whole        bool       // the plan is made
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
	r.Strangers = strangers
	r.Fresh = func() []line.Row { return newRequest().Rows }
	r.Rows = slices.Concat(r.requestRows(), r.bodyRows(), r.formRows(), r.valueRows(), r.askingRows(),
		r.connectionRows(), r.protocolRows(), r.tlsRows(), r.exchangeRows(),
		r.loadRows(), r.judgingRows(), r.objectiveRows(), r.outputRows(), r.metrics.rows(), r.ignoredRows())
	return r
}

// unset stands for a number that was not given, where 0 is one that may be.
const unset = -2

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

// mostRounds bounds the memory of --repeat: a round's histograms take some megabytes.
const mostRounds = 100

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

// config is -K.
func (r *request) config(path string) error { return r.TakeFile(path, r.in.read) }

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
