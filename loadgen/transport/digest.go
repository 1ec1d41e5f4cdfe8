package transport

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/icholy/digest"
)

// authenticate gives transport as one that answers Digest challenges (RFC 7616) as user, "name:password". It is made
// once for a run: what the server challenged with is kept, and the requests that follow count it up (nc) without asking
// again.
//
// Who has no challenge yet asks for one without the body, as curl does, so that a large body is uploaded once. So the
// first request of each slot, and one that the server tells that its nonce is stale, is put on a connection twice;
// both are within its service time, and both are attempts. A server that does not ask is sent requests as they are,
// until it asks: else each PUT would be preceded by an empty one.
func authenticate(user string, transport http.RoundTripper) http.RoundTripper {
	name, password, _ := strings.Cut(user, ":")
	d := &digester{plain: transport}
	d.library = digest.Transport{Username: name, Password: password, Probe: true,
		Transport: &refusals{transport, &d.open}, Digest: digestOfPath, FindChallenge: findChallenge}
	return d
}

// AnswerKept bounds how much of an answer's body is kept to be seen, and read for the sake of its connection.
const AnswerKept = 64 << 10

// A digester is the library's transport, held to two promises of every http.RoundTripper: that the body of the request
// is closed, and that the body of the answer can be read.
type digester struct {
	library digest.Transport
	plain   http.RoundTripper
	open    atomic.Bool // the server last answered without asking who asks
}

func (d *digester) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer r.Body.Close() // the library reads others, from GetBody
	}
	if d.open.Load() {
		response, err := d.plain.RoundTrip(r)
		if err != nil || response.StatusCode != http.StatusUnauthorized {
			return response, err
		}
		io.Copy(io.Discard, io.LimitReader(response.Body, AnswerKept)) // so that its connection can be used again
		response.Body.Close()
		d.open.Store(false)
		traceOf(r.Context()).countRound()
	}
	return d.library.RoundTrip(r.WithContext(context.WithValue(r.Context(), exchangesKey{}, new(int))))
}

// exchangesKey finds how often the library has put one request on its way: each time after the first answers a
// challenge. The library sends one after the other.
type exchangesKey struct{}

func countExchange(ctx context.Context) {
	n, ok := ctx.Value(exchangesKey{}).(*int)
	if !ok {
		return
	}
	if *n++; *n > 1 {
		traceOf(ctx).countRound()
	}
}

// digestOfPath names the target as the server sees it, which is not how a plain HTTP proxy is told of it.
func digestOfPath(r *http.Request, c *digest.Challenge, o digest.Options) (*digest.Credentials, error) {
	if _, after, ok := strings.Cut(o.URI, "://"); ok && !strings.HasPrefix(o.URI, "/") {
		o.URI = after[strings.IndexByte(after, '/'):] // a target begins with a slash
	}
	return digest.Digest(c, o)
}

// findChallenge takes a challenge that cannot be answered for none: then the refusal itself is what is reported.
func findChallenge(h http.Header) (*digest.Challenge, error) {
	c, err := digest.FindChallenge(h)
	if err != nil {
		return nil, digest.ErrNoChallenge
	}
	return c, nil
}

// refusals is a transport whose 401s can be read again after they were closed: the library closes one before it finds
// that it has to hand it on. It also notes when nobody was asked for.
type refusals struct {
	http.RoundTripper
	open *atomic.Bool
}

func (t *refusals) RoundTrip(r *http.Request) (*http.Response, error) {
	countExchange(r.Context())
	response, err := t.RoundTripper.RoundTrip(r)
	if err != nil {
		return response, err
	}
	if response.StatusCode != http.StatusUnauthorized {
		t.open.Store(r.Header.Get("Authorization") == "")
		return response, nil
	}
	said, err := io.ReadAll(io.LimitReader(response.Body, AnswerKept))
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
	}
	response.Body.Close()
	if err != nil {
		return nil, err
	}
	response.Body = &rewound{*bytes.NewReader(said)}
	return response, nil
}

// rewound begins anew when it is closed.
type rewound struct{ bytes.Reader }

func (r *rewound) Close() error {
	_, err := r.Seek(0, io.SeekStart)
	return err
}
