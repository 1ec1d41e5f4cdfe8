package route

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"os"

	"shotput/loadgen/fault"
)

// TLSVersions are what TLS.Min and TLS.Max may say; empty leaves it to crypto/tls.
var TLSVersions = map[string]uint16{"": 0, "1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12,
	"1.3": tls.VersionTLS13}

// config is what the route says of TLS, with room for so many sessions. The name of the server is the caller's to
// add.
func (t *TLS) config(sessions int) (*tls.Config, error) {
	c := &tls.Config{InsecureSkipVerify: t.Insecure, ClientSessionCache: tls.NewLRUClientSessionCache(sessions),
		MinVersion: TLSVersions[t.Min], MaxVersion: TLSVersions[t.Max]}
	if c.MinVersion == 0 && c.MaxVersion != 0 {
		c.MinVersion = min(c.MaxVersion, tls.VersionTLS12) // the default, which must not be above what is asked for
	}
	if t.CACert != "" {
		pool, err := t.readCAs()
		if err != nil {
			return nil, err
		}
		c.RootCAs = pool
	}
	if t.Cert != "" {
		cert, err := t.readCert()
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

// readCAs reads the certificates that are trusted. The error is a Fault.
func (t *TLS) readCAs() (*x509.CertPool, error) {
	pem, err := readPEM(t.CACert)
	if err != nil {
		return nil, fault.Unreadable.In("cacert", t.CACert, "%v", fault.Plain(err))
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fault.Unreadable.In("cacert", t.CACert, "holds no certificate in PEM form")
	}
	return pool, nil
}

// mostPEM is more than all authorities of a system take; what has no end is no such file.
const mostPEM = 16 << 20

func readPEM(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostPEM+1))
	if len(text) > mostPEM {
		return nil, errors.New("is longer than any file of certificates")
	}
	return text, err
}
