package route

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"

	"shotput/loadgen/fault"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

// The forms of a client's certificate that TLS.CertType names; PEM is the default.
const (
	formPEM = "PEM"
	formP12 = "P12"
)

// readCert reads the client's own certificate and its key. The error is a Fault.
func (t *TLS) readCert() (tls.Certificate, error) {
	text, err := readPEM(t.Cert)
	if err == nil && t.CertType == formP12 {
		return t.openP12(text)
	}
	if err == nil && isP12(text) {
		return tls.Certificate{}, fault.Unreadable.In("cert", t.Cert, "is PKCS#12, and not PEM").
			MendBy(fault.Set, "cert-type", formP12)
	}
	if err == nil && !hasPEM(text, "CERTIFICATE") {
		err = errors.New("holds no certificate in PEM form")
	}
	if err != nil {
		return tls.Certificate{}, fault.Unreadable.In("cert", t.Cert, "%v", fault.Plain(err))
	}
	key, err := t.readKey(text)
	if err != nil {
		return tls.Certificate{}, err
	}
	c, err := tls.X509KeyPair(text, key)
	if err != nil {
		return c, fault.Unreadable.In("cert", t.Cert, "%v", fault.Plain(err))
	}
	return c, nil
}

// readKey reads the key, which stands beside the certificate where it has no file of its own.
func (t *TLS) readKey(text []byte) (key []byte, err error) {
	field, path := "cert", t.Cert
	if t.Key != "" {
		field, path = "key", t.Key
		text, err = readPEM(path)
	}
	if err == nil && !hasPEM(text, "PRIVATE KEY") {
		err = errors.New("holds no key in PEM form")
	}
	if err != nil {
		return nil, fault.Unreadable.In(field, path, "%v", fault.Plain(err))
	}
	return t.decrypt(text)
}

// hasPEM says whether a text has a block of a kind: "CERTIFICATE"; "PRIVATE KEY", with what it is of before that.
func hasPEM(text []byte, kind string) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, kind) {
			return true
		}
	}
	return false
}

// isP12 says whether a file is PKCS#12: a sequence that begins with version 3 (RFC 7292 §4). A bare certificate is a
// sequence too, which begins with another.
func isP12(data []byte) bool {
	if len(data) < 2 || data[0] != 0x30 {
		return false
	}
	head := 2
	if data[1] > 0x80 {
		head += int(data[1] & 0x7f) // the length has bytes of its own
	}
	return len(data) > head && bytes.HasPrefix(data[head:], []byte{2, 1, 3})
}

// openP12 reads a file of PKCS#12, in which certificate, key and those who signed are together.
func (t *TLS) openP12(data []byte) (c tls.Certificate, err error) {
	key, own, above, err := pkcs12.DecodeChain(data, t.Pass)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return c, t.locked(t.Cert)
	case err != nil:
		return c, fault.Unreadable.In("cert", t.Cert, "is no PKCS#12 that can be read: %s",
			strings.TrimPrefix(err.Error(), "pkcs12: "))
	}
	c.PrivateKey, c.Leaf = key, own
	for _, one := range append([]*x509.Certificate{own}, above...) {
		c.Certificate = append(c.Certificate, one.Raw)
	}
	return c, nil
}

// decrypt gives the text with its private keys in the clear, as the standard library reads them.
func (t *TLS) decrypt(text []byte) (clear []byte, err error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			if block, err = t.decryptKey(block); err != nil {
				return nil, err
			}
		}
		clear = append(clear, pem.EncodeToMemory(block)...)
	}
	return clear, nil
}

// decryptKey decrypts a key, of which there are two forms: what OpenSSL wrote for long, with its headers, and PKCS#8.
func (t *TLS) decryptKey(block *pem.Block) (*pem.Block, error) {
	path := cmp.Or(t.Key, t.Cert)
	switch {
	//lint:ignore SA1019 the form is weak, and there are files of it; whoever has one is not helped by a refusal
	case x509.IsEncryptedPEMBlock(block):
		//lint:ignore SA1019 see above
		der, err := x509.DecryptPEMBlock(block, []byte(t.Pass))
		if err != nil || t.Pass == "" {
			return nil, t.locked(path)
		}
		return &pem.Block{Type: block.Type, Bytes: der}, nil
	case block.Type == "ENCRYPTED PRIVATE KEY":
		key, err := pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(t.Pass))
		if err != nil || t.Pass == "" {
			return nil, t.locked(path)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fault.Unreadable.In("key", path, "%v", err)
		}
		return &pem.Block{Type: "PRIVATE KEY", Bytes: der}, nil
	}
	return block, nil
}

// locked says that a key was not opened: for want of a password, or by a wrong one. The password itself is not said.
func (t *TLS) locked(path string) *fault.Fault {
	if t.Pass == "" {
		return fault.Missing.In("pass", "", "is missing: the key in %s has a password", path)
	}
	return fault.Unfit.In("pass", "", "does not open the key in %s: another password, or a form that is not read", path)
}
