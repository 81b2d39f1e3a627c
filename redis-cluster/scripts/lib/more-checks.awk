# The rest of the checks: data, disks, settings, and what an upgrade must have left as it was.


function lagOf(primaryPod, pod, address,    lag, n, line, i, offset) {
  lag = info[primaryPod, "master_repl_offset"] - info[pod, "slave_repl_offset"]
  # Both pods were asked at moments of their own; the primary's list is of one moment, but of the last acknowledgement.
  for (i = 0; (primaryPod, "slave" i) in info; i++) {
    line = info[primaryPod, "slave" i]
    if (index(line, "ip=" substr(address, 1, index(address, ":") - 1) ",") != 1) continue
    offset = line
    sub(/^.*offset=/, "", offset)
    sub(/,.*$/, "", offset)
    if (info[primaryPod, "master_repl_offset"] - offset < lag) lag = info[primaryPod, "master_repl_offset"] - offset
  }
  return lag
}

function checkReplication(    i, id, pod, primary, since, living, total, lag, difference) {
  for (i = 1; i <= idCount; i++) {
    id = ids[i]
    if (truthRole[id] != "replica" || !(id in podOf)) continue
    pod = podOf[id]
    primary = truthPrimary[id]
    total++
    if (!isOwner(primary)) fault("replica.chain", "block", pod, pod " follows " place(primary) ", which is no primary with slots", "CLUSTER REPLICATE with the id of the shard's primary on the replica")
    living[primary]++
    if (info[pod, "master_link_status"] != "up") {
      since = info[pod, "master_link_down_since_seconds"]
      fault("replica.link", "block", pod, pod " has its link to its primary " place(primary) " down" (since + 0 > 0 ? " for " since " s" : "") " (it dials " info[pod, "master_host"] ":" info[pod, "master_port"] ")", "see in the replica's log why; if it follows an old address, CLUSTER REPLICATE with its primary's id mends it")
      continue
    }
    if (info[pod, "master_sync_in_progress"] + 0 > 0) fault("replica.sync", "block", pod, pod " is receiving a full copy", "wait until the copy is complete")
    if (!(primary in podOf)) continue
    lag = lagOf(podOf[primary], pod, addressOf[id])
    if (lag > 1048576) fault("replica.lag", "block", pod, pod " is " lag " bytes behind " place(primary), "wait until it has caught up; if the lag does not shrink, look at the load, the network and the replica's disk")
    if (info[pod, "master_replid"] != info[podOf[primary], "master_replid"]) fault("replica.history", "block", pod, pod " has replication id " info[pod, "master_replid"] ", its primary another", "wait for the next sync; if it stays, restart the replica so that it takes a full copy")
    difference = keys[podOf[primary]] - keys[pod]
    if (difference < 0) difference = -difference
    if (difference > allowance(keys[podOf[primary]])) fault("replica.keys", "block", pod, pod " holds " keys[pod] " keys, its primary " place(primary) " " keys[podOf[primary]], "restart the replica so that it takes a full copy")
  }
  for (i = 1; i <= ownerCount; i++) {
    id = owners[i]
    if (living[id] + 0 == 0) fault("shard.replica", "block", place(id), "the primary " place(id) " has no replica that answers", "bring the replica back, or attach an empty node with CLUSTER REPLICATE, and wait until it is in step")
    else if (living[id] < replicas) fault("shard.replica", "warn", place(id), "the primary " place(id) " has " living[id] " of " replicas " replicas", "bring the missing replica back")
  }
  pass("replica.chain", "block", "every replica follows a primary")
  pass("shard.replica", "block", "each of " ownerCount " shards has a replica")
  pass("replica.link", "block", total + 0 " replicas have their link up")
  pass("replica.sync", "block", "no full copy is being received")
  pass("replica.lag", "block", "every replica is within 1 MB of its primary")
  pass("replica.history", "block", "every replica has the replication id of its primary")
  pass("replica.keys", "block", "every replica holds as many keys as its primary")
}

# Keys come and go while clients work, and both sides were counted at moments of their own.
function allowance(count,    part) {
  part = count * tolerance / 100
  return part > 1000 ? part : 1000
}

function checkPlacement(    i, p, id, pod, primary, hosts, zones, hostCount, zoneCount, host, zone, needed) {
  for (p = 1; p <= podCount; p++) {
    if (hostOf[pods[p]] != "" && !(hostOf[pods[p]] in hosts)) { hosts[hostOf[pods[p]]] = 0; hostCount++ }
    if (zoneOf[pods[p]] != "" && !(zoneOf[pods[p]] in zones)) { zones[zoneOf[pods[p]]] = 0; zoneCount++ }
  }
  for (i = 1; i <= idCount; i++) {
    id = ids[i]
    if (!(id in podOf)) continue
    pod = podOf[id]
    if (isOwner(id)) { hosts[hostOf[pod]]++; if (zoneOf[pod] != "") zones[zoneOf[pod]]++ }
    primary = truthPrimary[id]
    if (truthRole[id] != "replica" || !(primary in podOf)) continue
    if (hostOf[pod] == hostOf[podOf[primary]])
      fault("placement.shard", hostCount > 1 ? "block" : "warn", pod, pod " is on node " hostOf[pod] ", as is its primary " place(primary), "move one of both pods to another node, or let the replica follow a primary on another node")
    else if (zoneOf[pod] != "" && zoneOf[pod] == zoneOf[podOf[primary]] && zoneCount > 1)
      fault("placement.shard", "warn", pod, pod " is in zone " zoneOf[pod] ", as is its primary " place(primary), "let the replica follow a primary in another zone")
  }
  needed = int(ownerCount / 2) + 1
  for (host in hosts) majority("node", host, hosts[host], hostCount, needed)
  for (zone in zones) majority("zone", zone, zones[zone], zoneCount, needed)
  pass("placement.shard", "block", "no replica shares the node of its primary (" hostCount + 0 " nodes, " zoneCount + 0 " zones)")
  pass("placement.majority", "block", "no node and no zone holds a majority of the primaries")
}

function majority(what, where, held, places, needed,    fullest) {
  if (held < needed) return
  # The fullest of so many places holds this many at least, however they are spread.
  fullest = int((ownerCount + places - 1) / places)
  fault("placement.majority", fullest < needed ? "block" : "warn", where, what " " where " holds " held " of " ownerCount " primaries" (fullest < needed ? "" : "; with " places " " what "s it cannot be better"), "evenkeel place --execute hands primaries over to replicas elsewhere: with a majority of them lost, nobody can elect")
}

function checkDisk(    p, pod, needed, least) {
  for (p = 1; p <= podCount; p++) {
    pod = pods[p]
    if (diskTotal[pod] != "") {
      least = diskTotal[pod] * 0.05 < 65536 ? diskTotal[pod] * 0.05 : 65536
      needed = dataKib[pod] * 2 > least ? dataKib[pod] * 2 : least
      if (diskFree[pod] + 0 < needed) fault("disk.room", "block", pod, pod ": " mebibytes(diskFree[pod]) " free, " mebibytes(needed) " needed (data " mebibytes(dataKib[pod]) ")", "enlarge the volume, or remove what does not belong there")
      # File systems without a fixed number of inodes tell of 0.
      if (inodesTotal[pod] + 0 > 0 && inodesFree[pod] + 0 < 100) fault("disk.inodes", "block", pod, pod ": " inodesFree[pod] " inodes free, 100 needed", "remove files from the volume")
    }
    if (!isUp(pod)) continue
    if (info[pod, "rdb_last_bgsave_status"] != "ok") fault("save.last", "block", pod, pod ": rdb_last_bgsave_status:" info[pod, "rdb_last_bgsave_status"], "see in the node's log why the snapshot failed (disk full, rights, memory for the fork), mend it, then BGSAVE")
    if (info[pod, "aof_enabled"] == "1" && info[pod, "aof_last_write_status"] != "ok") fault("aof.last", "block", pod, pod ": aof_last_write_status:" info[pod, "aof_last_write_status"], "see in the node's log why; mend it, then BGREWRITEAOF")
    else if (info[pod, "aof_enabled"] == "1" && info[pod, "aof_last_bgrewrite_status"] != "ok") fault("aof.last", "block", pod, pod ": aof_last_bgrewrite_status:" info[pod, "aof_last_bgrewrite_status"], "see in the node's log why; mend it, then BGREWRITEAOF")
    if (info[pod, "rdb_bgsave_in_progress"] + info[pod, "aof_rewrite_in_progress"] > 0) fault("save.running", "warn", pod, pod ": a snapshot or AOF rewrite is running", "wait until it is done: a node that is stopped meanwhile throws it away")
    if (info[pod, "unexpected_error_replies"] + 0 > 0) fault("errors.unexpected", "block", pod, pod ": unexpected_error_replies:" info[pod, "unexpected_error_replies"], "the node's data may differ from its primary's: restart it so that it takes a full copy")
  }
  pass("disk.room", "block", "room for a second copy of the data on every volume")
  pass("disk.inodes", "block", "enough inodes on every volume")
  pass("save.last", "block", "rdb_last_bgsave_status:ok on every node")
  pass("aof.last", "block", "the last AOF write and rewrite went well on every node")
  pass("errors.unexpected", "block", "unexpected_error_replies:0 on every node")
}

function versionOf(pod) {
  return (info[pod, "valkey_version"] != "" ? "valkey@" info[pod, "valkey_version"] : "redis@" info[pod, "redis_version"])
}

function startsAs(version, wanted) { return version == wanted || index(version, wanted ".") == 1 }

function checkSettings(    p, pod, name, said, by, wanted, versions, count, version) {
  for (name in settings) {
    said = by = ""
    for (p = 1; p <= podCount; p++) {
      pod = pods[p]
      if (!((pod, name) in config)) continue
      if (by == "") { said = config[pod, name]; by = pod; continue }
      if (config[pod, name] != said) fault(name == "cluster-node-timeout" ? "config.node-timeout" : "config.equal", "block", pod, name " differs: " said " on " by ", " config[pod, name] " on " pod, "set the same value on every node (the chart's config value)")
    }
  }
  for (p = 1; p <= podCount; p++) {
    pod = pods[p]
    if (!isUp(pod)) continue
    if (config[pod, "cluster-replica-validity-factor"] == "0") fault("config.validity-factor", "block", pod, "cluster-replica-validity-factor is 0 on " pod, "CONFIG SET cluster-replica-validity-factor 10: with 0 a replica that was emptied by a failed copy can be elected")
    version = versionOf(pod)
    if (!(version in versions)) { versions[version] = pod; count++ }
    wanted = asked != "" ? asked : (versionAsked[pod] == "" ? "" : engineAsked[pod] "@" versionAsked[pod])
    if (when == "post" && wanted != "" && !startsAs(version, wanted)) fault("version.asked", "block", pod, pod " runs " version ", asked for " wanted, "see why the pod was not replaced: kubectl describe pod " pod)
  }
  if (count > 1) {
    said = ""
    for (version in versions) said = said (said == "" ? "" : ", ") version " (" versions[version] " ...)"
    fault("engine.mixed", when == "post" ? "block" : "warn", "", "nodes run different versions: " said, "finish the upgrade that was begun, or take it back")
  }
  pass("config.node-timeout", "block", "cluster-node-timeout is the same everywhere")
  pass("config.equal", "block", "settings are equal on all nodes")
  pass("config.validity-factor", "block", "cluster-replica-validity-factor is above 0")
  if (when == "post") pass("version.asked", "block", "every node runs " (asked == "" ? "the version of its pod" : asked))
  pass("engine.mixed", "warn", "every node runs " version)
}

function checkCanary(    i, id, pod, n, line, part, l, seenWrite) {
  for (i = 1; i <= ownerCount; i++) {
    id = owners[i]
    if (!(id in podOf)) continue
    pod = podOf[id]
    n = split(canary[pod], line, "\n")
    seenWrite = 0
    for (l = 1; l <= n; l++) {
      split(line[l], part, " ")
      if (part[1] == "write" || part[1] == "skipped") seenWrite = 1
      if (part[2] != "failed") continue
      if (part[1] == "replica" || part[1] == "gone") fault("canary.replica", "block", pod, "a key " (part[1] == "gone" ? "deleted" : "written") " on " pod " is not seen so by its replica at " part[3] " within 2 s", "see whether the replica's link is up and what its log says")
      else fault("canary.primary", "block", pod, part[1] " of a test key on " pod ": " substr(line[l], index(line[l], "failed ") + 7), "see the node's log; finding cluster.state says more")
    }
    if (!seenWrite) fault("canary.primary", "block", pod, "the test key of " pod " was not written in time", "see whether the node answers: finding node.reachable")
  }
  pass("canary.primary", "block", "a test key was written, read back and deleted on each of " ownerCount " primaries")
  pass("canary.replica", "block", "every replica saw the test key come and go")
}
