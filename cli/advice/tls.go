package advice

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"shotput/cli/flags"
	"shotput/cli/line"
)

// tlsHint explains what went wrong in a handshake.
func tlsHint(a *flags.Asked, err error) (Hint, bool) {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return tlsNameHint(a, name), true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		from, to := invalid.Cert.NotBefore.Format("2006-01-02"), invalid.Cert.NotAfter.Format("2006-01-02")
		return Hint{Code: "tls-expired", Error: "the server's certificate is not valid at this time",
			Seen: fmt.Sprintf("valid from %s to %s", from, to),
			Why:  "it has expired, or a clock is wrong; -k goes on without verifying it",
			Try:  a.With("insecure", "true").String()}, true
	case errors.As(err, &authority):
		return Hint{Code: "tls-authority",
			Error: "the server's certificate is signed by an authority that this machine does not know",
			Seen:  issuer(authority.Cert),
			Why:   "a private authority: give its certificate; -k goes on without verifying it",
			Try:   a.With("cacert", "ca.pem").String()}, true
	case errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return schemeHint(a, "http", "the answer to a TLS handshake is plain HTTP",
			"that port speaks HTTP without TLS"), true
	case err != nil && strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return schemeHint(a, "http", "the answer to a TLS handshake is plain HTTP",
			"that port speaks HTTP without TLS"), true
	case err != nil && demandsCertificate(a, err.Error()):
		return certificateHint(a, "a TLS alert that says so"), true
	}
	return Hint{}, false
}

// demandsCertificate says whether a server ended the handshake for want of a client's certificate, which TLS 1.3 has an
// alert for; before, a server that got none says that it was a bad one. Go keeps the type of alerts to itself.
func demandsCertificate(a *flags.Asked, said string) bool {
	return strings.Contains(said, "tls: certificate required") ||
		strings.Contains(said, "remote error: tls: bad certificate") && a.Plan.Route.TLS.Cert == ""
}

// wantsCertificate reads what nginx says, after a handshake without one.
func wantsCertificate(body []byte) bool {
	return bytes.Contains(body, []byte("No required SSL certificate was sent"))
}

// certificateHint is for a server that wants to know a client by its certificate.
func certificateHint(a *flags.Asked, seen string) Hint {
	h := Hint{Code: "tls-client", Error: "the server demands a client's certificate", Seen: line.Printable(seen),
		Why: "none was sent; -E gives it, and --key its key where that is another file",
		Try: a.With("cert", "client.pem").String()}
	if a.Plan.Route.TLS.Cert != "" {
		h.Why, h.Try = "the one that was sent is not accepted: its issuer or its purpose is another", ""
	}
	return h
}

func tlsNameHint(a *flags.Asked, e x509.HostnameError) Hint {
	h := Hint{Code: "tls-name", Error: "the server's certificate is for another name than " + e.Host,
		Why: "the URL has an address or an alias; -k goes on without verifying it",
		Try: a.With("insecure", "true").String()}
	if e.Certificate == nil {
		return h
	}
	names := e.Certificate.DNSNames
	for _, ip := range e.Certificate.IPAddresses {
		names = append(names, ip.String())
	}
	if h.Seen = "it is for " + strings.Join(names, ", "); len(names) > 0 {
		h.Try = aim(a, strings.Replace(targetOf(a), e.Host, names[0], 1))
	}
	return h
}

func issuer(c *x509.Certificate) string {
	if c == nil {
		return "issuer unknown"
	}
	if c.Issuer.String() == "" {
		return "a certificate without an issuer's name"
	}
	return "issuer " + line.Printable(c.Issuer.String())
}

// tlsCode is the code of a handshake's failure, of which a run keeps only what was said of an example.
func tlsCode(example string) string {
	switch {
	case strings.Contains(example, "unknown authority"):
		return "tls-authority"
	case strings.Contains(example, "expired or is not yet valid"):
		return "tls-expired"
	case strings.Contains(example, "certificate is valid for"), strings.Contains(example, "doesn't contain any"):
		return "tls-name"
	case strings.Contains(example, "first record does not look like"):
		return "scheme-mismatch"
	}
	return ""
}
