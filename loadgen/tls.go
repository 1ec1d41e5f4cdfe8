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
	c := &tls.Config{InsecureSkipVerify: p.Route.TLS.Insecure, ClientSessionCache: tls.NewLRUClientSessionCache(p.Load.Concurrency),
		MinVersion: tlsVersions[p.Route.TLS.Min], MaxVersion: tlsVersions[p.Route.TLS.Max]}
	if c.MinVersion == 0 && c.MaxVersion != 0 {
		c.MinVersion = min(c.MaxVersion, tls.VersionTLS12) // the default, which must not be above what is asked for
	}
	if p.Route.TLS.CACert != "" {
		pool, err := readCAs(p.Route.TLS.CACert)
		if err != nil {
			return nil, &Fault{Field: "cacert", Value: p.Route.TLS.CACert, Why: err.Error()}
		}
		c.RootCAs = pool
	}
	if p.Route.TLS.Cert != "" {
		cert, err := readCert(p.Route.TLS.Cert, p.Route.TLS.Key)
		if err != nil {
			return nil, &Fault{Field: "cert", Value: p.Route.TLS.Cert, Why: err.Error()}
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
