package config

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// The marks of values that come from outside of the configuration.
type mark string

// sensitive marks a value that must never be shown.
const sensitive mark = "sensitive"

// absent marks the stand-in for a value that is not there yet, and says why. A
// configuration can be checked without its credentials; it cannot poll.
type absent struct{ problem, help string }

// inputs are what env and file gave away during one load.
type inputs struct {
	dir       string
	lookupEnv func(string) (string, bool)
	readFile  func(string) ([]byte, error)
	used      int               // how often something sensitive was given away
	digests   map[string]digest // of the files, by path
}

// digest tells whether a file is still what it was, without keeping it.
type digest struct {
	sum     [sha256.Size]byte
	missing bool
}

// inputError is an error whose text is known to hold nothing sensitive.
type inputError struct{ text string }

func (e inputError) Error() string { return e.text }

// environmentName is what a name of an environment variable looks like. What
// does not is more likely the credential itself, so it is not repeated.
var environmentName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// maxInputBytes limits a file that holds one credential.
const maxInputBytes = 64 << 10

func (in *inputs) envFunction() function.Function {
	return in.function("name", func(name string) (cty.Value, error) {
		if !environmentName.MatchString(name) {
			return cty.NilVal, inputError{"its argument is not the name of an environment variable; write env(\"NAME\") and set NAME to the value"}
		}
		value, ok := in.lookupEnv(name)
		if (!ok || value == "") && looksLikeKey(name) {
			return missingInput("The environment variable that env names is not set, and its name looks like a credential itself.",
				`Write env("NAME"), and set NAME to the credential where huntsync runs.`), nil
		}
		if !ok || value == "" {
			return missingInput("The environment variable "+name+" is not set.", "Set "+name+" where huntsync runs."), nil
		}
		return cty.StringVal(value), nil
	})
}

func (in *inputs) fileFunction() function.Function {
	return in.function("path", func(name string) (cty.Value, error) {
		if name == "" {
			return cty.NilVal, inputError{"its argument is empty; write the path of a file that holds the value"}
		}
		path := in.path(name)
		content, err := in.readFile(path)
		in.digests[path] = digestOf(content, err)
		if err != nil && looksLikeKey(name) {
			return missingInput("The file that file names cannot be read, and its name looks like a credential itself.",
				`Write file("PATH"), and put the credential into a file of that path.`), nil
		}
		if err != nil {
			return missingInput(fmt.Sprintf("The file %s cannot be read: %v.", path, withoutPath(err)),
				"Put the value into "+path+", readable by the user that huntsync runs as."), nil
		}
		value := strings.TrimRight(string(content), "\r\n")
		switch {
		case len(content) > maxInputBytes:
			return cty.NilVal, inputError{fmt.Sprintf("the file %s has %d bytes; a credential has at most %d", path, len(content), maxInputBytes)}
		case value == "":
			return missingInput("The file "+path+" is empty.", "Put the value into "+path+"."), nil
		}
		return cty.StringVal(value), nil
	})
}

// function makes a function of one string whose value is sensitive.
func (in *inputs) function(parameter string, f func(string) (cty.Value, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: parameter, Type: cty.String, AllowMarked: true}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			in.used++
			if args[0].IsMarked() {
				return cty.NilVal, inputError{"its argument is sensitive itself; write it as it is"}
			}
			v, err := f(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			return v.Mark(sensitive), nil
		},
	})
}

// looksLikeKey reports whether a name is more likely one of Huntress's keys or secrets.
func looksLikeKey(name string) bool {
	return huntressKey.FindString(name) == name
}

func missingInput(problem, help string) cty.Value {
	return cty.UnknownVal(cty.String).Mark(absent{problem, help})
}

func (in *inputs) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(in.dir, name)
}

func digestOf(content []byte, err error) digest {
	if err != nil {
		return digest{missing: true}
	}
	return digest{sum: sha256.Sum256(content)}
}

// readInput reads a file that holds a credential, and no device.
func readInput(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is not a regular file")
	}
	return os.ReadFile(path)
}
