package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"time"
)

type options struct {
	library  string
	seeds    []string
	rate     float64
	run      string
	limit    time.Duration
	username string
	password string
	tls      *tls.Config
}

// A test that is killed must leave no load behind.
func endWithParent() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

// The password comes by a file: arguments can be read by everyone on the machine.
func parseOptions() (options, error) {
	library := flag.String("library", "go-redis", "go-redis or valkey-go")
	seeds := flag.String("seeds", "", "host:port, separated by commas")
	rate := flag.Float64("rate", 100, "commands per second")
	run := flag.String("run", "", "part of every key")
	limit := flag.Duration("for", time.Hour, "ends by itself after this long; SIGTERM ends it before")
	user := flag.String("user", "", "ACL user")
	passwordFile := flag.String("password-file", "", "file with the password")
	caFile := flag.String("ca-file", "", "certificate authority; turns TLS on")
	withParent := flag.String("with-parent", "no", "yes: ends when standard input does")
	flag.Parse()
	if *withParent == "yes" {
		go endWithParent()
	}
	parsed := options{library: *library, seeds: strings.Split(*seeds, ","), rate: *rate, run: *run, limit: *limit, username: *user}
	if *seeds == "" || *run == "" {
		return parsed, errors.New("--seeds and --run are needed")
	}
	if *passwordFile != "" {
		password, err := os.ReadFile(*passwordFile)
		if err != nil {
			return parsed, err
		}
		parsed.password = strings.TrimRight(string(password), "\r\n")
	}
	if *caFile != "" {
		authority, err := os.ReadFile(*caFile)
		if err != nil {
			return parsed, err
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(authority)
		parsed.tls = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return parsed, nil
}
