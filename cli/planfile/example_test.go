package planfile_test

import (
	"fmt"

	"shotput/cli/line"
	"shotput/cli/planfile"
)

// A file is read as entries for the rows of the command line; what is wrong in it is pointed at.
func ExampleRead() {
	rows := line.Rows{
		{Long: "url", Arg: "URL", Eg: "http://127.0.0.1/"},
		{Long: "rate", Arg: "RATE", Eg: "2000/s", AsKey: []string{"qps"}},
		{Long: "header", Arg: "LINE", Eg: "Name: value", Repeats: true, Names: func(string) []string { return nil }},
	}
	f := planfile.Read("plan.yaml", []byte("url: http://h/\nheader: {A: b}\nqps: 5\n"), planfile.Language{Rows: rows})
	for _, e := range f.Scenarios[0].Entries {
		fmt.Printf("%d:%d %s %q\n", e.Line, e.Column, e.Flag, e.Value)
	}
	for _, fault := range f.Faults() {
		fmt.Println(fault.Sentence())
		fmt.Println(fault.Excerpt[0])
		fmt.Println("try", fault.Try)
	}
	// Output:
	// 1:6 url "http://h/"
	// 2:13 header "A: b"
	// 3:6 rate "2000/s"
	// plan.yaml:3:1: "qps" is no key here; did you mean rate?
	//   3 | qps: 5
	// try rate:
}
