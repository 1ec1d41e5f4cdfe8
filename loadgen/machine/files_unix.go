//go:build unix

package machine

import "syscall"

// openFilesAllowed is how many files this process may have open, and how many it may ask for; 0 when not known. Go has
// raised the soft limit to the hard one.
func openFilesAllowed() (soft, hard uint64) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, 0
	}
	return uint64(l.Cur), uint64(l.Max)
}
