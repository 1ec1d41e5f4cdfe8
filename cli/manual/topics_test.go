package manual

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"shotput/cli/flags"
)

// announced are flags that a topic names and that come with a later version.
var announced = []string{"label", "percentiles", "location-trusted"}

// Each topic leads somewhere: to flags that there are and to a page that there is, on a screen of its own.
func TestTopics(t *testing.T) {
	rows := flags.Rows()
	seen := map[string]string{}
	for _, topic := range topics {
		title := topic.words[0]
		for _, w := range topic.words {
			if other, twice := seen[w]; twice || w != strings.ToLower(w) {
				t.Errorf("%s: %q is a word of %s already, or not in lower case", title, w, other)
			}
			seen[w] = title
		}
		for _, f := range topic.flags {
			if rows.Row(f) == nil && !slices.Contains(announced, f) {
				t.Errorf("%s: --%s is no flag", title, f)
			}
		}
		if topic.page != "" {
			if _, err := os.Stat("../../" + topic.page); err != nil {
				t.Errorf("%s: %v", title, err)
			}
		}
		var b bytes.Buffer
		topic.Write(&b, rows)
		if n := strings.Count(b.String(), "\n"); n > 45 || topic.text == "" && len(topic.flags) == 0 {
			t.Errorf("%s has %d lines", title, n)
		}
		for l := range strings.Lines(b.String()) {
			if utf8.RuneCountInString(strings.TrimRight(l, "\n")) > 80 {
				t.Errorf("%s: a long line: %s", title, l)
			}
		}
	}
}

// The words that people have find something.
func TestTopicWords(t *testing.T) {
	for word, flag := range map[string]string{"retry": "expect", "RAMP": "stages", "S3": "aws-sigv4", "percentile": "threshold",
		"timeout": "max-time", "--timeouts": "max-time", "users": "concurrency", "rps": "rate", "mTLS": "cert", "JWT": "oauth2-bearer",
		"referer": "referer", "cookie": "cookie", "gzip": "data", "compression": "data", "iterations": "requests", "quiet": "silent", "har": "rate",
		"postman": "rate", "openapi": "rate", "429": "expect", "grafana": "prom-listen", "assert": "threshold", "ipv6": "ipv6",
		"netrc": "netrc", "seed": "seed", "html": "output", "user-agent": "user-agent", "uuid": "keys", "io_uring": "poll"} {
		got, ok := Find(word, flags.Rows())
		if flag == "" {
			continue
		}
		if !ok || !slices.Contains(got.flags, flag) {
			t.Errorf("%s leads to %q, want %s", word, got.flags, flag)
		}
	}
	if _, ok := Find("xyzzy", flags.Rows()); ok {
		t.Error("a word that nobody has finds something")
	}
}

// The short help is one screen.
func TestShortHelp(t *testing.T) {
	lines := strings.Split(Short+List(), "\n")
	if len(lines) > 40 {
		t.Errorf("%d lines", len(lines))
	}
	for _, l := range lines {
		if utf8.RuneCountInString(l) > 80 {
			t.Errorf("%q is longer than 80 columns", l)
		}
	}
}
