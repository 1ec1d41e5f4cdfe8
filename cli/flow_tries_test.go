package cli

import (
	"regexp"
	"strings"
	"testing"
)

// What is to be written in the place of what is wrong with a flow can be: with it in there, the plan is whole.
func TestTriesOfFlows(t *testing.T) {
	s := &site{dir: t.TempDir()}
	try := regexp.MustCompile(`(?m)^  try   (.*)$`)
	const url, sign = "url: http://127.0.0.1:1/a\n", "- {name: sign, capture: {place: json .url}}\n"
	for _, c := range []struct{ before, wrong, indent, behind, want string }{
		{url + "flow:\n" + sign + "- name: put\n  ", `url: 'http://{{captured "place"}}/a'`, "  ", "", `url: '{{captured "place"}}/a'`},
		{url + "flow:\n- name: put\n  ", `url: 'http://{{seq}}/a'`, "  ", "", "url: http://127.0.0.1:8080/objects/{{seq}}"},
		{url + "flow:\n- name: wait\n  every: 1s\n  within: 9s\n  ", "until: {}", "  ", "", "until: {expect: 200, "},
		{url + "flow:\n- name: wait\n  ", "within: 9s", "  ", "", "and every: 100ms"},
		{url + "flow:\n- name: wait\n  ", "every: 9s", "  ", "", "and within: 10s"},
		{url + "flow:\n- name: one\n  ", "capture: {id: head ETag}", "  ", "", "capture: {id: header ETag}"},
		{url + "flow:\n- name: one\n  ", "capture: {id: json id}", "  ", "", "capture: {id: json .id}"},
		{url + "flow:\n- name: login\n- name: login-2\n- ", "name: login", "  ", "\n", "name: login-3"},
		{url + "flow:\n- name: one\n  think: 1s\n- name: two\n  ", "think: 1s..2s", "", "\n", "the plan without think"},
		{url, "flow: [{name: login, per: slot}]", "", "\n", "{name: login, per: slot, "},
		{url + "on-failure: [{name: abort}]\n", "hosts: [localhost]", "", "\n", "flow: [{name: create, "},
	} {
		whole := func(text string) string { return c.before + text + c.behind }
		_, told, code := s.dry(t, whole(c.wrong))
		m := try.FindStringSubmatch(told)
		if code != 2 || m == nil || !strings.Contains(m[1], c.want) {
			t.Errorf("%s\nends with %d, and to be tried is not %s:\n%s", whole(c.wrong), code, c.want, told)
			continue
		}
		text := strings.ReplaceAll(m[1], " and ", "\n"+c.indent)
		if strings.HasPrefix(text, "the plan without") {
			text = ""
		}
		if strings.HasPrefix(m[1], "until:") && strings.Contains(m[1], " and ") || strings.HasPrefix(c.wrong, "hosts") {
			text = c.wrong + "\n" + c.indent + text // it stands beside what is there
		}
		if _, told, code := s.dry(t, whole(text)); code != 0 {
			t.Errorf("%s\nends with %d:\n%s", whole(text), code, told)
		}
	}
}
