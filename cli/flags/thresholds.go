package flags

import (
	"cmp"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"shotput/cli/line"
	"shotput/stats"
)

// foreignMetrics are words that others have for a metric, too far from it to be guessed.
var foreignMetrics = map[string]string{
	"errors": "error_rate", "error": "error_rate", "failures": "failed", "timeout": "timeouts", "timed_out": "timeouts",
	"rps": "rate", "qps": "rate", "throughput": "rate", "avg": "mean", "average": "mean", "med": "p50", "median": "p50",
	"latency": "p99", "http_req_duration": "p99", "http_req_failed": "error_rate", "requests": "sent",
	"bandwidth": "upload_rate",
}

// parseRule reads a rule, and says of one that is none what it was perhaps meant to be.
func parseRule(s string) (stats.Rule, error) {
	if meant := fromK6(s); meant != "" {
		return stats.Rule{}, line.Otherwise("it is written as k6 has it", meant)
	}
	rule, err := stats.ParseRule(s)
	var e *stats.RuleError
	switch {
	case errors.As(err, &e):
		meant, word := ruleMeant(s, e)
		return rule, line.Wrong{Why: e.Error() + line.Suggest(word), Column: e.Column, Meant: meant}
	case err == nil:
		if at := wholeRatio.FindStringSubmatchIndex(s); at != nil {
			meant := s[:at[3]] + "%" + s[at[3]:]
			return stats.Rule{}, line.Wrong{Column: utf8.RuneCountInString(s[:at[2]]) + 1, Meant: meant,
				Why: "1 is all requests, which no error rate is above; did you mean 1%?"}
		}
	}
	return rule, err
}

// wholeRatio is a bound of an error rate that it never passes: 1 is written for 1% more often than for all.
var wholeRatio = regexp.MustCompile(`\berror_rate\s*[<>]=?\s*(1(?:\.0*)?)\s*(?:$|,|\band\b|\bfor\b)`)

// ruleMeant is the rule as it was perhaps meant, "" where that cannot be told, and the word of it that was.
func ruleMeant(s string, e *stats.RuleError) (mended, word string) {
	text := []rune(s)
	before, rest := string(text[:e.Column-1]), string(text[e.Column-1:])
	if e.Unit != "" {
		mended = before + strings.Replace(rest, e.Word, e.Word+e.Unit, 1)
	} else {
		word = cmp.Or(countOfErrors(e.Word, rest), foreignMetrics[e.Word], line.Nearest(e.Word, e.Known))
		if word == "" {
			return "", ""
		}
		if mended = before + strings.Replace(rest, e.Word, word, 1); word == noErrors {
			mended = before + errorsBelow1.ReplaceAllString(rest, noErrors)
		}
	}
	var more *stats.RuleError
	if _, err := stats.ParseObjectives(mended); errors.As(err, &more) {
		if more.Unit == "" || more.Column <= e.Column {
			return "", word
		}
		mended, _ = ruleMeant(mended, more)
	}
	return spaceOut(mended), word
}

// noErrors is a rule that no request may break, of whatever kind its failure is.
const noErrors = "error_rate == 0"

var (
	errorsBelow1 = regexp.MustCompile(`^(?:errors|error)\s*(?:<\s*1|<=\s*0|==\s*0)\b`)
	errorsCount  = regexp.MustCompile(`^(?:errors|error)\s*[<>=]=?\s*\d+\s*(?:$|,|\band\b|\bfor\b)`)
)

// countOfErrors is what a rule on errors is here that has a number of them as its bound: as a ratio it would be all
// requests, or more. It is "" of any other rule.
func countOfErrors(word, rest string) string {
	switch {
	case word != "errors" && word != "error" || !errorsCount.MatchString(rest):
		return ""
	case errorsBelow1.MatchString(rest):
		return noErrors
	}
	return "failed"
}

// spaceOut writes a rule with spaces around its comparison, as it is written here. Names in quotes may hold anything.
func spaceOut(rule string) string {
	if strings.Contains(rule, `"`) {
		return rule
	}
	return comparison.ReplaceAllString(rule, " $1 ")
}

var comparison = regexp.MustCompile(`\s*([<>=!]=|[<>])\s*`)

// k6 has percentiles as functions and times in milliseconds, mostly bare, beside or without the name of its metric.
var (
	ofK6 = regexp.MustCompile(`^\s*(http_req_duration\s*:\s*)?` +
		`(p\((\d+(?:\.\d+)?)\)|avg|med|min|max)\s*(<=?|>=?)\s*(\d+(?:\.\d+)?)\s*(ms|s|m|us|µs)?\s*$`)
	failedK6 = regexp.MustCompile(`^\s*http_req_failed\s*:\s*rate\s*(<=?|>=?)\s*(0?\.\d+|0|1)\s*$`)
)

// fromK6 is a rule of k6's as it would be written here; "" of any other.
func fromK6(s string) string {
	if m := failedK6.FindStringSubmatch(s); m != nil {
		ratio, _ := strconv.ParseFloat(m[2], 64) // the pattern is a number's
		return "error_rate " + m[1] + " " + strconv.FormatFloat(100*ratio, 'g', 6, 64) + "%"
	}
	m := ofK6.FindStringSubmatch(s)
	if m == nil || m[1] == "" && m[6] != "" && (m[2] == "min" || m[2] == "max") { // which are metrics here
		return ""
	}
	metric := cmp.Or(map[string]string{"avg": "mean", "med": "p50"}[m[2]], m[2])
	if m[3] != "" {
		metric = "p" + m[3]
	}
	return metric + " " + m[4] + " " + m[5] + cmp.Or(m[6], "ms")
}
