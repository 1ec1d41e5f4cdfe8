package flags

import (
	"errors"
	"runtime"
	"strings"

	"shotput/loadgen"
)

// cutCert splits FILE:PASSWORD at the first colon, as curl does: \: is one of the name, and so is that of a drive.
func cutCert(s string) (path, password string) {
	var name strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == ':' || s[i+1] == '\\'):
			i++
		case s[i] == ':' && i == 1 && runtime.GOOS == "windows" && len(s) > 2 && (s[2] == '/' || s[2] == '\\'):
		case s[i] == ':':
			return name.String(), s[i+1:]
		}
		name.WriteByte(s[i])
	}
	return name.String(), ""
}

// joinCert is a file's name as cutCert reads it.
func joinCert(path string) string { return strings.NewReplacer(`\`, `\\`, ":", `\:`).Replace(path) }

// takeCert is -E. A password that stands there counts like --pass.
func takeCert(to *loadgen.TLS) func(string) error {
	return func(s string) error {
		path, password := cutCert(s)
		if path == "" {
			return errors.New("it is empty")
		}
		if to.Cert = path; password != "" {
			to.Pass = password
		}
		return nil
	}
}

// certPath is the file in a value of -E.
func certPath(v string, from func(string) string) string {
	path, password := cutCert(v)
	if path = joinCert(from(path)); password != "" {
		path += ":" + password
	}
	return path
}

func hideCertPassword(v string) string {
	path, password := cutCert(v)
	if password == "" {
		return v
	}
	return path + ":…"
}

// takeUpper is a word that may be written small.
func takeUpper(into *string) func(string) error {
	return func(s string) error {
		*into = strings.ToUpper(s)
		return nil
	}
}
