package web

import (
	"errors"
	"fmt"
	"os"
	"regexp"

	toolkit "github.com/prometheus/exporter-toolkit/web"
	"go.yaml.in/yaml/v2"
)

// protects checks a web configuration file, and reports whether it keeps anybody
// away: one without TLS and without users is as good as none.
func protects(file string) (bool, error) {
	if file == "" {
		return false, nil
	}
	if err := toolkit.Validate(file); err != nil {
		return false, withoutValues(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return false, fmt.Errorf("read it: %w", err)
	}
	var c toolkit.Config
	if err := yaml.Unmarshal(content, &c); err != nil {
		return false, withoutValues(err)
	}
	return c.TLSConfig.IsEnabled() || len(c.Users) > 0, nil
}

// yamlValue is how the reader of YAML quotes what it finds, which may be a password.
var yamlValue = regexp.MustCompile("`[^`]*`|anchor '[^']*'")

// withoutValues is the error without what it quotes of the file.
func withoutValues(err error) error {
	if text := err.Error(); yamlValue.MatchString(text) {
		return errors.New(yamlValue.ReplaceAllString(text, "(sensitive)"))
	}
	return err
}
