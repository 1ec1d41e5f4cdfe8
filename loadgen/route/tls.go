package route

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"

	"shotput/loadgen/fault"
)

// TLSVersions are what TLS.Min and TLS.Max may say; empty leaves it to crypto/tls.
var TLSVersions = map[string]uint16{"": 0, "1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12,
	"1.3": tls.VersionTLS13}

// tlsConfig is what the route says of TLS, with room for so many sessions. The name of the server is the caller's to
// add.
func (r *Spec) tlsConfig(sessions int) (*tls.Config, error) {
	t := &r.TLS
	c := &tls.Config{InsecureSkipVerify: t.Insecure, ClientSessionCache: tls.NewLRUClientSessionCache(sessions),
		MinVersion: TLSVersions[t.Min], MaxVersion: TLSVersions[t.Max]}
	if c.MinVersion == 0 && c.MaxVersion != 0 {
		c.MinVersion = min(c.MaxVersion, tls.VersionTLS12) // the default, which must not be above what is asked for
	}
	if t.CACert != "" {
		pool, err := readCAs(t.CACert)
		if err != nil {
			return nil, &fault.Fault{Field: "cacert", Value: t.CACert, Why: err.Error()}
		}
		c.RootCAs = pool
	}
	if t.Cert != "" {
		cert, err := readCert(t.Cert, t.Key)
		if err != nil {
			return nil, &fault.Fault{Field: "cert", Value: t.Cert, Why: err.Error()}
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

func readCAs(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Plain(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("holds no certificate in PEM form")
	}
	return pool, nil
}

func readCert(cert, key string) (tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(cert, cmp.Or(key, cert))
	if err != nil {
		return c, fault.Plain(err)
	}
	return c, nil
}
