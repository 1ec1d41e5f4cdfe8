package stats

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"shotput/stats/unit"
)

// A RuleError says what is wrong with the text of an objective, and where.
type RuleError struct {
	Column int // in characters, from 1
	Why    string
	Word   string   // that is none of Known; "" when something else is wrong
	Known  []string // for whoever looks for the nearest
	Unit   string   // that the bound, which is Word, lacks; "" when something else is wrong
}

// Error gives the column and the reason.
func (e *RuleError) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Why) }

// ParseObjectives reads one or more rules, joined by "and" or commas. Each is
//
//	METRIC COMPARISON BOUND [for TIME]
//
// METRIC is p99, p99.9, mean, min, max of the headline latency; the same of a row of it (service.p99.9, wait.p50), of
// a status (status.503.p99) or of one of several requests (template."NAME".p99); of flows flow.p99, completion.p99 and
// the service time of a step (step."NAME".p99); or a quantity: error_rate, sent_rate, rate, goodput, upload_rate, sent,
// ok, failed, timeouts, late, attempts, aborted, unsent, connections, body_bytes_sent, wire_bytes_sent, bytes_received,
// status.409, status.4xx, step."NAME".error_rate.
//
// COMPARISON is one of < <= > >= == !=.
//
// BOUND is a time with its unit (50ms, 1m30s); of error_rate 0.1% or a fraction; of rates 500/s, 120/m or 99% of
// target; of upload_rate 20MiB/s or 99% of target; of what counts a whole number, or a share of what was sent, such
// as 1%.
//
// The error is a *RuleError.
func ParseObjectives(text string) ([]Objective, error) {
	r := &ruleReader{text: []rune(text)}
	var all []Objective
	for {
		o, err := r.objective()
		if err != nil {
			return nil, err
		}
		all = append(all, o)
		more, err := r.join()
		if err != nil || !more {
			return all, err
		}
	}
}

// ruleReader reads words from a text, and knows where it is.
type ruleReader struct {
	text []rune
	at   int
}

// skip goes to the next word.
func (r *ruleReader) skip() {
	for r.at < len(r.text) && unicode.IsSpace(r.text[r.at]) {
		r.at++
	}
}

// take gives as much of the text as is made of such characters.
func (r *ruleReader) take(is func(rune) bool) string {
	from := r.at
	for r.at < len(r.text) && is(r.text[r.at]) {
		r.at++
	}
	return string(r.text[from:r.at])
}

// word skips to a word of letters, and takes it if it is the one.
func (r *ruleReader) word(wanted string) bool {
	r.skip()
	from := r.at
	if r.take(unicode.IsLetter) == wanted {
		return true
	}
	r.at = from
	return false
}

// fault is an error at a place.
func (r *ruleReader) fault(at int, why string, args ...any) error {
	return &RuleError{Column: at + 1, Why: fmt.Sprintf(why, args...)}
}

// rest names what stands at the place: a word, or that there is none.
func (r *ruleReader) rest() string {
	from := r.at
	defer func() { r.at = from }()
	if word := r.take(func(c rune) bool { return !unicode.IsSpace(c) && c != ',' }); word != "" {
		return strconv.Quote(word)
	}
	if r.at < len(r.text) {
		return strconv.Quote(string(r.text[r.at]))
	}
	return "the end"
}

func (r *ruleReader) objective() (o Objective, err error) {
	if o.metric, err = r.metric(); err != nil {
		return o, err
	}
	r.skip()
	at := r.at
	o.op = r.take(func(c rune) bool { return strings.ContainsRune("<>=!~≤≥", c) })
	switch o.op {
	case "<", "<=", ">", ">=", "==", "!=":
	case "":
		return o, r.fault(at, "a comparison is missing before %s: one of < <= > >= == !=", r.rest())
	default:
		return o, r.fault(at, "%q is no comparison: those are < <= > >= == !=", o.op)
	}
	if o.bound, err = r.bound(&o.metric); err != nil {
		return o, err
	}
	if r.word("for") {
		r.skip()
		at = r.at
		o.forText = r.number()
		if o.span, err = time.ParseDuration(o.forText); err != nil || o.span < time.Second {
			return o, r.fault(at, "for needs a time of at least a second, such as 10s")
		}
	}
	return o, nil
}

// metric takes letters, digits, dots and what is in quotes.
func (r *ruleReader) metric() (metric, error) {
	r.skip()
	at, quoted, escaped := r.at, false, false
	text := r.take(func(c rune) bool {
		switch {
		case quoted && c == '\\' && !escaped:
			escaped = true
			return true
		case c == '"' && !escaped:
			quoted = !quoted
			return true
		}
		escaped = false
		return quoted || unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("._-", c)
	})
	if text == "" {
		return metric{}, r.fault(at, "a metric is missing before %s; a rule is such as p99 < 50ms", r.rest())
	}
	m, err := parseMetric(text)
	var e *RuleError
	if errors.As(err, &e) {
		e.Column = at + 1
	}
	return m, err
}

// number takes a number and its unit; a space between the two is dropped.
func (r *ruleReader) number() string {
	const digits = "0123456789."
	text := r.take(func(c rune) bool { return strings.ContainsRune(digits+"+-", c) })
	at := r.at
	r.skip()
	if r.at > at && r.at < len(r.text) && strings.ContainsRune(digits, r.text[r.at]) {
		r.at = at // two numbers
		return text
	}
	name := r.take(func(c rune) bool { return unicode.IsLetter(c) || strings.ContainsRune(digits+"%/", c) })
	if text == "" || name == "and" || name == "for" || name == "of" {
		r.at = at
		return text
	}
	return text + name
}

func (r *ruleReader) bound(m *metric) (b bound, err error) {
	r.skip()
	at := r.at
	if b.text = r.number(); b.text == "" {
		return b, r.fault(at, "a number is missing before %s", r.rest())
	}
	if r.word("of") {
		if !r.word("target") {
			return b, r.fault(r.at, "%s stands where target is meant: 99%% of target", r.rest())
		}
		b.target = true
	}
	if why := b.read(m); why != "" {
		e := &RuleError{Column: at + 1, Why: why}
		if k := m.kind(); bareUnits[k] != "" && !b.target && isPlain(b.text) {
			e.Word, e.Unit = b.text, bareUnits[k]
		}
		return b, e
	}
	if b.target {
		b.text += " of target"
	}
	return b, nil
}

// read makes the bound's value of its text; it says why that is none.
func (b *bound) read(m *metric) (why string) {
	k := m.kind()
	share, isShare := percentage(b.text)
	switch {
	case b.target && k != rates && k != byteRates:
		return m.text + " has no target; sent_rate, rate, goodput and upload_rate have"
	case b.target && !isShare:
		return "a part of the target is in %: 99% of target"
	case b.target:
		b.value = share
		return ""
	case isShare && k == counts:
		b.value, b.share = share, true
		return ""
	}
	written := boundForms[k]
	value, ok := written.read(b.text)
	if b.value = value; !ok {
		return fmt.Sprintf("%q is no bound of %s: %s", b.text, m.text, written.as)
	}
	return ""
}

// boundForms say of each kind how a bound of it is written, and read it.
var boundForms = [...]struct {
	as   string
	read func(string) (float64, bool)
}{
	latency:   {"a time has a unit, as in 50ms or 1.5s", plainTime},
	ratios:    {"a ratio is a part of 1 or of 100%, as in 0.1% or 0.001", ratio},
	rates:     {"a rate is as in 500/s or 99% of target", perTime(plainNumber)},
	byteRates: {"a rate of bytes is as in 20MiB/s or 99% of target", perTime(byteSize)},
	counts:    {"a count is a whole number, or a share of what was sent, as in 1%", wholeNumber},
	sizes:     {"bytes are as in 512, 20KiB or 1.5MB", byteSize},
}

// bareUnits are what a bound without a unit is most often of: other tools have times in milliseconds. What bytes are
// counted in differs.
var bareUnits = [...]string{latency: "ms", rates: "/s", sizes: ""}

func isPlain(s string) bool {
	_, ok := plainNumber(s)
	return ok
}

func plainTime(s string) (float64, bool) {
	d, err := time.ParseDuration(s)
	return float64(d), err == nil && d >= 0
}

func ratio(s string) (float64, bool) {
	x, ok := percentage(s)
	if !ok {
		x, ok = plainNumber(s)
	}
	return x, ok && x <= 1
}

func wholeNumber(s string) (float64, bool) {
	x, ok := plainNumber(s)
	return x, ok && x == math.Trunc(x)
}

// plainNumber reads digits with at most one dot among them.
func plainNumber(s string) (float64, bool) {
	if strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(s, 64)
	return x, err == nil
}

// percentage reads 0.1% as the number nearest to 0.001, as the division 1/1000 gives it.
func percentage(s string) (float64, bool) {
	digits, found := strings.CutSuffix(s, "%")
	if _, plain := plainNumber(digits); !found || !plain {
		return 0, false
	}
	x, err := strconv.ParseFloat(digits+"e-2", 64)
	return x, err == nil
}

func perTime(read func(string) (float64, bool)) func(string) (float64, bool) {
	return func(s string) (float64, bool) {
		count, per, _ := strings.Cut(s, "/")
		seconds, known := unit.Seconds(per)
		x, ok := read(count)
		return x / seconds, ok && known
	}
}

func byteSize(s string) (float64, bool) {
	digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789."))]
	worth, known := unit.Bytes(s[len(digits):])
	x, ok := plainNumber(digits)
	return x * worth, ok && known
}

// join says whether another rule follows.
func (r *ruleReader) join() (bool, error) {
	r.skip()
	switch {
	case r.at == len(r.text):
		return false, nil
	case r.text[r.at] == ',':
		r.at++
		return true, nil
	case r.word("and"):
		return true, nil
	}
	return false, r.fault(r.at, "%s stands where the rule ends; join rules by and, or a comma", r.rest())
}
