# Reads what collect.sh printed in every pod (one file a pod, named POD.out) and the list of pods (pods.tsv) into arrays.
# Names of arrays: [pod] or [pod, key]. A node is known by its id; podOf[id] is its pod.
BEGIN { FS = "\t" }

function place(id,    host) {
  if (id in podOf) return podOf[id]
  if (!(id in addressOf)) return id
  host = addressOf[id]
  sub(/:[0-9]+$/, "", host)
  return host in podAt ? podAt[host] : addressOf[id]
}

FNR == 1 {
  section = ""
  name = FILENAME
  sub(/^.*\//, "", name)
  listing = name == "pods.tsv"
  pod = name
  sub(/\.out$/, "", pod)
}

{ sub(/\r$/, "") }

# name, address, node, zone, phase, ready, engine, version, restarts, address of its Service
listing {
  pods[++podCount] = $1
  hostOf[$1] = $3
  zoneOf[$1] = $4
  phaseOf[$1] = $5
  readyOf[$1] = $6
  engineAsked[$1] = $7
  versionAsked[$1] = $8
  restartsOf[$1] = $9
  if ($2 != "") podAt[$2] = $1
  if ($10 != "") podAt[$10] = $1
  next
}

/^@[a-z]+$/ { section = substr($0, 2); wanted = ""; next }

section == "ping" { if (ping[pod] == "" && $0 != "") ping[pod] = $0; next }

section == "disk" && split($0, field, /[ \t]+/) >= 4 { diskTotal[pod] = field[2]; diskFree[pod] = field[4]; next }
section == "inodes" && split($0, field, /[ \t]+/) >= 4 { inodesTotal[pod] = field[2]; inodesFree[pod] = field[4]; next }
section == "data" { dataKib[pod] = $1 + 0; next }

(section == "info" || section == "cluster") && index($0, ":") > 1 {
  at = index($0, ":")
  info[pod, substr($0, 1, at - 1)] = substr($0, at + 1)
  next
}

section == "size" && /^[0-9]+$/ { keys[pod] = $0; next }

# A name on one line, its value on the next; a value may be empty.
section == "config" {
  if (wanted == "") wanted = $0
  else {
    config[pod, wanted] = $0
    settings[wanted] = 1
    wanted = ""
  }
  next
}

section == "links" && $0 == "direction" { getline direction; next }
section == "links" && $0 == "node" { getline peer; sub(/\r$/, "", peer); linked[pod, direction, peer] = 1; links[pod]++; next }

section == "nodes" && split($0, field, " ") >= 8 && length(field[1]) == 40 { readNode(field, split($0, field, " ")); next }

section == "canary" { canary[pod] = canary[pod] $0 "\n"; next }

function readNode(field, count,    id, slots, i, address, open) {
  id = field[1]
  address = field[2]
  sub(/@.*$/, "", address)
  if (!(id in addressOf)) ids[++idCount] = id
  if (address !~ /^:/ || !(id in addressOf)) addressOf[id] = address
  for (i = 9; i <= count; i++) {
    if (field[i] ~ /^\[/) open = open (open == "" ? "" : " ") field[i]
    else slots = slots (slots == "" ? "" : " ") field[i]
  }
  seen[pod, id] = 1
  flags[pod, id] = "," field[3] ","
  role[pod, id] = field[3] ~ /slave/ ? "replica" : "primary"
  following[pod, id] = field[4]
  epoch[pod, id] = field[7]
  link[pod, id] = field[8]
  slotsOf[pod, id] = slots
  addressSeen[pod, id] = address
  known[pod]++
  if (field[3] ~ /myself/) {
    myself[pod] = id
    podOf[id] = pod
    openSlots[pod] = open
  }
}
