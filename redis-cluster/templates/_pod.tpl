{{/*
What the statefulset's pod template takes from the values about where and beside what it runs.
*/}}

{{/* Annotations of every object, with their key, below metadata; nothing when there are none. */}}
{{- define "redis-cluster.annotations" -}}
{{- with .Values.commonAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- end }}

{{- define "redis-cluster.podLabels" -}}
{{- with mergeOverwrite (dict) (.Values.commonLabels | default dict) (.Values.podLabels | default dict) }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- define "redis-cluster.podAnnotations" -}}
{{- with mergeOverwrite (dict) (.Values.commonAnnotations | default dict) (.Values.podAnnotations | default dict) }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{- define "redis-cluster.priorityClassName" -}}
{{- if .Values.priorityClass.name }}
{{- .Values.priorityClass.name }}
{{- else if .Values.priorityClass.create }}
{{- printf "%s-%s" .Release.Namespace (include "redis-cluster.fullname" .) }}
{{- end }}
{{- end }}

{{/*
A node that is cordoned is no place to spread to: without nodeTaintsPolicy Honor it would count as an empty one, and the pods of a
drained node would stay Pending under DoNotSchedule.
*/}}
{{- define "redis-cluster.spread" -}}
{{- range $key, $topology := dict "zones" "topology.kubernetes.io/zone" "hosts" "kubernetes.io/hostname" }}
{{- $spread := get $.Values.topologySpread $key }}
{{- if $spread.enabled }}
- topologyKey: {{ $topology }}
  maxSkew: {{ $spread.maxSkew }}
  whenUnsatisfiable: {{ $spread.whenUnsatisfiable }}
  nodeTaintsPolicy: Honor
  labelSelector:
    matchLabels:
      {{- include "redis-cluster.serverSelector" $ | nindent 6 }}
{{- end }}
{{- end }}
{{- range .Values.topologySpread.extra }}
{{ list (merge (dict) . (dict "labelSelector" (dict "matchLabels" (include "redis-cluster.serverSelector" $ | fromYaml)))) | toYaml }}
{{- end }}
{{- end }}

{{- define "redis-cluster.scheduling" -}}
schedulerName: {{ .Values.schedulerName | default "default-scheduler" }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with include "redis-cluster.priorityClassName" . }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "redis-cluster.spread" . | trim }}
topologySpreadConstraints:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Secret with tls.crt, tls.key and ca.crt. */}}
{{- define "redis-cluster.tlsSecretName" -}}
{{- .Values.tls.existingSecret | default (printf "%s-tls" (include "redis-cluster.fullname" .)) }}
{{- end }}
