{{/*
What a schema cannot say, or only in words that nobody understands: values that belong together.
*/}}

{{/* Directives that the agent writes by itself, and where to set them instead. */}}
{{- define "redis-cluster.ownedDirectives" -}}
bind: the server listens on every address of its pod
port: it is always 6379
cluster-port: it is always 16379
cluster-enabled: it is always on
cluster-config-file: it is always in the volume
cluster-node-timeout: use the value nodeTimeoutMs
cluster-announce-ip: use the value addresses
cluster-announce-hostname: use the value addresses
cluster-announce-port: it is always 6379
cluster-announce-bus-port: it is always 16379
dir: it is always the volume
daemonize: the server is the container's first process
include: the agent hands out the configuration in one piece
requirepass: a password here would be readable by all who may read the release; use the value auth
masterauth: a password here would be readable by all who may read the release; use the value auth
primaryauth: a password here would be readable by all who may read the release; use the value auth
aclfile: use the value auth
user: use the value auth
{{- end }}

{{- define "redis-cluster.validate" -}}
{{- range $name, $reason := include "redis-cluster.ownedDirectives" . | fromYaml }}
{{- if hasKey $.Values.config $name }}
{{- fail (printf "config.%s cannot be set: %s" $name $reason) }}
{{- end }}
{{- end }}
{{- if and .Values.auth.enabled (not .Values.auth.existingSecret) }}
{{- fail "auth.enabled needs a password: name its Secret in auth.existingSecret" }}
{{- end }}
{{- if and .Values.tls.enabled (not .Values.tls.existingSecret) (not .Values.tls.certManager.enabled) }}
{{- fail "tls.enabled needs a certificate: name its Secret in tls.existingSecret, or set tls.certManager.enabled" }}
{{- end }}
{{- if and .Values.tls.certManager.enabled .Values.tls.existingSecret }}
{{- fail "tls.certManager.enabled and tls.existingSecret exclude each other: cert-manager would overwrite the Secret" }}
{{- end }}
{{- if and .Values.tls.certManager.enabled (not .Values.tls.certManager.issuerRef.name) }}
{{- fail "tls.certManager.issuerRef.name is empty: name the Issuer or ClusterIssuer that signs" }}
{{- end }}
{{- $name := include "redis-cluster.fullname" . }}
{{- $first := mul (int .Values.shards) (add 1 (int .Values.replicas)) | int }}
{{- range $i, $one := .Values.surge }}
{{- $ordinal := trimPrefix (printf "%s-" $name) $one.follow }}
{{- if or (eq $ordinal $one.follow) (not (regexMatch "^[0-9]+$" $ordinal)) }}
{{- fail (printf "surge[%d].follow: %q is no pod of this release: they are named %s-0 to %s-%d" $i $one.follow $name $name (sub $first 1)) }}
{{- else if ge (int $ordinal) $first }}
{{- fail (printf "surge[%d].follow: %q is itself a surge pod: name one of %s-0 to %s-%d" $i $one.follow $name $name (sub $first 1)) }}
{{- end }}
{{- end }}
{{- range .Values.extraEnv }}
{{- if and (hasKey . "value") (regexMatch "(?i)(password|passwd|secret|token)" .name) }}
{{- fail (printf "extraEnv: %s looks like a secret, and its text would stand in the pod: use valueFrom.secretKeyRef" .name) }}
{{- end }}
{{- end }}
{{- end }}
