package config

import (
	"os"
	"path/filepath"
	"strings"
)

// maxLinks is how many symbolic links are followed on the way to one file.
const maxLinks = 40

// watchedDirectories are the directories in which a change can change what a
// configuration reads: the real directory, its parent (it may be replaced), and
// the directory of every symbolic link on the way there and to its files. A
// directory is watched and never a file, because a file that is replaced takes
// its watch along.
func watchedDirectories(path string, files []string) map[string]bool {
	w := watchSet{}
	target := w.resolve(path)
	info, err := os.Stat(target)
	switch {
	case err != nil:
	case info.IsDir():
		w.directory(target)
	default:
		w.directory(filepath.Dir(target))
	}
	for _, f := range files {
		if target := w.resolve(f); target != "" {
			w[filepath.Dir(target)] = true
		}
	}
	return w
}

type watchSet map[string]bool

// directory adds a directory, its parent, and wherever its links lead.
func (w watchSet) directory(dir string) {
	w[dir], w[filepath.Dir(dir)] = true, true
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // it will be looked at again
	}
	for _, e := range entries {
		if e.Type()&os.ModeSymlink == 0 || !counts(e.Name()) && e.Name() != "..data" {
			continue
		}
		target := w.resolve(filepath.Join(dir, e.Name()))
		if info, err := os.Stat(target); err == nil {
			if !info.IsDir() {
				target = filepath.Dir(target)
			}
			w[target] = true
		}
	}
}

// resolve follows a path to where it really leads, and adds the directory of each
// link on the way. Of a path that does not exist it adds the last directory that
// does, and returns nothing.
func (w watchSet) resolve(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	root := filepath.VolumeName(path) + string(filepath.Separator)
	reached, rest := root, strings.TrimPrefix(path, root)
	for links := 0; rest != ""; {
		var step string
		step, rest, _ = strings.Cut(rest, string(filepath.Separator))
		next := filepath.Join(reached, step)
		info, err := os.Lstat(next)
		if err != nil {
			w[reached] = true
			return ""
		}
		if info.Mode()&os.ModeSymlink == 0 {
			reached = next
			continue
		}
		w[reached] = true
		target, err := os.Readlink(next)
		if links++; err != nil || links > maxLinks {
			return ""
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(reached, target)
		}
		reached, rest = root, strings.TrimPrefix(filepath.Join(target, rest), root)
	}
	return reached
}
