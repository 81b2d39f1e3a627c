#!/bin/sh
# Runs inside a pod's server container: `kubectl exec -i POD -c server -- sh -s -- RUN PORT < collect.sh`. Prints all that the
# checks need of this node, and writes, reads back and deletes one key in its slots on itself and on its replicas. Secrets are
# read from the pod's own files into the environment: they are in no argument and in no output.
run=$1 port=$2

if command -v valkey-cli >/dev/null 2>&1; then client=valkey-cli; else client=redis-cli; fi

secrets=/run/secrets
if [ -z "${REDISCLI_AUTH-}" ] && [ -f "$secrets/evenkeel-auth/password" ]; then
  REDISCLI_AUTH=$(cat "$secrets/evenkeel-auth/password")
fi
VALKEYCLI_AUTH=${REDISCLI_AUTH-}
if [ -n "$VALKEYCLI_AUTH" ]; then export REDISCLI_AUTH VALKEYCLI_AUTH; else unset REDISCLI_AUTH VALKEYCLI_AUTH; fi
tls=
folder=$secrets/evenkeel-tls
if [ -f "$folder/ca.crt" ]; then tls="--tls --cacert $folder/ca.crt"; fi
if [ -f "$folder/tls.crt" ]; then tls="$tls --cert $folder/tls.crt --key $folder/tls.key"; fi
# A server that hangs must not hang its check, and a replica that hangs not the check of its primary.
if command -v timeout >/dev/null 2>&1; then limit='timeout 8' short='timeout 2'; else limit='' short=''; fi

# Commands come by stdin, replies as plain text.
ask() {
  # shellcheck disable=SC2086 # words on purpose
  $limit "$client" $tls --no-auth-warning -h "$1" -p "$2" 2>&1
}
own() { ask 127.0.0.1 "$port"; }

echo "@disk"
df -Pk /data 2>/dev/null | tail -n 1
echo "@inodes"
df -Pi /data 2>/dev/null | tail -n 1
echo "@data"
du -sk /data 2>/dev/null

# No here-documents: some shells write those to a file, and this file system is read-only.
answers=$(
  printf '%s\n' 'ECHO @ping' PING 'ECHO @cluster' 'CLUSTER INFO' 'ECHO @nodes' 'CLUSTER NODES' 'ECHO @info' 'INFO everything' \
    'ECHO @size' DBSIZE 'ECHO @config' 'CONFIG GET cluster-node-timeout' 'CONFIG GET cluster-replica-validity-factor' \
    'CONFIG GET maxmemory' 'CONFIG GET maxmemory-policy' 'CONFIG GET appendonly' 'CONFIG GET min-replicas-to-write' \
    'CONFIG GET cluster-require-full-coverage' 'ECHO @links' 'CLUSTER LINKS' | own
)
# What says `NOAUTH` to ECHO has no marks: it is the answer to the ping then.
if [ -z "$answers" ]; then
  printf '@ping\nno answer within 8 s\n'
  exit 0
fi
case $answers in
  @ping* | *'
@ping'*) printf '%s\n' "$answers" ;;
  *) printf '@ping\n%s\n' "$answers" ;;
esac

nodes=$(printf 'CLUSTER NODES\n' | own | tr -d '\r')
self=$(printf '%s\n' "$nodes" | grep ' [^ ]*myself' | head -n 1)
case $self in *myself,master*) ;; *) exit 0 ;; esac
# shellcheck disable=SC2086 # fields of the line
set -- $self
[ $# -ge 9 ] || exit 0
id=$1
shift 8
ranges=$*

owns() {
  for range in $ranges; do
    case $range in \[*) continue ;; esac
    if [ "$1" -ge "${range%-*}" ] && [ "$1" -le "${range#*-}" ]; then return 0; fi
  done
  return 1
}

# The first of these keys that falls into this node's slots.
candidates=0
questions=
while [ "$candidates" -lt 600 ]; do
  candidates=$((candidates + 1))
  questions="$questions
CLUSTER KEYSLOT evenkeel:check:$run:$candidates"
done
key=$(
  printf '%s\n' "$questions" | own | grep '^[0-9]' | {
    at=0
    while read -r slot; do
      at=$((at + 1))
      if owns "$slot"; then
        echo "evenkeel:check:$run:$at"
        cat >/dev/null
        break
      fi
    done
  }
)
echo "@canary"
if [ -z "$key" ]; then
  echo "skipped no key of 600 falls into the slots of this node"
  exit 0
fi
value="$run-$id"
replicas=$(printf '%s\n' "$nodes" | grep " slave $id \|,slave $id " | grep -v 'fail' | cut -d ' ' -f 2 | cut -d @ -f 1)
count=$(printf '%s\n' "$replicas" | grep -c .)
# The key goes by itself when this script does not live to delete it.
printf 'SET %s %s EX 60\nGET %s\nWAIT %s 1000\n' "$key" "$value" "$key" "$count" | own | {
  read -r set && read -r get
  read -r wait
  if [ "$set" = OK ]; then echo "write ok"; else echo "write failed $set"; fi
  if [ "$get" = "$value" ]; then echo "read ok"; else echo "read failed $get"; fi
  echo "acknowledged $wait $count"
}

# Reads the key on a replica until it is what it should be, for about 2 s: one that hangs costs no more than 4 s.
on_replica() {
  tries=0
  last=$(($(date +%s) + 2))
  while :; do
    seen=$(printf 'READONLY\nGET %s\n' "$key" | limit=$short ask "${1%:*}" "${1##*:}" | sed 1d)
    if [ "$seen" = "$2" ]; then
      echo "$3 ok $1"
      return
    fi
    tries=$((tries + 1))
    if [ "$tries" -ge 10 ] || [ "$(date +%s)" -gt "$last" ]; then break; fi
    sleep 0.2 2>/dev/null || sleep 1
  done
  echo "$3 failed $1 $seen"
}
for replica in $replicas; do on_replica "$replica" "$value" replica; done
deleted=$(printf 'DEL %s\nEXISTS %s\n' "$key" "$key" | own | tr '\n' ' ')
if [ "$deleted" = "1 0 " ]; then echo "delete ok"; else echo "delete failed $deleted"; fi
for replica in $replicas; do on_replica "$replica" "" gone; done
