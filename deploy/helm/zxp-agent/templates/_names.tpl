{{/* At most 54 characters, so that a suffix still fits into the 63 of a label. */}}
{{- define "zxp-agent.fullname" -}}
{{- $default := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- $default | trunc 54 | trimSuffix "-" -}}
{{- end -}}

{{- define "zxp-agent.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "zxp-agent.labels" -}}
{{ include "zxp-agent.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A digest wins over a tag; without both, the version of the chart's zxp. */}}
{{- define "zxp-agent.image" -}}
{{- $image := .Values.image -}}
{{- $version := ternary (printf "@%s" $image.digest) (printf ":%s" ($image.tag | default .Chart.AppVersion)) (ne $image.digest "") -}}
{{- printf "%s/%s%s" $image.registry $image.repository $version | trimPrefix "/" -}}
{{- end -}}

{{- define "zxp-agent.check" -}}
{{- $tunnel := dig "tunnel" (dict) .Values.config -}}
{{- if not $tunnel.proxies -}}
{{- fail "config.tunnel.proxies is empty: name the proxies, such as [\"proxy.example:50051\"]" -}}
{{- end -}}
{{- if not (or $tunnel.paths $tunnel.include) -}}
{{- fail "config.tunnel.paths is empty: name what to serve, such as [{path: app, url: http://app:9100/metrics}]" -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (not $tunnel.consolidated) -}}
{{- fail "replicas is above 1 and config.tunnel.consolidated is not true: the replicas would take paths from each other" -}}
{{- end -}}
{{- end -}}
