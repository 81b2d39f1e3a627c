"""A client of another language under load: INCR on keys of its own at a constant rate, everything read back at the end.

Standard output: one JSON line when the load begins, one with the report. SIGTERM ends the load.
"""

import argparse
import collections
import datetime
import json
import os
import queue
import re
import signal
import sys
import threading
import time

WORKERS = 16
WARM_UP_KEYS = 32
READ_BACK_SECONDS = 60
VARIABLE = re.compile(r"\[[^\]]*\]|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|\b\d+\b|'[^']*'")


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", choices=["redis-py", "valkey-py"], required=True)
    parser.add_argument("--seeds", required=True, help="host:port, separated by commas")
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--run", required=True, help="part of every key")
    parser.add_argument("--for", dest="seconds", type=float, default=3600)
    parser.add_argument("--user")
    parser.add_argument("--password-file", help="never the password itself: arguments can be read by everyone")
    parser.add_argument("--with-parent", default="no", choices=["yes", "no"], help="ends when standard input does")
    parser.add_argument("--ca-file", help="certificate authority; turns TLS on")
    return parser.parse_args()


def connect(options):
    """A client with the library's default settings: only the seeds, and credentials where there are any."""
    if options.library == "redis-py":
        from redis.cluster import ClusterNode, RedisCluster as Cluster
    else:
        from valkey.cluster import ClusterNode, ValkeyCluster as Cluster
    seeds = [seed.rsplit(":", 1) for seed in options.seeds.split(",")]
    extra = {}
    if options.password_file:
        with open(options.password_file, encoding="utf8") as file:
            extra["password"] = file.read().rstrip("\r\n")
    if options.user:
        extra["username"] = options.user
    if options.ca_file:
        extra.update(ssl=True, ssl_ca_certs=options.ca_file)
    return Cluster(startup_nodes=[ClusterNode(host, int(port)) for host, port in seeds], **extra)


def error_class(error):
    """Without addresses, slots and numbers, so that a thousand failures make a handful of classes."""
    words = VARIABLE.sub("", str(error)).split()[:8]
    return " ".join([type(error).__name__, *words])


class Load:
    """An open loop: command k is due at a fixed time; a few threads share one client, as a web server's do."""

    def __init__(self, client, options):
        self.client, self.options = client, options
        self.lock = threading.Lock()
        self.due = queue.SimpleQueue()
        self.acknowledged = {}
        self.errors = collections.Counter()
        self.commands = self.failed = self.lost = self.doubled = 0
        self.worst = self.worst_at = self.self_lag = 0.0
        self.ending = threading.Event()

    def key(self, index, part=""):
        return f"test:{self.options.run}{part}:{index}"

    def warm_up(self):
        """Every shard is reached before the load begins: connecting is not what is measured."""
        deadline = time.monotonic() + 20
        while True:
            try:
                for index in range(WARM_UP_KEYS):
                    self.client.incr(self.key(index, ":start"))
                return
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def run(self):
        threads = [threading.Thread(target=self.work) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        self.started = time.monotonic()
        end = self.started + self.options.seconds
        while not self.ending.is_set() and time.monotonic() < end:
            due = self.started + self.commands / self.options.rate
            if self.ending.wait(max(0.0, due - time.monotonic())):
                break
            self.self_lag = max(self.self_lag, time.monotonic() - due)
            self.due.put((self.commands, due))
            self.commands += 1
        self.seconds = time.monotonic() - self.started
        for _ in threads:
            self.due.put(None)
        for thread in threads:
            thread.join()

    def work(self):
        while (entry := self.due.get()) is not None:
            index, due = entry
            value = error = None
            try:
                value = self.client.incr(self.key(index))
            except Exception as caught:
                error = caught
            self.note(index, due, value, error)

    def note(self, index, due, value, error):
        took = time.monotonic() - due
        with self.lock:
            if took > self.worst:
                self.worst, self.worst_at = took, time.time() - took
            if error is None:
                self.acknowledged[index] = True
                self.doubled += value > 1
                return
            self.failed += 1
            if error_class(error) not in self.errors:
                print(time.strftime("%H:%M:%S", time.gmtime()), repr(error), file=sys.stderr, flush=True)
            self.errors[error_class(error)] += 1

    def read_back(self):
        for index in range(self.commands):
            value = self.read(index)
            if value is None:
                self.lost += index in self.acknowledged
            elif int(value) > 1:
                self.doubled += 1

    def read(self, index):
        """A key that cannot be read proves nothing: that is the end of the run, not a loss."""
        deadline = time.monotonic() + READ_BACK_SECONDS
        while True:
            try:
                return self.client.get(self.key(index))
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def report(self):
        return {
            "type": "report",
            "library": self.options.library,
            "commands": self.commands,
            "failed": self.failed,
            "errors": dict(self.errors),
            "lost": self.lost,
            "doubled": self.doubled,
            "worstMs": round(self.worst * 1000),
            "worstAt": datetime.datetime.fromtimestamp(self.worst_at, datetime.timezone.utc).strftime("%H:%M:%S.%f")[:-3],
            # The latest that the program itself sent a command after it was due: its own share in the latencies.
            "selfLagMs": round(self.self_lag * 1000),
            "seconds": round(self.seconds, 3),
        }


def end_with_parent():
    """A test that is killed must leave no load behind."""
    sys.stdin.buffer.read()
    os._exit(1)


def main():
    options = parse_options()
    if options.with_parent == "yes":
        threading.Thread(target=end_with_parent, daemon=True).start()
    load = Load(connect(options), options)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: load.ending.set())
    load.warm_up()
    print(json.dumps({"type": "started", "library": options.library}), flush=True)
    load.run()
    load.read_back()
    print(json.dumps(load.report()), flush=True)


main()
