package verify

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestSavedIsReadAgain(t *testing.T) {
	for _, wrong := range []string{"right", "append", "no-412", "PUT=403", "202"} {
		r := verified(t, newModel(wrong), Options{Only: mine, Cleanup: true, Contract: Contract{"create": "200"}})
		r.Tool, r.URL, r.Command = "v1", "http://model/{{key}}", "by hand"
		var b, again bytes.Buffer
		if err := Encode(&b, r); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		read, err := Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := Encode(&again, read); err != nil || again.String() != text {
			t.Errorf("%s: it is saved otherwise after it was read: %v", wrong, err)
		}
		read.wrote, read.silent, read.absent = r.wrote, r.silent, r.absent
		read.Started = r.Started
		if !reflect.DeepEqual(read, r) {
			t.Errorf("%s: what is read is not what was saved", wrong)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	const whole = `{"schema":"shotput/verify/1","findings":[{"check":"create","force":"MUST","result":"holds"}]}`
	if _, err := Decode(strings.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{"shotput/verify/1", "shotput/verify/2", `its schema is "shotput/verify/2", and this version knows only "shotput/verify/1"`},
		{"shotput/verify/1", "shotput/run/1", `its schema is "shotput/run/1"`},
		{`"schema":"shotput/verify/1",`, "", `its schema is ""`},
		{`"holds"`, `"hodls"`, `finding 1: the result of create is "hodls", which is none`},
		{`,"result":"holds"`, "", `the result of create is ""`},
		{"MUST", "WILL", `the force of create is "WILL", which is none`},
		{`"create"`, `""`, "it does not say of what check"},
		{`}]}`, `},{"check":"create","force":"MUST","result":"holds"}]}`, "finding 2: there are two of create"},
		{`"check"`, `"took_ns":-1,"check"`, "create took -1ns"},
		{`}]}`, `}]} {}`, "something follows"},
		{`}]}`, `}`, "it is no JSON"},
		{whole, "", "it is no JSON"},
		{whole, "[]", `its schema is ""`},
		{`"findings":[`, `"findings":7,"x":[`, "findings is a number"},
	} {
		_, err := Decode(strings.NewReader(strings.Replace(whole, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: %v, want %q", c.new, c.old, err, c.want)
		}
	}
	later := strings.Replace(whole, `"create"`, `"a-check-of-later","more":[1]`, 1)
	if r, err := Decode(strings.NewReader(later)); err != nil || r.Findings[0].Check != "a-check-of-later" {
		t.Errorf("a check of a later version: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"schema":"shotput/verify/1","findings":[{"check":"create","force":"MUST","result":"holds","took_ns":1}]}`)
	f.Add(`{"schema":"shotput/verify/1","started":"2026-01-01T00:00:00Z","created":["a"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Decode(strings.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Encode(&b, r); err != nil {
			t.Fatal(err)
		}
		if again, err := Decode(&b); err != nil || !reflect.DeepEqual(again.Findings, r.Findings) && len(r.Findings) > 0 {
			t.Errorf("%q is not read again: %v", text, err)
		}
	})
}
