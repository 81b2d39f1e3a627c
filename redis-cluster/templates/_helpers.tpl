{{/* Name of all objects. Pods are named FULL-0 and so on, and a label holds 63 characters: 52 leave room for the revision. */}}
{{- define "redis-cluster.fullname" -}}
{{- $name := .Values.fullnameOverride | default .Release.Name -}}
{{- if gt (len $name) 52 -}}
{{- fail (printf "the name %q has %d characters; 52 is the most: set fullnameOverride" $name (len $name)) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{/* Labels that never change: selectors. */}}
{{- define "redis-cluster.selectorLabels" -}}
app.kubernetes.io/name: redis-cluster
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "redis-cluster.labels" -}}
{{ include "redis-cluster.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ include "redis-cluster.engineVersion" . | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels of the servers' pods, for selectors. */}}
{{- define "redis-cluster.serverSelector" -}}
{{ include "redis-cluster.selectorLabels" . }}
evenkeel.dev/component: server
{{- end -}}

{{/* REGISTRY/REPOSITORY:TAG or @DIGEST of an image's values. */}}
{{- define "redis-cluster.imageOf" -}}
{{- $path := .repository -}}
{{- with .registry }}{{ $path = printf "%s/%s" . $path }}{{ end -}}
{{- if .digest }}{{ printf "%s@%s" $path .digest }}{{ else }}{{ printf "%s:%s" $path (toString .tag) }}{{ end -}}
{{- end -}}

{{- define "redis-cluster.serverImage" -}}
{{- $official := ternary "valkey/valkey" "redis" (eq .Values.engine "valkey") -}}
{{- include "redis-cluster.imageOf" (merge (dict "repository" (.Values.image.repository | default $official)) .Values.image) -}}
{{- end -}}

{{- define "redis-cluster.agentImage" -}}
{{- include "redis-cluster.imageOf" .Values.agent.image -}}
{{- end -}}

{{/* Version of the engine: part of the pod template, for people, the agent and the command line. */}}
{{- define "redis-cluster.engineVersion" -}}
{{- $version := toString .Values.version | default (regexFind "^[0-9]+(\\.[0-9]+){0,2}" (toString .Values.image.tag)) -}}
{{- if not $version -}}
{{- fail (printf "the tag %q does not begin with a version: set `version` to the engine's, for example \"8.0\"" (toString .Values.image.tag)) -}}
{{- end -}}
{{- $version -}}
{{- end -}}

{{- define "redis-cluster.pods" -}}
{{- add (mul (int .Values.shards) (add 1 (int .Values.replicas))) (len .Values.surge) -}}
{{- end -}}

{{- define "redis-cluster.tokenSecret" -}}
{{- .Values.token.existingSecret | default (printf "%s-token" (include "redis-cluster.fullname" .)) -}}
{{- end -}}

{{/* "true" where an agent reads its node's label for its zone. */}}
{{- define "redis-cluster.zoneFromNode" -}}
{{- if eq .Values.zoneSource "node" -}}true
{{- else if eq .Values.zoneSource "auto" -}}{{ semverCompare "<1.35-0" .Capabilities.KubeVersion.Version }}
{{- else -}}false
{{- end -}}
{{- end -}}

{{- define "redis-cluster.cli" -}}
{{ ternary "valkey-cli" "redis-cli" (eq .Values.engine "valkey") }}
{{- end -}}

{{- define "redis-cluster.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: { drop: [ALL] }
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{/* Lines of the server's configuration from the values; a list gives one line each. */}}
{{- define "redis-cluster.serverConfig" -}}
{{- range $name, $value := .Values.config }}
{{- range (kindIs "slice" $value | ternary $value (list $value)) }}
{{- if kindIs "bool" . }}
{{ $name }} {{ ternary "yes" "no" . }}
{{- else if kindIs "float64" . }}
{{ $name }} {{ . | int64 }}
{{- else if eq (toString .) "" }}
{{ $name }} ""
{{- else }}
{{ $name }} {{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What all agents are told, but for the cluster's size: a change takes effect by a roll. */}}
{{- define "redis-cluster.agentSettings" -}}
{{- $name := include "redis-cluster.fullname" . -}}
{{- $graceMs := mul 1000 (int .Values.terminationGracePeriodSeconds) -}}
cluster: {{ .Release.Namespace }}/{{ $name }}
fullname: {{ $name }}
namespace: {{ .Release.Namespace }}
clusterDomain: {{ .Values.clusterDomain }}
headless: {{ $name }}-headless
addresses: {{ .Values.addresses }}
serverPort: 6379
controlPort: 6390
httpPort: 9640
nodeTimeoutMs: {{ int .Values.nodeTimeoutMs }}
gracePeriodMs: {{ $graceMs }}
# The server has to end inside the same grace period.
handoverBudgetMs: {{ min 100000 (div (mul 5 $graceMs) 6) }}
dataDir: /data
gate: /run/evenkeel/server.conf
tokenFile: /run/secrets/evenkeel/token
targetFile: /data/evenkeel-target.json
{{- if .Values.auth.enabled }}
passwordFile: /run/secrets/evenkeel-auth/password
{{- if .Values.auth.usersKey }}
usersFile: /run/secrets/evenkeel-auth/users.acl
{{- end }}
{{- end }}
{{- if .Values.tls.enabled }}
tls:
  ca: /run/secrets/evenkeel-tls/ca.crt
  cert: /run/secrets/evenkeel-tls/tls.crt
  key: /run/secrets/evenkeel-tls/tls.key
  authClients: {{ .Values.tls.authClients }}
{{- end }}
sizeFile: /etc/evenkeel/size.json
scripts:
  {{- range $script, $text := .Values.agent.scripts }}
  - /etc/evenkeel/script.{{ $script }}
  {{- else }} []
  {{- end }}
{{- end -}}

{{/* All of it, for the agents and the command line. */}}
{{- define "redis-cluster.agentFile" -}}
{{ include "redis-cluster.agentSettings" . }}
shards: {{ int .Values.shards }}
replicas: {{ int .Values.replicas }}
surge: {{ .Values.surge | default list | toJson }}
{{- end -}}

{{/* Mounts of the secrets that the server reads, below volumeMounts; for both containers. */}}
{{- define "redis-cluster.secretMounts" -}}
{{- if .Values.auth.enabled }}
- { name: auth, mountPath: /run/secrets/evenkeel-auth, readOnly: true }
{{- end }}
{{- if .Values.tls.enabled }}
- { name: tls, mountPath: /run/secrets/evenkeel-tls, readOnly: true }
{{- end }}
{{- end -}}

{{- define "redis-cluster.secretVolumes" -}}
{{- if .Values.auth.enabled }}
- name: auth
  secret:
    secretName: {{ .Values.auth.existingSecret }}
    defaultMode: 0440
    items:
      - { key: {{ .Values.auth.key }}, path: password }
      {{- with .Values.auth.usersKey }}
      - { key: {{ . }}, path: users.acl }
      {{- end }}
{{- end }}
{{- if .Values.tls.enabled }}
- name: tls
  secret:
    secretName: {{ include "redis-cluster.tlsSecretName" . }}
    defaultMode: 0440
{{- end }}
{{- end -}}

{{/* The cli with what it needs to speak to the pod's own server, as words. */}}
{{- define "redis-cluster.cliWords" -}}
{{- $words := list (include "redis-cluster.cli" .) -}}
{{- if .Values.tls.enabled -}}
{{- $words = concat $words (list "--tls" "--cacert" "/run/secrets/evenkeel-tls/ca.crt" "--cert" "/run/secrets/evenkeel-tls/tls.crt" "--key" "/run/secrets/evenkeel-tls/tls.key") -}}
{{- end -}}
{{- toJson $words -}}
{{- end -}}

{{/*
Asks the agent to hand over, and asks again when it is just being started: its next process goes on with what the former one
began. In a pod that is being stopped Kubernetes does not start an agent again that has died: then a bare failover, without the
agent's gate and proof, still costs far less than none.
*/}}
{{- define "redis-cluster.preStop" -}}
n=0
until {{ include "redis-cluster.cli" . }} -p 6390 HANDOVER; do
  n=$((n+1)); [ $n -lt 50 ] || break; sleep 0.1
done
[ $n -ge 50 ] || exit 0
{{- if .Values.auth.enabled }}
REDISCLI_AUTH=$(cat /run/secrets/evenkeel-auth/password); VALKEYCLI_AUTH=$REDISCLI_AUTH; export REDISCLI_AUTH VALKEYCLI_AUTH
{{- end }}
cli="{{ include "redis-cluster.cliWords" . | fromJsonArray | join " " }}"
set -- $($cli -p 6379 ROLE)
[ "$1" = master ] && [ -n "$4" ] || exit 0
$cli -h $3 -p $4 CLUSTER FAILOVER
n=0
while set -- $($cli -p 6379 ROLE); [ "$1" = master ] && [ $n -lt 60 ]; do n=$((n+1)); sleep 0.1; done
sleep 5
{{- end -}}
