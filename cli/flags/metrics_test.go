package flags

import "testing"

func TestMetricsAddresses(t *testing.T) {
	for typed, want := range map[string]string{"9464": "127.0.0.1:9464", ":9464": "127.0.0.1:9464", "0.0.0.0:1": "0.0.0.0:1",
		"[::1]:9": "[::1]:9", "localhost:0": "localhost:0", "": "", "x": "", "h:x": "", "h:70000": "", "::1": "", "h:": ""} {
		if got, err := parseListen(typed); got != want || (err == nil) != (want != "") {
			t.Errorf("listen at %q is %q, %v", typed, got, err)
		}
	}
	for typed, want := range map[string][2]string{
		"127.0.0.1:9091":              {"http://127.0.0.1:9091/metrics/job/shotput", "http://127.0.0.1:9091/v1/metrics"},
		"https://h/":                  {"https://h/metrics/job/shotput", "https://h/v1/metrics"},
		"http://h/sub?a=b":            {"http://h/sub/metrics/job/shotput?a=b", "http://h/sub?a=b"},
		"http://h/metrics/job/a/b/c":  {"http://h/metrics/job/a/b/c", "http://h/metrics/job/a/b/c"},
		"":                            {},
		"ftp://h":                     {},
		"http://:80":                  {},
		"http://h:0":                  {},
		"http://h:70000":              {},
		"http://h/%zz":                {},
		"unix:///run/metrics/x":       {},
		"http://user:pw@h/v1/metrics": {"http://user:pw@h/v1/metrics/metrics/job/shotput", "http://user:pw@h/v1/metrics"},
	} {
		for i, parse := range []func(string) (string, error){parsePush, parseOTLP} {
			if got, err := parse(typed); got != want[i] || (err == nil) != (want[i] != "") {
				t.Errorf("%q is %q, %v, want %q", typed, got, err, want[i])
			}
		}
	}
}
