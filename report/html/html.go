// Package html prints runs as a page for a browser: one file that shows everything and asks for nothing. It may be
// mailed, kept beside a release, or opened years later on a machine without a network. So the charts' library (uPlot)
// and our own script and style stand in it, and the figures as JSON. It refuses to load, and to run, anything but that:
// its own content security policy forbids every request and every script but those two, by their hashes, so that a text
// that came from a server cannot become more than text, even if it got past the escaping. Its words and tables are
// those of package page; it computes nothing.
//
// The library is vendored: package.json and package-lock.json say which release, uPlot.sha256 which bytes. To take
// another one: npm install in this folder, copy both files of dist, write the sums anew.
package html

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"

	"shotput/report/page"
	"shotput/report/words"
)

//go:embed page.html page.css common.js page.js trend.js uPlot.iife.min.js uPlot.min.css uPlot.LICENSE
var files embed.FS

var pageTemplate = template.Must(template.ParseFS(files, "page.html"))

// Write writes a page that needs nothing but a browser. Several runs lie over each other in its charts, each counted
// from its own start; the first is drawn first. Options.ASCII has no meaning here: a page says how it is encoded.
func Write(w io.Writer, runs []Named, opt words.Options) error {
	if err := opt.Validate(); err != nil {
		return err
	}
	if len(runs) == 0 {
		return errors.New("write report: no run to show")
	}
	d, err := newDocument(runs, opt)
	if err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	return d.write(w)
}

func (d *document) write(w io.Writer) error {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, d); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// document is what the template is filled with. Everything of the types of html/template is our own text, or was
// made safe before; all else is escaped by the template.
type document struct {
	Title, Policy, Version string
	Style                  template.CSS
	Library, Script, Data  template.JS
	Several                bool
	Compared               table // the runs side by side, where there are several
	Last                   cell  // what came of them all
	Runs                   []run
	Charts                 []chart
}

func newDocument(runs []Named, opt words.Options) (*document, error) {
	runs = nameByLabels(runs)
	d := &document{Version: words.Clean(runs[0].Run.Tool.Version), Several: len(runs) > 1, Charts: newCharts(runs)}
	if err := d.draw("page.js", newChartData(runs, opt)); err != nil {
		return nil, err
	}
	var details []page.Detail
	for i, r := range runs {
		details = append(details, page.DetailOf(r.Run, opt))
		d.Runs = append(d.Runs, newRun(r, i, &details[i]))
	}
	d.Title = d.Runs[0].Title
	if said := words.Clean(runs[0].Run.Labels.String()); said != "" {
		d.Title += " · " + said
	}
	if d.Several {
		d.Title = words.Plural(int64(len(runs)), "run") + " compared"
		d.Compared, d.Last = compareRuns(runs, details), lastOf(runs, opt)
	}
	return d, nil
}

// draw gives the page the script that draws its charts, and what that draws.
func (d *document) draw(script string, data any) error {
	d.Style = template.CSS(asset("uPlot.min.css") + "\n" + asset("page.css"))
	d.Library = template.JS("/*\n" + asset("uPlot.LICENSE") + "*/\n" + asset("uPlot.iife.min.js"))
	d.Script = template.JS(asset("common.js") + "\n" + asset(script))
	d.Policy = fmt.Sprintf("default-src 'none'; script-src %s %s; style-src %s; img-src data:; base-uri 'none'; "+
		"form-action 'none'", hashOf(string(d.Library)), hashOf(string(d.Script)), hashOf(string(d.Style)))
	written, err := json.Marshal(data) // which writes <, > and & as escapes: no text can end the script element
	d.Data = template.JS(written)
	return err
}

// asset is a file of the page, with the line ends that a browser reads, so that its hash is the browser's.
func asset(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("read an embedded file: %v", err)) // the compiler put it there
	}
	return string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
}

// hashOf is how a policy names the one text that it lets pass.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
