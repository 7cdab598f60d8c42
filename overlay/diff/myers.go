package diff

// A script of Myers's algorithm is a list of pairs: how far a goes and how far b goes, with nothing in common, before the
// next stretch that is alike.

// A path is the memory of [path.myers], so that comparing many pieces does not allocate it each time. The zero value is ready.
type path struct {
	v    []int32
	rows []int32 // v's rows one behind the other: that of d changes begins at d² and has 2d+1 values
}

// myers finds the hunks between a and b, with at most limit bytes inserted and deleted altogether; ok is false where that does
// not do. With open set, it is enough to come to the end of either: what is left of the other then belongs to no hunk.
// It costs time and memory in the order of (len(a)+len(b)) + limit².
func (p *path) myers(a, b []byte, limit int, open bool) (hunks []Hunk, ok bool) {
	limit = min(limit, len(a)+len(b))
	// v[k+limit+1] is how far a is read on diagonal k = x-y, for the present d. The rows before are kept for the way back.
	if need := 2*limit + 3; need > len(p.v) {
		p.v = make([]int32, need)
	}
	v := p.v[:2*limit+3]
	clear(v)
	p.rows = p.rows[:0]
	at := func(k int) int { return k + limit + 1 }
	for d := 0; d <= limit; d++ {
		for k := -d; k <= d; k += 2 {
			var x int
			if k == -d || k != d && v[at(k-1)] < v[at(k+1)] {
				x = int(v[at(k+1)]) // one of b more
			} else {
				x = int(v[at(k-1)]) + 1 // one of a more
			}
			y := x - k
			if x > len(a) || y > len(b) || y < 0 {
				v[at(k)] = int32(min(x, len(a)+1))
				continue
			}
			n := 0
			if x < len(a) && y < len(b) && a[x] == b[y] {
				n = common(a[x:], b[y:])
			}
			x, y = x+n, y+n
			v[at(k)] = int32(x)
			if x == len(a) && y == len(b) || open && (x == len(a) || y == len(b)) && n >= sure {
				return straighten(p.back(d, x, y), a, b), true
			}
		}
		p.rows = append(p.rows, v[at(-d):at(d)+1]...)
	}
	return nil, false
}

// sure is how many bytes alike end an open comparison: fewer may be chance.
const sure = 32

// back follows the rows from (x,y) with d changes to the start.
func (p *path) back(d, x, y int) []Hunk {
	var out []Hunk
	for ; d > 0; d-- {
		row := p.rows[(d-1)*(d-1) : d*d] // diagonals -(d-1) … d-1
		get := func(k int) int {
			if k < -(d-1) || k > d-1 {
				return -1
			}
			return int(row[k+d-1])
		}
		k := x - y
		var px, py int
		if k == -d || k != d && get(k-1) < get(k+1) {
			px, py = get(k+1), get(k+1)-(k+1)
			out = append(out, Hunk{Range{int64(px), int64(px)}, Range{int64(py), int64(py + 1)}})
		} else {
			px, py = get(k-1), get(k-1)-(k-1)
			out = append(out, Hunk{Range{int64(px), int64(px + 1)}, Range{int64(py), int64(py)}})
		}
		x, y = px, py
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// straighten takes, of scripts that cost the same, the one that changes bytes in place. Where bytes among zeros were overwritten, a
// script may as well insert them and delete zeros behind, which is as short, but nothing that anybody did. hunks insert or delete single bytes.
func straighten(hunks []Hunk, a, b []byte) []Hunk {
	var out []Hunk
	for i := 0; i < len(hunks); {
		j, shift := i, 0
		for ; j < len(hunks); j++ {
			if shift += int(hunks[j].A.Len() - hunks[j].B.Len()); shift == 0 {
				break
			}
		}
		if j == len(hunks) { // what was inserted or deleted here has no counterpart
			out = append(out, hunks[i])
			i++
			continue
		}
		from, n := hunks[i], hunks[j].A.End-hunks[i].A.Start
		pa, pb := a[from.A.Start:][:n], b[from.B.Start:][:n]
		differ := 0
		for k := range pa {
			if pa[k] != pb[k] {
				differ++
			}
		}
		if 2*differ > j-i+1 {
			out = append(out, hunks[i:j+1]...)
		} else {
			for k := range pa {
				if x, y := from.A.Start+int64(k), from.B.Start+int64(k); pa[k] != pb[k] {
					out = append(out, Hunk{Range{x, x + 1}, Range{y, y}}, Hunk{Range{x + 1, x + 1}, Range{y, y + 1}})
				}
			}
		}
		i = j + 1
	}
	return out
}

// join makes one of hunks that have fewer than apart like bytes between them: two random stretches have single bytes in
// common everywhere, and nobody wants to read those.
func join(hunks []Hunk, apart int64) []Hunk {
	var out []Hunk
	for _, h := range hunks {
		if n := len(out); n > 0 && h.A.Start-out[n-1].A.End < apart {
			out[n-1].A.End, out[n-1].B.End = h.A.End, h.B.End
			continue
		}
		out = append(out, h)
	}
	return out
}
