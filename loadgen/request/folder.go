package request

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"shotput/loadgen/fault"
	"shotput/loadgen/rows"
	"shotput/loadgen/text"
)

// heldFiles bounds what a folder's small files may take of memory, in bytes.
const heldFiles = 64 << 20

// A folder gives each request one of its files: the regular ones (or links to such), by name, those of folders
// within it not. Small files are held in memory, in that order, as long as there is room; all others are opened for
// each request, so that a folder of any size takes neither memory nor descriptors.
type folder struct {
	path  string
	names []string

	once  sync.Once // for looking at the files, which makes these
	err   error
	sizes []int64
	held  [][]byte // nil: not held
}

func openFolder(path string) (Source, error) {
	names, err := rows.FolderFiles(path)
	f := &folder{path: path, names: names}
	if err == nil && len(f.names) == 0 {
		err = errors.New("has no files in it")
	}
	if err != nil {
		return Source{}, fault.Unreadable.In("body dir", path, "%v", fault.Plain(err))
	}
	return Source{Size: -1, dir: f}, nil
}

// ready looks at the files, once, and reads the small ones.
func (f *folder) ready() error {
	f.once.Do(func() {
		f.sizes, f.held = make([]int64, len(f.names)), make([][]byte, len(f.names))
		left := int64(heldFiles)
		for i, name := range f.names {
			if f.err = f.look(i, &left); f.err != nil {
				f.err = fault.Unreadable.In("body dir", filepath.Join(f.path, name), "%v", fault.Plain(f.err))
				return
			}
		}
	})
	return f.err
}

func (f *folder) look(i int, left *int64) error {
	path := filepath.Join(f.path, f.names[i])
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if f.sizes[i] = info.Size(); f.sizes[i] > min(rows.SmallFile, *left) {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	f.held[i], f.sizes[i] = data, int64(len(data))
	*left -= int64(len(data))
	return nil
}

func (f *folder) index(k int64) int64 { return text.InTurn(k, int64(len(f.names))) }

// NameOf is the name of the file that request k sends.
func (f *folder) NameOf(k int64) string { return f.names[f.index(k)] }

// Constant says that names differ from request to request.
func (f *folder) Constant() bool { return false }

func (f *folder) content(r text.Scope) Content {
	if err := f.ready(); err != nil {
		r.Fail(nil, err)
		return Content{}
	}
	i := f.index(r.Number)
	if f.held[i] != nil || f.sizes[i] == 0 {
		return Content{Data: f.held[i], Size: f.sizes[i]}
	}
	file, err := os.Open(filepath.Join(f.path, f.names[i]))
	if err != nil {
		r.Fail(nil, fmt.Errorf("body dir: %s: %w", f.names[i], fault.Plain(err)))
		return Content{}
	}
	return Content{File: file, Size: f.sizes[i], Owned: true}
}

// size is the length of request k's body in bytes.
func (f *folder) size(k int64) int64 {
	if f.ready() != nil {
		return 0
	}
	return f.sizes[f.index(k)]
}
