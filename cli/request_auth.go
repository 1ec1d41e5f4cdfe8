package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"shotput/cli/line"
	"shotput/loadgen"
)

// asking is what the flags say of who asks, as far as the plan has other words for it.
type asking struct {
	basic, netrc, unsigned bool
	netrcFile, aws         string
}

// credentials reads name:password.
func credentials(into *string) func(string) error {
	return func(s string) error {
		if !strings.Contains(s, ":") {
			return errors.New("a user is name:password; nobody is there to be asked for the password")
		}
		*into = s
		return nil
	}
}

// aws checks the text at once, so that its fault stands with the others.
func (r *request) aws(s string) error {
	_, err := parseAWS(s)
	var f *loadgen.Fault
	if errors.As(err, &f) {
		return errors.New("it " + f.Why)
	}
	r.asks.aws = s
	return err
}

// secret reads a secret itself, or from env:NAME or @FILE, whose last line end is no part of it.
func (r *request) secret(into *string) func(string) error {
	return func(s string) error {
		if name, ok := strings.CutPrefix(s, "env:"); ok {
			if s, ok = r.env(name); !ok || s == "" {
				return errors.New("there is no such variable in the environment")
			}
		} else if path, ok := strings.CutPrefix(s, "@"); ok {
			b, err := r.in.read(path)
			if err != nil {
				return err
			}
			s = strings.TrimRight(string(b), "\r\n")
		}
		return line.Filled(into)(s)
	}
}

// ask finds the user and the keys that are not on the line itself. What contradicts itself is the plan's to say.
func (r *request) ask(in *source) error {
	if r.asks.basic && r.plan.Request.Auth.Digest {
		r.Note(line.Fault{Kind: line.Contrary, Flag: "basic", Why: "and --digest are two ways to ask; give one",
			Mends: []line.Mend{line.Drop("basic")}})
	}
	if r.asks.netrc || r.asks.netrcFile != "" {
		r.askNetrc(in)
	}
	if r.asks.aws != "" {
		r.askAWS()
	}
	r.plan.Request.Auth.AWS.UnsignedPayload = r.asks.unsigned
	return nil
}

// askNetrc takes the user from a netrc file, or the password of the one in the URL. What the line or the URL says comes
// first, as in curl; unlike curl, a file that does not help is refused: to fire without a user would be a guess.
func (r *request) askNetrc(in *source) {
	u, err := authority(r.plan.Request.URL)
	if err != nil || r.plan.Request.Auth.User != "" { // the plan tells of the error
		return
	}
	if _, known := u.User.Password(); known {
		return
	}
	flag, path := "netrc-file", r.asks.netrcFile
	if path == "" {
		flag, path = "netrc", filepath.Join(r.home(), ".netrc")
	}
	text, err := in.read(path)
	user, found := findNetrc(string(text), u.Hostname(), u.User.Username())
	switch {
	case err != nil:
	case found:
		r.plan.Request.Auth.User = user
		return
	case u.User != nil:
		err = errors.New("it has no password for the URL's user at " + u.Hostname())
	default:
		err = errors.New("it has no user for " + u.Hostname())
	}
	r.Note(line.Fault{Flag: flag, Shown: r.Show(flag, path), Why: err.Error(),
		Mends: []line.Mend{line.Drop(flag), line.Set("user", "name:password")}})
}

// askAWS makes -u the keys, or takes them from where AWS' own tools look.
func (r *request) askAWS() {
	a, _ := parseAWS(r.asks.aws) // it was parsed when it was typed
	a.AccessKey, a.SecretKey, _ = strings.Cut(r.plan.Request.Auth.User, ":")
	if r.plan.Request.Auth.User == "" {
		var err error
		if a.AccessKey, a.SecretKey, a.SessionToken, err = findAWS(r.variable, r.home()); err != nil {
			r.Note(line.Fault{Flag: "aws-sigv4", Shown: r.Show("aws-sigv4", r.asks.aws), Why: why(err),
				Mends: []line.Mend{line.Set("user", "key:secret")}})
		}
	}
	r.plan.Request.Auth.AWS, r.plan.Request.Auth.User = a, ""
}

// why is a fault without its field: whoever says it names the flag.
func why(err error) string {
	var f *loadgen.Fault
	if !errors.As(err, &f) {
		return err.Error()
	}
	if f.Value == "" {
		return f.Why
	}
	return line.Show(f.Value) + " " + f.Why
}

func (r *request) variable(name string) string {
	value, _ := r.env(name)
	return value
}

func (r *request) home() string {
	if home := r.variable("HOME"); home != "" {
		return home
	}
	home, _ := os.UserHomeDir() // no home: no file in it
	return home
}
