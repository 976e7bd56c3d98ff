{{- define "zxp.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 54 characters, so that a suffix still fits into the 63 of a label. */}}
{{- define "zxp.fullname" -}}
{{- $name := include "zxp.name" . -}}
{{- $default := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- .Values.fullnameOverride | default $default | trunc 54 | trimSuffix "-" -}}
{{- end -}}

{{- define "zxp.selectorLabels" -}}
app.kubernetes.io/name: {{ include "zxp.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "zxp.labels" -}}
{{ include "zxp.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "zxp.serviceAccountName" -}}
{{- $own := ternary (include "zxp.fullname" .) "default" .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default $own -}}
{{- end -}}

{{/* A digest wins over a tag; without both, the version of the chart's zxp. */}}
{{- define "zxp.image" -}}
{{- $image := .Values.image -}}
{{- $registry := .Values.global.imageRegistry | default $image.registry -}}
{{- $version := ternary (printf "@%s" $image.digest) (printf ":%s" ($image.tag | default .Chart.AppVersion)) (ne $image.digest "") -}}
{{- printf "%s/%s%s" $registry $image.repository $version | trimPrefix "/" -}}
{{- end -}}

{{/* Where the documentation is, with a slash at its end; empty for relative links. */}}
{{- define "zxp.docsUrl" -}}
{{- with .Values.docsUrl }}{{ trimSuffix "/" . }}/{{ end -}}
{{- end -}}

{{/* Before every path of zxp: web.route_prefix of the configuration, or the path of web.external_url, as zxp takes them. */}}
{{- define "zxp.prefix" -}}
{{- $web := (.Values.config | default dict).web | default dict -}}
{{- $path := "" -}}
{{- if hasKey $web "route_prefix" -}}
{{- $path = $web.route_prefix -}}
{{- else if $web.external_url -}}
{{- $path = (urlParse $web.external_url).path -}}
{{- end -}}
{{- with trimAll "/" $path }}/{{ . }}{{ end -}}
{{- end -}}
