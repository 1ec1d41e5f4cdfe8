// Package files writes whole documents to names that are not ours alone: a file that others read, a link to it, a
// device, a pipe. It refuses to put a new file in the place of anything but a plain file of the same owner, and never
// changes who may read what is there already.
//
// What is special is there and is no plain file: a link, a device, a pipe, a socket, a folder. It is written in place.
package files

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// IsSpecial says whether the path is there and leads to no plain file: /dev/null, a pipe, a folder.
func IsSpecial(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular()
}

// Check tries what Save will do, but for a pipe: whoever reads from it would take that for the end.
func Check(path string) error {
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		return nil
	}
	info, err := os.Lstat(path)
	if err == nil {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err == nil {
			return f.Close()
		}
		if !errors.Is(err, fs.ErrNotExist) || info.Mode()&os.ModeSymlink == 0 {
			return err
		}
		if path, err = target(path); err != nil { // a link that leads nowhere yet
			return err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err // such as that a name is too long: the new file beside it has a short one
	}
	f, err := createBeside(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// target is where a link leads that leads to nothing.
func target(link string) (string, error) {
	for range 40 { // as many as Linux follows
		to, err := os.Readlink(link)
		if err != nil {
			return link, nil
		}
		if !filepath.IsAbs(to) {
			to = folderOf(link) + to
		}
		link = to
	}
	return "", errors.New("links lead in a circle")
}

// Save writes a whole file. A plain file is written beside its name and then renamed: a reader sees the old file or
// the new one, with the mode that it had. What else is there is written in place: a rename would put a file where a
// device, a link, another's file or one that has a second name was.
func Save(path string, content []byte) error {
	info, err := os.Lstat(path)
	if err == nil && (!info.Mode().IsRegular() || isShared(info)) {
		return os.WriteFile(path, content, 0o666)
	}
	if err == nil { // what may not be written is not to be replaced either
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		f.Close()
	}
	f, unmade := createBeside(path)
	if unmade != nil {
		if err == nil {
			return os.WriteFile(path, content, 0o666) // the folder takes no new file; this one can be written
		}
		return unmade
	}
	return replace(f, path, info, content)
}

// replace puts the new file, with its content and the mode of the old one, in the place of the old one, if
// there is one.
func replace(f *os.File, path string, old fs.FileInfo, content []byte) error {
	_, err := f.Write(content)
	if old != nil {
		err = errors.Join(err, f.Chmod(old.Mode().Perm()))
	}
	err = errors.Join(err, f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	err = os.Rename(f.Name(), path)
	if err == nil {
		return nil
	}
	err = errors.Join(err, os.Remove(f.Name()))
	if old != nil { // a file that is mounted by itself, as into a container, cannot be replaced
		return os.WriteFile(path, content, 0o666)
	}
	return err
}

// createBeside makes a new file in the folder of path, with the mode that the system gives to new ones.
//
// Note: os.CreateTemp gives 0600, and what the umask would make of 0666 cannot be asked for without changing it.
func createBeside(path string) (f *os.File, err error) {
	for range 100 {
		name := folderOf(path) + fmt.Sprintf(".shotput-%016x", rand.Uint64())
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
	return f, err
}

// folderOf is the path's folder as it is written: of a/../b the system follows the a, which may be a link.
func folderOf(path string) string {
	folder, _ := filepath.Split(path)
	return folder
}
