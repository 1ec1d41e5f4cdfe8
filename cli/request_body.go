package cli

import (
	"strings"

	"shotput/cli/line"
)

// post notes a flag that gives the body. Two flags that would each be the whole of it are refused: sending
// either one would be a guess.
func (r *request) post(flag string) func(string) error {
	return func(value string) error {
		for _, p := range r.posted {
			if other := r.Row(p.flag); !r.Row(flag).Joins(other) {
				return line.Wrong{Kind: line.TwoBodies, Why: "a request has one body, and " + other.Name() +
					" gives one already"}
			}
		}
		r.posted = append(r.posted, posted{flag, value})
		return nil
	}
}

// bodyFrom takes the path of a file or folder that gives the body.
func (r *request) bodyFrom(flag string, into *string) func(string) error {
	return func(path string) error {
		if err := line.Filled(into)(path); err != nil {
			return err
		}
		return r.post(flag)(path)
	}
}

// size is a number of bytes, or a law of sizes, whose grammar is loadgen's.
func (r *request) size(s string) (err error) {
	if strings.ContainsAny(s, ":,*") || strings.Contains(s, "..") {
		r.plan.Request.Body.Sizes = s
	} else {
		r.plan.Request.Body.Size, err = parseSize(s)
	}
	if err == nil {
		err = r.post("size")(s)
	}
	return err
}

// withoutBody gives the line without whatever makes its body.
func (r *request) withoutBody() line.Line {
	var flags []string
	for _, row := range r.Rows {
		if row.Group == groupBody {
			flags = append(flags, row.Long)
		}
	}
	return r.Without(flags...)
}
