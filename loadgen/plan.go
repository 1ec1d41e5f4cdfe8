// Package loadgen knows requests: what a run is (Plan), when each request is due (Arrivals), what it is (Template),
// and how it is fired and observed (Run, over one of two engines). What it sees it hands on as stats.Observation,
// gathered into windows and a stats.Run. It refuses to know readers: it prints nothing, and explains nothing to a
// person beyond naming a fault.
package loadgen

import (
	"time"
)

// A Plan is a whole run as a value: what to send, how often, how it is judged. It is a tree of nouns, each of which
// owns its fields, their defaults and what can be wrong with them. Its zero value with a URL is a useful plan: one PUT
// without a body at a time on 50 connections, closed loop, for ten seconds. Flags and files become one Plan, once;
// nothing below reads a flag.
type Plan struct {
	Request RequestSpec // what is sent
	Answer  AnswerSpec  // what counts as OK
	Mix     []Request   // several requests instead of the one above; each arrival is one of them, drawn by weight

	Values    Values        // what the values that differ from request to request are taken from
	Route     RouteSpec     // the way to the server
	Transport TransportSpec // what is spoken there, and for how long
	Load      Load          // how much, and when
	Rules     Rules         // what the whole run must keep
	Engine    Firing        // how it is fired

	NoPreflight bool // the first request goes out on schedule, and is not judged before the others
	Samples     bool // lend the sink each window's requests one by one: stats.Window.Samples

	token *token // what OAuth2 gave, for as long as the plan is fired; nil before that
}

// A RequestSpec says what a request is.
type RequestSpec struct {
	Method     string   // default "PUT"
	URL        string   // a template: http://host:port/items/{{seq}}
	Header     []Header // in order; values are templates
	Body       Body
	UserAgent  string // default "shotput/VERSION"
	Compressed bool   // ask for a compressed answer
	Auth       Auth
}

// Auth says who asks. At most one of these ways is used.
type Auth struct {
	User   string // "name:password" for Basic, or for Digest; userinfo in a URL means the same
	Digest bool   // User answers a Digest challenge (RFC 7616) instead of going out as Basic
	Bearer string // token of an Authorization: Bearer line (RFC 6750); a template
	OAuth2 OAuth2
	AWS    AWS
}

// A Request is one of several in a plan. What it leaves open of method, URL, authentication and answer, the plan says.
// Header and Body are the request's alone.
type Request struct {
	Name    string  // of its row in reports; "" is its URL
	Weight  float64 // how often, beside the others' weights; 0 is 1
	Request RequestSpec
	Answer  AnswerSpec
}

// A RouteSpec says how connections get to the server.
type RouteSpec struct {
	Proxy          string   // http://, https://, socks5:// or socks5h:// URL; "" is the environment's; "none" is none
	NoProxy        string   // hosts reached without the proxy, comma-separated as in curl; "*": all
	ProxyHeader    []Header // for the proxy alone, in CONNECT
	Resolve        []string // HOST:PORT:ADDRESS[,ADDRESS], as in curl
	ConnectTo      []string // HOST1:PORT1:HOST2:PORT2, as in curl; empty parts mean any, or the same
	UnixSocket     string   // path of a unix socket to connect to, whatever the URL's host
	Interface      string   // local address, or name of an interface, that connections leave from
	IPVersion      int      // 4 or 6; 0: either
	ConnectTimeout time.Duration
	TLS            TLS
}

// TLS says whom a connection trusts, and as whom it is made.
type TLS struct {
	Insecure  bool   // do not verify the server's certificate
	CACert    string // file of PEM certificates to trust instead of the system's
	Cert, Key string // files of a client certificate (PEM); Key may be in Cert's file
	Min, Max  string // "1.0" to "1.3"; "": what crypto/tls has by default
}

// A TransportSpec says what is spoken on a connection, and how long each part may take.
type TransportSpec struct {
	HTTP           string        // "1.1"; "2": offered in the handshake; "2-prior-knowledge": spoken over plain http too; "3"; "" is 1.1
	NoKeepalive    bool          // a connection for each request
	Timeout        time.Duration // for the whole request; default 30 s
	ReadTimeout    time.Duration // between two bytes of the answer, and before the first; 0: none
	ExpectContinue bool          // send Expect: 100-continue, and the body when the server agrees
	ExpectTimeout  time.Duration // send it all the same after so long; default 1 s
	Follow         bool          // follow redirects that keep the method (307, 308)
	MaxRedirects   int           // default 50
	SkipBody       bool          // an answer is done with its head; its body is not read
}

// Values are what the values that differ from request to request are taken from.
type Values struct {
	Keys Keys
	Rows Rows
}

// A Load says how many requests are due, and when.
type Load struct {
	Concurrency int           // the bound on requests in flight; default 50
	Requests    int64         // measured requests; 0: no bound by count
	Duration    time.Duration // measured span; 0: no bound by time, unless Requests is 0 too: then 10 s
	Warmup      time.Duration // before the measured span, at the same rate; not counted
	Rate        Rate          // zero: closed loop
	Stages      []Segment     // a rate that changes; instead of Rate and Duration
	Poisson     bool          // exponential gaps instead of equal ones
	Seed        uint64        // of everything drawn: gaps, keys, {{uuid}}, generated bytes; default 1
}

// An AnswerSpec says which answers count as OK.
type AnswerSpec struct {
	Status StatusSet // default 2xx
	Header []string  // "Name", or "Name: value": an answer without it is no success
	Body   string    // a regular expression (RE2) that the answer's body must match
	JSON   string    // a comparison that must hold for the answer's body, such as status == "ok"
}

// Rules are what the whole run must keep.
type Rules struct {
	Thresholds []string // promises, such as "p99 < 50ms"; see stats.ParseObjectives
	Aborts     []string // rules that end the run in the second in which they come true; the parts of one all must
	Strict     bool     // a verdict other than kept fails the run; see stats.Run.Untrusted
}

// A Firing says by which engine, and how, requests are sent.
type Firing struct {
	Name  string // "auto" (default): the event loop where it can do what the plan asks; "wire", "http"
	Loops int    // event loops; default: by the number of CPUs
	Poll  string // "auto" (default): the event loop uses io_uring in closed loop, where the kernel allows it, else epoll; "io_uring", "epoll"
	Spin  string // "auto" (default), "on", "off": wait actively for the last microseconds before a request is due
	Clock string // "kernel" (default): receive times are the kernel's where it gives them; "user"
}

// OAuth2 is a client-credentials grant (RFC 6749 §4.4): a token is fetched before the run, and anew, outside of what
// is measured, before it expires. It is in use when TokenURL is set.
type OAuth2 struct {
	TokenURL, ClientID, ClientSecret string
	Scopes                           []string
}

// AWS signs each request (Signature Version 4). It is in use when Region is set.
type AWS struct {
	Region, Service                    string
	AccessKey, SecretKey, SessionToken string
	UnsignedPayload                    bool // send UNSIGNED-PAYLOAD instead of the body's hash
}

// Keys is what {{key}} draws from: Count keys by number, or the lines of File.
type Keys struct {
	Count int64
	File  string
	Dist  string // "sequential" (default), "uniform", "zipf:1.1", "hot:0.01,0.9" (1 % of the keys get 90 %)
}

// Rows is a file, one record of which is at each request's disposal. At most one of CSV and JSONL is set.
type Rows struct {
	CSV   string // {{csv "column"}}; the first line names the columns
	JSONL string // {{json .field}}; {{json .}} is the whole line
	Order string // "cycle" (default): in order, again and again; "random"; "once": a run ends with the file
}

// Header is one header line of the request, as with curl's -H.
type Header struct {
	Name   string
	Value  string // a template
	Remove bool   // send no such header, not even the default one
}

// Body says where the request's body comes from: at most one of its sources is set.
type Body struct {
	Text  string // a template (-d, --data-raw, --json)
	Data  []byte // sent as it is (--data-binary, standard input)
	File  string // a path: sent as it is, read from the open file, never held whole
	Size  int64  // so many generated, incompressible bytes; a pure function of seed and request number
	Sizes string // a law of sizes: "1KiB..64KiB", "lognormal:16KiB,0.8", "4KiB*3,1MiB*1" (weights), "file:sizes.csv"
	Form  []Part // multipart/form-data (RFC 7578)
	Lines string // a file: request k sends a line of it
	Dir   string // a folder: request k sends a file of it

	Chunked bool // no Content-Length: sent as Transfer-Encoding: chunked
}

// Part is one part of a form. Its content is Text or File.
type Part struct {
	Name     string
	Text     string // a template
	File     string // a path, sent as it is
	Filename string // told to the server; "" with a File is the file's own name
	Type     string // Content-Type; "" with a File is by its name
	Header   []Header
}

// Rate is how many arrivals, or body bytes, are due each second, in total. Zero means no schedule: closed loop.
type Rate struct {
	PerSecond      float64 // requests
	BytesPerSecond float64 // or body bytes
}

// Segment is one part of a rate that changes: from From to To requests a second, linearly, within Duration.
type Segment struct {
	Duration time.Duration
	From, To float64
}
