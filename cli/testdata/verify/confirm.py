"""What a server does with PUT, by sockets alone: the second opinion on the findings of shotput verify.

confirm.py HOST PORT TARGET TYPE BODY: TARGET is a path with {key} where a fresh name goes, BODY a text in which {key} is
the name and {n} a number. Prints a JSON object: check -> what was seen.
"""
import json, socket, struct, sys, threading, time

host, port, target, kind, sample = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
seen = {}
count = 0


def fresh():
    global count
    count += 1
    return "confirm-%d-%d" % (time.time() * 1000, count)


def body(key, n, pad=0):
    return (sample.replace("{key}", key).replace("{n}", "%03d" % n + "x" * pad)).encode()


def head(method, key, headers, length):
    lines = ["%s %s HTTP/1.1" % (method, target.replace("{key}", key)), "Host: %s:%d" % (host, port), "Connection: close"]
    if method == "PUT":
        lines.append("Content-Type: " + kind)
    if length is not None:
        lines.append("Content-Length: %d" % length)
    return ("\r\n".join(lines + headers) + "\r\n\r\n").encode()


def connect():
    s = socket.create_connection((host, port), 20)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def read(s):
    """The final answer: status, headers, body; interim ones are skipped."""
    data = b""
    while True:
        try:
            more = s.recv(65536)
        except OSError:
            more = b""
        if not more:
            break
        data += more
    interim = []
    while data.startswith(b"HTTP/1.") and data[9:10] == b"1":
        interim.append(int(data[9:12]))
        data = data.split(b"\r\n\r\n", 1)[1]
    if b"\r\n\r\n" not in data:
        return 0, {}, b"", interim
    top, rest = data.split(b"\r\n\r\n", 1)
    lines = top.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        whole = b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            n = int(size.split(b";")[0], 16)
            if n == 0:
                break
            whole, rest = whole + rest[:n], rest[n + 2:]
        rest = whole
    return int(lines[0].split()[1]), headers, rest, interim


def send(method, key, content=None, headers=(), length=None):
    s = connect()
    if content is not None and length is None:
        length = len(content)
    s.sendall(head(method, key, list(headers), length))
    try:
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
    status, _, content, _ = get(key)
    return content if status == 200 else None


def settle(key):
    """A strong ETag where there is one, after the time that some servers give weak ones for."""
    etag = get(key)[1].get("etag", "")
    if etag.startswith("W/"):
        time.sleep(2.2)
        etag = get(key)[1].get("etag", "")
    return etag


def basics():
    k = fresh()
    one, two = body(k, 1), body(k, 2)
    seen["create"] = put(k, one)[0]
    stored = state(k)
    seen["read-back"] = "equal" if stored == one else "none" if stored is None else "other"
    status, headers, _, _ = get(k)
    seen["type-kept"] = headers.get("content-type", "").split(";")[0] == kind
    h = send("HEAD", k)
    seen["head-equals-get"] = all(h[1].get(n) == headers.get(n) for n in ("content-length", "content-type", "etag"))
    seen["replace"] = put(k, two)[0]
    seen["whole"] = put(k, body(k, 3, 500))[0] // 100 == 2 and put(k, two)[0] // 100 == 2 and b"xxx" not in (state(k) or b"")
    seen["etag-present"] = settle(k) != ""
    tags = []
    for n in (4, 5):
        put(k, body(k, n))
        tags.append(get(k)[1].get("etag", ""))
    seen["etag-changes"] = tags[0] != tags[1]


def conditions():
    k = fresh()
    put(k, body(k, 1))
    before = state(k)
    seen["if-match-wrong"] = put(k, body(k, 2), 'If-Match: "no-such-tag"')[0], state(k) == before
    seen["if-none-match-exists"] = put(k, body(k, 3), "If-None-Match: *")[0], state(k) == before
    etag = settle(k)
    seen["if-match-right"] = put(k, body(k, 4), "If-Match: " + etag)[0] if etag else 0
    k = fresh()
    seen["if-match-missing"] = put(k, body(k, 1), 'If-Match: "no-such-tag"')[0], state(k) is None
    k = fresh()
    seen["if-none-match-new"] = put(k, body(k, 1), "If-None-Match: *")[0]


def race(rounds=40, wide=8):
    most = 0
    for _ in range(rounds):
        k = fresh()
        gate, won = threading.Barrier(wide), []

        def contend(n):
            content = body(k, n)
            s = connect()
            s.sendall(head("PUT", k, ["If-None-Match: *"], len(content)))
            gate.wait()
            s.sendall(content)
            if read(s)[0] // 100 == 2:
                won.append(n)
            s.close()
        all_of = [threading.Thread(target=contend, args=(n,)) for n in range(wide)]
        [t.start() for t in all_of]
        [t.join() for t in all_of]
        most = max(most, len(won))
    seen["race-create"] = most


def broken_uploads():
    kept = []
    for chunked in (False, True):
        for reset in (False, True):
            for old in (False, True):
                k = fresh()
                content = body(k, 7, 3000)
                if old:
                    put(k, body(k, 1))
                before = state(k)
                s = connect()
                if chunked:
                    s.sendall(head("PUT", k, ["Transfer-Encoding: chunked"], None))
                    s.sendall(b"%x\r\n" % len(content) + content[:1500])
                else:
                    s.sendall(head("PUT", k, [], len(content)) + content[:1500])
                time.sleep(0.05)
                if reset:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                else:
                    s.shutdown(socket.SHUT_WR)
                    read(s)
                s.close()
                kept.append((k, before, "%s %s %s" % ("chunked" if chunked else "length", "reset" if reset else "end", "old" if old else "new")))
    time.sleep(1)
    found = [what for k, before, what in kept if state(k) != before]
    time.sleep(6)
    late = [what for k, before, what in kept if state(k) != before]
    seen["truncated"] = sorted(set(found) | set(late))


def refusals():
    k = fresh()
    whole = body(k, 1, 50)
    put(k, whole)
    before, part = state(k), body(k, 2)
    status = put(k, part, "Content-Range: bytes 0-%d/%d" % (len(part) - 1, len(part) + 1000))[0]
    after = state(k)
    seen["content-range"] = status, "unchanged" if after == before else "whole" if after == part or after == state_of(part) else "applied"
    status, headers, _, _ = send("SHOTPUT-CONFIRM", k)
    seen["method-405-allow"] = status, "allow" in headers
    status, headers, _, _ = send("OPTIONS", k)
    seen["options-allow"] = "PUT" in headers.get("allow", "")
    k = fresh()
    content = body(k, 1)
    s = connect()
    s.sendall(head("PUT", k, ["Transfer-Encoding: chunked"], None) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content))
    seen["chunked"] = read(s)[0]
    s.close()
    k = fresh()
    s = connect()
    s.sendall(head("PUT", k, ["Expect: 100-continue"], len(content)))
    s.settimeout(1)
    try:
        first = s.recv(12)
    except OSError:
        first = b""
    seen["expect-100"] = first[9:12].decode()
    s.close()


def state_of(content):
    """A body as the server gives it back, where it rewrites what it takes."""
    return content


for part in (basics, conditions, race, broken_uploads, refusals):
    part()
print(json.dumps(seen))
