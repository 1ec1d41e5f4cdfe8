package request

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"shotput/loadgen/text"
)

// TestManyRowsTakeNoMemory: a million rows, about 20 MB, are read whole and in disorder, within a few megabytes.
func TestManyRowsTakeNoMemory(t *testing.T) {
	const n = 1_000_000
	path := filepath.Join(t.TempDir(), "million.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	w.WriteString("id,text\n")
	for i := range n {
		w.WriteString(strconv.Itoa(i) + ",some more text\n")
	}
	if err := errors.Join(w.Flush(), file.Close()); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	template := planned{Spec{URL: `http://h/{{csv "id"}}`},
		Setting{Values: text.Values{Rows: text.Rows{CSV: path}}}}.template(t)
	if err := template.Ready(); err != nil {
		t.Fatal(err)
	}
	maker := template.NewMaker()
	for _, k := range []int64{1, 2, 500_000, n, n + 1, 3} {
		r, err := maker.Make(t.Context(), k, 0)
		if want := fmt.Sprintf("/%d", (k-1)%n); err != nil || r.URL.Opaque != want {
			t.Fatalf("request %d goes to %v, %v; want %s", k, r, err, want)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 2<<20 {
		t.Errorf("a million rows took %d bytes of memory", grown)
	}
}
