package ksy

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"time"

	"hexlay/overlay/expr"
)

// shows are the values of -show: how a field's value is written for people, and read back.
var shows = []string{"hex", "ip", "mac", "time"}

// Shown writes a value as the attribute's -show says: an address as people write addresses, seconds since 1970 as a time. It
// is false where the attribute has no -show, or one that does not fit the value.
func (a *Attr) Shown(v expr.Value) (string, bool) {
	if a == nil || a.Show == "" {
		return "", false
	}
	switch v.Kind() {
	case expr.Bytes:
		b := v.Bytes()
		switch a.Show {
		case "ip":
			ip, ok := netip.AddrFromSlice(b)
			return ip.String(), ok
		case "mac":
			return strings.ReplaceAll(strings.TrimSpace(hexBytes(b)), " ", ":"), len(b) > 0 && len(b) <= 20
		case "hex":
			return hex.EncodeToString(b), len(b) <= 64
		}
	case expr.Int:
		i, ok := v.Int64()
		switch {
		case a.Show == "hex":
			return "0x" + v.Big().Text(16), v.Big().Sign() >= 0
		case a.Show == "time" && ok && i >= -1<<40 && i < 1<<40:
			return time.Unix(i, 0).UTC().Format("2006-01-02 15:04:05 UTC"), true
		}
	}
	return "", false
}

func hexBytes(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		s.WriteString(hex.EncodeToString([]byte{c}))
		s.WriteByte(' ')
	}
	return s.String()
}

// unshow reads what Shown writes; false where the text is something else.
func (a *Attr) unshow(s string) (v expr.Value, ok bool) {
	if a == nil {
		return v, false
	}
	s = strings.TrimSpace(s)
	switch a.Show {
	case "ip":
		if ip, err := netip.ParseAddr(s); err == nil && ip.Zone() == "" {
			return expr.BytesValue(ip.AsSlice()), true
		}
	case "mac":
		b, err := hex.DecodeString(strings.ReplaceAll(s, ":", ""))
		if err == nil && bytes.Count([]byte(s), []byte(":")) == len(b)-1 && len(b) > 0 {
			return expr.BytesValue(b), true
		}
	case "time":
		for _, layout := range []string{"2006-01-02 15:04:05 MST", time.DateTime, time.RFC3339, time.DateOnly} {
			if t, err := time.Parse(layout, s); err == nil && (layout != "2006-01-02 15:04:05 MST" || strings.HasSuffix(s, " UTC")) {
				return expr.IntValue(t.Unix()), true
			}
		}
	}
	return v, false
}

// show reads -show.
func (r *reader) show(m fields) string {
	n := m.get("-show")
	if n == nil {
		return ""
	}
	if n.sort == strNode && slices.Contains(shows, n.text) {
		return n.text
	}
	r.warnf(m.pos("-show"), "-show is %s", strings.Join(shows, ", "))
	return ""
}
