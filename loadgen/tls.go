package loadgen

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
)

// tlsVersions are what Plan.TLSMin and Plan.TLSMax may say; empty leaves it to crypto/tls.
var tlsVersions = map[string]uint16{"": 0, "1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// tlsConfig is what the plan says of TLS. The name of the server is the caller's to add.
func tlsConfig(p *Plan) (*tls.Config, error) {
	c := &tls.Config{InsecureSkipVerify: p.Insecure, ClientSessionCache: tls.NewLRUClientSessionCache(p.Concurrency),
		MinVersion: tlsVersions[p.TLSMin], MaxVersion: tlsVersions[p.TLSMax]}
	if c.MinVersion == 0 && c.MaxVersion != 0 {
		c.MinVersion = min(c.MaxVersion, tls.VersionTLS12) // the default, which must not be above what is asked for
	}
	if p.CACert != "" {
		pool, err := readCAs(p.CACert)
		if err != nil {
			return nil, &Fault{Field: "cacert", Value: p.CACert, Why: err.Error()}
		}
		c.RootCAs = pool
	}
	if p.Cert != "" {
		cert, err := readCert(p.Cert, p.Key)
		if err != nil {
			return nil, &Fault{Field: "cert", Value: p.Cert, Why: err.Error()}
		}
		c.Certificates = []tls.Certificate{cert}
	}
	return c, nil
}

func readCAs(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, plainFileError(err)
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
		return c, plainFileError(err)
	}
	return c, nil
}
