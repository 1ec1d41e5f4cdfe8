package line

import "strings"

// How a value names files: a relative path in a file of flags is relative to the file.

// WholePath is FILE.
func WholePath(v string, from func(string) string) string { return from(v) }

// PathAfterAt is @FILE.
func PathAfterAt(v string, from func(string) string) string { return pathAfter("@", v, from) }

// PathOfSizes is file:FILE.
func PathOfSizes(v string, from func(string) string) string { return pathAfter("file:", v, from) }

func pathAfter(prefix, v string, from func(string) string) string {
	if path, ok := strings.CutPrefix(v, prefix); ok {
		return prefix + from(path)
	}
	return v
}
