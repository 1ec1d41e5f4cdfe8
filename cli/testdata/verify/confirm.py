"""What a server does with PUT, by sockets alone: the second opinion on the findings of shotput verify.

confirm.py HOST PORT TARGET TYPE BODY [HEADER ...]: TARGET is a path with {key} where a fresh name goes, TYPE that of
bodies, "" where none is told, BODY a text in which {key} is the name and {n} a number with what pads it; headers are
sent with every request. Prints a JSON object: check -> {"may": results that the facts allow, "status": what was
answered, "fact": what was seen}.
"""
import base64, calendar, email.utils, hashlib, json, re, socket, struct, sys, threading, time

host, port, target, kind, sample = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
always = sys.argv[6:]
seen, count, lock = {}, 0, threading.Lock()


def say(check, may, status, fact):
    seen[check] = {"may": may.split("|"), "status": status, "fact": fact}


def fresh():
    global count
    with lock:
        count += 1
        return "confirm-%d-%d" % (time.time() * 1000, count)


def body(key, n, size=0):
    """A body of a size, where the sample is not longer. Numbers of three digits keep lengths equal."""
    def made(pad):
        return sample.replace("{key}", key).replace("{n}", "%03d " % n + "x" * pad).encode()
    return made(max(0, size - len(made(0))))


def head(method, key, headers, length):
    lines = ["%s %s HTTP/1.1" % (method, target.replace("{key}", key)), "Host: %s:%d" % (host, port), "Connection: close"]
    if method == "PUT" and kind and not any(h.lower().startswith("content-type:") for h in headers):
        lines.append("Content-Type: " + kind)
    if length is not None:
        lines.append("Content-Length: %d" % length)
    return ("\r\n".join(lines + always + list(headers)) + "\r\n\r\n").encode()


def connect():
    s = socket.create_connection((host, port), 30)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


class Answer:
    def __init__(self, data, broke=False):
        self.status, self.headers, self.body, self.interim, self.whole = 0, {}, b"", [], not broke
        self.old = data.startswith(b"HTTP/1.0")  # which knows neither chunks nor 100
        while data.startswith(b"HTTP/1.") and data[9:10] == b"1" and b"\r\n\r\n" in data:
            self.interim.append(int(data[9:12]))
            data = data.split(b"\r\n\r\n", 1)[1]
        if b"\r\n\r\n" not in data:
            return
        top, rest = data.split(b"\r\n\r\n", 1)
        lines = top.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1])
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            whole, end = b"", False
            while rest and not end:
                size, _, rest = rest.partition(b"\r\n")
                n = int(size.split(b";")[0] or b"0", 16)
                end = n == 0
                whole, rest = whole + rest[:n], rest[n + 2:]
            rest, self.whole = whole, self.whole and end
        elif int(self.headers.get("content-length", len(rest))) > len(rest):
            self.whole = False
        self.body = rest

    ok = property(lambda self: 200 <= self.status < 300)
    etag = property(lambda self: self.headers.get("etag", ""))


def read(s):
    """All of the answer, to the end of the connection."""
    data = b""
    while True:
        try:
            more = s.recv(65536)
        except OSError:
            return Answer(data, True)
        if not more:
            return Answer(data)
        data += more


def send(method, key, content=None, headers=(), length=None):
    s = connect()
    if content is not None and length is None:
        length = len(content)
    try:
        s.sendall(head(method, key, headers, length))
        s.sendall(content or b"")
    except OSError:
        pass
    answer = read(s)
    s.close()
    return answer


def put(key, content, *headers):
    return send("PUT", key, content, headers)


def get(key):
    return send("GET", key)


def state(key):
    a = get(key)
    return a.body if a.ok and a.whole else None


def number(content):
    """Which body this is, where a server writes it its own way, in lines of its own: by the number in it."""
    m = re.search(rb"(\d{3}) (x*)", (content or b"").replace(b"\r\n ", b""))
    return (m.group(1), len(m.group(2))) if m else content


def like(one, other):
    return one == other or one is not None and other is not None and "{n}" in sample and number(one) == number(other)


def strong(key):
    """A strong ETag where there is one, after the time that some servers give weak ones for."""
    etag = get(key).etag
    if etag.startswith("W/"):
        time.sleep(2.2)
        etag = get(key).etag
    return etag


def told(s):
    return "answered %d" % s if s else "answered nothing"


def given(n=1, size=64):
    k = fresh()
    b = body(k, n, size)
    return k, b, put(k, b)


def basics():
    k, one, a = given()
    say("create", {201: "holds", 202: "differs"}.get(a.status, "broken"), a.status, "a new name is " + told(a.status))
    own = kind or "text/x-confirm"
    b = get(k)
    say("stored", "holds" if b.ok else "broken", None, "GET " + told(b.status))
    one = body(k, 1, 1000)
    put(k, one, "Content-Type: " + own)
    b = get(k)
    same, typed = b.body == one, b.headers.get("content-type", "").split(";")[0] == own
    say("read-back", "holds" if same and typed else "differs" if like(b.body, one) else "broken", None,
        "%d bytes were put, %d read, %s; type %s" % (len(one), len(b.body), "the same" if same else "others", b.headers.get("content-type")))
    where = a.headers.get("location", "")
    path = target.replace("{key}", k)
    is_here = where in ("", path, "http://%s:%d%s" % (host, port, path))
    say("location", "not offered" if a.status != 201 else "holds" if is_here else "differs", None, "Location: " + where)
    say("accepted", "not offered" if a.status != 202 else "holds|differs|broken", None, told(a.status))
    k, _, _ = given()
    h, g = send("HEAD", k), get(k)
    apart = [n for n in ("content-length", "content-type", "etag", "last-modified") if n in g.headers and g.headers[n] != h.headers.get(n)]
    gone = all(n not in h.headers for n in apart)
    say("head-equals-get", "holds" if not apart and h.status == g.status else "differs" if h.status == g.status and gone else "broken", None,
        "HEAD %s, GET %s, apart in %s" % (h.status, g.status, apart))
    a = put(k, body(k, 2, 64))
    say("replace", {200: "holds", 204: "holds", 202: "differs"}.get(a.status, "broken"), a.status, "an old name is " + told(a.status))
    say("precondition-required", "not offered" if a.ok else "holds|differs", None if a.ok else a.status, "an update is " + told(a.status))
    again = [put(k, body(k, 2, 64)).status for _ in range(4)]
    say("idempotent", "holds" if like(state(k), body(k, 2, 64)) and len({s // 100 for s in again}) == 1 else "broken", None, "again: %s" % again)
    long, short = body(k, 3, 1200 + len(sample)), body(k, 4, 100)
    put(k, long), put(k, short)
    say("whole", "holds" if like(state(k), short) else "broken", None, "%d bytes over %d: %d" % (len(short), len(long), len(state(k) or b"")))
    k = fresh()
    a = put(k, b"")
    size = len(get(k).body) if get(k).ok else -1
    put_over = fresh()
    put(put_over, body(put_over, 1, 64))
    over = put(put_over, b"")
    left = state(put_over)
    say("empty", "differs" if a.status in (400, 411, 415, 422) else "could not tell" if not a.ok else
        "holds" if size == 0 and left == b"" else "broken", None if a.ok else a.status, "%s, %d bytes are there; over another %s" % (told(a.status), size, told(over.status)))


def tags():
    k, _, a = given()
    etag, weak = strong(k), get(k).etag
    say("etag-present", "not offered" if not etag else "differs" if etag.startswith("W/") else "holds", None, "ETag: %s" % etag)
    k, _, a = given()
    pairs = [(a.etag, get(k).etag)]
    b = put(k, body(k, 2, 64))
    if a.etag and b.etag:
        pairs.append((b.etag, get(k).etag))
    strip = lambda t: t.replace("W/", "")
    say("etag-equal", "not offered" if not a.etag else "differs" if any(not g for _, g in pairs) else "holds" if all(p == g for p, g in pairs)
        else "differs" if all(strip(p) == strip(g) for p, g in pairs) else "broken", None, "%s" % pairs)
    k, _, _ = given()
    of = [get(k).etag, get(k).etag]
    time.sleep(2.2)
    of.append(get(k).etag)
    say("etag-stable", "not offered" if not of[0] else "holds" if len(set(of)) == 1 else "differs" if len(set(map(strip, of))) == 1 else "broken", None, "%s" % of)
    of, k = [], fresh()
    for n in range(1, 7):
        put(k, body(k, n, 64))
        of.append(get(k).etag)
    twice = {t for t in of if of.count(t) > 1}
    # a weak one, of a time in parts of a second, is the same where two writes fall into one such part
    say("etag-changes", "not offered" if not of[0] else "holds|differs" if any(t.startswith("W/") for t in of) else "broken" if twice else "holds", None, "%s" % of)


def forbidden(check, header, has):
    """A write that a precondition forbids, on what is there."""
    k, _, _ = given()
    before = state(k)
    a = put(k, body(k, 2, 80), header)
    kept = state(k) == before
    may = "not offered" if a.ok and not has or a.status == 501 else "broken" if a.ok or not kept else "holds" if a.status == 412 else "differs"
    say(check, may, None if may == "not offered" else a.status, "%s: %s, what was there is %s" % (header, told(a.status), "kept" if kept else "replaced"))
    return a.ok


def conditions():
    k, _, a = given()
    g = get(k)
    has, dated = bool(a.etag or g.etag), g.headers.get("last-modified")
    forbidden("if-match-wrong", 'If-Match: "no-such-tag"', has)
    heedless = forbidden("if-none-match-exists", "If-None-Match: *", has or bool(dated))
    etag = strong(k) or a.etag
    if not etag or etag.startswith("W/"):
        say("if-match-right", "not offered", None, "ETag: %s" % etag)
    else:
        b = put(k, body(k, 4, 80), "If-Match: " + etag)
        done = like(state(k), body(k, 4, 80))
        say("if-match-right", "holds" if b.ok and done else "broken", None, "If-Match: %s: %s" % (etag, told(b.status)))
    k = fresh()
    a = put(k, body(k, 1, 64), "If-Match: *")
    there = state(k) is not None
    may = "not offered" if a.ok and not has else "broken" if a.ok or there else "holds" if a.status == 412 else "differs"
    say("if-match-missing", may, None if may == "not offered" else a.status, "If-Match: * on nothing: %s, %s" % (told(a.status), "created" if there else "not created"))
    k = fresh()
    a = put(k, body(k, 1, 64), "If-None-Match: *")
    say("if-none-match-new", "holds" if a.ok and state(k) is not None else "broken", None, told(a.status))
    if not dated:
        say("if-unmodified-since", "not offered", None, "no Last-Modified")
    else:
        at = calendar.timegm(email.utils.parsedate(dated))
        forbidden("if-unmodified-since", "If-Unmodified-Since: " + email.utils.formatdate(at - 3600, usegmt=True), True)
    k, _, _ = given()
    large = body(k, 2, 8 << 20)
    first, final = expecting(k, large, "If-None-Match: *")
    say("precondition-early", "not offered" if heedless else "holds" if first == 412 else
        "differs" if final == 412 else "could not tell", None,
        "first %s, then %s" % (first, final))


def expecting(k, content, *headers):
    """A PUT that waits for 100: the first status, or none within two seconds, and the final one."""
    s = connect()
    s.sendall(head("PUT", k, list(headers) + ["Expect: 100-continue"], len(content)))
    s.settimeout(2)
    try:
        first = s.recv(65536)
    except OSError:
        first = b""
    if first and first[9:10] != b"1":
        s.close()
        return int(first[9:12]), int(first[9:12])
    s.settimeout(30)
    try:
        s.sendall(content)
    except OSError:
        pass
    if b"\r\n\r\n" in first and first.split(b"\r\n\r\n", 1)[1]:
        rest = Answer(first)
    else:
        rest = read(s)
    s.close()
    return int(first[9:12] or 0) if first else 0, rest.status


def together(jobs):
    gate, got = threading.Barrier(len(jobs)), [None] * len(jobs)

    def one(i, method, k, content, headers):
        s = connect()
        try:
            if content is None:
                gate.wait()
                s.sendall(head(method, k, headers, None))
            else:
                s.sendall(head(method, k, headers, len(content)))
                gate.wait()
                s.sendall(content)
            got[i] = read(s)
        except OSError:
            got[i] = Answer(b"")
        s.close()
    threads = [threading.Thread(target=one, args=(i,) + j) for i, j in enumerate(jobs)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    return got


def race(check, heeded, begin, rounds=120, wide=8):
    most, until = 0, time.time() + 15
    for i in range(rounds):
        k, condition = begin()
        got = together([("PUT", k, body(k, 10 + n, (64, 32 << 10)[i % 2] + 7 * n), [condition]) for n in range(wide)])
        most = max(most, sum(a.ok for a in got))
        if most > 1 or time.time() > until:
            break
    say(check, "not offered" if not heeded else "broken" if most > 1 else "holds", None, "at most %d of %d won, in %d rounds" % (most, wide, i + 1))


def races():
    def tagged():
        k, _, _ = given()
        return k, "If-Match: " + strong(k)
    may = lambda check: seen[check]["may"]
    race("race-create", may("if-none-match-exists") == ["holds"], lambda: (fresh(), "If-None-Match: *"), 120 if may("if-none-match-exists") == ["holds"] else 1)
    k, _, _ = given()
    etag = strong(k)
    heeded = may("if-match-wrong") == ["holds"] and etag != "" and not etag.startswith("W/")
    race("race-update", heeded, tagged, 40 if heeded else 1)
    mixed, odd = 0, set()
    until = time.time() + 10
    for _ in range(30):
        if time.time() > until:
            break
        k = fresh()
        sent = [body(k, n, (64 << 10) + 7 * n) for n in range(8)]
        got = together([("PUT", k, b, []) for b in sent])
        there = state(k)
        odd |= {a.status for a in got if 400 <= a.status < 500}
        mixed += any(a.ok for a in got) and there is not None and not any(like(there, b) for b in sent)
    say("race-plain", "broken" if mixed else "holds|differs" if odd else "holds", None, "%d mixtures, refused: %s" % (mixed, sorted(odd)))
    torn, odd = [], set()
    k = fresh()
    sent = [body(k, 1, 256 << 10), body(k, 2, 384 << 10)]
    put(k, sent[0])
    until = time.time() + 10
    for _ in range(60):
        if time.time() > until:
            break
        for a in together([("PUT", k, b, []) for b in sent] + [("GET", k, None, [])] * 4)[2:]:
            if a.ok and a.whole and not any(like(a.body, b) for b in sent):
                torn.append(len(a.body))
            elif not a.ok or not a.whole:
                odd.add(a.status)
    # who opens a file after its length was asked reads a part of another one, or less than was promised, or neither: a
    # matter of the instant, as it is to be refused
    say("torn-read", "broken|differs|holds" if odd else "broken" if torn else "holds", None, "bodies of %s bytes, broken off or refused: %s" % (torn[:3], sorted(odd)))


def cut(k, content, first, reset, chunked, length):
    s = connect()
    if chunked:
        s.sendall(head("PUT", k, ["Transfer-Encoding: chunked"], None) + b"%x\r\n" % len(content) + content[:first])
    else:
        s.sendall(head("PUT", k, [], length) + content[:first])
    time.sleep(0.05)
    if reset:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        try:
            s.shutdown(socket.SHUT_WR)
            s.settimeout(3)
            read(s)
        except OSError:
            pass  # it is closed already
    s.close()


def broken_uploads():
    kept = []
    for check, chunked, reset, old in [("truncated", c, r, o) for c in (0, 1) for r in (0, 1) for o in (0, 1)] + [("length-lies", 0, 0, 0), ("length-lies", 0, 0, 1)]:
        k = fresh()
        content = body(k, 7, 64 << 10)
        if old:
            put(k, body(k, 1, 2 << 10))
        before = state(k)
        first = len(content) // 2 if check == "truncated" else len(content)
        cut(k, content, first, reset, chunked, len(content) + (0 if check == "truncated" else 1000))
        kept.append((check, k, before, "%s %s %s" % ("chunked" if chunked else "length", "reset" if reset else "end", "old" if old else "new")))
    time.sleep(1)
    found = {(check, what) for check, k, before, what in kept if state(k) != before}
    time.sleep(6)
    found |= {(check, what) for check, k, before, what in kept if state(k) != before}
    k = fresh()
    content = body(k, 7, 4 << 10)
    a = send("PUT", k, content + b"\r\n\r\nthese are behind the end", (), len(content))
    if a.ok and not like(state(k), content):
        found.add(("length-lies", "more bytes than the length"))
    for check in ("truncated", "length-lies"):
        wrong = sorted(w for c, w in found if c == check)
        say(check, "broken" if wrong else "holds", None, "not left as it was: %s" % wrong)


def digests():
    did = {}
    sums = {"Content-MD5": lambda b: base64.b64encode(hashlib.md5(b).digest()).decode(),
            "Content-Digest": lambda b: "sha-256=:%s:" % base64.b64encode(hashlib.sha256(b).digest()).decode()}
    sums["Repr-Digest"] = sums["Content-Digest"]
    sums["x-amz-checksum-sha256"] = lambda b: base64.b64encode(hashlib.sha256(b).digest()).decode()
    for name, of in sums.items():
        k = fresh()
        a = put(k, body(k, 2, 64), "%s: %s" % (name, of(body(k, 1, 64))))
        did[name] = a.status, state(k) is not None
    refused = [s for s, _ in did.values() if 400 <= s < 500]
    say("digest-wrong", "broken" if any(s >= 400 and there for s, there in did.values()) else "holds" if refused else "not offered", None,
        "wrong ones are answered: %s" % did)


def refusals():
    k = fresh()
    part = body(k, 2, 64)
    whole = body(k, 1, 2 * len(part))
    put(k, whole)
    before = state(k)
    a = put(k, part, "Content-Range: bytes 0-%d/%d" % (len(part) - 1, len(whole)))
    after = state(k)
    what = "unchanged" if after == before else "whole" if like(after, part) else "applied" if after == part + whole[len(part):] else "neither"
    say("content-range", {"whole": "broken", "neither": "broken", "applied": "differs", "unchanged":
        "holds" if a.status == 400 else "broken" if a.ok else "differs"}[what], a.status, "a part is %s: %s" % (told(a.status), what))
    may, said = "not offered", []
    for method in ("SHOTPUT-CONFIRM", "PATCH"):
        a = send(method, k, b"")
        said.append("%s %d Allow: %s" % (method, a.status, a.headers.get("allow")))
        if a.status == 405:
            allowed = a.headers.get("allow")
            may = "broken" if allowed is None else "holds" if "PUT" in allowed else "differs"
            break
        if a.ok and method != "PATCH":
            may = "differs"
    say("method-405-allow", may, None, "; ".join(said))
    a = send("OPTIONS", k)
    allowed = a.headers.get("allow")
    say("options-allow", "not offered" if not a.ok or allowed is None else "holds" if "PUT" in allowed else "differs", a.status,
        "OPTIONS %d Allow: %s" % (a.status, allowed))
    k = fresh()
    content = body(k, 1, 8 << 10)
    s = connect()
    s.sendall(head("PUT", k, ["Transfer-Encoding: chunked"], None) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content))
    a = read(s)
    s.close()
    say("chunked", "not offered" if not a.ok and a.old else "differs" if not a.ok else "holds" if like(state(k), content) else "broken", a.status,
        "chunked is %s, %d bytes of %d" % (told(a.status), len(state(k) or b""), len(content)))
    k = fresh()
    first, final = expecting(k, body(k, 1, 8 << 10))
    say("expect-100", "not offered" if a.old else "holds" if first == 100 or 200 <= final < 300 and first == final else "differs", final, "first %d, then %d" % (first, final))
    k = fresh()
    first, final = expecting(k, body(k, 2, 16 << 20))
    say("too-large", "not offered" if 200 <= final < 300 else "holds" if first == 413 else "differs", final, "16 MiB: first %d, then %d" % (first, final))
    k = fresh()
    content = body(k, 1, 64)
    s = connect()
    s.sendall(head("PUT", k, [], None) + content)
    a = read(s)
    s.close()
    there = like(state(k), content)
    say("length-required", "broken" if there else "holds" if 200 <= a.status < 300 or 400 <= a.status < 500 else "differs", a.status,
        "bytes of no length: %s, %s" % (told(a.status), "taken for the body" if there else "not the body"))
    labelled("type-refused", "Content-Type", "application/x-shotput-unlikely", "differs")
    labelled("encoding-unknown", "Content-Encoding", "shotput-unknown", "broken")


def labelled(check, name, value, lost):
    k = fresh()
    a = put(k, body(k, 1, 64), "%s: %s" % (name, value))
    g = get(k)
    got = g.headers.get(name.lower())
    if a.ok:
        say(check, "holds" if got == value else lost, None, "taken by %d, given back as %s" % (a.status, got))
    else:
        say(check, "broken" if g.ok else "holds" if a.status == 415 else "differs", a.status, "refused by %d" % a.status)


def odd_names():
    k = fresh()
    names = {"space": "-s%20x", "+": "-s+x", "%2F": "-f%2Fx", "/": "-f/x", "NFC": "-u%C3%A9", "NFD": "-ue%CC%81", "dots": "-d/../" + k + "-dots",
             "%2e": "-e/%2e%2e/" + k + "-escaped", "long": "-" + "n" * (1023 - len(k)), "plain": "-t", "slash": "-t/", "CASE": "-CASE", "case": "-case"}
    kin = [{"NFC", "NFD"}, {"CASE", "case"}]
    bodies = {what: body(k, n, 64) for n, what in enumerate(names)}
    taken, refused, mixed, folded = [], [], [], []
    for what, tail in names.items():
        a = put(k + tail, bodies[what])
        (taken if a.ok else refused).append(what if a.ok else "%s %d" % (what, a.status))
    for what in taken:
        g = get(k + names[what])
        if g.ok and like(g.body, bodies[what]):
            continue
        other = [o for o in taken if g.ok and like(g.body, bodies[o])]
        if other and {what, other[0]} in kin or not other and g.status not in (200, 404, 410):
            folded.append("%s %s" % (what, other or g.status))
        else:
            mixed.append("%s %s" % (what, other or g.status))
    say("key-odd", "could not tell" if not taken else "broken" if mixed else "differs" if folded or refused else "holds", None,
        "mixed up: %s, folded: %s, refused: %s" % (mixed, folded, refused))


for part in (basics, tags, conditions, races, broken_uploads, digests, refusals, odd_names):
    try:
        part()
    except Exception as e:  # of one part; the others are told all the same
        print("%s: %r" % (part.__name__, e), file=sys.stderr)
print(json.dumps(seen))
