{{/*
What zxp reads, each Secret mounted as a folder of its own, so that it sees them change:
config/zxp.yml, web/web.yml, tokens/tokens, tls/tls.crt with tls.key and ca.crt.
*/}}
{{- define "zxp.configSecret" -}}
{{- if .Values.config -}}
{{ include "zxp.fullname" . }}-config
{{- else -}}
{{ .Values.existingConfigSecret }}
{{- end -}}
{{- end -}}

{{/* The web config that the chart writes; empty where there is none to write. Users of a Secret bring their own. */}}
{{- define "zxp.webConfig" -}}
{{- $auth := .Values.auth -}}
{{- $web := dict -}}
{{- if .Values.tls.existingSecret -}}
{{- $tls := dict "cert_file" "/etc/zxp/tls/tls.crt" "key_file" "/etc/zxp/tls/tls.key" -}}
{{- if eq $auth.mode "mtls" -}}
{{- $_ := set $tls "client_ca_file" "/etc/zxp/tls/ca.crt" -}}
{{- $_ := set $tls "client_auth_type" "RequireAndVerifyClientCert" -}}
{{- with $auth.mtls.allowedSans }}{{ $_ := set $tls "client_allowed_sans" . }}{{ end -}}
{{- end -}}
{{- $_ := set $web "tls_server_config" $tls -}}
{{- end -}}
{{- with $auth.basic.users }}{{ $_ := set $web "basic_auth_users" . }}{{ end -}}
{{- with $auth.bearer.tokens }}{{ $_ := set $web "bearer_tokens" . }}{{ end -}}
{{- if and $web (not $auth.basic.existingSecret) }}{{ toYaml $web }}{{ end -}}
{{- end -}}

{{- define "zxp.webSecret" -}}
{{- if include "zxp.webConfig" . -}}
{{ include "zxp.fullname" . }}-web
{{- else -}}
{{ .Values.auth.basic.existingSecret }}
{{- end -}}
{{- end -}}

{{/* The mounted Secrets by the names of their folders, as YAML. */}}
{{- define "zxp.secrets" -}}
{{- with include "zxp.configSecret" . }}
config: {{ . }}
{{- end }}
{{- with include "zxp.webSecret" . }}
web: {{ . }}
{{- end }}
{{- with .Values.auth.bearer.existingSecret }}
tokens: {{ . }}
{{- end }}
{{- with .Values.tls.existingSecret }}
tls: {{ . }}
{{- end }}
{{- end -}}

{{- define "zxp.args" -}}
{{- with .Values.upstream.url }}
- --upstream={{ . }}
{{- end }}
{{- with .Values.upstream.module }}
- --module={{ . }}
{{- end }}
{{- if include "zxp.configSecret" . }}
- --config.file=/etc/zxp/config/zxp.yml
{{- end }}
- --web.listen-address=:8081
{{- if ne .Values.auth.mode "none" }}
- --web.auth.mode={{ .Values.auth.mode }}
{{- end }}
{{- if include "zxp.webSecret" . }}
- --web.config.file=/etc/zxp/web/web.yml
{{- end }}
{{- if .Values.auth.bearer.existingSecret }}
- --web.auth.token-file=/etc/zxp/tokens/tokens
{{- end }}
{{- if eq .Values.auth.mode "mtls" }}
- --web.health-listen-address=:8082
{{- end }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What zxp may do besides what its image allows: read the folders of extraVolumeMounts, start workers. */}}
{{- define "zxp.nodeOptions" -}}
{{- $flags := list -}}
{{- range .Values.extraVolumeMounts -}}
{{- $flags = append $flags (printf "--allow-fs-read=%s" (ternary .mountPath (printf "%s/" (trimSuffix "/" .mountPath)) (hasKey . "subPath"))) -}}
{{- end -}}
{{- $web := .Values.config.web | default dict -}}
{{- $hasWorkersFlag := regexMatch "--web[.]workers(=| )([2-9]|1[0-9])" (join " " .Values.extraArgs) -}}
{{- if or $hasWorkersFlag (gt (int ($web.workers | default 1)) 1) -}}
{{- $flags = append $flags "--allow-child-process" -}}
{{- end -}}
{{- join " " $flags -}}
{{- end -}}
