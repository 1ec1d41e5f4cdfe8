//go:build unix

package route

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"
)

// exempted are hosts, each with a list of those to reach without a proxy, and whether it is one of them.
var exempted = []struct {
	host, list string
	want       bool
}{
	{"a.test", "", false},
	{"a.test", "*", true},
	{"a.test", "b.test,*", false},
	{"a.test", "a.test", true},
	{"A.TEST", "a.Test", true},
	{"a.test.", "a.test", true},
	{"a.test", "a.test.", true},
	{"a.test", ".a.test", true},
	{"www.a.test", "a.test", true},
	{"www.a.test", ".a.test", true},
	{"nona.test", "a.test", false},
	{"a.test", "www.a.test", false},
	{"a.test", "b.test, a.test", true},
	{"a.test", "b.test,,a.test", true},
	{"a.test", "a.test:80", false},
	{"a.test", ".", false},
	{"127.0.0.1", "127.0.0.1", true},
	{"127.0.0.1", "127.0.0.0/8", true},
	{"127.0.0.1", "10.0.0.0/8", false},
	{"127.0.0.1", "127.0.0.1/32", true},
	{"127.0.0.1", "0.0.1", false},
	{"127.0.0.1", "localhost", false},
	{"[::1]", "::1", true},
	{"[::1]", "::/64", true},
	{"[::1]", "fe80::/10", false},
	{"localhost", "localhost", true},
}

// The rules for exempt hosts are curl's; where there is a curl, it is asked too.
func TestExemptHosts(t *testing.T) {
	curl, _ := exec.LookPath("curl")
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter,
		r *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(proxy.Close)
	for _, c := range exempted {
		u := &url.URL{Host: c.host}
		if got := isExempt(u.Hostname(), c.list); got != c.want {
			t.Errorf("%s in %q: %v, want %v", c.host, c.list, got, c.want)
		}
		if curl == "" || strings.Contains(c.list, "::/") { // curl 7.88 finds no address in any IPv6 network
			continue
		}
		// Through the proxy it is answered; without it, nobody is at port 1.
		command := exec.Command(curl, "-sS", "-m", "2", "-x", proxy.URL, "--noproxy", c.list, "--resolve",
			"*:1:127.0.0.1", "http://"+c.host+":1/")
		if got := command.Run() != nil; got != c.want {
			t.Errorf("curl: %s in %q: %v, want %v", c.host, c.list, got, c.want)
		}
	}
}

func TestProxyURLs(t *testing.T) {
	for given, want := range map[string]string{"p": "http://p:1080", "p:8080": "http://p:8080",
		"http://p/": "http://p:1080", "https://p": "https://p:443",
		"socks5://u:v@[::1]": "socks5://u:v@[::1]:1080", "socks5h://p:9": "socks5h://p:9"} {
		if u, err := parseProxy(given); err != nil || u.String() != want {
			t.Errorf("%s is %v (%v), want %s", given, u, err, want)
		}
	}
	for _, bad := range []string{"http://p:99999", "p:0"} {
		if u, err := parseProxy(bad); err == nil {
			t.Errorf("%s is taken for %v", bad, u)
		}
	}
}

// What a proxy says to CONNECT is read up to a bound, and shown up to another; a body is not waited for.
func TestConnectAnswersAreBounded(t *testing.T) {
	for name, c := range map[string]struct{ head, more, want string }{
		"a head without end":   {"HTTP/1.1 200 OK\r\n", strings.Repeat("X-A: b\r\n", 1000), "longer than 65536 bytes"},
		"a line without end":   {"HTTP/1.1 200 ", strings.Repeat("x", 10_000), "longer than 65536 bytes"},
		"a body without end":   {"HTTP/1.1 403 No\r\nContent-Length: 99999999999\r\n\r\n", strings.Repeat("x", 10_000), "403 No"},
		"a body that stalls":   {"HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\n", "", "403 No"},
		"a reason of 50,000 x": {"HTTP/1.1 403 " + strings.Repeat("x", 50_000) + "\r\n\r\n", "", "403 xxx"},
	} {
		ours, theirs := net.Pipe()
		go func() {
			io.WriteString(theirs, c.head)
			for c.more != "" {
				if _, err := io.WriteString(theirs, c.more); err != nil {
					return
				}
			}
		}()
		err := readConnectAnswer(ours, &http.Request{Method: http.MethodConnect})
		if err == nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 300 {
			t.Errorf("%s: %.400v", name, err)
		}
		ours.Close()
		theirs.Close()
	}
}
