package flags

import (
	"cmp"
	"strings"

	"shotput/cli/line"
	"shotput/stats/labels"
)

// parseLabel is a value of --label: KEY=VALUE, the name as Prometheus takes it.
func parseLabel(s string) (string, error) {
	name, value, found := strings.Cut(s, "=")
	if !found {
		if name, value, found = strings.Cut(s, ":"); found {
			return "", line.Otherwise("a label is KEY=VALUE", soundLabel(name, strings.TrimSpace(value)))
		}
		return "", line.Otherwise("a label is KEY=VALUE", soundLabel("name", s))
	}
	if err := cmp.Or(labels.CheckName(name), labels.CheckValue(value)); err != nil {
		return "", line.Otherwise(err.Error(), soundLabel(name, value))
	}
	return s, nil
}

// labelNames is the name of a label: one of the same name stands in its place.
func labelNames(s string) []string {
	name, _, _ := strings.Cut(s, "=")
	return []string{name}
}

// soundLabel is the label with a name that will do; "" where its value will not, or may be a secret.
func soundLabel(name, value string) string {
	sound := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.TrimSpace(name))
	if labels.CheckName(sound) != nil {
		sound = "run_" + strings.TrimLeft(sound, "_")
	}
	label := sound + "=" + value
	if cmp.Or(labels.CheckName(sound), labels.CheckValue(value)) != nil || line.HideLabel(label) != label {
		return ""
	}
	return label
}

// labelsOf puts labels together.
func labelsOf(pairs []string) labels.Set {
	if len(pairs) == 0 {
		return nil
	}
	all := labels.Set{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	return all
}
