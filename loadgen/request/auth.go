package request

import (
	"encoding/base64"
	"strings"

	"shotput/loadgen/header"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
)

// userText is name:password, the request's own or its URL's; empty where neither gives one.
func (s *Spec) userText(env text.Env) string {
	l, _ := s.address().compile(env) // told of elsewhere
	return (&Template{location: l}).user(s)
}

// AuthName names the way in which the request says who asks; empty where it does not.
func (s *Spec) AuthName(env text.Env) string {
	switch {
	case s.Auth.Bearer != "":
		return "bearer"
	case s.Auth.OAuth2.TokenURL != "":
		return "oauth2"
	case s.Auth.AWS.Region != "":
		return "aws-sigv4"
	case s.Auth.Digest:
		return "digest"
	case s.userText(env) != "":
		return "basic"
	}
	return ""
}

// Secrets are the secrets of the request, as far as they stand in it, and what its Authorization lines said of who
// asks.
func (s *Spec) Secrets(env text.Env, authorization []string) []string {
	user := s.userText(env)
	_, password, _ := strings.Cut(user, ":")
	secrets := []string{
		s.Auth.AWS.SecretKey,
		s.Auth.AWS.SessionToken,
		s.Auth.OAuth2.ClientSecret,
		password,
		s.Auth.Bearer,
	}
	if user != "" {
		secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(user)))
	}
	for _, h := range s.Header {
		if secret.HidesHeader(h.Name, h.Value) && !strings.Contains(h.Value, "{{") {
			secrets = append(secrets, h.Value)
		}
	}
	secrets = append(secrets, secret.InURL(s.URL)...)
	for _, line := range authorization {
		_, credentials, _ := strings.Cut(line, " ")
		secrets = append(secrets, credentials)
	}
	return secrets
}

// DigestUser is name:password, where it answers a challenge; else empty.
func (s *Spec) DigestUser(env text.Env) string {
	if !s.Auth.Digest || header.Named(s.Header, "Authorization") {
		return ""
	}
	return s.userText(env)
}
