package flags

import (
	"shotput/cli/line"
)

func requestRows(a *Asked) []line.Row {
	return line.InGroup(groupRequest, line.Rows{
		{Long: "request", Short: "X", Arg: "METHOD", Field: "method", Eg: "PUT", Help: "method (PUT)",
			Mixable: true, Elsewhere: list("method"), AsKey: list("method"), Curl: true,
			Set: line.Filled(&a.Plan.Request.Method)},
		{Long: "url", Arg: "URL", Eg: "http://127.0.0.1:8080/objects/{{seq}}", Help: "the URL, as if without --url",
			Mixable: true, Hide: line.ShowURL, AsKey: list("target"), Over: list("urls"), Curl: true, Set: a.setURL},
		{Long: "urls", Arg: "FILE", Eg: "urls.txt",
			Help:    "each request goes to the next line of FILE, a whole\nURL; # begins a comment",
			Mixable: true, Paths: line.WholePath, Elsewhere: list("urls-from-file"), Over: list("url"),
			Set: line.Filled(&a.Plan.Request.URLs)},
		{Long: "url-query", Arg: "TEXT", Eg: "name=text",
			Help:    "add to the URL's query, as --data-urlencode encodes;\n+TEXT as it is; repeat",
			Repeats: true, Mixable: true, Hide: line.HideText, Paths: pathInEncoded,
			Elsewhere: list("query"), AsKey: list("params", "query"), Curl: true,
			Set: line.Each(&a.head.queries, line.AsIs)},
		{Long: "get", Short: "G",
			Help: "put -d and its relations into the URL's query, and\n" +
				"send GET unless -X says otherwise, as curl does",
			Mixable: true, Curl: true, Set: line.OnOff(&a.Body.get)},
		{Long: "header", Short: "H", Arg: "LINE", Eg: "Name: value",
			Help:    "'Name: value', 'Name:' removes it, 'Name;' is empty,\n@FILE has one on each line; repeat",
			Repeats: true, Mixable: true, Hide: line.HideHeaderLine, Names: headerNames, Paths: line.PathAfterAt,
			AsKey: list("headers"), Curl: true, Set: takeLine(&a.head.headers)},
		{Long: "cookie", Short: "b", Arg: "NAME=VALUE", Eg: "name=value",
			Help:    "cookie; FILE: those of it that are for the URL, as\ncurl -c or a browser saved them; repeat",
			Repeats: true, Mixable: true, Pairs: true, Hide: line.HideCookie, Paths: cookiePath,
			AsKey: list("cookies"), Clashes: cookieClashes, Curl: true, Set: line.Each(&a.head.cookies, line.AsIs)},
		{Long: "junk-session-cookies", Help: "of those, none that ends with a browser's session",
			Curl: true, CurlLetter: "j", Set: line.OnOff(&a.head.junkSession)},
		{Long: "user-agent", Short: "A", Arg: "TEXT", Eg: "shotput", Help: "User-Agent; '' sends none",
			Mixable: true, Curl: true, Set: a.head.takeAgent(&a.Plan.Request.UserAgent)},
		{Long: "referer", Short: "e", Arg: "URL", Eg: "http://127.0.0.1/", Help: "Referer",
			Curl: true, Set: line.One(&a.head.referer, line.AsIs)},
		{Long: "path-as-is", Curl: true, Help: "leave /../ and /./ in the URL's path", Set: line.OnOff(&a.PathAsIs)},
		{Long: "config", Short: "K", Arg: "FILE", Eg: "flags.txt",
			Help:       "read flags from FILE, in curl's syntax; - is stdin",
			NotInFiles: "names another file of flags; this file has their keys itself", Set: a.readConfig},
	})
}

// valueRows are the flags that say what {{key}}, {{csv}} and {{json}} draw from.
func valueRows(a *Asked) []line.Row {
	keys, rows := &a.Plan.Values.Keys, &a.Plan.Values.Rows
	return line.InGroup(groupValues, line.Rows{
		{Long: "keys", Arg: "N", Eg: "1000", Help: "{{key}} is one of N keys, by number",
			Set: line.One(&keys.Count, ParseCount)},
		{Long: "keys-file", Arg: "FILE", Eg: "keys.txt", Help: "{{key}} is a line of FILE",
			Paths: line.WholePath, Set: line.Filled(&keys.File)},
		{Long: "key-dist", Arg: "LAW", Field: "keys-dist", Eg: "uniform",
			Help: "sequential, uniform, zipf:1.1 or hot:0.01,0.9: which\nkey is drawn", Set: line.Filled(&keys.Dist)},
		{Long: "csv", Arg: "FILE", Eg: "rows.csv",
			Help:  "{{csv \"column\"}} is of a line of FILE; its first line\nnames the columns",
			Paths: line.WholePath, Set: line.Filled(&rows.CSV)},
		{Long: "jsonl", Arg: "FILE", Eg: "rows.jsonl",
			Help:  "{{json .field}} is of a line of FILE, {{json .}} is\nthe line",
			Paths: line.WholePath, Set: line.Filled(&rows.JSONL)},
		{Long: "rows", Arg: "ORDER", Field: "rows-order", Eg: "cycle",
			Help:  "cycle, random or once: in which order lines are taken",
			Words: list("cycle", "random", "once"), Set: line.One(&rows.Order, line.AsIs)},
	})
}
