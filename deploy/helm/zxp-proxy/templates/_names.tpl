{{/* At most 54 characters, so that a suffix still fits into the 63 of a label. */}}
{{- define "zxp-proxy.fullname" -}}
{{- $default := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- $default | trunc 54 | trimSuffix "-" -}}
{{- end -}}

{{- define "zxp-proxy.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "zxp-proxy.labels" -}}
{{ include "zxp-proxy.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A digest wins over a tag; without both, the version of the chart's zxp. */}}
{{- define "zxp-proxy.image" -}}
{{- $image := .Values.image -}}
{{- $version := ternary (printf "@%s" $image.digest) (printf ":%s" ($image.tag | default .Chart.AppVersion)) (ne $image.digest "") -}}
{{- printf "%s/%s%s" $image.registry $image.repository $version | trimPrefix "/" -}}
{{- end -}}

{{/* Probes go to a listener of their own where clients have to authenticate or to speak TLS. */}}
{{- define "zxp-proxy.probePort" -}}
{{- ternary "health" "http-metrics" (not (empty .Values.webConfig)) -}}
{{- end -}}

{{- define "zxp-proxy.check" -}}
{{- $tunnel := dig "tunnel" (dict) .Values.config -}}
{{- range $tunnel.listen_addresses -}}
{{- if not (hasSuffix ":50051" .) -}}
{{- fail (printf "config.tunnel.listen_addresses has %s: the container listens on port 50051; set tunnelService.port for another one" .) -}}
{{- end -}}
{{- end -}}
{{- if and $tunnel.agents (not .Values.agentsSecret) -}}
{{- fail "config.tunnel.agents has tokens and agentsSecret is empty: name the Secret with their files" -}}
{{- end -}}
{{- if and $tunnel.tls (not .Values.tlsSecret) -}}
{{- fail "config.tunnel.tls is set and tlsSecret is empty: name the Secret with its files" -}}
{{- end -}}
{{- if and .Values.scrapeConfig.enabled (not (dig "discovery" "enabled" false $tunnel)) -}}
{{- fail "scrapeConfig.enabled needs config.tunnel.discovery.enabled: true" -}}
{{- end -}}
{{- if le (int .Values.terminationGracePeriodSeconds) 20 -}}
{{- fail (printf "terminationGracePeriodSeconds is %d, which is not more than the drain timeout of 20 s: scrapes in flight would be cut" (int .Values.terminationGracePeriodSeconds)) -}}
{{- end -}}
{{- end -}}
