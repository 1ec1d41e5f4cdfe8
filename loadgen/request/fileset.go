package request

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"shotput/loadgen/fault"
	"shotput/loadgen/rows"
	"shotput/loadgen/text"
)

// heldFiles bounds what the small ones of several files may take of memory, in bytes.
const heldFiles = 64 << 20

// A fileSet gives each request one of several files: those of a folder in turn (the regular ones, or links to such, by
// name; those of folders within it not), or the one that the request's row names. Small files are held in memory, in
// that order, as long as there is room; all others are opened for each request, so that a set of any size takes neither
// memory nor descriptors.
type fileSet struct {
	field  string // of the plan, for faults
	folder string // "": names are paths
	names  []string
	table  *text.Table // nil: in turn
	of     []uint32    // by row of the table: which of names

	once  sync.Once // for looking at the files, which makes these
	err   error
	sizes []int64
	held  [][]byte // nil: not held
}

func openFolder(path string) (*fileSet, error) {
	names, err := rows.FolderFiles(path)
	f := &fileSet{field: "body dir", folder: path, names: names}
	if err == nil && len(f.names) == 0 {
		err = errors.New("has no files in it")
	}
	if err != nil {
		return nil, fault.Unreadable.In(f.field, path, "%v", fault.Plain(err))
	}
	return f, nil
}

// A rowText is where a text by row stands, and what it takes its values from.
type rowText struct {
	field, place string // for faults: of the plan, and in words
	env          text.Env
	from         *text.Sources
}

// tabulate reads what was written there.
func (at rowText) tabulate(written string) (*text.Table, error) {
	t, err := at.env.Compile(written, at.field)
	if err != nil {
		return nil, err
	}
	t.StandInBody()
	return at.from.Tabulate(text.Fold(t.Parts), at.field, at.place)
}

// openFiles looks at every file that a path stands for.
func (at rowText) openFiles(path string) (*fileSet, error) {
	table, err := at.tabulate(path)
	if err != nil {
		return nil, err
	}
	f := &fileSet{field: at.field, table: table}
	shown, known := path, map[string]uint32{}
	err = f.table.Each(func(_ int64, value []byte) error {
		i, seen := known[string(value)]
		if !seen {
			name := string(value)
			shown, i = name, uint32(len(f.names))
			known[name], f.names = i, append(f.names, name)
			if err := isFile(name); err != nil {
				return err
			}
		}
		f.of = append(f.of, i)
		return nil
	})
	if err != nil {
		return nil, fault.Unreadable.In(at.field, shown, "%v", err)
	}
	return f, nil
}

// isFile says why a path is none of a file that can be read once for each request.
func isFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", cmp.Or(path, `""`), fault.Plain(err))
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s %w", path, rows.NotRegular(info))
	}
	return nil
}

// ready looks at the files, once, and reads the small ones.
func (f *fileSet) ready() error {
	f.once.Do(func() {
		f.sizes, f.held = make([]int64, len(f.names)), make([][]byte, len(f.names))
		left := int64(heldFiles)
		for i := range f.names {
			if f.err = f.look(i, &left); f.err != nil {
				f.err = fault.Unreadable.In(f.field, f.path(i), "%v", fault.Plain(f.err))
				return
			}
		}
	})
	return f.err
}

// byRow are the files that rows name; none of a folder's.
func (f *fileSet) byRow() []string {
	if f.table == nil {
		return nil
	}
	return f.names
}

func (f *fileSet) path(i int) string { return filepath.Join(f.folder, f.names[i]) }

func (f *fileSet) look(i int, left *int64) error {
	info, err := os.Stat(f.path(i))
	if err != nil {
		return err
	}
	if f.sizes[i] = info.Size(); f.sizes[i] > min(rows.SmallFile, *left) {
		return nil
	}
	data, err := os.ReadFile(f.path(i))
	if err != nil {
		return err
	}
	f.held[i], f.sizes[i] = data, int64(len(data))
	*left -= int64(len(data))
	return nil
}

// index is which file request r has.
func (f *fileSet) index(r text.Scope) int {
	if f.table == nil {
		return int(text.InTurn(r.Turn(), f.Count()))
	}
	return int(f.of[f.table.Row(r)])
}

// NameOf is the name of the file that request r sends.
func (f *fileSet) NameOf(r text.Scope) string { return filepath.Base(f.names[f.index(r)]) }

// Constant says that names differ from request to request.
func (f *fileSet) Constant() bool { return false }

// Count is how many files there are.
func (f *fileSet) Count() int64 { return int64(len(f.names)) }

func (f *fileSet) content(r text.Scope) Content {
	if err := f.ready(); err != nil {
		r.Fail(nil, err)
		return Content{}
	}
	i := f.index(r)
	if f.held[i] != nil || f.sizes[i] == 0 {
		return Content{Data: f.held[i], Size: f.sizes[i]}
	}
	file, err := os.Open(f.path(i))
	if err != nil {
		r.Fail(nil, fmt.Errorf("%s: %s: %w", f.field, f.names[i], fault.Plain(err)))
		return Content{}
	}
	return Content{File: file, Size: f.sizes[i], Owned: true}
}

// size is the length of request r's file in bytes.
func (f *fileSet) size(r text.Scope) int64 {
	if f.ready() != nil {
		return 0
	}
	return f.sizes[f.index(r)]
}
