package route

// RenameFiles gives each file of certificates and keys to rename, and names in its place what that gives. field is what
// faults call the place.
func (t *TLS) RenameFiles(rename func(field, path string, folder bool) string) {
	if t.CACert != "" {
		t.CACert = rename("cacert", t.CACert, false)
	}
	if t.Cert != "" {
		t.Cert = rename("cert", t.Cert, false)
	}
	if t.Key != "" {
		t.Key = rename("key", t.Key, false)
	}
}
