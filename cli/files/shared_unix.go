//go:build unix

package files

import (
	"io/fs"
	"os"
	"syscall"
)

// isShared says whether a rename would take the file from somebody: it has a second name, or another owner.
func isShared(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (s.Nlink > 1 || int(s.Uid) != os.Geteuid())
}
