// Textparse reads expositions from its standard input and writes what Prometheus' own parser makes of each.
//
// An exposition is a line of JSON, {"contentType": TEXT, "legacyNames": BOOL, "length": BYTES}, and so many bytes. For
// each one comes a line of JSON: {"error": TEXT}, or {"series": [...], "types": {...}, "units": {...}}.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

type request struct {
	ContentType string `json:"contentType"`
	LegacyNames bool   `json:"legacyNames"`
	Length      int    `json:"length"`
}

type reply struct {
	Error  string            `json:"error,omitempty"`
	Series []series          `json:"series,omitempty"`
	Types  map[string]string `json:"types,omitempty"`
	Units  map[string]string `json:"units,omitempty"`
}

// Numbers are texts: JSON has no NaN.
type series struct {
	Labels    map[string]string `json:"labels"`
	Value     string            `json:"value,omitempty"`
	Histogram *native           `json:"histogram,omitempty"`
	Timestamp *int64            `json:"timestamp,omitempty"`
	Start     int64             `json:"start,omitempty"`
	Exemplars []pointer         `json:"exemplars,omitempty"`
}

type native struct {
	Schema        int32             `json:"schema"`
	ZeroThreshold string            `json:"zeroThreshold"`
	ZeroCount     string            `json:"zeroCount"`
	Count         string            `json:"count"`
	Sum           string            `json:"sum"`
	Positive      map[string]string `json:"positive"`
	Negative      map[string]string `json:"negative"`
}

type pointer struct {
	Labels    map[string]string `json:"labels"`
	Value     string            `json:"value"`
	Timestamp *int64            `json:"timestamp,omitempty"`
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return
		}
		var asked request
		if err == nil {
			err = json.Unmarshal(line, &asked)
		}
		body := make([]byte, asked.Length)
		if err == nil {
			_, err = io.ReadFull(in, body)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		answer, err := parse(body, asked)
		if err != nil {
			answer = reply{Error: err.Error()}
		}
		text, _ := json.Marshal(answer)
		out.Write(append(text, '\n'))
		out.Flush()
	}
}

// parse refuses what the scrape loop of Prometheus refuses, the names, times and histograms with it.
func parse(body []byte, asked request) (reply, error) {
	options := textparse.ParserOptions{EnableOpenMetrics2: true, OpenMetricsSkipSTSeries: true}
	parser, err := textparse.New(body, asked.ContentType, labels.NewSymbolTable(), options)
	if err != nil {
		return reply{}, err
	}
	scheme := model.UTF8Validation
	if asked.LegacyNames {
		scheme = model.LegacyValidation
	}
	answer := reply{Types: map[string]string{}, Units: map[string]string{}}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return answer, nil
		}
		if err != nil {
			return reply{}, err
		}
		switch entry {
		case textparse.EntryType:
			name, kind := parser.Type()
			answer.Types[string(name)] = string(kind)
		case textparse.EntryUnit:
			name, unit := parser.Unit()
			answer.Units[string(name)] = string(unit)
		case textparse.EntrySeries, textparse.EntryHistogram:
			one, err := readSeries(parser, entry, scheme)
			if err != nil {
				return reply{}, err
			}
			answer.Series = append(answer.Series, one)
		}
	}
}

func readSeries(parser textparse.Parser, entry textparse.Entry, scheme model.ValidationScheme) (series, error) {
	var one series
	if entry == textparse.EntrySeries {
		_, timestamp, value := parser.Series()
		one.Value, one.Timestamp = format(value), timestamp
	} else {
		_, timestamp, whole, float := parser.Histogram()
		if whole != nil {
			if err := whole.Validate(); err != nil {
				return one, err
			}
			float = whole.ToFloat(nil)
		}
		if err := float.Validate(); err != nil {
			return one, err
		}
		one.Histogram, one.Timestamp = readNative(float), timestamp
	}
	if one.Timestamp != nil {
		// The parser goes on using the memory.
		timestamp := *one.Timestamp
		one.Timestamp = &timestamp
		if timestamp < 0 {
			return one, fmt.Errorf("a timestamp of %d", timestamp)
		}
	}
	var set labels.Labels
	parser.Labels(&set)
	if name, isRepeated := set.HasDuplicateLabelNames(); isRepeated {
		return one, fmt.Errorf("the label %q twice in %s", name, set)
	}
	if !set.IsValid(scheme) || set.Get(labels.MetricName) == "" {
		return one, fmt.Errorf("invalid names in %s", set)
	}
	one.Labels, one.Start = set.Map(), parser.StartTimestamp()
	for {
		var found exemplar.Exemplar
		if !parser.Exemplar(&found) {
			return one, nil
		}
		at := pointer{Labels: found.Labels.Map(), Value: format(found.Value)}
		if found.HasTs {
			at.Timestamp = &found.Ts
		}
		one.Exemplars = append(one.Exemplars, at)
	}
}

func readNative(from *histogram.FloatHistogram) *native {
	to := native{
		Schema:        from.Schema,
		ZeroThreshold: format(from.ZeroThreshold),
		ZeroCount:     format(from.ZeroCount),
		Count:         format(from.Count),
		Sum:           format(from.Sum),
		Positive:      map[string]string{},
		Negative:      map[string]string{},
	}
	for it := from.PositiveBucketIterator(); it.Next(); {
		addBucket(to.Positive, it.At())
	}
	for it := from.NegativeBucketIterator(); it.Next(); {
		addBucket(to.Negative, it.At())
	}
	return &to
}

// An empty bucket is none.
func addBucket(to map[string]string, bucket histogram.Bucket[float64]) {
	if bucket.Count != 0 {
		to[strconv.Itoa(int(bucket.Index))] = format(bucket.Count)
	}
}

func format(value float64) string {
	return strconv.FormatFloat(value, 'g', -1, 64)
}
