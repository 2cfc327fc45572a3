package sim_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// part is a JSON value that may have been cut off at some byte: what came before the cut is there.
type part struct {
	object map[string]part
	list   []part
	scalar any
	cut    bool // There was more of this object or list.
}

// readPart reads as much of a JSON text as is there.
func readPart(text string) part {
	d := json.NewDecoder(strings.NewReader(text))
	p, _ := nextPart(d)
	return p
}

// nextPart reads one value; false says that nothing of it was readable.
func nextPart(d *json.Decoder) (part, bool) {
	token, err := d.Token()
	if err != nil {
		return part{cut: true}, false
	}
	switch token {
	case json.Delim('{'):
		return objectPart(d), true
	case json.Delim('['):
		return listPart(d), true
	default:
		return part{scalar: token}, true
	}
}

func objectPart(d *json.Decoder) part {
	p := part{object: map[string]part{}}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			p.cut = true
			return p
		}
		value, there := nextPart(d)
		if there {
			p.object[fmt.Sprint(name)] = value
		}
		if !there || value.cut {
			p.cut = true
			return p
		}
	}
	_, err := d.Token()
	p.cut = err != nil
	return p
}

func listPart(d *json.Decoder) part {
	p := part{list: []part{}}
	for d.More() {
		value, there := nextPart(d)
		if there {
			p.list = append(p.list, value)
		}
		if !there || value.cut {
			p.cut = true
			return p
		}
	}
	_, err := d.Token()
	p.cut = err != nil
	return p
}

// kind names the JSON type.
func (p part) kind() string {
	switch {
	case p.object != nil:
		return "object"
	case p.list != nil:
		return "list"
	case p.scalar == nil:
		return "null"
	default:
		return fmt.Sprintf("%T", p.scalar)
	}
}

// text is a field of an object as a string; empty where it is not there.
func (p part) text(name string) string {
	s, _ := p.object[name].scalar.(string)
	return s
}

// truth is a field of an object as a bool.
func (p part) truth(name string) bool {
	b, _ := p.object[name].scalar.(bool)
	return b
}

// number is a field of an object as an int.
func (p part) number(name string) int {
	f, _ := p.object[name].scalar.(float64)
	return int(f)
}

// compare lists where got differs from what was recorded. Where the recording was cut, more in got is no difference.
// The rule decides about each pair of scalars, by the name of the field they are in.
type compare struct {
	same  func(field string, want, got part) bool
	found []string
}

func (c *compare) values(path, field string, want, got part) {
	switch {
	case want.object != nil && got.object != nil:
		c.objects(path, want, got)
	case want.list != nil && got.list != nil:
		c.lists(path, field, want, got)
	case !c.same(field, want, got):
		c.found = append(c.found, fmt.Sprintf("%s: recorded %s %.200v, got %s %.200v", path, want.kind(), want.scalar, got.kind(), got.scalar))
	}
}

func (c *compare) objects(path string, want, got part) {
	for _, name := range slices.Sorted(maps.Keys(want.object)) {
		value, there := got.object[name]
		if !there {
			c.found = append(c.found, path+"."+name+": is missing")
			continue
		}
		c.values(path+"."+name, name, want.object[name], value)
	}
	for _, name := range slices.Sorted(maps.Keys(got.object)) {
		if _, there := want.object[name]; !there && !want.cut {
			c.found = append(c.found, path+"."+name+": was not recorded")
		}
	}
}

func (c *compare) lists(path, field string, want, got part) {
	for i, value := range want.list {
		if i >= len(got.list) {
			c.found = append(c.found, fmt.Sprintf("%s: %d elements recorded, got %d", path, len(want.list), len(got.list)))
			return
		}
		c.values(fmt.Sprintf("%s[%d]", path, i), field, value, got.list[i])
	}
	if !want.cut && len(got.list) > len(want.list) {
		c.found = append(c.found, fmt.Sprintf("%s: %d elements recorded, got %d", path, len(want.list), len(got.list)))
	}
}
