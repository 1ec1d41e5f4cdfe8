//go:build unix

package doctor

import "syscall"

// OpenFiles is how many files this process may have open. Go has raised the soft limit to the hard one.
func OpenFiles() uint64 {
	soft, _ := fileLimits()
	return soft
}

// fileLimits is how many files this process may have open, and how many it may ask for; 0 when not known.
func fileLimits() (soft, hard uint64) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, 0
	}
	return uint64(l.Cur), uint64(l.Max)
}
