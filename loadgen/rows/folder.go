package rows

import (
	"os"
	"path/filepath"
)

// FolderFiles names the files of a folder that can be read: the regular ones, or links to such, by name; those of
// folders within it not.
func FolderFiles(path string) (names []string, err error) {
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		if e.Type().IsRegular() || e.Type()&os.ModeSymlink != 0 && leadsToFile(filepath.Join(path, e.Name())) {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func leadsToFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
