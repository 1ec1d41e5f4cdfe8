package fault

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What mends a fault follows from its kind, unless the fault knows better.
func TestRemedy(t *testing.T) {
	for _, c := range []struct {
		fault *Fault
		want  Mend
	}{
		{Missing.In("url", "", "is missing"), Mend{Set, "url", ""}},
		{OutOfRange.In("loops", "9", "is more than %d", 8), Mend{Replace, "loops", ""}},
		{Malformed.In("rate", "", "has no sum"), Mend{Set, "rate", ""}},
		{InText.In("body", "{{x}}", "column 1: calls x"), Mend{Replace, "body", ""}},
		{Conflict.In("jsonl", "f", "stands beside a CSV file").With("csv"), Mend{Remove, "jsonl", ""}},
		{Needs.In("key", "k.pem", "is without a certificate").With("cert"), Mend{Set, "cert", ""}},
		{Needs.In("threshold", "r", "needs bytes").With("rate").MendBy(Set, "rate", "20MiB/s"), Mend{Set, "rate", "20MiB/s"}},
		{Conflict.In("read-body", "none", "leaves it unread").MendBy(Set, "read-body", "all"), Mend{Set, "read-body", "all"}},
	} {
		if got := c.fault.Remedy(); got != c.want {
			t.Errorf("%v (%v) is mended by %+v, want %+v", c.fault, c.fault.Kind, got, c.want)
		}
	}
}

// Advice names a field as whoever wrote the plan calls it.
func TestSentence(t *testing.T) {
	f := Needs.In("digest", "", "needs a user").With("user").Advise("user", "give %s NAME:PASSWORD")
	if got := f.Sentence(strings.ToUpper); got != "needs a user; give USER NAME:PASSWORD" {
		t.Error(got)
	}
	if got, want := f.Error(), `digest "": needs a user; give user NAME:PASSWORD`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := Unknown.In("http", "4", "is none of %d", 3).Error(), `http "4": is none of 3`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestJoin(t *testing.T) {
	var l List
	l.Join(nil)
	l.Join(errors.Join(os.ErrExist, os.ErrClosed))
	l.Join(Missing.In("url", "", "is missing"))
	if len(l) != 3 || l[1] != os.ErrClosed {
		t.Errorf("%v", l)
	}
}

func TestKindsHaveNames(t *testing.T) {
	for k := Missing; k <= InText; k++ {
		if k.String() == "" {
			t.Errorf("kind %d has no name", k)
		}
	}
	if len(kindNames) != int(InText)+1 {
		t.Errorf("%d names", len(kindNames))
	}
}

// Every fault that the rooms make has a kind: they are made by In, and not as literals.
func TestFaultsAreMadeOfKinds(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if name, ok := literal.Type.(*ast.SelectorExpr); ok && name.Sel.Name == "Fault" {
				t.Errorf("%s makes a fault without a kind", path)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
