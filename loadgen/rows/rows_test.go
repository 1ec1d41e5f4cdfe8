package rows

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	_ "shotput/putserver/realtest/tether" // these tests end with go test
)

// textFile is a file that says s.
func textFile(t testing.TB, s string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.txt")
	if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// rowsOf opens a file that says s. It is not held in memory, so that it is read as a large one is.
func rowsOf(t testing.TB, s string, by split) *File {
	t.Helper()
	f, err := open(textFile(t, s), by)
	if err != nil {
		t.Fatal(err)
	}
	f.whole = nil
	t.Cleanup(func() { f.Close() })
	return f
}

// allRows reads all rows of f in order, with reads of so many bytes.
func allRows(t testing.TB, f *File, atOnce int) (all []string) {
	t.Helper()
	n, err := f.Count()
	if err != nil {
		t.Fatal(err)
	}
	c := NewCursor(f)
	c.atOnce = atOnce
	for i := range n {
		row, err := c.Read(i)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(row))
	}
	return all
}

func TestRowsAreSplit(t *testing.T) {
	for _, c := range []struct {
		text string
		by   split
		want []string
	}{
		{"a\nb", splitLine, []string{"a", "b"}},
		{"a\r\n\r\n\nb\r\n", splitLine, []string{"a", "", "", "b"}},
		{"\n", splitLine, []string{""}},
		{"a\r\n\r\n\nb\n\n", splitFull, []string{"a", "b"}},
		{"1,\"x\ny\"\n\n2,\"p\"\"\r\nq\"\r\n3,z", splitCSV, []string{"1,\"x\ny\"", "2,\"p\"\"\r\nq\"", "3,z"}},
		{"1,\"open\n2,b\n", splitCSV, []string{"1,\"open\n2,b\n"}},
		{"1,a\"b,\"x\n2,\"b\"c,\"\n3\n", splitCSV, []string{"1,a\"b,\"x", "2,\"b\"c,\"", "3"}},
	} {
		for _, atOnce := range []int{1, 2, 3, 100} {
			if got := allRows(t, rowsOf(t, c.text, c.by), atOnce); !slices.Equal(got, c.want) {
				t.Errorf("%q, read %d bytes at a time, has the rows %q, want %q", c.text, atOnce, got, c.want)
			}
		}
	}
}

// number makes n rows, each of which says its number; some are long, and span lines.
func number(n int) string {
	var b strings.Builder
	b.WriteString("id,text\n")
	for i := range n {
		pad := strings.Repeat("x", i%7)
		if i%101 == 0 {
			pad = strings.Repeat("a \"\"quoted\"\"\nline, ", 3000)
		}
		fmt.Fprintf(&b, "%d,\"%s\"\n", i, pad)
	}
	return b.String()
}

// TestAnyRowIsAtHand: in order, in disorder, by several at once, whether or not the file is held.
func TestAnyRowIsAtHand(t *testing.T) {
	const n = 3000
	f, _, err := OpenCSV(textFile(t, number(n)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.whole = nil
	var group sync.WaitGroup
	for worker := range 4 {
		order := rand.New(rand.NewPCG(1, uint64(worker))).Perm(n)
		if worker == 0 {
			slices.Sort(order)
		}
		group.Go(func() {
			c := NewCursor(f)
			for _, i := range order {
				row, err := c.Read(int64(i))
				got, _ := AppendColumn(nil, row, 0)
				if err != nil || string(got) != strconv.Itoa(i) {
					t.Errorf("row %d says %.20q, %v", i, row, err)
					return
				}
			}
		})
	}
	group.Wait()
	if count, err := f.Count(); count != n || err != nil {
		t.Errorf("there are %d rows, %v; want %d", count, err, n)
	}
}

// TestFirstRowTakesNoPass over the file, which the one request of a preflight would wait for.
func TestFirstRowTakesNoPass(t *testing.T) {
	f := rowsOf(t, "1\n2\n", splitLine)
	c := NewCursor(f)
	if row, err := c.Read(0); string(row) != "1" || err != nil || f.n != 0 {
		t.Errorf("row 0 is %q, %v, and %d rows were counted", row, err, f.n)
	}
	if row, err := c.Read(1); string(row) != "2" || err != nil || f.n != 2 {
		t.Errorf("row 1 is %q, %v, and %d rows were counted", row, err, f.n)
	}
}

// TestAnyRowIsNearANote: to find one takes no walk through the file.
func TestAnyRowIsNearANote(t *testing.T) {
	const n = 20_000
	seen := 0
	f := rowsOf(t, strings.Repeat("0123456789\n", n), splitLine)
	f.split = func(data []byte, all bool) (int, []byte) {
		seen++
		return splitLine(data, all)
	}
	if _, err := f.Count(); err != nil {
		t.Fatal(err)
	}
	c := NewCursor(f)
	for i := range int64(100) {
		seen = 0
		if _, err := c.Read(i * 7919 % n); err != nil || seen > rowsApart+2 {
			t.Fatalf("row %d took %d steps, %v", i*7919%n, seen, err)
		}
	}
	for i := int64(5000); i < 5100; i++ {
		seen = 0
		if c.Read(i); i > 5000 && seen > 2 {
			t.Fatalf("the row behind the last took %d steps", seen)
		}
	}
}

// TestNotesAreBounded: with twice the notes that there is room for, every other is dropped, and the rest still lead to
// their rows.
func TestNotesAreBounded(t *testing.T) {
	f := &File{apart: rowsApart}
	count := int64(0)
	for ; count < 5*mostNotes*rowsApart; count++ {
		if count%f.apart == 0 {
			f.note(count * 10)
		}
	}
	if len(f.notes) > mostNotes || len(f.notes) < mostNotes/2 {
		t.Errorf("%d rows take %d notes", count, len(f.notes))
	}
	for i, at := range f.notes {
		if at != int64(i)*f.apart*10 {
			t.Fatalf("note %d, of row %d, is %d", i, int64(i)*f.apart, at)
		}
	}
}

// TestManyRowsTakeNoMemory: a million rows, about 20 MB, are read whole and in disorder, within a few megabytes.
func TestManyRowsTakeNoMemory(t *testing.T) {
	const n = 1_000_000
	path := millionRows(t, n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, _, err := OpenCSV(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Held() {
		t.Error("the file is held")
	}
	c := NewCursor(f)
	for _, i := range []int64{0, 1, 499_999, n - 1, 2} {
		row, err := c.Read(i)
		if want := fmt.Sprintf("%d,some more text", i); err != nil || string(row) != want {
			t.Fatalf("row %d is %q, %v; want %s", i, row, err, want)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 2<<20 {
		t.Errorf("a million rows took %d bytes of memory", grown)
	}
	if notes := len(f.notes); notes != n/rowsApart {
		t.Errorf("%d notes of %d rows", notes, n)
	}
}

// millionRows is a file of n rows, and a line that names their columns.
func millionRows(t *testing.T, n int) string {
	t.Helper()
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
	return path
}

func TestRowThatNeverEnds(t *testing.T) {
	f := rowsOf(t, "a,b\n\"1,2\n"+strings.Repeat(strings.Repeat("x", 99)+"\n", (longestRow+1<<20)/100), splitCSV)
	if _, err := f.Count(); err == nil ||
		!strings.Contains(err.Error(), "row 2 of rows.txt: a row begins at byte 4 that has no end within 16 MiB") {
		t.Errorf("the error is %v", err)
	}
}

// TestFileThatShrinks gives errors, not rows of something else, and no crash.
func TestFileThatShrinks(t *testing.T) {
	f := rowsOf(t, strings.Repeat("0123456789\n", 10_000), splitLine)
	if _, err := f.Count(); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(f.Path, 5000); err != nil {
		t.Fatal(err)
	}
	c := NewCursor(f)
	_, err := c.Read(9000)
	if err == nil || err.Error() != "row 9001 of rows.txt: the file became shorter during the run" {
		t.Errorf("the error is %v", err)
	}
	if row, err := c.Read(5); string(row) != "0123456789" || err != nil {
		t.Errorf("a row that is still there is %q, %v", row, err)
	}
}

// FuzzCSV holds what is read against encoding/csv: the same rows, the same fields, the same rows broken.
func FuzzCSV(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string, atOnce uint8) {
		if text = strings.TrimPrefix(text, "\ufeff"); text == "" {
			return
		}
		var got [][]string
		for at := 0; at < len(text); {
			taken, row := pieceByPiece([]byte(text[at:]), int(atOnce))
			if at += taken; row == nil && taken > 0 {
				continue
			} else if taken == 0 {
				break
			}
			fields, err := columnsOf(row)
			if err != nil {
				fields = nil
			}
			got = append(got, fields)
		}
		want := readByLibrary(text)
		if len(got) != len(want) {
			t.Fatalf("%q has %d rows %q, encoding/csv finds %d %q", text, len(got), got, len(want), want)
		}
		for i := range got {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("%q: row %d is %q, encoding/csv finds %q", text, i, got[i], want[i])
			}
		}
	})
}

// readByLibrary is what encoding/csv makes of a text: its rows, nil in the place of one that is broken.
func readByLibrary(text string) (all [][]string) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	for {
		record, err := r.Read()
		if err == io.EOF {
			return all
		} else if err != nil {
			record = nil
		}
		all = append(all, record)
	}
}

// pieceByPiece shows splitCSV more and more of data, step bytes at a time, until it finds a row.
func pieceByPiece(data []byte, step int) (int, []byte) {
	for n := step; n > 0 && n < len(data); n += step {
		if taken, row := splitCSV(data[:n:n], false); taken > 0 {
			return taken, row
		}
	}
	return splitCSV(data, true)
}
