package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"shotput/report/runtest"
	"shotput/verify"
)

func verificationAs(t *testing.T, format string, r *verify.Report, opt Options) string {
	t.Helper()
	return runtest.Printed(t, func(b *bytes.Buffer) error { return WriteVerification(b, r, VerifyOptions{opt, format}) })
}

func TestVerificationText(t *testing.T) {
	for name, made := range runtest.Verifications {
		for look, opt := range looks {
			got := verificationAs(t, "", made(), opt)
			if (look == "" || name+look == "broken_ascii") && name != "hostile" {
				runtest.Golden(t, "verify_"+name+look, got)
			}
			for _, fault := range runtest.LineFaults(got, opt) {
				if !strings.Contains(fault, "columns:") || !isWord(fault) {
					t.Error(name, look, fault)
				}
			}
		}
		md := verificationAs(t, "md", made(), Options{})
		if name != "hostile" {
			runtest.Golden(t, "verify_"+name+".md", md)
		}
		for _, fault := range tableFaults(md) {
			t.Error(name, fault)
		}
	}
}

// A method as long as a label ran into what stands beside it.
func TestVerificationOfALongMethod(t *testing.T) {
	r := runtest.Verifications["broken"]()
	r.Findings = slices.DeleteFunc(r.Findings, func(f verify.Finding) bool { return f.Result != verify.Broken })[:1]
	r.Findings[0].Exchanges = []verify.Exchange{{Method: "SHOTPUT-VERIFY", URL: "http://h/objects/v-0", Answer: "405"}}
	got := verificationAs(t, "", r, Options{})
	if strings.Contains(got, "VERIFYv-0") || !strings.Contains(got, " 1 SHOTPUT-VERIFY\n               v-0\n") {
		t.Error(got)
	}
}

// isWord says whether a line that is too long is one quoted word of a command: it cannot be shorter.
func isWord(fault string) bool {
	_, line, _ := strings.Cut(fault, ": ")
	line = strings.TrimSuffix(strings.TrimSpace(line), ` \`)
	return strings.HasPrefix(line, "'") && strings.HasSuffix(line, "'")
}

// What is saved has all that a report is made of, and is as the schema says.
func TestVerificationJSON(t *testing.T) {
	text, err := json.Marshal(verify.JSONSchema())
	if err != nil {
		t.Fatal(err)
	}
	schema := compile(t, text)
	for name, made := range runtest.Verifications {
		if name == "hostile" {
			continue // it has a result that there is not
		}
		saved := verificationAs(t, "json", made(), Options{})
		var back verify.Report
		if err := json.Unmarshal([]byte(saved), &back); err != nil || !reflect.DeepEqual(&back, made()) {
			t.Fatalf("%s: %v", name, err)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(saved))
		if err == nil {
			err = schema.Validate(v)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(verificationAs(t, "json", runtest.Verifications["right"](), Options{}),
		`"not offered"`, `"not asked"`, 1)))
	if err != nil || schema.Validate(v) == nil {
		t.Error("a result that there is not is valid", err)
	}
}

// The XML is read by a reader that knows nothing of ours.
func TestVerificationJUnit(t *testing.T) {
	for name, made := range runtest.Verifications {
		doc := verificationAs(t, "junit", made(), Options{})
		if name != "hostile" {
			runtest.Golden(t, "verify_"+name+".xml", doc)
		}
		var read struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Skipped  int `xml:"skipped,attr"`
			Cases    []struct {
				Failure *string `xml:"failure"`
				Error   *string `xml:"error"`
				Skipped *string `xml:"skipped"`
			} `xml:"testcase"`
		}
		if err := xml.Unmarshal([]byte(doc), &read); err != nil {
			t.Fatal(name, err)
		}
		r := made()
		unjudged := 0
		if r.Outcome() == verify.NotJudged {
			unjudged = 1
		}
		if read.Failures != r.Count(verify.Broken) || read.Skipped != r.Count(verify.Unclear) || read.Errors != unjudged ||
			read.Tests != len(r.Findings)+unjudged || len(read.Cases) != read.Tests {
			t.Errorf("%s: %+v", name, read)
		}
	}
}

// A command that could not be copied as it is is left out.
func TestVerificationCommands(t *testing.T) {
	for format, want := range map[string]string{"": "   curl 'a  b```' \"<b>\" 長\n", "md": "````sh\n  curl 'a  b```' \"<b>\" 長\n  ````\n",
		"html": "curl &#39;a  b```&#39; &#34;&lt;b&gt;&#34; 長", "junit": "\ncurl 'a  b```' \"<b>\" 長\n"} {
		got := verificationAs(t, format, runtest.Verifications["hostile"](), Options{})
		if !strings.Contains(got, want) || strings.Contains(got, "curl $") || strings.Contains(got, "<script>alert") && format == "html" {
			t.Errorf("%s has no %s, or more:\n%s", format, want, got)
		}
	}
	if got := verificationAs(t, "", runtest.Verifications["hostile"](), Options{ASCII: true}); strings.Contains(got, "curl") {
		t.Error("a command that became another is shown")
	}
}

func TestVerificationErrors(t *testing.T) {
	for _, format := range VerifyFormats {
		err := WriteVerification(brokenPipe{}, runtest.Verifications["right"](), VerifyOptions{Format: format})
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", format, err)
		}
	}
	err := WriteVerification(io.Discard, runtest.Verifications["right"](), VerifyOptions{Format: "csv"})
	if err == nil || !strings.Contains(err.Error(), "text, json, md, junit") {
		t.Error(err)
	}
}

func TestVerificationSentence(t *testing.T) {
	for want, f := range map[string]verify.Finding{
		" 3 of 42  create                 holds ✓":                   {Check: "create", Result: verify.Holds},
		" 3 of 42  if-none-match-exists   could not tell: no access": {Check: "if-none-match-exists", Result: verify.Unclear, Why: "no\naccess"},
	} {
		if got := VerificationSentence(3, 42, &f); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
