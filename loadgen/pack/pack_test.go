package pack

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"shotput/loadgen/fault"
)

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content),
		0o600)); err != nil {
		t.Fatal(err)
	}
}

// packed are the files of these places.
func packed(t *testing.T, places ...Place) []File {
	t.Helper()
	var p Packer
	for _, at := range places {
		if err := p.Add(at); err != nil {
			t.Fatal(err)
		}
	}
	return p.Files
}

// A file is packed once, small ones whole, and so many of them as there is room for.
func TestWhatTravelsWhole(t *testing.T) {
	dir := t.TempDir()
	var places []Place
	add := func(name string, size int) {
		write(t, filepath.Join(dir, name), strings.Repeat("x", size))
		places = append(places, Place{Path: filepath.Join(dir, name)})
	}
	add("small", 0)
	add("largest", Largest)
	add("larger", Largest+1)
	for _, name := range strings.Split("abcdefghijklmn", "") {
		add(name, Largest)
	}
	add("fits", Largest-1)
	add("too much", 2)
	add("one more", 1)
	places = append(places, places[0], Place{Field: "of another field", Path: places[1].Path})
	var named []string
	for _, f := range packed(t, places...) {
		if f.Data == nil {
			named = append(named, f.Name)
		} else if int64(len(f.Data)) != f.Size {
			t.Errorf("%v has %d bytes", f, len(f.Data))
		}
	}
	if want := []string{"larger", "too much"}; !slices.Equal(named, want) {
		t.Errorf("named by digest are %q, want %q", named, want)
	}
}

// The files of a folder stay together.
func TestFoldersStayTogether(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "small")
	write(t, filepath.Join(dir, "b"), strings.Repeat("x", Largest+1))
	files := packed(t, Place{Path: dir, Folder: true})
	if len(files) != 2 || files[0].Data != nil || files[1].Data != nil || files[0].Size != 5 {
		t.Errorf("%v", files)
	}
	u := Unpacker{Files: files, Dir: filepath.Join(t.TempDir(), "none")}
	if path, err := u.Place(Place{Path: dir, Folder: true}); path != dir || err != nil {
		t.Errorf("%s, %v", path, err)
	}
	if _, err := os.Stat(u.Dir); err == nil {
		t.Error("a folder is made where nothing is written")
	}
}

// Each difference is found, and told with the field, the file and what differs.
func TestDifferencesAreFound(t *testing.T) {
	large := strings.Repeat("x", Largest+1)
	for name, c := range map[string]struct {
		folder bool
		spoil  func(t *testing.T, dir string, files []File)
		want   string // %s is the folder
	}{
		"larger": {false, func(t *testing.T, dir string, _ []File) { write(t, dir+"/large", large+"y") },
			`/large": has 1048578 bytes, and had 1048577 when it was packed`},
		"other": {false, func(t *testing.T, dir string, _ []File) {
			write(t, dir+"/large",
				"y"+large[1:])
		}, `/large": has the SHA-256 `},
		"gone": {false, func(t *testing.T, dir string, _ []File) { os.Remove(dir + "/large") },
			`/large": is not here; it had 1048577 bytes`},
		"a folder": {false, func(t *testing.T, dir string,
			_ []File) {
			os.Remove(dir + "/large")
			os.Mkdir(dir+"/large", 0o700)
		}, `/large": is a directory`},
		"one more": {true, func(t *testing.T, dir string, _ []File) { write(t, dir+"/more", "") },
			`/more": is here, and was not in the folder`},
		"one less": {true, func(t *testing.T, dir string, _ []File) { os.Remove(dir + "/small") },
			`/small": is not here, and was in the folder`},
		"one other": {true, func(t *testing.T, dir string, _ []File) { write(t, dir+"/small", "SMALL") },
			`/small": has the SHA-256 `},
		"no table": {true, func(_ *testing.T, _ string, files []File) {
			files[0].Path, files[1].Path = "",
				""
		}, `did not come with the plan`},
		"not a folder": {true, func(_ *testing.T, _ string, files []File) {
			files[0].Folder,
				files[1].Folder = false, false
		}, `did not come with the plan`},
	} {
		dir := filepath.ToSlash(t.TempDir())
		write(t, dir+"/large", large)
		at := Place{Field: "body", Path: dir + "/large"}
		if c.folder {
			write(t, dir+"/small", "small")
			at = Place{Field: "body", Path: dir, Folder: true}
		}
		files := packed(t, at)
		c.spoil(t, dir, files)
		u := Unpacker{Files: files, Dir: t.TempDir()}
		_, err := u.Place(at)
		var f *fault.Fault
		if !errors.As(err, &f) || f.Field != "body" || f.Kind == 0 || !strings.HasPrefix(f.Value, dir) ||
			!strings.Contains(filepath.ToSlash(err.Error()), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// What came damaged, or under a name that leads elsewhere, is not written.
func TestDamagedFilesAreNotWritten(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(f *File)
		want  string
	}{
		"other":  {func(f *File) { f.Data[0] = 'X' }, "came with the SHA-256 "},
		"cut":    {func(f *File) { f.Data = f.Data[:2] }, "came with 2 bytes, and had 5"},
		"above":  {func(f *File) { f.Name = "../x" }, "is no name of a file here"},
		"rooted": {func(f *File) { f.Name = "/x" }, "is no name of a file here"},
		"within": {func(f *File) { f.Name = "a/b" }, "is no name of a file here"},
		"dots":   {func(f *File) { f.Name = ".." }, "is no name of a file here"},
		"dot":    {func(f *File) { f.Name = "." }, "is no name of a file here"},
		"none":   {func(f *File) { f.Name = "" }, "is no name of a file here"},
	} {
		path := filepath.Join(t.TempDir(), "small")
		write(t, path, "small")
		files := packed(t, Place{Path: path})
		c.spoil(&files[0])
		dir := t.TempDir()
		u := Unpacker{Files: files, Dir: filepath.Join(dir, "below")}
		if _, err := u.Place(Place{Field: "body", Path: path}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		written, _ := filepath.Glob(filepath.Join(dir, "*", "*", "*"))
		above, _ := filepath.Glob(filepath.Join(dir, "*"))
		if len(written) > 0 || len(above) != 1 {
			t.Errorf("%s: written are %q and %q", name, written, above)
		}
	}
}

// What was unpacked for one place serves another that names the same.
func TestPlacesShareFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pair.pem")
	write(t, path, "both")
	u := Unpacker{Files: packed(t, Place{Path: path}), Dir: t.TempDir()}
	cert, err := u.Place(Place{Field: "cert", Path: path})
	key, err2 := u.Place(Place{Field: "key", Path: path})
	if cert != key || filepath.Base(cert) != "pair.pem" || errors.Join(err, err2) != nil {
		t.Errorf("%s, %s, %v, %v", cert, key, err, err2)
	}
}
