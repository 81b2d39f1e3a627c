# The checks: what parse.awk read, judged. Prints findings as lines of TAB-separated fields: id, status, severity, subject,
# evidence, advice. Ids and meanings are those of `evenkeel check`. Variables given: when (pre or post), facts (file of the pre
# run, or empty), asked (ENGINE@VERSION or empty), shards and replicas (expected, 0: unknown), tolerance (percent of keys).

# Elections put primaries where they like, and taking a change back would not move them: it is told after a change, and blocks
# the next one.
function weigh(id, severity) { return when == "post" && id ~ /^placement\./ ? "warn" : severity }

function fault(id, severity, subject, evidence, advice) {
  gsub(/[\t\r\n]/, " ", evidence)
  printf "%s\tfail\t%s\t%s\t%s\t%s\n", id, weigh(id, severity), subject, evidence, advice
  failed[id] = 1
}

function pass(id, severity, evidence) {
  if (!(id in failed)) printf "%s\tpass\t%s\t\t%s\t\n", id, weigh(id, severity), evidence
}

function mebibytes(kib) { return sprintf("%.1f MB", kib / 1024) }
function isUp(pod) { return pod in myself }
function isOwner(id) { return truthRole[id] == "primary" && truthSlots[id] != "" }

# Of every node what it says of itself; of one that does not answer what the first view says.
function findTruth(    i, p, id, pod) {
  for (i = 1; i <= idCount; i++) {
    id = ids[i]
    pod = id in podOf ? podOf[id] : ""
    for (p = 1; pod == "" && p <= podCount; p++) if ((pods[p], id) in seen) pod = pods[p]
    truthRole[id] = role[pod, id]
    truthSlots[id] = slotsOf[pod, id]
    truthEpoch[id] = epoch[pod, id]
    truthPrimary[id] = following[pod, id]
    if (isOwner(id)) owners[++ownerCount] = id
  }
}

function checkPods(    p, pod, answer, ready) {
  for (p = 1; p <= podCount; p++) {
    pod = pods[p]
    if (readyOf[pod] == "true") ready++
    else fault("pod.ready", "block", pod, pod " is not ready (" phaseOf[pod] ")", "see why: kubectl describe pod " pod)
    answer = ping[pod]
    if (answer == "PONG") { reached++; continue }
    if (answer ~ /NOAUTH|WRONGPASS|NOPERM|AUTH failed/)
      fault("node.auth", "block", pod, pod ": " answer, "set the same password on all nodes (requirepass and masterauth), or mend the Secret")
    else if (answer ~ /^LOADING/)
      fault("node.loading", "block", pod, pod " is loading its data", "wait until the node has loaded its data")
    else
      fault("node.reachable", "block", pod, pod ": " (answer == "" ? "no answer in time" : answer), "look whether the pod runs and what its log says")
  }
  if (podsWanted > podCount)
    fault("cluster.size", "block", "", podCount " of " podsWanted " pods exist", "wait until the StatefulSet has made them, or see its events")
  pass("pod.ready", "block", ready " pods are ready")
  pass("node.reachable", "block", reached " nodes answer")
  pass("node.auth", "block", "every node accepts the password")
  pass("node.loading", "block", "no node is loading its data")
}

function checkState(    p, pod, good) {
  for (p = 1; p <= podCount; p++) {
    pod = pods[p]
    if (!isUp(pod)) continue
    good++
    if (info[pod, "cluster_state"] != "ok" || info[pod, "cluster_slots_fail"] + info[pod, "cluster_slots_pfail"] > 0)
      fault("cluster.state", "block", pod, pod ": cluster_state:" info[pod, "cluster_state"] ", slots ok " info[pod, "cluster_slots_ok"] ", pfail " info[pod, "cluster_slots_pfail"] ", fail " info[pod, "cluster_slots_fail"], "find the node or the slots that have failed (findings node.failed and slots.covered) and bring them back first")
  }
  if (good == 0) fault("cluster.state", "block", "", "no node tells of a cluster", "wait until the cluster is formed: kubectl get pods")
  pass("cluster.state", "block", "cluster_state:ok for " good " of " podCount " nodes")
  if (shards > 0 && ownerCount != shards)
    fault("cluster.size", "block", "", ownerCount + 0 " primaries own slots; " shards " are expected", "wait until missing pods have joined; forget nodes that are gone for good")
  if (idCount != podCount)
    fault("cluster.size", "block", "", "the cluster knows " idCount + 0 " nodes; " podCount " pods exist", "wait until missing pods have joined; forget nodes that are gone for good")
  pass("cluster.size", "block", idCount " nodes, " ownerCount " shards")
}

function cover(slots, covered,    i, n, part, ends, slot) {
  n = split(slots, part, " ")
  for (i = 1; i <= n; i++) {
    if (split(part[i], ends, "-") == 1) ends[2] = ends[1]
    for (slot = ends[1] + 0; slot <= ends[2] + 0; slot++) covered[slot] = 1
  }
}

function checkSlots(    i, slot, missing, count, from, covered) {
  for (i = 1; i <= ownerCount; i++) cover(truthSlots[owners[i]], covered)
  for (slot = 0; slot <= 16384; slot++) {
    if (slot < 16384 && !(slot in covered)) { count++; if (from == "") from = slot; continue }
    if (from != "") missing = missing (missing == "" ? "" : ", ") (from == slot - 1 ? from : from "-" slot - 1)
    from = ""
  }
  if (count > 0)
    fault("slots.covered", "block", "", count " of 16384 slots have no owner: " missing, "give the slots to a primary again (CLUSTER ADDSLOTSRANGE on it, or redis-cli --cluster fix)")
  pass("slots.covered", "block", "16384 of 16384 slots have an owner")
  for (i = 1; i <= podCount; i++)
    if (openSlots[pods[i]] != "")
      fault("slots.open", "block", pods[i], "slot is open at " pods[i] ": " openSlots[pods[i]], "finish the move of the slot, or end it with CLUSTER SETSLOT ... STABLE on both nodes")
  pass("slots.open", "block", "no slot is being moved")
}

# What most views say of a node; a view that says something else is named.
function checkViews(    i, p, id, pod, said, count, most, best) {
  for (i = 1; i <= idCount; i++) {
    id = ids[i]
    for (said in count) delete count[said]
    most = ""
    best = 0
    for (p = 1; p <= podCount; p++) {
      pod = pods[p]
      if (!isUp(pod)) continue
      said = sayOf(pod, id)
      if (++count[said] > best) { best = count[said]; most = said }
    }
    for (p = 1; p <= podCount; p++) {
      pod = pods[p]
      if (isUp(pod) && sayOf(pod, id) != most)
        fault("views.agree", "block", pod, pod " says of " place(id) ": " sayOf(pod, id) "; " best " others say: " most, "wait a few seconds for the nodes to tell each other; if it stays, let the node that is wrong meet the others (CLUSTER MEET)")
    }
  }
  pass("views.agree", "block", reached " views agree on roles, slots and addresses")
}

function sayOf(pod, id) {
  if (!((pod, id) in seen)) return "unknown node"
  return role[pod, id] (role[pod, id] == "replica" ? " of " place(following[pod, id]) : "") (slotsOf[pod, id] == "" ? "" : ", slots " slotsOf[pod, id]) (addressSeen[pod, id] ~ /^:/ ? "" : ", at " addressSeen[pod, id])
}

function checkFlags(    i, p, id, by, flag, pod) {
  for (i = 1; i <= idCount; i++) {
    id = ids[i]
    for (flag = 1; flag <= 4; flag++) {
      by = ""
      for (p = 1; p <= podCount; p++) if (index(flags[pods[p], id], "," flagName[flag] ",") > 0) by = by (by == "" ? "" : ", ") pods[p]
      if (by != "") fault(flag <= 2 ? "node.failed" : "node.known", "block", place(id), place(id) " is flagged " flagName[flag] " by " by, "bring the node back, or forget it on every node when it is gone for good")
    }
    for (p = 1; p <= podCount; p++) {
      pod = pods[p]
      if (!isUp(pod) || !((pod, id) in seen) || myself[pod] == id || index(flags[pod, id], ",fail,") > 0) continue
      if (link[pod, id] != "connected") fault("link.bus", "block", pod, pod " has no bus link to " place(id), "look at the network between both nodes, and whether the bus port (server port + 10000) is open both ways")
      else if (links[pod] > 0 && !((pod, "from", id) in linked)) fault("link.bus", "block", pod, pod " has no bus link from " place(id), "look at the network between both nodes, and whether the bus port (server port + 10000) is open both ways")
    }
  }
  pass("node.failed", "block", "no view flags a node fail or fail?")
  pass("node.known", "block", "no node is in handshake or without an address")
  pass("link.bus", "block", "all bus links are up")
}

function checkEpochs(    i, j, id, shown, primary) {
  for (i = 1; i <= ownerCount; i++)
    for (j = 1; j < i; j++)
      if (truthEpoch[owners[i]] == truthEpoch[owners[j]])
        fault("epoch.unique", "block", place(owners[i]), place(owners[j]) " and " place(owners[i]) " both have epoch " truthEpoch[owners[i]], "wait: the engines settle it by themselves; if not, CLUSTER BUMPEPOCH on one of them")
  pass("epoch.unique", "block", "every primary has an epoch of its own")
  for (i = 1; i <= idCount; i++) {
    id = ids[i]
    primary = truthPrimary[id]
    if (truthRole[id] != "replica" || !(primary in truthEpoch)) continue
    shown = truthEpoch[id]
    if (id in podOf && info[podOf[id], "cluster_my_epoch"] != "" && info[podOf[id], "cluster_my_epoch"] + 0 < shown + 0) shown = info[podOf[id], "cluster_my_epoch"]
    if (shown + 0 < truthEpoch[primary] + 0)
      fault("epoch.replica", "block", place(id), place(id) " shows epoch " shown "; its primary " place(primary) " has " truthEpoch[primary], "an election by this replica would be refused: let it meet its primary again (CLUSTER MEET), or restart it")
  }
  pass("epoch.replica", "block", "every replica knows the epoch of its primary")
}

BEGIN {
  flagName[1] = "fail"
  flagName[2] = "fail?"
  flagName[3] = "handshake"
  flagName[4] = "noaddr"
}

END {
  findTruth()
  checkPods()
  checkState()
  if (reached > 0) {
    checkSlots()
    checkViews()
    checkFlags()
    checkEpochs()
    checkReplication()
    checkPlacement()
    checkDisk()
    checkSettings()
    checkCanary()
    if (when == "post") checkAgainstFacts()
    if (saveTo != "") saveFacts()
  }
}
