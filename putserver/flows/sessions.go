package flows

import (
	"crypto/hmac"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// presign gives the URL by which whoever has it may PUT once or more until it expires. By "host" in the query it
// leads to the same server under another name.
func presign(x *Exchange) Answer {
	expires := x.site.config.Zero.Add(x.site.now() + x.site.config.URLTime)
	name := Path + "signed/" + x.rest
	until := strconv.FormatInt(expires.UnixMilli(), 10)
	query := url.Values{"expires": {until}, "signature": {x.site.sign(http.MethodPut, name, until)}}
	server := x.server()
	if host := x.query.Get("host"); host != "" {
		server = strings.TrimSuffix(server, x.r.Host) + host
	}
	return inJSON(http.StatusOK, map[string]string{"url": server + name + "?" + query.Encode(),
		"method": http.MethodPut, "expires": expires.UTC().Format(time.RFC3339Nano)})
}

// signed refuses a PUT whose query is not what presign made for it, or no longer.
func signed(x *Exchange) *Answer {
	if x.r.Method != http.MethodPut {
		return nil
	}
	until, signature := x.query.Get("expires"), x.query.Get("signature")
	milli, err := strconv.ParseInt(until, 10, 64)
	switch {
	case signature == "":
		return refusal(http.StatusForbidden, "the URL is not signed")
	case err != nil || !hmac.Equal([]byte(signature), []byte(x.site.sign(http.MethodPut, x.name, until))):
		return refusal(http.StatusForbidden, "the signature does not match")
	case !x.site.config.Zero.Add(x.site.now()).Before(time.UnixMilli(milli)):
		return refusal(http.StatusForbidden, "the URL has expired")
	}
	return nil
}

// A session is what a login began.
type session struct {
	until time.Duration // the instant at which it expires
	uses  int           // left; guarded by Site.mu
}

// cookie is the name of the one that a login sets.
const cookie = "session"

// login begins a session, for whoever asks.
func login(x *Exchange) Answer {
	c := &x.site.config
	token := x.site.sign("session", x.site.number())[:32]
	until := x.site.now() + c.SessionTime
	x.site.set(&thing{name: sessionName(token), state: &session{until, c.SessionUses}})
	seconds := int((c.SessionTime + time.Second - 1) / time.Second)
	a := inJSON(http.StatusOK, map[string]any{"token": token, "token_type": "Bearer", "expires_in": seconds,
		"expires": c.Zero.Add(until).UTC().Format(time.RFC3339Nano)})
	set := http.Cookie{Name: cookie, Value: token, Path: Path, MaxAge: seconds, HttpOnly: true}
	a.set("Set-Cookie", set.String())
	a.set("Cache-Control", "no-store")
	return a
}

func sessionName(token string) string { return Path + "login?" + token }

// inSession refuses whoever has no session, by token or cookie, and counts a use of it.
func inSession(x *Exchange) *Answer {
	token, bearer := strings.CutPrefix(x.r.Header.Get("Authorization"), "Bearer ")
	if c, err := x.r.Cookie(cookie); err == nil && !bearer {
		token = c.Value
	}
	why := x.site.use(token)
	if why == "" {
		return nil
	}
	a := refusal(http.StatusUnauthorized, why)
	a.set("WWW-Authenticate", `Bearer realm="target", error="invalid_token"`)
	return a
}

// use counts a use of the session with that token, or says why there is none.
func (s *Site) use(token string) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.mu.At(sessionName(token))
	if t == nil {
		return "there is no session: POST to " + Path + "login first"
	}
	now := t.state.(*session)
	switch {
	case s.now() >= now.until:
		return "the session has expired"
	case s.config.SessionUses > 0 && now.uses == 0:
		return "the session is used up"
	}
	now.uses--
	return ""
}
