package cli

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"hexlay/overlay/text"
)

// maxEncode bounds the text that is encoded at once; it takes several times as much memory.
const maxEncode = 256 << 20

func (a *app) encodeCommand() *cobra.Command {
	var codec codecFlags
	var format string
	cmd := &cobra.Command{
		Use:   "encode [TEXT|-]",
		Short: "encode text to bytes",
		Long: `Encodes TEXT, or standard input, which is UTF-8, and writes the bytes. Encodings and handlers are Python's; handlers:
strict, ignore, replace, backslashreplace, surrogateescape, surrogatepass, xmlcharrefreplace, namereplace.

--format raw (the default) writes the bytes themselves, hex writes hexadecimal digits and a line end. A terminal is
always given hexadecimal: the bytes could act on it.`,
		Example: `hexlay encode 'Grüße' --encoding cp437 --format hex
hexlay encode - --encoding utf-16 < notes.txt > notes.utf16`,
		Args: wantArgs(0, 1),
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "raw" && format != "hex" {
				return fmt.Errorf("unknown format %s (raw, hex)", quote(format))
			}
			c, h, err := codec.lookup(true)
			if err != nil {
				return err
			}
			s, err := a.textArgument(args)
			if err != nil {
				return err
			}
			b, err := c.Encode(nil, s, h)
			if err != nil {
				return dataError("%w", err)
			}
			if format == "hex" || isTerminal(a.stdout) {
				b = append(hex.AppendEncode(nil, b), '\n')
			}
			_, err = a.stdout.Write(b)
			return err
		},
	}
	codec.register(cmd)
	cmd.Flags().StringVarP(&format, "format", "f", "raw", "raw or hex")
	return cmd
}

// textArgument gives the text of the argument or of standard input. It must be UTF-8, lone surrogates allowed.
func (a *app) textArgument(args []string) (string, error) {
	var s string
	if len(args) > 0 && args[0] != "-" {
		s = args[0]
	} else {
		b, err := io.ReadAll(io.LimitReader(a.stdin, maxEncode+1))
		if err != nil {
			return "", fileError("-", err)
		}
		if len(b) > maxEncode {
			return "", fmt.Errorf("standard input: more than %s cannot be encoded at once", byteCount(maxEncode))
		}
		s = string(b)
	}
	for i := 0; i < len(s); {
		r, size := text.DecodeRuneInString(s[i:])
		if r == '\ufffd' && size == 1 {
			return "", dataError("byte %d of the text is not UTF-8", i)
		}
		i += size
	}
	return s, nil
}
