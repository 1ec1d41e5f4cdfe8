package text

// RenameFiles gives each file that values are taken from to rename, and names in its place what that gives. field is
// what faults call the place.
func (v *Values) RenameFiles(rename func(field, path string, folder bool) string) {
	if v.Keys.File != "" {
		v.Keys.File = rename("keys file", v.Keys.File, false)
	}
	if v.Rows.CSV != "" {
		v.Rows.CSV = rename("csv", v.Rows.CSV, false)
	}
	if v.Rows.JSONL != "" {
		v.Rows.JSONL = rename("jsonl", v.Rows.JSONL, false)
	}
}
