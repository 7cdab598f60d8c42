package model

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
	"hexlay/overlay/text"
)

// A Setting is one entry of the user's settings file. To add one: a line in settingTable.
type Setting struct {
	Name    string
	Want    string // what it takes, in a few words
	Help    string // one line
	Default string // as it is written in the file
	Words   func() []string
	// take puts a value, as TOML gives it, into s; key is the name within a table, "" for others. What is wrong with the value is said
	// by settingWant alone, and by the error where that says more.
	take func(s *settingsTarget, key string, v any) error
	// show is the value now, as it is written in the file; nil for tables and lists.
	show func(s *Settings) string
	// table tells that the value is a table of names.
	table bool
}

// settingsTarget is what settings are read into.
type settingsTarget struct {
	*Settings
	folder string // where templates named without a place are
	keys   []UserKey
}

// UserKey is a key of the user's own. Context is one of keymap's; Command "" takes the key away.
type UserKey struct {
	Context, Key, Command string
	Line                  int
}

var errWant = errors.New("")

var settingTable []Setting

func init() { // not in the declaration: the entries' functions refer to commands
	onOff := func() []string { return []string{"true", "false"} }
	settingTable = []Setting{
		{Name: "codec", Want: "a codec's name", Help: "The codec that decodes the text panel and encodes what is typed", Default: `"utf-8"`, Words: codecNames,
			take: func(s *settingsTarget, _ string, v any) error {
				name, ok := v.(string)
				if !ok {
					return errWant
				}
				c, err := text.Lookup(name)
				if err != nil {
					return err
				}
				if s.Sidecar != nil {
					s.Sidecar = c
				}
				s.Codec = c
				return nil
			}, show: func(s *Settings) string { return QuoteTOML(s.Codec.Name()) }},
		{Name: "errors", Want: "an error handler: strict, replace, …", Help: "The error handler for decoding", Default: `"strict"`, Words: decodeHandlers,
			take: func(s *settingsTarget, _ string, v any) error {
				name, ok := v.(string)
				if !ok {
					return errWant
				}
				h, err := text.LookupHandler(name, false)
				if err == nil {
					s.Handler = h
				}
				return err
			}, show: func(s *Settings) string { return QuoteTOML(s.Handler.String()) }},
		{Name: "sidecar", Want: "true or false", Help: "The text column shows the chosen codec, not ASCII", Default: "false", Words: onOff,
			take: takeBool(func(s *Settings, on bool) {
				if s.Sidecar = nil; on {
					s.Sidecar = s.Codec
				}
			}), show: func(s *Settings) string { return strconv.FormatBool(s.Sidecar != nil) }},
		{Name: "endian", Want: `"little" or "big"`, Help: "The byte order of values", Default: `"little"`, Words: func() []string { return []string{"little", "big"} },
			take: takeWord([]string{"little", "big"}, func(s *Settings, i int) { s.BigEndian = i == 1 }),
			show: func(s *Settings) string { return QuoteTOML(map[bool]string{false: "little", true: "big"}[s.BigEndian]) }},
		{Name: "group", Want: "1, 2, 4 or 8", Help: "Bytes in a group of hex digits", Default: "1", Words: func() []string { return []string{"1", "2", "4", "8"} },
			take: func(s *settingsTarget, _ string, v any) error {
				n, ok := v.(int64)
				if !ok || n != 1 && n != 2 && n != 4 && n != 8 {
					return errWant
				}
				s.Group = int(n)
				return nil
			}, show: func(s *Settings) string { return strconv.Itoa(s.Group) }},
		{Name: "columns", Want: fmt.Sprintf(`"auto" or a number from 1 to %d`, MaxColumns), Help: "Bytes in a row", Default: `"auto"`, Words: func() []string { return []string{"auto", "16", "32"} },
			take: func(s *settingsTarget, _ string, v any) error {
				if v == "auto" {
					s.Columns = 0
					return nil
				}
				n, ok := v.(int64)
				if !ok || n < 1 || n > MaxColumns {
					return errWant
				}
				s.Columns = int(n)
				return nil
			}, show: func(s *Settings) string {
				if s.Columns == 0 {
					return `"auto"`
				}
				return strconv.Itoa(s.Columns)
			}},
		{Name: "insert-mode", Want: "true or false", Help: "Typing inserts from the start", Default: "false", Words: onOff,
			take: takeBool(func(s *Settings, on bool) { s.Insert = on }), show: func(s *Settings) string { return strconv.FormatBool(s.Insert) }},
		{Name: "mend-on-edit", Want: "true or false", Help: "An edited field takes the checksums and lengths that depend on it along", Default: "false", Words: onOff,
			take: takeBool(func(s *Settings, on bool) { s.MendOnEdit = on }), show: func(s *Settings) string { return strconv.FormatBool(s.MendOnEdit) }},
		{Name: "packet-time", Want: "start, delta, reference, time or date", Help: "How the list of packets shows times", Default: `"start"`, Words: func() []string { return timeFormNames[:] },
			take: takeWord(timeFormNames[:], func(s *Settings, i int) { s.PacketTime = TimeForm(i) }),
			show: func(s *Settings) string { return QuoteTOML(timeFormNames[s.PacketTime]) }},
		{Name: "packet-names", Want: "true or false", Help: "The list of packets shows names instead of addresses, as far as the capture has them", Default: "false", Words: onOff,
			take: takeBool(func(s *Settings, on bool) { s.PacketNames = on }), show: func(s *Settings) string { return strconv.FormatBool(s.PacketNames) }},
		{Name: "packet-columns", Want: fmt.Sprintf(`a list of at most %d expressions, ["tcp.flags", …]`, maxPacketColumns), Help: "Columns of the list of packets; packet-column adds one", Default: "[]",
			take: func(s *settingsTarget, _ string, v any) error {
				list, ok := v.([]any)
				if !ok || len(list) > maxPacketColumns {
					return errWant
				}
				var out []string
				for _, x := range list {
					t, ok := x.(string)
					if !ok || t == "" {
						return errWant
					}
					out = append(out, t)
				}
				s.PacketColumns = out
				return nil
			}},
		{Name: "layers", table: true, Want: "a port, 1 to 65535, and a template", Help: "What ports carry; layer keeps it here", Default: "none",
			take: func(s *settingsTarget, key string, v any) error {
				port, err := strconv.ParseUint(key, 10, 16)
				name, ok := v.(string)
				if err != nil || port == 0 || !ok || name == "" {
					return errWant
				}
				if s.Ports == nil {
					s.Ports = make(packet.Ports)
				}
				if name = expandHome(name); isTemplatePath(name) && !filepath.IsAbs(name) && s.folder != "" {
					name = filepath.Join(s.folder, name)
				}
				s.Ports[uint16(port)] = name
				return nil
			}},
		{Name: "keys", table: true, Want: `a key and a command line, or a table of these named after a place: [keys."hex column"]`, Help: "Keys of your own", Default: "none",
			take: func(s *settingsTarget, key string, v any) error {
				place, k, ok := strings.Cut(key, "\x00")
				line, isText := v.(string)
				if !ok || !isText || k == "" {
					return errWant
				}
				if name, _, _ := strings.Cut(line, " "); line != "" {
					if _, err := Lookup(name); err != nil {
						return err
					}
				}
				s.keys = append(s.keys, UserKey{Context: place, Key: k, Command: line})
				return nil
			}},
	}
}

func codecNames() []string {
	var names []string
	for _, c := range text.Codecs() {
		names = append(names, c.Name())
	}
	return names
}

func takeBool(set func(s *Settings, on bool)) func(*settingsTarget, string, any) error {
	return func(s *settingsTarget, _ string, v any) error {
		on, ok := v.(bool)
		if !ok {
			return errWant
		}
		set(s.Settings, on)
		return nil
	}
}

func takeWord(words []string, set func(s *Settings, i int)) func(*settingsTarget, string, any) error {
	return func(s *settingsTarget, _ string, v any) error {
		w, _ := v.(string)
		i := slices.Index(words, w)
		if i < 0 {
			return errWant
		}
		set(s.Settings, i)
		return nil
	}
}

// AllSettings is the table of what the settings file may hold.
func AllSettings() []Setting { return settingTable }

// Show is a setting's value in s as the file has it; ok is false for tables and lists.
func (t *Setting) Show(s *Settings) (text string, ok bool) {
	if t.show == nil {
		return "", false
	}
	return t.show(s), true
}

func lookupSetting(name string) (*Setting, error) {
	best, dist := "", 4
	for i := range settingTable {
		if settingTable[i].Name == name {
			return &settingTable[i], nil
		}
		if d := levenshtein.ComputeDistance(name, settingTable[i].Name); d < dist {
			best, dist = settingTable[i].Name, d
		}
	}
	if best != "" {
		return nil, fmt.Errorf("there is no setting %q, did you mean %q?", name, best)
	}
	return nil, fmt.Errorf("there is no setting %q", name)
}

// isTemplatePath tells a template's file from a name.
func isTemplatePath(spec string) bool {
	return strings.HasSuffix(spec, ".ksy") || strings.ContainsAny(spec, `/\`)
}

// UserFolder is the folder of the user's own files: settings.toml, templates. "" where the system names none.
func UserFolder() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "hexlay")
}

// SettingsPath is the user's settings file, TemplatesFolder the folder of the user's templates; "" where there is no place for them.
func SettingsPath() string    { return inUserFolder("settings.toml") }
func TemplatesFolder() string { return inUserFolder("templates") }

func inUserFolder(name string) string {
	if dir := UserFolder(); dir != "" {
		return filepath.Join(dir, name)
	}
	return ""
}

// maxSettings is the longest settings file that is read.
const maxSettings = 256 << 10

// SettingsFile is what the user's settings file says. What is wrong in it is told by Problems, and everything else holds.
type SettingsFile struct {
	Path     string
	Settings Settings // the defaults, where the file says nothing
	Keys     []UserKey
	Problems []error // each one line, with file, line, key and what was expected
}

// ReadSettings reads a settings file. One that is not there, or a path of "", says nothing.
func ReadSettings(path string) *SettingsFile {
	f := &SettingsFile{Path: path, Settings: defaultSettings()}
	f.Settings.file = path
	if path == "" {
		return f
	}
	b, err := mmapdoc.ReadSmall(path, maxSettings)
	if errors.Is(err, fs.ErrNotExist) {
		return f
	}
	if err != nil {
		f.Problems = append(f.Problems, fmt.Errorf("the settings are not read: %w", err))
		return f
	}
	f.read(b)
	return f
}

// read takes the settings of a text.
func (f *SettingsFile) read(text []byte) {
	t, err := parseTOML(text)
	if err != nil {
		f.Problems = append(f.Problems, fmt.Errorf("%s:%w; nothing of the file is used", shortPath(f.Path), err))
		return
	}
	target := settingsTarget{Settings: &f.Settings, folder: filepath.Join(filepath.Dir(f.Path), "templates")}
	for _, e := range t.entries {
		f.take(&target, e.path, t.at(e.path), e.line)
	}
	for _, h := range t.headers { // a table that is known is empty, or its entries are told
		if _, err := lookupSetting(h.path[0]); err != nil && !slices.ContainsFunc(t.entries, func(e tomlEntry) bool { return e.path[0] == h.path[0] }) {
			f.Problem(h.line, h.path, err)
		}
	}
	f.Keys = target.keys
}

// Problem notes what is wrong at a line of the file.
func (f *SettingsFile) Problem(line int, path []string, err error) {
	f.Problems = append(f.Problems, fmt.Errorf("%s:%d: %s: %w", shortPath(f.Path), line, strings.Join(path, "."), err))
}

// take takes the value at a path.
func (f *SettingsFile) take(to *settingsTarget, path []string, v any, line int) {
	if m, ok := v.(map[string]any); ok { // an inline table
		for _, k := range sortedKeys(m) {
			f.take(to, append(slices.Clone(path), k), m[k], line)
		}
		return
	}
	s, err := lookupSetting(path[0])
	if err != nil {
		f.Problem(line, path, err)
		return
	}
	key := strings.Join(path[1:], ".")
	if s.Name == "keys" && len(path) > 1 {
		place := "everywhere"
		if len(path) > 2 {
			place = path[1]
		}
		key = place + "\x00" + path[len(path)-1]
		if len(path) > 3 {
			key = ""
		}
	}
	if s.table != (len(path) > 1) {
		err = errWant
	} else {
		n := len(to.keys)
		err = s.take(to, key, v)
		for i := range to.keys[n:] {
			to.keys[n+i].Line = line
		}
	}
	if err == errWant {
		err = fmt.Errorf("%s is not %s", shorten(showTOML(v), 40), s.Want)
	} else if err != nil {
		err = fmt.Errorf("want %s: %w", s.Want, err)
	}
	if err != nil {
		f.Problem(line, path, err)
	}
}

// showTOML is a value about as the file has it.
func showTOML(v any) string {
	switch v := v.(type) {
	case string:
		return QuoteTOML(v)
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = showTOML(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return fmt.Sprint(v)
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// shortPath is a path with the home folder as ~.
func shortPath(path string) string {
	if home, err := os.UserHomeDir(); err == nil && home != "/" {
		if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
			return filepath.Join("~", rest)
		}
	}
	return path
}

// Trouble is what is wrong in the file, in one line; nil where nothing is.
func (f *SettingsFile) Trouble() error {
	switch n := len(f.Problems); n {
	case 0:
		return nil
	case 1:
		return f.Problems[0]
	default:
		return fmt.Errorf("%w (and %d more; hexlay settings lists them)", f.Problems[0], n-1)
	}
}

// UseSettings takes over what the file says, and keeps settings there from now on. It is for the start, before anything is shown.
func (e *Editor) UseSettings(f *SettingsFile) {
	e.Settings = f.Settings
}

// changeSettings changes the value at a path of the settings file; change gets the one that is there, nil for none, and gives the
// new one, nil for none.
func changeSettings(file string, path []string, change func(old any) any) error {
	return mmapdoc.Rewrite(file, maxSettings, func(old []byte) ([]byte, error) {
		t, err := parseTOML(old)
		if err != nil {
			return nil, fmt.Errorf("%s:%w; mend it first, it was not changed", shortPath(file), err)
		}
		b, err := t.set(path, change(t.at(path)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w; it was not changed", shortPath(file), err)
		}
		return b, nil
	})
}
