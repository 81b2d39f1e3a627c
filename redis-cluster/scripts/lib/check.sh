# shellcheck shell=sh
# Common to both checks: arguments, what kubectl says, one look into every pod at once, the verdict. Read by
# pre-upgrade-check.sh and post-upgrade-check.sh, which set these two.
: "${when:?}" "${here:?}"

# What happened, then what to do; exit codes as everywhere in evenkeel (docs/exit-codes.md).
die() {
  printf 'error: %s\n  next: %s\n' "$1" "$2" >&2
  exit "${3:-2}"
}

usage() {
  cat <<END
usage: $when-upgrade-check.sh --release NAME [options]

  --release NAME        the chart's release
  --namespace NAME      its namespace (default: that of the kubeconfig's context)
  --context NAME        context of the kubeconfig
  --timeout SECONDS     longest wait for answers (default: 30)
  --json                findings as one JSON object on stdout
  --facts FILE          what the check before saves for the one after (default: in TMPDIR, by namespace and release)
  --password-file FILE  password, where the pods do not hold it themselves
  --tolerance PERCENT   keys that may come and go meanwhile (default: 5)
END
  if [ "$when" = post ]; then
    cat <<END
  --to ENGINE@VERSION   what every node has to run, e.g. redis@8.0 (default: what its pod asks for)
  --settle SECONDS      look again for so long while something blocks (default: 30)
END
  fi
  cat <<END

exit codes: 0 nothing blocks, 2 wrong call or no access, 3 a check blocks, 130 interrupted
END
}

is_number() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
}

read_arguments() {
  namespace='' release='' context='' timeout=30 json=0 facts='' password_file='' tolerance=5 asked='' settle=30
  if [ "$when" = pre ]; then settle=0; fi
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help)
        usage
        exit 0
        ;;
      --json)
        json=1
        shift
        continue
        ;;
      --namespace | --release | --context | --timeout | --facts | --password-file | --tolerance | --to | --settle) ;;
      *) die "unknown argument $1" "$when-upgrade-check.sh --help" ;;
    esac
    [ $# -ge 2 ] || die "$1 needs a value" "$when-upgrade-check.sh --help"
    case $1 in
      --namespace) namespace=$2 ;;
      --release) release=$2 ;;
      --context) context=$2 ;;
      --timeout) timeout=$2 ;;
      --facts) facts=$2 ;;
      --password-file) password_file=$2 ;;
      --tolerance) tolerance=$2 ;;
      --to) asked=$2 ;;
      --settle) settle=$2 ;;
    esac
    shift 2
  done
  [ -n "$release" ] || die "no release given" "$when-upgrade-check.sh --release NAME (helm list shows them)"
  for number in "$timeout" "$tolerance" "$settle"; do
    is_number "$number" || die "$number is no whole number" "$when-upgrade-check.sh --help"
  done
  case $asked in
    '' | redis@[0-9]* | valkey@[0-9]*) ;;
    *) die "$asked is no engine" "write it as redis@8.0 or valkey@9" ;;
  esac
  # A wrong password must not be guessed by an empty line.
  if [ -n "$password_file" ]; then [ -s "$password_file" ] || die "the password file $password_file cannot be read or is empty" "name a file with the password on its first line"; fi
}

# kubectl with where it is to look; everything else as the user set it up.
kube() {
  # shellcheck disable=SC2086 # an empty one is no argument
  kubectl ${context:+--context "$context"} ${namespace:+--namespace "$namespace"} "$@"
}

# Says what kubectl refused, in words that name the right that is missing.
explain_kubectl() {
  said=$(cat "$work/kubectl.err")
  case $said in
    *[Ff]orbidden*) die "kubectl may not $1: $said" "ask for the role that the check needs: get and list pods and statefulsets, create pods/exec in the namespace" ;;
    *) die "kubectl could not $1: $said" "see whether the cluster answers: kubectl get pods" ;;
  esac
}

# One line a pod: name, address, node, zone, phase, ready, engine, version, restarts.
list_pods() {
  ask='{range .items[*]}{.metadata.name}{"\t"}{.status.podIP}{"\t"}{.spec.nodeName}{"\t"}{.metadata.labels.topology\.kubernetes\.io/zone}{"\t"}{.status.phase}{"\t"}{.status.containerStatuses[?(@.name=="server")].ready}{"\t"}{.metadata.annotations.evenkeel\.dev/engine}{"\t"}{.metadata.annotations.evenkeel\.dev/version}{"\t"}{.status.containerStatuses[?(@.name=="server")].restartCount}{"\n"}{end}'
  labels="app.kubernetes.io/name=redis-cluster,app.kubernetes.io/instance=$release"
  if ! pods_wanted=$(kube get statefulset -l "$labels" -o 'jsonpath={.items[0].metadata.name} {.items[0].spec.replicas}' 2>"$work/kubectl.err"); then
    case $(cat "$work/kubectl.err") in
      *[Ff]orbidden*) explain_kubectl "get the StatefulSet of release $release" ;;
      *'array index out of bounds'*) pods_wanted='' ;;
      *) explain_kubectl "get the StatefulSet of release $release" ;;
    esac
  fi
  if [ -z "${pods_wanted% }" ]; then die "there is no release $release of the chart redis-cluster in namespace ${namespace:-of this context}" "helm list --all-namespaces"; fi
  fullname=${pods_wanted% *} pods_wanted=${pods_wanted##* }
  kube get pods -l "$labels,evenkeel.dev/component=server" -o "jsonpath=$ask" >"$work/pods.tsv" 2>"$work/kubectl.err" || explain_kubectl "get the pods of release $release"
  add_zones
  add_addresses
}

# Where pods have no zone of their own (before Kubernetes 1.35), that of their node, if nodes may be seen.
add_zones() {
  kubectl ${context:+--context "$context"} get nodes -o 'jsonpath={range .items[*]}{.metadata.name}{"\t"}{.metadata.labels.topology\.kubernetes\.io/zone}{"\n"}{end}' >"$work/nodes.tsv" 2>/dev/null || return 0
  awk -F '\t' -v OFS='\t' 'NR == FNR { zone[$1] = $2; next } $4 == "" { $4 = zone[$3] } 1' "$work/nodes.tsv" "$work/pods.tsv" >"$work/zoned.tsv" &&
    mv "$work/zoned.tsv" "$work/pods.tsv"
}

# What a node that gives no answer is called by the others: the address of its own Service, or its pod's.
add_addresses() {
  kube get services -l "app.kubernetes.io/instance=$release" -o 'jsonpath={range .items[*]}{.metadata.name}{"\t"}{.spec.clusterIP}{"\n"}{end}' >"$work/services.tsv" 2>/dev/null || return 0
  awk -F '\t' -v OFS='\t' 'NR == FNR { address[$1] = $2; next } { $10 = address[$1] } 1' "$work/services.tsv" "$work/pods.tsv" >"$work/addressed.tsv" &&
    mv "$work/addressed.tsv" "$work/pods.tsv"
}

# The script for inside the pods. A password that the pods do not hold goes with it: by stdin, never as an argument.
pod_script() {
  if [ -n "$password_file" ]; then
    printf "REDISCLI_AUTH='%s'\n" "$(head -n 1 "$password_file" | sed "s/'/'\\\\''/g")"
  fi
  cat "$here/lib/collect.sh"
}

# Asks every pod at once; whoever has not answered in time is left out.
look() {
  rm -f "$work"/*.out "$work"/*.err
  pod_script >"$work/script"
  watched=''
  while IFS='	' read -r pod _; do
    [ -n "$pod" ] || continue
    # shellcheck disable=SC2086 # an empty one is no argument
    (exec kubectl ${context:+--context "$context"} ${namespace:+--namespace "$namespace"} exec -i "$pod" -c server -- \
      sh -s -- "$run" 6379 <"$work/script" >"$work/$pod.out" 2>"$work/$pod.err") &
    watched="$watched $!"
  done <"$work/pods.tsv"
  (
    left=$timeout
    while [ "$left" -gt 0 ]; do
      sleep 1
      left=$((left - 1))
    done
    # shellcheck disable=SC2086 # several ids
    kill $watched
  ) >/dev/null 2>&1 &
  clock=$!
  # shellcheck disable=SC2086
  wait $watched 2>/dev/null
  kill "$clock" 2>/dev/null
  wait "$clock" 2>/dev/null
  rm -f "$work/script"
  read_refusals
}

# What kubectl itself said stands for the answer of a node that gave none; a missing right is told at once.
read_refusals() {
  for file in "$work"/*.err; do
    [ -s "$file" ] || continue
    if grep -qi 'forbidden' "$file"; then
      cp "$file" "$work/kubectl.err"
      explain_kubectl "run a program in the pods of $release"
    fi
    pod=${file##*/}
    pod=${pod%.err}
    [ "$pod" = kubectl ] || [ -s "$work/$pod.out" ] || printf '@ping\n%s\n' "$(tr '\n' ' ' <"$file")" >"$work/$pod.out"
  done
}

judge() {
  set --
  for file in "$work"/*.out; do if [ -f "$file" ]; then set -- "$@" "$file"; fi; done
  saved=$facts
  if [ "$when" = post ] && [ ! -f "$facts" ]; then saved=''; fi
  awk -v when="$when" -v podsWanted="$pods_wanted" -v shards=0 -v replicas=1 -v tolerance="$tolerance" -v asked="$asked" \
    -v facts="$saved" -v saveTo="$([ "$when" = pre ] && echo "$work/facts")" \
    -f "$here/lib/parse.awk" -f "$here/lib/more-checks.awk" -f "$here/lib/facts.awk" -f "$here/lib/checks.awk" \
    "$work/pods.tsv" "$@" >"$work/findings"
}

report() {
  awk -v when="$when" -v cluster="${namespace:+$namespace/}$fullname" -v json="$json" -f "$here/lib/report.awk" "$work/findings"
}

# `evenkeel check`, where it is installed, has the last word as well: its rules are the same, its eyes are the agents'.
ask_evenkeel() {
  command -v evenkeel >/dev/null 2>&1 || return 0
  evenkeel check "$when" --platform kubernetes --release "$release" ${context:+--context "$context"} ${namespace:+--namespace "$namespace"} --output text >"$work/evenkeel" 2>"$work/evenkeel.err"
  case $? in
    0) printf 'evenkeel.check\tpass\tblock\t\tevenkeel check %s: nothing blocks\t\n' "$when" ;;
    3) printf 'evenkeel.check\tfail\tblock\t\t%s\tevenkeel check %s says more\n' "$(tr '\t\n' '  ' <"$work/evenkeel")" "$when" ;;
    *) printf 'evenkeel.check\tfail\twarn\t\tevenkeel check could not look: %s\tsee evenkeel check %s\n' "$(tr '\t\n' '  ' <"$work/evenkeel.err")" "$when" ;;
  esac >>"$work/findings"
}

run_check() {
  read_arguments "$@"
  command -v kubectl >/dev/null 2>&1 || die "kubectl is not installed" "install kubectl: https://kubernetes.io/docs/tasks/tools/"
  umask 077
  work=$(mktemp -d "${TMPDIR:-/tmp}/evenkeel-check.XXXXXX") || die "cannot make a folder in ${TMPDIR:-/tmp}" "set TMPDIR to a folder that you may write to"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM
  if [ "$when" = post ] && [ -n "$facts" ]; then [ -r "$facts" ] || die "there are no facts at $facts" "run pre-upgrade-check.sh with --facts $facts before the change"; fi
  facts=${facts:-${TMPDIR:-/tmp}/evenkeel-${namespace:-default}-$release.facts}
  run=$(date +%s)$$
  until_second=$(($(date +%s) + settle))
  while :; do
    list_pods
    look
    judge || die "the answers of the nodes could not be read" "report this, with the output of kubectl exec POD -c server -- sh -s -- 1 6379 <$here/lib/collect.sh" 4
    grep -q '	fail	block	' "$work/findings" || break
    if [ "$(date +%s)" -ge "$until_second" ]; then break; fi
    sleep 2
  done
  ask_evenkeel
  if [ "$when" = pre ] && [ -s "$work/facts" ]; then
    cp "$work/facts" "$facts" || die "cannot write the facts to $facts" "give --facts a file in a folder that you may write to"
  fi
  report
}
