package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/overlay/pystruct"
)

// maxRecord bounds the memory of one record.
const maxRecord = 256 << 20

func (a *app) unpackCommand() *cobra.Command {
	var ats []string
	var iter, json bool
	cmd := &cobra.Command{
		Use:   "unpack FORMAT FILE",
		Short: "read values of a Python struct format",
		Long: `Reads one record at every --at, as Python's struct.unpack_from does, or with --iter records from the first --at to
the end, as struct.iter_unpack does. FORMAT may end in names: '<2sIHHI:magic,file_size,reserved1,reserved2,offset'.`,
		Example: `hexlay unpack '<2sI:magic,size' logo.bmp
hexlay unpack '>Id' log.bin --at 64 --iter --json`,
		Args: wantArgs(2, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := pystruct.Compile(args[0])
			if err != nil {
				return refused(err)
			}
			if len(ats) == 0 {
				ats = []string{"0"}
			}
			if iter && len(ats) > 1 {
				return errors.New("--iter begins at one --at, not at several")
			}
			offs := make([]offset, len(ats))
			for i, s := range ats {
				if offs[i], err = parseOffset(s); err != nil {
					return fmt.Errorf("--at: %w", err)
				}
			}
			d, err := openToRead(args[1])
			if err != nil {
				return err
			}
			defer d.Close()
			u := &unpacker{f: f, s: d.Snapshot(), stderr: a.stderr, w: bufio.NewWriterSize(a.stdout, 64<<10)}
			if json {
				u.json = newJSONArray(a.stdout)
			}
			if iter {
				err = u.iterate(offs[0])
			} else {
				err = u.each(offs)
			}
			return u.end(err)
		},
	}
	fl := cmd.Flags()
	fl.StringArrayVar(&ats, "at", nil, "read at OFF (default 0; repeatable)")
	fl.BoolVar(&iter, "iter", false, "read record after record to the end")
	fl.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func (a *app) calcsizeCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "calcsize FORMAT",
		Short:   "print the size of a Python struct format",
		Example: `hexlay calcsize '<2sIHHI'`,
		Args:    wantArgs(1, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := pystruct.Compile(args[0])
			if err != nil {
				return refused(err)
			}
			_, err = fmt.Fprintln(a.stdout, f.Size())
			return err
		},
	}
}

// unpacker prints records as they are read.
type unpacker struct {
	f      *pystruct.Format
	s      *mmapdoc.Snapshot
	w      *bufio.Writer
	json   *jsonArray
	stderr io.Writer
	failed bool

	rec  []byte
	vals []pystruct.Value
	buf  []byte
}

// python is the offset as struct takes it: negative from the end. -0 is the end, which struct cannot say.
func (o offset) python(size int64) int64 {
	switch {
	case o.fromEnd && o.n == 0:
		return size
	case o.fromEnd:
		return -o.n
	}
	return o.n
}

func (u *unpacker) each(offs []offset) error {
	for _, o := range offs {
		at := o.python(u.s.Size())
		start, err := u.f.CheckUnpackFrom(u.s.Size(), at)
		if err != nil {
			u.fail(at, err)
			continue
		}
		if err := u.record(start); err != nil {
			return err
		}
	}
	return nil
}

func (u *unpacker) iterate(o offset) error {
	at := o.python(u.s.Size())
	start, err := o.resolve(u.s.Size())
	if err == nil && start > u.s.Size() {
		err = fmt.Errorf("offset %d out of range for %d-byte buffer", start, u.s.Size())
	}
	var n int64
	if err == nil {
		n, err = u.f.CheckIter(u.s.Size() - start)
	}
	if err != nil {
		u.fail(at, err)
		return nil
	}
	for i := range n {
		if err := u.record(start + i*u.f.Size()); err != nil {
			return err
		}
	}
	return nil
}

// record reads and prints the record at start, which is inside the data. The error is one of reading or writing.
func (u *unpacker) record(start int64) error {
	size := u.f.Size()
	if size > maxRecord || u.f.NumFields() > maxRecord/16 {
		return fmt.Errorf("a record of %d bytes and %d values is too large to be unpacked at once", size, u.f.NumFields())
	}
	if u.rec == nil {
		u.rec = make([]byte, size)
	}
	if _, err := u.s.ReadAt(u.rec, start); err != nil && size > 0 {
		return err
	}
	var err error
	if u.vals, err = u.f.AppendUnpack(u.vals[:0], u.rec); err != nil {
		u.fail(start, err)
		return nil
	}
	if u.json != nil {
		u.buf = u.appendJSON(u.buf[:0], start)
		u.json.add(u.buf)
		return nil
	}
	u.buf = u.appendText(u.buf[:0], start)
	_, err = u.w.Write(u.buf)
	return err
}

func (u *unpacker) appendJSON(dst []byte, start int64) []byte {
	dst = append(dst, `{"at":`...)
	dst = strconv.AppendInt(dst, start, 10)
	dst = append(dst, `,"size":`...)
	dst = strconv.AppendInt(dst, u.f.Size(), 10)
	if names := u.f.Names(); len(names) > 0 {
		for i, name := range names {
			dst = append(dst, map[bool]string{true: `,"names":[`, false: `,`}[i == 0]...)
			dst = appendJSONString(dst, name)
		}
		dst = append(dst, ']')
	}
	dst = append(dst, `,"values":[`...)
	for i, v := range u.vals {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = v.AppendJSON(dst)
	}
	return append(dst, ']', '}')
}

// appendText appends `0x10: (1, b'ab')`, or with names `0x10: size=1 magic=b'ab'`.
func (u *unpacker) appendText(dst []byte, start int64) []byte {
	dst = fmt.Appendf(dst, "%#x:", start)
	if len(u.f.Names()) > 0 {
		for i, v := range u.vals {
			dst = append(dst, ' ')
			dst = append(dst, visible(u.f.Name(int64(i)))...)
			dst = v.AppendRepr(append(dst, '='))
		}
		return append(dst, '\n')
	}
	dst = append(dst, ' ', '(')
	for i, v := range u.vals {
		if i > 0 {
			dst = append(dst, ',', ' ')
		}
		dst = v.AppendRepr(dst)
	}
	if len(u.vals) == 1 {
		dst = append(dst, ',')
	}
	return append(dst, ')', '\n')
}

// fail says what is wrong at one offset, in the document or on stderr, and goes on.
func (u *unpacker) fail(at int64, err error) {
	u.failed = true
	if u.json != nil {
		b := fmt.Appendf(nil, `{"at":%d,"error":`, at)
		u.json.add(append(appendJSONString(b, err.Error()), '}'))
		return
	}
	u.w.Flush()
	fmt.Fprintf(u.stderr, "hexlay unpack: at %d: %s\n", at, oneLine(err.Error()))
}

func (u *unpacker) end(err error) error {
	if err != nil {
		return errors.Join(u.w.Flush(), err)
	}
	if u.json != nil {
		err = u.json.end()
	} else {
		err = u.w.Flush()
	}
	if err == nil && u.failed {
		err = errSaid
	}
	return err
}
