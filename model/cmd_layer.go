package model

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"strings"

	"hexlay/overlay/packet"
)

// runLayer says what a port carries, and keeps that in the settings.
func runLayer(e *Editor, args []string) (Effect, error) {
	port, err := strconv.ParseUint(args[0], 0, 16)
	if err != nil || port == 0 {
		return nil, fmt.Errorf("port %q: want 1 to 65535", args[0])
	}
	if len(args) < 2 {
		return nil, errors.New("layer: which template?")
	}
	ports := make(packet.Ports, len(e.Ports)+1)
	maps.Copy(ports, e.Ports)
	name := strings.TrimSpace(args[1])
	now := fmt.Sprintf("port %d carries %s", port, name)
	if name == "none" {
		delete(ports, uint16(port))
		now = fmt.Sprintf("port %d carries what is usual", port)
	} else {
		if name = expandHome(name); isTemplatePath(name) { // kept for programs that are started in other folders
			if name, err = filepath.Abs(name); err != nil {
				return nil, err
			}
		}
		if _, err := loadTemplate(name, false, e.Templates); err != nil {
			return nil, err
		}
		ports[uint16(port)] = name
	}
	e.setPorts(ports)
	return e.keepSetting([]string{"layers", strconv.Itoa(int(port))}, now, func(any) any {
		if name == "none" {
			return nil
		}
		return name
	})
}

// setPorts takes ports for what they carry from now on, in all captures.
func (e *Editor) setPorts(ports packet.Ports) {
	e.Ports = ports
	for _, c := range e.captures {
		c.dec, c.layers.packet = nil, 0
		c.columns.forget()
	}
}
