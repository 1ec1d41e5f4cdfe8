//go:build !unix

package doctor

// OpenFiles is not known here.
func OpenFiles() uint64 { return 0 }

// fileLimits are not known here.
func fileLimits() (soft, hard uint64) { return 0, 0 }
