package flags

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"shotput/cli/address"
	"shotput/cli/credentials"
	"shotput/cli/line"
	"shotput/loadgen"
)

// asking is what was asked of who asks, as far as the plan has other words for it.
type asking struct {
	World
	line                   *line.Line
	basic, netrc, unsigned bool
	netrcFile, aws         string
}

// takeUser reads name:password.
func takeUser(into *string) func(string) error {
	return func(s string) error {
		if !strings.Contains(s, ":") {
			return errors.New("a user is name:password; nobody is there to be asked for the password")
		}
		*into = s
		return nil
	}
}

// takeAWS checks the text at once, so that its fault stands with the others.
func (a *asking) takeAWS(s string) error {
	_, err := credentials.ParseAWS(s)
	var f *loadgen.Fault
	if errors.As(err, &f) {
		return errors.New("it " + f.Why)
	}
	a.aws = s
	return err
}

// takeSecret reads a secret itself, or from env:NAME or @FILE, whose last line end is no part of it.
func takeSecret(w World, into *string) func(string) error {
	return func(s string) error {
		if name, ok := strings.CutPrefix(s, "env:"); ok {
			if s, ok = w.Env(name); !ok || s == "" {
				return errors.New("there is no such variable in the environment")
			}
		} else if path, ok := strings.CutPrefix(s, "@"); ok {
			b, err := w.In.Read(path)
			if err != nil {
				return err
			}
			s = strings.TrimRight(string(b), "\r\n")
		}
		return line.Filled(into)(s)
	}
}

// add finds the user and the keys that are not on the line itself. What contradicts itself is the plan's to say.
func (a *asking) add(to *loadgen.RequestSpec) {
	if a.basic && to.Auth.Digest {
		a.line.Note(line.Fault{Kind: line.Contrary, Flag: "basic", Why: "and --digest are two ways to ask; give one",
			Mends: []line.Mend{line.Drop("basic")}})
	}
	if a.netrc || a.netrcFile != "" {
		a.findUser(to)
	}
	if a.aws != "" {
		a.findKeys(&to.Auth)
	}
	to.Auth.AWS.UnsignedPayload = a.unsigned
}

// findUser takes the user from a netrc file, or the password of the one in the URL. What the line or the URL says comes
// first, as in curl; unlike curl, a file that does not help is refused: to fire without a user would be a guess.
func (a *asking) findUser(to *loadgen.RequestSpec) {
	u, err := address.Server(to.URL)
	if err != nil || to.Auth.User != "" { // the plan tells of the error
		return
	}
	if _, known := u.User.Password(); known {
		return
	}
	flag, path := "netrc-file", a.netrcFile
	if path == "" {
		flag, path = "netrc", filepath.Join(a.home(), ".netrc")
	}
	text, err := a.In.Read(path)
	user, found := credentials.Netrc(string(text), u.Hostname(), u.User.Username())
	switch {
	case err != nil:
	case found:
		to.Auth.User = user
		return
	case u.User != nil:
		err = errors.New("it has no password for the URL's user at " + u.Hostname())
	default:
		err = errors.New("it has no user for " + u.Hostname())
	}
	a.line.Note(line.Fault{Flag: flag, Shown: a.line.Show(flag, path), Why: err.Error(),
		Mends: []line.Mend{line.Drop(flag), line.Set("user", "name:password")}})
}

// findKeys makes -u the keys, or takes them from where AWS' own tools look.
func (a *asking) findKeys(to *loadgen.Auth) {
	keys, _ := credentials.ParseAWS(a.aws) // it was parsed when it was typed
	keys.AccessKey, keys.SecretKey, _ = strings.Cut(to.User, ":")
	if to.User == "" {
		var err error
		keys.AccessKey, keys.SecretKey, keys.SessionToken, err = credentials.AWS(a.variable, a.home())
		if err != nil {
			a.line.Note(line.Fault{Flag: "aws-sigv4", Shown: a.line.Show("aws-sigv4", a.aws), Why: whyOf(err),
				Mends: []line.Mend{line.Set("user", "key:secret")}})
		}
	}
	to.AWS, to.User = keys, ""
}

// whyOf is a fault without its field: whoever says it names the flag.
func whyOf(err error) string {
	var f *loadgen.Fault
	if !errors.As(err, &f) {
		return err.Error()
	}
	if f.Value == "" {
		return f.Why
	}
	return line.Show(f.Value) + " " + f.Why
}

func (a *asking) variable(name string) string {
	value, _ := a.Env(name)
	return value
}

func (a *asking) home() string {
	if home := a.variable("HOME"); home != "" {
		return home
	}
	home, _ := os.UserHomeDir() // no home: no file in it
	return home
}
