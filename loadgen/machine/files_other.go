//go:build !unix

package machine

// openFilesAllowed is not known here.
func openFilesAllowed() (soft, hard uint64) { return 0, 0 }
