package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The limits on what is read. Two mebibytes are more than ten thousand
// organizations; the parser's memory is a large multiple of a file's size.
const (
	maxFileBytes  = 2 << 20
	maxTotalBytes = 32 << 20
)

// Snapshot is the content of a configuration at one moment.
type Snapshot struct {
	// Dir is the directory that relative paths in the configuration start from.
	Dir string
	// Files are the configuration, sorted by name.
	Files []File
	// Tests are the routing tests beside it, sorted by name. They are no part of
	// the configuration, nor of its hash.
	Tests []File
	// Hash is the SHA-256 of names, lengths and contents of Files, in hexadecimal.
	Hash string
}

// File is one file of a snapshot.
type File struct {
	// Name is the file as a person would open it, and as messages show it.
	Name    string
	Content []byte
}

// errTorn says that the files changed while they were read.
var errTorn = errors.New("the files kept changing while they were read; try again when they are written")

// Read takes a snapshot of a configuration: a directory, of which every *.hcl
// and *.hcl.json counts, or a single file. What changes while it is read is read
// again. On an error there is no snapshot, but there are diagnostics.
func Read(ctx context.Context, path string) (*Snapshot, Diagnostics) {
	const attempts = 6
	for attempt := 1; ; attempt++ {
		s, err := readOnce(path)
		if !errors.Is(err, errTorn) && !errors.Is(err, fs.ErrNotExist) || attempt == attempts {
			if err != nil {
				return nil, unreadable(path, err)
			}
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, unreadable(path, ctx.Err())
		case <-time.After(time.Duration(attempt) * 10 * time.Millisecond):
		}
	}
}

// readOnce reads everything through one opened directory, and makes sure that
// it is still the same one afterwards.
func readOnce(path string) (*Snapshot, error) {
	place, err := locate(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(place.real)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	before, err := list(root, place)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Dir: place.dir}
	if err := s.read(root, place, before); err != nil {
		return nil, err
	}
	after, err := list(root, place)
	if err != nil {
		return nil, err
	}
	if now, err := locate(path); err != nil || now != place || !sameFiles(before, after) {
		return nil, errTorn
	}
	if len(s.Files) == 0 {
		return nil, noFilesError{}
	}
	s.Hash = hash(s.Files)
	return s, nil
}

// place is where a configuration really is.
type place struct {
	dir  string // as it was given
	real string // without symbolic links
	only string // the one file; empty for a directory
}

// locate resolves the path. A directory that Kubernetes maintains holds the
// files of one moment behind a "..data" link.
func locate(path string) (place, error) {
	info, err := os.Stat(path)
	if err != nil {
		return place{}, err
	}
	p := place{dir: path}
	if !info.IsDir() {
		p.dir, p.only = filepath.Dir(path), filepath.Base(path)
	}
	if p.real, err = filepath.EvalSymlinks(p.dir); err != nil {
		return place{}, err
	}
	if data, err := filepath.EvalSymlinks(filepath.Join(p.real, "..data")); err == nil {
		if info, err := os.Stat(data); err == nil && info.IsDir() {
			p.real = data
		}
	}
	return p, nil
}

// list lists the files that count, by name.
func list(root *os.Root, p place) ([]fs.FileInfo, error) {
	if p.only != "" {
		info, err := stat(root, p, p.only)
		if err != nil {
			return nil, err
		}
		return []fs.FileInfo{info}, nil
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var found []fs.FileInfo
	for _, e := range entries {
		if !counts(e.Name()) {
			continue
		}
		info, err := stat(root, p, e.Name())
		if err != nil {
			return nil, fileError{filepath.Join(p.dir, e.Name()), err}
		}
		if !info.IsDir() {
			found = append(found, info)
		}
	}
	return found, nil
}

// counts reports whether a file is part of a configuration or one of its tests.
// Hidden files and what editors leave behind are not.
func counts(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") || strings.HasSuffix(name, "~") {
		return false
	}
	return strings.HasSuffix(name, ".hcl") || strings.HasSuffix(name, ".hcl.json")
}

// IsTest reports whether a file holds routing tests.
func IsTest(name string) bool {
	return strings.HasSuffix(name, ".test.hcl") || strings.HasSuffix(name, ".test.hcl.json")
}

// isJSON reports whether a file is in HCL's JSON syntax.
func isJSON(name string) bool { return strings.HasSuffix(name, ".json") }

func stat(root *os.Root, p place, name string) (fs.FileInfo, error) {
	info, err := root.Stat(name)
	if err != nil && escapes(root, name) {
		return os.Stat(filepath.Join(p.real, name))
	}
	return info, err
}

// escapes reports whether a file is a link to somewhere else: the one thing that
// an opened root does not follow.
func escapes(root *os.Root, name string) bool {
	info, err := root.Lstat(name)
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

func (s *Snapshot) read(root *os.Root, p place, files []fs.FileInfo) error {
	total := int64(0)
	for _, info := range files {
		name := filepath.Join(p.dir, info.Name())
		if !info.Mode().IsRegular() {
			return fileError{name, fmt.Errorf("it is a %s, not a file", kindOf(info.Mode()))}
		}
		total += info.Size()
		if info.Size() > maxFileBytes || total > maxTotalBytes {
			return sizeError{name, info.Size()}
		}
		content, err := root.ReadFile(info.Name())
		if err != nil && escapes(root, info.Name()) {
			content, err = os.ReadFile(filepath.Join(p.real, info.Name()))
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return errTorn
		case err != nil:
			return fileError{name, err}
		case int64(len(content)) != info.Size():
			return errTorn
		}
		f := File{Name: name, Content: content}
		if IsTest(info.Name()) {
			s.Tests = append(s.Tests, f)
		} else {
			s.Files = append(s.Files, f)
		}
	}
	return nil
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeNamedPipe != 0:
		return "named pipe"
	case mode&fs.ModeSocket != 0:
		return "socket"
	default:
		return "device"
	}
}

func sameFiles(a, b []fs.FileInfo) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name() != b[i].Name() || a[i].Size() != b[i].Size() ||
			!a[i].ModTime().Equal(b[i].ModTime()) || !os.SameFile(a[i], b[i]) {
			return false
		}
	}
	return true
}

func hash(files []File) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s\x00%d\x00", filepath.Base(f.Name), len(f.Content))
		h.Write(f.Content)
	}
	return hex.EncodeToString(h.Sum(nil))
}

type (
	noFilesError struct{}
	fileError    struct {
		name string
		err  error
	}
	sizeError struct {
		name string
		size int64
	}
)

func (noFilesError) Error() string { return "no configuration files" }
func (e fileError) Error() string  { return e.name + ": " + e.err.Error() }
func (e fileError) Unwrap() error  { return e.err }
func (e sizeError) Error() string  { return fmt.Sprintf("%s has %d bytes", e.name, e.size) }

// unreadable tells why there is no snapshot.
func unreadable(path string, err error) Diagnostics {
	d := Diagnostic{Severity: SeverityError, Code: CodeUnreadable, Summary: "Configuration cannot be read"}
	file, isFile := errors.AsType[fileError](err)
	if isFile {
		path, err = file.name, file.err
	}
	switch size, ok := errors.AsType[sizeError](err); {
	case ok:
		d.Code, d.Summary = CodeTooLarge, "Configuration too large"
		d.Detail = fmt.Sprintf("%s has %d bytes. A file may have %d, all files together %d. Split it, or move what is no configuration elsewhere.",
			size.name, size.size, maxFileBytes, maxTotalBytes)
	case errors.Is(err, noFilesError{}):
		d.Code, d.Summary = CodeNoFiles, "No configuration"
		d.Detail = fmt.Sprintf("%s holds no *.hcl or *.hcl.json file. Name the directory of the configuration with --config.", path)
	case errors.Is(err, fs.ErrNotExist) && isFile: // it was listed, and stayed so
		d.Detail = fmt.Sprintf("%s is a link to a file that does not exist. Mend the link, or remove it.", path)
	case errors.Is(err, fs.ErrNotExist):
		d.Code, d.Summary = CodeNoFiles, "No configuration"
		d.Detail = fmt.Sprintf("%s does not exist. Name the directory of the configuration with --config.", path)
	case errors.Is(err, fs.ErrPermission):
		d.Detail = fmt.Sprintf("%s may not be read by this user. Give it the permission.", path)
	default:
		d.Detail = fmt.Sprintf("%s: %v.", path, withoutPath(err))
	}
	return Diagnostics{d}
}

// withoutPath is the cause of a file system error, for messages that name the
// path themselves.
func withoutPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
