// Package pack carries files beside what names them: small ones whole, others by size and digest, so that whoever
// receives them can check that it has the same. It refuses to know what a file is for. A place is where something names
// a file, or a folder whose files are sent.
package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"shotput/loadgen/fault"
	"shotput/loadgen/rows"
)

// The bounds of what travels whole, in bytes: a file of up to Largest, as long as all together are not more than
// LargestInAll. The files of a folder stay together: they travel whole, or none of them does.
const (
	Largest      = 1 << 20
	LargestInAll = 16 << 20
)

// A Place names a file or a folder.
type Place struct {
	Field  string // as faults call it: "body file"
	Path   string
	Folder bool
}

// A File is one file that a place names, or that stands in a folder which a place names.
type File struct {
	Path   string `json:"path"`            // as the place has it: of the file, or of the folder
	Folder bool   `json:"folder,omitzero"` // Path is a folder
	Name   string `json:"name"`            // of the file, without folders
	Size   int64  `json:"size"`            // in bytes
	SHA256 string `json:"sha256"`          // of its content, in hexadecimal digits
	Data   []byte `json:"data,omitzero"`   // its content, where it travels whole; else nil
}

// String tells of the file without what is in it.
func (f File) String() string { return fmt.Sprintf("%s, %d bytes", f.Path, f.Size) }

// Format writes String for every verb: what is in a file may be a key.
func (f File) Format(s fmt.State, _ rune) { io.WriteString(s, f.String()) }

// A Packer gathers files. Its zero value is ready.
type Packer struct {
	Files []File
	left  int64 // of LargestInAll
	begun bool
	known map[Place]bool // without Field
}

// Add gathers what the place names; what is gathered already it passes over. The error is a Fault.
func (p *Packer) Add(at Place) error {
	if !p.begun {
		p.begun, p.left, p.known = true, LargestInAll, map[Place]bool{}
	}
	key := Place{Path: at.Path, Folder: at.Folder}
	if p.known[key] {
		return nil
	}
	p.known[key] = true
	files, err := read(at, p.left)
	if err != nil {
		return err
	}
	for _, f := range files {
		p.left -= int64(len(f.Data))
	}
	p.Files = append(p.Files, files...)
	return nil
}

// read reads all files of a place: whole where they are small and together take no more than room, else their digests.
func read(at Place, room int64) (files []File, err error) {
	names, paths, err := list(at)
	if err != nil {
		return nil, err
	}
	whole := true
	for i, path := range paths {
		f := File{Path: at.Path, Folder: at.Folder, Name: names[i]}
		if err := f.read(path, min(Largest, room)); err != nil {
			return nil, at.unreadable(path, err)
		}
		files = append(files, f)
		room -= int64(len(f.Data))
		whole = whole && f.Data != nil
	}
	for i := range files {
		if !whole {
			files[i].Data = nil
		}
	}
	return files, nil
}

// list gives the names of a place's files, and where they are.
func list(at Place) (names, paths []string, err error) {
	if !at.Folder {
		return []string{filepath.Base(at.Path)}, []string{at.Path}, nil
	}
	names, err = rows.FolderFiles(at.Path)
	if err == nil && len(names) == 0 {
		err = errors.New("has no files in it")
	}
	if err != nil {
		return nil, nil, at.unreadable(at.Path, err)
	}
	for _, name := range names {
		paths = append(paths, filepath.Join(at.Path, name))
	}
	return names, paths, nil
}

// read notes size and digest of the file at path, and its content where that takes no more than most bytes. It is one
// reading of the file: one that is being written has a digest of what was read all the same.
func (f *File) read(path string, most int64) error {
	file, err := open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	digest := sha256.New()
	head, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return err
	}
	digest.Write(head)
	rest, err := io.Copy(digest, file)
	if err != nil {
		return err
	}
	f.Size, f.SHA256 = int64(len(head))+rest, hexOf(digest)
	if f.Size <= most {
		f.Data = bytes.Clone(head)
		if f.Data == nil {
			f.Data = []byte{}
		}
	}
	return nil
}

// open opens a regular file: a pipe can be read once, and whoever packs it would take what the run needs.
func open(path string) (*os.File, error) {
	info, err := os.Stat(path) // before opening: to open a pipe waits for its writer
	if err == nil && !info.Mode().IsRegular() {
		err = rows.NotRegular(info)
	}
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}

func hexOf(digest hash.Hash) string { return hex.EncodeToString(digest.Sum(nil)) }

// unreadable is the fault of a place whose file at path cannot be read, or written.
func (at *Place) unreadable(path string, err error) error {
	return fault.Unreadable.In(at.Field, path, "%v", fault.Plain(err))
}

// differs is the fault of a place whose file at path is not the one that was packed.
func (at *Place) differs(path, how string, args ...any) error {
	return fault.Unfit.In(at.Field, path, how, args...)
}
