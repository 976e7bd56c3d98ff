{{/* What whoever scrapes zxp must know. Takes (dict "root" $ "scraper" VALUES), VALUES as serviceMonitor has them. */}}

{{- define "zxp.scheme" -}}
{{- ternary "https" "http" (ne .Values.tls.existingSecret "") -}}
{{- end -}}

{{- define "zxp.serverName" -}}
{{ include "zxp.fullname" . }}.{{ .Release.Namespace }}.svc
{{- end -}}

{{/* basicAuth, authorization and tlsConfig, as the operator has them. */}}
{{- define "zxp.credentials" -}}
{{- $basicAuth := .scraper.basicAuth | default dict -}}
{{- with $basicAuth.secretName }}
basicAuth:
  username: { name: {{ . }}, key: {{ $basicAuth.usernameKey | default "username" }} }
  password: { name: {{ . }}, key: {{ $basicAuth.passwordKey | default "password" }} }
{{- end }}
{{- with .scraper.authorization }}
authorization:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .root.Values.tls.existingSecret }}
tlsConfig:
  {{- $named := dict "serverName" (include "zxp.serverName" .root) }}
  {{- merge (dict) (.scraper.tlsConfig | default dict) $named | toYaml | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "zxp.times" -}}
{{- with .scraper.interval }}
interval: {{ . }}
{{- end }}
{{- with .scraper.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- end -}}

{{/* One endpoint of a ServiceMonitor or PodMonitor; "path" and, where it is to be set, "job" besides. */}}
{{- define "zxp.endpoint" -}}
port: http-metrics
path: {{ .path }}
scheme: {{ include "zxp.scheme" .root }}
{{- include "zxp.times" . }}
{{- include "zxp.credentials" . }}
{{- if or .job .scraper.relabelings }}
relabelings:
  {{- with .job }}
  - { targetLabel: job, replacement: {{ . }} }
  {{- end }}
  {{- with .scraper.relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- with .scraper.metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The metadata of a monitor; "name" besides. */}}
{{- define "zxp.monitorMetadata" -}}
name: {{ .name }}
namespace: {{ .scraper.namespace | default .root.Release.Namespace }}
labels:
  {{- include "zxp.labels" .root | nindent 2 }}
  {{- with .scraper.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "zxp.monitorSelector" -}}
namespaceSelector:
  matchNames: [{{ .Release.Namespace }}]
selector:
  matchLabels:
    {{- include "zxp.selectorLabels" . | nindent 4 }}
{{- end -}}
