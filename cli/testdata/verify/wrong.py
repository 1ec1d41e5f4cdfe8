"""A server of thirty lines that keeps what is PUT, and is wrong in six ways, each marked. That it knows neither chunked
bodies nor codings, and takes %2F for /, comes of its size."""
import hashlib, http.server, sys, urllib.parse

kept = {}


class Wrong(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def say(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def key(self):
        return urllib.parse.unquote_plus(self.path)  # wrong: + is no space in a path

    def do_PUT(self):
        body = b""
        while len(body) < int(self.headers.get("Content-Length", 0)):
            more = self.rfile.read1(65536)
            if not more:
                break  # wrong: half a body is kept as the whole
            body += more
        kept[self.key()] = body  # wrong: If-Match and If-None-Match are not read; wrong: nor is Content-Range
        self.say(200)  # wrong: what is new is 201

    def do_GET(self):
        if self.key() not in kept:
            return self.say(404)
        body = kept[self.key()]
        self.say(200, body, ETag='"%s"' % hashlib.md5(body).hexdigest())  # wrong: of its type nothing is left

    do_HEAD = do_GET


http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Wrong).serve_forever()
