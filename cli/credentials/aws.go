package credentials

import (
	"bufio"
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"shotput/loadgen"
	"shotput/loadgen/fault"
)

// ParseAWS reads what curl's --aws-sigv4 takes: PROVIDER1:PROVIDER2:REGION:SERVICE, such as aws:amz:us-east-1:s3. The
// providers can only be aws:amz, and may be left empty. A service that is left out is s3. A region must be said: curl
// reads it from the host name, which is right for some services and wrong for many, and then each request is refused.
// The error is a *Fault.
func ParseAWS(s string) (loadgen.AWS, error) {
	refuse := func(why string) (loadgen.AWS, error) {
		return loadgen.AWS{}, fault.Malformed.In("aws-sigv4", s, "%s", why)
	}
	words := append(strings.Split(s, ":"), "", "", "")
	provider := cmp.Or(words[0], "aws") + ":" + cmp.Or(words[1], "amz")
	switch {
	case len(words) > 7:
		return refuse("has more than four parts; write aws:amz:REGION:SERVICE, such as aws:amz:us-east-1:s3")
	case !strings.EqualFold(provider, "aws:amz"):
		return refuse("names a provider other than aws:amz; the service must take the signatures of AWS")
	case words[2] == "":
		return refuse("names no region; write aws:amz:REGION:SERVICE, such as aws:amz:us-east-1:s3")
	}
	return loadgen.AWS{Region: words[2], Service: cmp.Or(words[3], "s3")}, nil
}

// AWS finds the keys that requests are signed with where AWS' own tools look first: in the environment
// (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), then in the shared credentials file
// (AWS_SHARED_CREDENTIALS_FILE, or .aws/credentials in home), under the profile AWS_PROFILE, or default. env looks a
// variable up. The error is a *Fault that says what to set.
func AWS(env func(string) string, home string) (key, secret, token string, err error) {
	refuse := func(value, why string, args ...any) (string, string, string, error) {
		return "", "", "", fault.Missing.In("aws-sigv4", value, why, args...)
	}
	key, secret = env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")
	switch {
	case key != "" && secret != "":
		return key, secret, env("AWS_SESSION_TOKEN"), nil
	case key != "":
		return refuse("AWS_ACCESS_KEY_ID", "is set, and AWS_SECRET_ACCESS_KEY is not")
	case secret != "":
		return refuse("AWS_SECRET_ACCESS_KEY", "is set, and AWS_ACCESS_KEY_ID is not")
	}
	file := env("AWS_SHARED_CREDENTIALS_FILE")
	if file == "" && home != "" {
		file = filepath.Join(home, ".aws", "credentials")
	}
	const set = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give -u KEY:SECRET"
	text, err := os.ReadFile(file)
	if err != nil {
		return refuse(file, "%v; %s", fault.Plain(err), set)
	}
	profile := cmp.Or(env("AWS_PROFILE"), "default")
	of := section(string(text), profile)
	key, secret = of["aws_access_key_id"], of["aws_secret_access_key"]
	if key == "" || secret == "" {
		return refuse(file, "has no aws_access_key_id and aws_secret_access_key under [%s]; %s", profile, set)
	}
	return key, secret, of["aws_session_token"], nil
}

// section gives the name = value lines under [name]; names are in lower case. Lines that begin with # or ; are
// comments, and so is what follows a value after a space and one of these.
func section(text, name string) map[string]string {
	values := map[string]string{}
	within := false
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if title, ok := strings.CutPrefix(line, "["); ok {
			title, _, _ = strings.Cut(title, "]")
			within = strings.TrimSpace(title) == name
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !within || !ok || strings.ContainsAny(line[:1], "#;") {
			continue
		}
		for _, comment := range []string{" #", " ;"} {
			value, _, _ = strings.Cut(value, comment)
		}
		values[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
	}
	return values
}
