package verify

import "context"

// Options are what a verification is asked to do.
type Options struct {
	Method  string   // the caller's; "" is PUT
	Prefix  string   // of every name, as it stands in a URL: "shotput-verify-k3j2-"
	Sample  []byte   // a body as the caller sends it; bodies of checks are of its kind
	Type    string   // its Content-Type; "" where the caller gives none
	Accept  string   // what reading says that it takes; "" where the caller says it, or nobody has to
	Only    []string // names of checks, or of groups; empty: all
	Skip    []string
	Largest int64 // the largest body that may be sent, in bytes
	Cleanup bool  // delete, in the end, what was created
	// Restart restarts the server and returns when it answers again; nil where the caller has no way
	Restart func(ctx context.Context) error
	// Validator says how the server is told of the state that an update is of, where it is no header
	Validator *Validator
	Contract  Contract // what is expected, instead of the standards; nil: the standards
	Whole     bool     // the contract is all that is expected: a check that it does not name cannot be broken
	// Told hears of each finding; may be nil
	Told func(done, of int, f *Finding)
}
