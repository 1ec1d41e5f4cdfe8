package credentials

import (
	"strings"
	"testing"
	"time"
)

const jar = `# Netscape HTTP Cookie File
h.example	FALSE	/	FALSE	0	root	1
h.example	FALSE	/deep/er/	FALSE	0	deep	2
.example	TRUE	/	TRUE	0	secure	3
h.example	FALSE	/	FALSE	100	old	4
#HttpOnly_h.example	FALSE	/	FALSE	2000	fresh	5
h.example	FALSE	/	FALSE	0	__Secure-p	6
h.example	FALSE	/	FALSE	soon	odd	7
h.example	FALSE	/	FALSE	0	many	8	9
Set-Cookie: set=a; domain=h.example; path=/deep
Set-Cookie: gone=a; domain=h.example; max-age=0
Set-Cookie: nowhere=a
`

// Who is sent what: by host, path and scheme, longest path first.
func TestCookiesFor(t *testing.T) {
	all, expired := Cookies(jar, time.Unix(1000, 0), true)
	if expired != 2 {
		t.Errorf("%d have expired, want 2", expired)
	}
	for _, c := range []struct {
		to           Aim
		want, unsure string
	}{
		{Aim{Host: "h.example", Path: "/"}, "fresh root", ""},
		{Aim{Host: "H.Example", Path: ""}, "fresh root", ""},
		{Aim{Host: "h.example", Path: "/deep"}, "set fresh root", ""},
		{Aim{Host: "h.example", Path: "/deeper"}, "fresh root", ""},
		{Aim{Host: "h.example", Path: "/deep/er"}, "deep set fresh root", ""},
		{Aim{Host: "h.example", Path: "/deep/er/", Open: true}, "deep set fresh root", ""},
		{Aim{Host: "h.example", Path: "/de", Open: true}, "", "/deep"},
		{Aim{Host: "h.example", Path: "/deep/er", Open: true}, "", "/deep/er"},
		{Aim{Host: "h.example", Path: "/x", Secure: true}, "fresh root secure", ""},
		{Aim{Host: "below.h.example", Path: "/deep"}, "set", ""},
		{Aim{Host: "xh.example", Path: "/"}, "", ""},
		{Aim{Host: "127.0.0.1", Path: "/"}, "nowhere", ""},
	} {
		sent, unsure := For(all, c.to)
		var names []string
		for _, one := range sent {
			names = append(names, one.Name)
		}
		if got := strings.Join(names, " "); got != c.want || unsure != c.unsure {
			t.Errorf("%+v: %s, unsure %q; want %s, %q", c.to, got, unsure, c.want, c.unsure)
		}
	}
	if lasting, _ := Cookies(jar, time.Unix(1000, 0), false); len(lasting) != 1 {
		t.Errorf("without those of a session: %+v, want one", lasting)
	}
}
