//go:build unix

package loadgen

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/text"
)

// A host is a server that notes what came, as "HOST TARGET BODY", in order of its name.
type hosts struct {
	sync.Mutex
	seen []string
}

// start starts one more, and gives its URL.
func (h *hosts) start(t *testing.T, secure bool) string {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.Lock()
		defer h.Unlock()
		h.seen = append(h.seen, r.Host+" "+r.RequestURI+" "+string(body))
	}))
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s.URL
}

func (h *hosts) want(t *testing.T, want []string) {
	t.Helper()
	h.Lock()
	defer h.Unlock()
	slices.Sort(h.seen)
	slices.Sort(want)
	if !slices.Equal(h.seen, want) {
		t.Errorf("there came\n%s\nwant\n%s", strings.Join(h.seen, "\n"), strings.Join(want, "\n"))
	}
	h.seen = nil
}

// TestListsOfURLs: each request goes to the next URL of its file, in turn, to whichever server that names, with what is
// written behind it, as it is written.
func TestListsOfURLs(t *testing.T) {
	for name, c := range map[string]struct {
		plan func(file string) Plan
		rest string // of the URL, behind the row's
	}{
		"a list": {func(file string) Plan { return Plan{Request: request.Spec{URLs: file}} }, ""},
		"a column": {func(file string) Plan {
			return Plan{Request: request.Spec{URL: `{{csv "# a comment"}}`}, Values: text.Values{Rows: text.Rows{CSV: file}}}
		}, ""},
		"a key": {func(file string) Plan {
			return Plan{Request: request.Spec{URL: `{{key}}&n={{seq}}`}, Values: text.Values{Keys: text.Keys{File: file}}}
		}, "&n="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				h := &hosts{}
				plain, other, secure := h.start(t, false), h.start(t, false), h.start(t, true)
				urls := []string{plain + "/a%2Fb?X-Amz-Signature=s1&x=%20", other + "/ü/?k=v;w#part", secure + "/c?q", plain + "?d",
					strings.TrimPrefix(other, "http://") + "/e//f?g"}
				sent := []string{"/a%2Fb?X-Amz-Signature=s1&x=%20", "/%C3%BC/?k=v;w", "/c?q", "/?d", "/e//f?g"}
				servers := []string{plain, other, secure, plain, other}
				file := filepath.Join(t.TempDir(), "urls.txt")
				written := "# a comment\n" + strings.Join(urls, "\n")
				if name == "a key" {
					written = strings.Join(urls, "\n")
				}
				if err := os.WriteFile(file, []byte(written+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				plan := c.plan(file)
				plan.Request.Body.Text, plan.Route.TLS.Insecure = "{{seq}}", true
				plan.Load.Requests, plan.Load.Concurrency = 12, 3
				r := fireOn(t, engine, plan).run
				if r.Totals.OK != 12 {
					t.Errorf("ended: %s (%+v)", endings(r), r.Outcomes)
				}
				var want []string
				for i := range 12 {
					_, host, _ := strings.Cut(servers[i%5], "://")
					n := strconv.Itoa(i + 1)
					target := sent[i%5]
					if c.rest != "" {
						target += c.rest + n
					}
					want = append(want, host+" "+target+" "+n)
				}
				h.want(t, want)
			})
		})
	}
}

// TestListsHideTheirURLs: what is signed into a URL is a secret, wherever it would show.
func TestListsHideTheirURLs(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		s := server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Echo", r.RequestURI)
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintf(w, "no: %s %s", r.RequestURI, r.URL.Query().Get("X-Amz-Credential"))
		}))
		file := textFile(t, s+"/a?X-Amz-Signature=deadbeef01&X-Amz-Credential=AKIA123%2F2026\n"+
			s+"/b?X-Amz-Signature=deadbeef02&X-Amz-Credential=AKIA123%2F2026\n")
		plan := Plan{Request: request.Spec{URLs: file, Header: []header.Line{{Name: "X", Value: "y"}}}, Load: Load{Requests: 4, Concurrency: 1}}
		plan.on(engine)
		x, err := Once(t.Context(), plan, 1)
		if err != nil {
			t.Fatal(err)
		}
		r := fireOn(t, engine, plan).run
		shown := fmt.Sprintf("%+v %s %s %s %+v %+v %+v", *x, x.RequestHead, x.Body, x.AnswerHead, x.Header, r.Plan, r.Outcomes)
		for _, secret := range []string{"deadbeef", "AKIA123"} {
			if strings.Contains(shown, secret) {
				t.Errorf("%s is shown: %s", secret, shown)
			}
		}
		if want := "URLs of rows.txt"; r.Plan.URL != want || len(r.Outcomes) != 1 || !strings.Contains(r.Outcomes[0].Answer, "REDACTED") {
			t.Errorf("the URL is recorded as %q, want %q; %+v", r.Plan.URL, want, r.Outcomes)
		}
	})
}

// TestListsAreCheckedBeforeAnything: a URL that could not be typed is told with its row, and nothing is sent.
func TestListsAreCheckedBeforeAnything(t *testing.T) {
	many := strings.Builder{}
	for i := range 201 {
		fmt.Fprintf(&many, "http://h%d/\n", i)
	}
	for _, c := range []struct{ list, want string }{
		{"http://h/a\nftp://h/b\n", `urls "ftp://h/b": row 2 of rows.txt: its URL is a scheme other than http and https`},
		{"http://h/a\nhttp://h:x/b?sig=hush\n", `row 2 of rows.txt: its URL is no host:port`},
		{"http://h/a\n\nhttp://h/a b?sig=hush\n", `row 2 of rows.txt: it gives a character that no URL can hold`},
		{"http://h/a\nhttp://ann:hush@h/\n", `row 2 of rows.txt: its URL has a user in it`},
		{"http://h/a\n/relative\n", `row 2 of rows.txt: its URL names no host`},
		{"http://h//a\"b?sig=hush\n", `row 1 of rows.txt: its URL begins a path with //`},
		{many.String(), `row 201 of rows.txt: its URL leads to server 201; a list may have 200`},
		{"# none\n", `is empty; write a URL on each line`},
	} {
		err := Plan{Request: request.Spec{URLs: textFile(t, c.list)}}.Validate()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%.60q gives %v, want %s", c.list, err, c.want)
		}
	}
	for _, c := range []struct {
		spec request.Spec
		want string
	}{
		{request.Spec{URL: `{{csv "u"}}{{seq}}`}, `url "{{seq}}": stands in the URL before its path, which must be known before`},
		{request.Spec{URL: `{{seq}}/x`}, "stands before the path"},
		{request.Spec{URL: "http://h/", URLs: textFile(t, "http://h/\n")}, "is given beside a URL"},
	} {
		err := Plan{Request: c.spec, Values: text.Values{Rows: text.Rows{CSV: textFile(t, "u\nhttp://h/\n")}}}.Validate()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s gives %v, want %s", c.spec.URL, err, c.want)
		}
	}
}

// TestListsByProxy: each URL takes the way that its own server has, and a signature covers the host that it names.
func TestListsByProxy(t *testing.T) {
	onEngines(t, func(t *testing.T, engine string) {
		h := &hosts{}
		proxy := h.start(t, false)
		_, direct, _ := strings.Cut(proxy, "://")
		plan := Plan{Request: request.Spec{URLs: textFile(t, proxy+"/direct\nhttp://a.example:81/x?y\nhttp://b.example\n")},
			Route: route.Spec{Proxy: proxy, NoProxy: "127.0.0.1"}, Load: Load{Requests: 6, Concurrency: 2}}
		if r := fireOn(t, engine, plan).run; r.Totals.OK != 6 {
			t.Errorf("ended: %s (%+v)", endings(r), r.Outcomes)
		}
		each := []string{direct + " /direct ", "a.example:81 http://a.example:81/x?y ", "b.example http://b.example/ "}
		h.want(t, append(each, each...))
	})
}

// TestListsAreSignedByHost: what is signed is the URL that the request has.
func TestListsAreSignedByHost(t *testing.T) {
	spec := request.Spec{URLs: textFile(t, "http://a/x\nhttp://b/x\n"), Auth: request.Auth{AWS: request.AWS{Region: "r", AccessKey: "k", SecretKey: "s"}}}.WithDefaults()
	template, err := spec.Compile(request.Setting{Seed: 1, Start: time.Unix(1e9, 0)})
	if err != nil {
		t.Fatal(err)
	}
	defer template.Close()
	signed := func(k int64) string {
		one := request.Spec{URL: template.URL(k, 0), Auth: spec.Auth}.WithDefaults()
		alone, err := one.Compile(request.Setting{Seed: 1, Start: time.Unix(1e9, 0)})
		if err != nil {
			t.Fatal(err)
		}
		defer alone.Close()
		return string(alone.AppendHead(nil, k, 0, 0))
	}
	for k := int64(1); k <= 3; k++ {
		if got, want := string(template.AppendHead(nil, k, 0, 0)), signed(k); got != want {
			t.Errorf("request %d has\n%s\nalone it has\n%s", k, got, want)
		}
	}
}
