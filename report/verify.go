package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"shotput/report/html"
	"shotput/report/page"
	"shotput/report/words"
	"shotput/verify"
)

// VerifyFormats are the formats that WriteVerification knows, the default first.
var VerifyFormats = []string{"text", "json", "md", "junit", "html"}

// VerifyOptions say how a verification is printed.
type VerifyOptions struct {
	Options
	Format string // one of VerifyFormats; "" is the first
}

// WriteVerification prints a verification in the format that the options name. As JSON it is the saved form.
func WriteVerification(w io.Writer, r *verify.Report, o VerifyOptions) error {
	if err := o.Validate(); err != nil {
		return err
	}
	switch o.Format {
	case "json":
		return verify.Encode(w, r)
	case "junit":
		return verificationJUnit(w, r)
	case "html":
		return html.WritePage(w, page.OfVerification(r, true))
	case "":
		o.Format = "text"
	}
	return writePage(w, o.Format, page.OfVerification(r, false), o.Options, "verification", VerifyFormats)
}

// VerificationSentence is finding n of so many in a line, for whoever shows them as they come.
func VerificationSentence(n, of int, f *verify.Finding) string {
	text := fmt.Sprintf("%*d of %d  %-22s %s", len(fmt.Sprint(of)), n, of, words.Clean(f.Check),
		page.CheckResult(f.Result).Text)
	if f.Why != "" {
		text += ": " + words.Clean(f.Why)
	}
	return text
}

// verificationJUnit has a case for each check. What is broken fails; what could not be told is skipped, for it neither
// held nor broke. What differs or is not offered passes, and says so. Where the whole was not judged, a case of its own
// is in error: a document of cases that were skipped looks green.
func verificationJUnit(w io.Writer, r *verify.Report) error {
	suite := junitSuite{Name: "shotput verify: " + words.Clean(r.URL), Time: words.In(time.Second, r.Took),
		Stamp: r.Started.UTC().Format("2006-01-02T15:04:05")}
	for i := range r.Findings {
		suite.add(checkCase(&r.Findings[i]))
	}
	if r.Outcome() == verify.NotJudged {
		why := words.Clean(r.Unjudged())
		suite.add(junitCase{Class: verifyClass, Name: "verification", Time: "0",
			Error: reason("not-judged", why, "not judged: "+why)})
	}
	if err := printJUnit(w, suite); err != nil {
		return fmt.Errorf("write verification: %w", err)
	}
	return nil
}

// verifyClass begins the class of every case of a verification; the group of checks ends it.
const verifyClass = "shotput.verify"

func checkCase(f *verify.Finding) junitCase {
	c := junitCase{Class: verifyClass + "." + words.Clean(f.Group), Name: words.Clean(f.Check),
		Time: words.In(time.Second, f.Took)}
	said := string(f.Result)
	if f.Why != "" {
		said += ": " + f.Why
	}
	said = words.Clean(said)
	switch f.Result {
	case verify.Holds:
	case verify.Broken:
		c.Failure = reason("broken", said, "\n"+strings.Join(findingLines(f, said), "\n")+"\n")
	case verify.Unclear:
		c.Skipped = remark("", said)
	case verify.Differs:
		c.Out = &junitText{Lines: "\n" + strings.Join(findingLines(f, said), "\n") + "\n"}
	default:
		c.Out = &junitText{Line: said}
	}
	return c
}

// findingLines are all that there is to know of a finding, for a reader who has this document alone.
func findingLines(f *verify.Finding, said string) []string {
	lines := []string{words.Clean(f.Title), said, words.Clean(f.Clause + " (" + string(f.Force) + ")")}
	for _, text := range []string{f.Matters, f.Mend} {
		if text != "" {
			lines = append(lines, words.Clean(text))
		}
	}
	for i := range f.Exchanges {
		x := &f.Exchanges[i]
		lines = append(lines, "", words.Clean(x.Method+" "+x.URL+" "+x.Note))
		for line := range strings.Lines(x.Answer) {
			lines = append(lines, "< "+words.Clean(line))
		}
		if x.Curl != "" && words.IsPlain(x.Curl) {
			lines = append(lines, x.Curl)
		}
	}
	return lines
}
