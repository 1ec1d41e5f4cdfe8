package pack

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// An Unpacker places what was packed: files that came whole it writes below Dir, each where no other is, under its own
// name, since what is sent may have that in it; of all others it checks that they are here, at their path, and are the
// same.
type Unpacker struct {
	Files []File
	Dir   string // made when something is written to it; only its owner may look into it
	done  map[Place]string
}

// Place gives the path at which what the place names is found on this machine. The error is a Fault.
func (u *Unpacker) Place(at Place) (path string, err error) {
	key := Place{Path: at.Path, Folder: at.Folder}
	if path, placed := u.done[key]; placed {
		return path, nil
	}
	first := slices.IndexFunc(u.Files, func(f File) bool { return f.Path == at.Path && f.Folder == at.Folder })
	if first < 0 {
		return "", at.differs(at.Path, "did not come with the plan, whole or by its digest")
	}
	others := func(f File) bool { return f.Path != at.Path || f.Folder != at.Folder }
	files := slices.DeleteFunc(slices.Clone(u.Files), others)
	whole := !slices.ContainsFunc(files, func(f File) bool { return f.Data == nil })
	if path = at.Path; whole {
		path, err = u.write(at, strconv.Itoa(first), files)
	} else {
		err = check(at, files)
	}
	if err != nil {
		return "", err
	}
	if u.done == nil {
		u.done = map[Place]string{}
	}
	u.done[key] = path
	return path, nil
}

// write puts the files of a place into a folder of their own. Nothing is written outside of Dir, whatever names came.
func (u *Unpacker) write(at Place, folder string, files []File) (path string, err error) {
	if err := os.MkdirAll(u.Dir, 0o700); err != nil {
		return "", at.unreadable(u.Dir, err)
	}
	root, err := os.OpenRoot(u.Dir)
	if err != nil {
		return "", at.unreadable(u.Dir, err)
	}
	defer root.Close()
	path = filepath.Join(u.Dir, folder)
	if err := root.Mkdir(folder, 0o700); err != nil {
		return "", at.unreadable(path, err)
	}
	for _, f := range files {
		if why := f.whyNotWritten(); why != "" {
			return "", at.differs(at.Path, "%s", why)
		}
		if err := writeNew(root, filepath.Join(folder, f.Name), f.Data); err != nil {
			return "", at.unreadable(filepath.Join(path, f.Name), err)
		}
	}
	if !at.Folder {
		path = filepath.Join(path, files[0].Name)
	}
	return path, nil
}

// whyNotWritten says what is wrong with a file that came whole.
func (f *File) whyNotWritten() string {
	sum := sha256.Sum256(f.Data)
	switch {
	case f.Name == "." || f.Name != filepath.Base(f.Name) || !filepath.IsLocal(f.Name):
		return fmt.Sprintf("came with %q, which is no name of a file here", f.Name)
	case int64(len(f.Data)) != f.Size:
		return fmt.Sprintf("came with %d bytes, and had %d when it was packed", len(f.Data), f.Size)
	case fmt.Sprintf("%x", sum) != f.SHA256:
		return fmt.Sprintf("came with the SHA-256 %x, and had %s when it was packed", sum, f.SHA256)
	}
	return ""
}

// writeNew writes a file that is not there yet, for its owner alone: it may be a key.
func writeNew(root *os.Root, name string, data []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// check says how what a place names here differs from what was packed. In a folder, a file more or less counts: it
// would change which request sends which.
func check(at Place, files []File) error {
	names, paths, err := list(at)
	if err != nil {
		return err
	}
	if !at.Folder {
		return checkFile(at, paths[0], &files[0])
	}
	var differ []error
	for i := range files {
		if here := slices.Index(names, files[i].Name); here < 0 {
			gone := filepath.Join(at.Path, files[i].Name)
			differ = append(differ, at.differs(gone, "is not here, and was in the folder when it was packed"))
		} else {
			differ = append(differ, checkFile(at, paths[here], &files[i]))
		}
	}
	for i, name := range names {
		if !slices.ContainsFunc(files, func(f File) bool { return f.Name == name }) {
			differ = append(differ, at.differs(paths[i], "is here, and was not in the folder when it was packed"))
		}
	}
	return errors.Join(differ...)
}

// checkFile holds the file at path against what was packed: sizes first, since a digest reads it all.
func checkFile(at Place, path string, packed *File) error {
	file, err := open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return at.differs(path, "is not here; it had %d bytes, and did not come whole", packed.Size)
	} else if err != nil {
		return at.unreadable(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return at.unreadable(path, err)
	}
	if info.Size() != packed.Size {
		return at.differs(path, "has %d bytes, and had %d when it was packed", info.Size(), packed.Size)
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return at.unreadable(path, err)
	}
	if sum := hexOf(digest); sum != packed.SHA256 {
		return at.differs(path, "has the SHA-256 %s, and had %s when it was packed", sum, packed.SHA256)
	}
	return nil
}
