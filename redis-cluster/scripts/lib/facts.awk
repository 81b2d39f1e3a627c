# What an upgrade must leave as it was: saved by the check before it, compared by the check after it. Lines of TAB-separated
# fields, by their first one: `shard SLOTS KEYS` and `pod NAME RUN-ID SYNC-FULL RESTARTS`.

# Keys with a time to live go by themselves.
function lastingKeys(pod,    text, total, expiring, db) {
  for (db = 0; db < 16; db++) {
    if (!((pod, "db" db) in info)) continue
    text = info[pod, "db" db]
    total += valueIn(text, "keys=")
    expiring += valueIn(text, "expires=")
  }
  return total - expiring
}

function valueIn(text, name,    rest) {
  rest = text
  if (!sub("^.*" name, "", rest)) return 0
  sub(/,.*$/, "", rest)
  return rest + 0
}

function saveFacts(    i, p, pod) {
  for (i = 1; i <= ownerCount; i++)
    if (owners[i] in podOf) printf "shard\t%s\t%d\n", truthSlots[owners[i]], lastingKeys(podOf[owners[i]]) > saveTo
  for (p = 1; p <= podCount; p++) {
    pod = pods[p]
    if (isUp(pod)) printf "pod\t%s\t%s\t%d\t%d\n", pod, info[pod, "run_id"], info[pod, "sync_full"], restartsOf[pod] > saveTo
  }
  close(saveTo)
}

function checkAgainstFacts(    line, field, now, i, p, pod, syncs, storms, replicasMost, shrunk) {
  if (facts == "") {
    fault("facts.saved", "warn", "", "there are no facts of the check before the change: keys and syncs were not compared", "run pre-upgrade-check.sh before the next change, with the same --facts FILE")
    return
  }
  for (i = 1; i <= ownerCount; i++) if (owners[i] in podOf) now[truthSlots[owners[i]]] = lastingKeys(podOf[owners[i]])
  while ((getline line < facts) > 0) {
    split(line, field, "\t")
    if (field[1] == "shard") {
      if (!(field[2] in now)) fault("slots.moved", "warn", "", "slots " field[2] " had one owner before and are split otherwise now", "keys were compared for no shard whose slots changed")
      else if (now[field[2]] < field[3] - allowance(field[3])) fault("keys.kept", "block", "slots " field[2], "slots " field[2] " held " field[3] " keys before and hold " now[field[2]] " now", "stop writers and look into the data that was moved aside (evenkeel prune lists it) and the snapshots before anything else")
    }
    if (field[1] == "pod") {
      runBefore[field[2]] = field[3]
      syncsBefore[field[2]] = field[4]
      restartsBefore[field[2]] = field[5]
    }
  }
  close(facts)
  replicasMost = int((podCount + ownerCount - 1) / (ownerCount > 0 ? ownerCount : 1))
  for (p = 1; p <= podCount; p++) {
    pod = pods[p]
    if (!isUp(pod)) continue
    syncs = info[pod, "sync_full"] - (runBefore[pod] == info[pod, "run_id"] ? syncsBefore[pod] : 0)
    # A replica that was restarted with an AOF takes one full copy; more than a few mean that it takes them again and again.
    if (syncs > 3 * replicasMost) fault("replica.storm", "block", pod, pod " gave " syncs " full copies since the check before", "see in its replicas' logs why they cannot keep a copy: an older engine cannot read the snapshot of a newer one")
    if (restartsOf[pod] > restartsBefore[pod] && runBefore[pod] != "") fault("pod.restarts", "warn", pod, "a container of " pod " was restarted " restartsOf[pod] - restartsBefore[pod] " times", "see why it ended: kubectl logs --previous " pod)
  }
  pass("keys.kept", "block", "every shard holds the keys that it held before")
  pass("replica.storm", "block", "no node had to give full copies again and again")
}
