//go:build !unix

package cli

// openFiles is not known here.
func openFiles() uint64 { return 0 }

// fileLimits are not known here.
func fileLimits() (soft, hard uint64) { return 0, 0 }
