{{/* Fails the render where values contradict each other, with every problem, one per line. */}}
{{- define "zxp.check" -}}
{{- $found := list (include "zxp.check.upstream" .) (include "zxp.check.auth" .) (include "zxp.check.scrapers" .) (include "zxp.check.pods" .) -}}
{{- $problems := regexSplit "\n+" (join "\n" $found | trim) -1 -}}
{{- if ne (first $problems) "" -}}
{{- fail (printf "the values contradict each other:\n* %s" (join "\n* " $problems)) -}}
{{- end -}}
{{- end -}}

{{- define "zxp.check.upstream" -}}
{{- $values := .Values }}
{{- if not (or $values.upstream.url $values.config $values.existingConfigSecret) }}
upstream.url, config or existingConfigSecret is required: one of them says what zxp requests
{{- end }}
{{- if and $values.config $values.existingConfigSecret }}
config and existingConfigSecret cannot both be set: zxp reads one file
{{- end }}
{{- if and $values.upstream.url (hasKey $values.config "upstream") }}
upstream.url and config.upstream cannot both be set: they are the same setting
{{- end }}
{{- if and $values.upstream.module (hasKey $values.config "module") }}
upstream.module and config.module cannot both be set: they are the same setting
{{- end }}
{{- if regexMatch "^[a-z]+://[^/]*@" $values.upstream.url }}
upstream.url has a user in it, which everybody could read: give the credentials to a module in config, or let the scraper send its own
{{- end }}
{{- range $key := list "listen_addresses" "telemetry_path" "config_file" "health_listen_address" "auth_mode" "auth_token_files" }}
{{- if hasKey ($values.config.web | default dict) $key }}
config.web.{{ $key }} is set by the chart: use auth and tls
{{- end }}
{{- end }}
{{- range $values.extraArgs }}
{{- if regexMatch "^--(upstream|module|config\\.file|web\\.(listen-address|telemetry-path|config\\.file|health-listen-address|auth\\..*))(=|$)" . }}
extraArgs has {{ regexReplaceAll "=.*" . "" }}, which is set by the chart: use upstream, config, auth and tls
{{- end }}
{{- end }}
{{- end -}}

{{- define "zxp.check.auth" -}}
{{- $auth := .Values.auth }}
{{- $given := dict "basic.users" $auth.basic.users "basic.existingSecret" $auth.basic.existingSecret "bearer.tokens" $auth.bearer.tokens "bearer.existingSecret" $auth.bearer.existingSecret "mtls.allowedSans" $auth.mtls.allowedSans }}
{{- range $name, $value := $given }}
{{- if and $value (ne $auth.mode (splitList "." $name | first)) }}
auth.{{ $name }} is set, and auth.mode is {{ $auth.mode }}: set auth.mode to {{ splitList "." $name | first }}, or leave it out
{{- end }}
{{- end }}
{{- if eq $auth.mode "basic" }}
{{- if not (or $auth.basic.users $auth.basic.existingSecret) }}
auth.basic.users or auth.basic.existingSecret is required: auth.mode is basic
{{- end }}
{{- if and $auth.basic.users $auth.basic.existingSecret }}
auth.basic.users and auth.basic.existingSecret cannot both be set: zxp reads one web config
{{- end }}
{{- end }}
{{- if eq $auth.mode "bearer" }}
{{- if not (or $auth.bearer.tokens $auth.bearer.existingSecret) }}
auth.bearer.tokens or auth.bearer.existingSecret is required: auth.mode is bearer
{{- end }}
{{- end }}
{{- if and (eq $auth.mode "mtls") (not .Values.tls.existingSecret) }}
tls.existingSecret is required: auth.mode is mtls, which needs tls.crt, tls.key and ca.crt
{{- end }}
{{- end -}}

{{- define "zxp.check.scrapers" -}}
{{- $root := . }}
{{- range $name := list "serviceMonitor" "podMonitor" "selfMonitor" }}
{{- $scraper := get $root.Values $name }}
{{- if $scraper.enabled }}
{{- include "zxp.check.scraper" (dict "root" $root "name" $name "scraper" $scraper) }}
{{- end }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled .Values.podMonitor.enabled }}
serviceMonitor.enabled and podMonitor.enabled cannot both be true: the upstream would be asked twice
{{- end }}
{{- if and (or .Values.serviceMonitor.enabled .Values.podMonitor.enabled) (not (or .Values.upstream.url .Values.config.upstream .Values.existingConfigSecret)) }}
upstream.url or config.upstream is required: serviceMonitor and podMonitor scrape /metrics, which is one upstream's; for others, use probes
{{- end }}
{{- $names := list }}
{{- range $probe := .Values.probes }}
{{- if has $probe.name $names }}
probes has {{ $probe.name }} twice: the name is that of an object
{{- end }}
{{- $names = append $names $probe.name }}
{{- include "zxp.check.scraper" (dict "root" $root "name" (printf "probes[%s]" $probe.name) "scraper" $probe) }}
{{- end }}
{{- end -}}

{{- define "zxp.check.scraper" -}}
{{- $mode := .root.Values.auth.mode }}
{{- $sendsUser := dig "basicAuth" "secretName" "" .scraper }}
{{- $sendsToken := .scraper.authorization }}
{{- $tls := .scraper.tlsConfig | default dict }}
{{- if and (eq $mode "basic") (not $sendsUser) }}
{{ .name }}.basicAuth.secretName is required: auth.mode is basic, and zxp accepts only requests with a user
{{- end }}
{{- if and (eq $mode "bearer") (not $sendsToken) }}
{{ .name }}.authorization is required: auth.mode is bearer, and zxp accepts only requests with a token
{{- end }}
{{- if and $sendsUser $sendsToken }}
{{ .name }}.basicAuth and {{ .name }}.authorization cannot both be set: a request has one Authorization header
{{- else if and (eq $mode "basic") $sendsToken }}
{{ .name }}.authorization does not go with auth.mode basic: use {{ .name }}.basicAuth
{{- else if and (eq $mode "bearer") $sendsUser }}
{{ .name }}.basicAuth does not go with auth.mode bearer: use {{ .name }}.authorization
{{- end }}
{{- if eq $mode "mtls" }}
{{- range $key := list "ca" "cert" "keySecret" }}
{{- if not (get $tls $key) }}
{{ $.name }}.tlsConfig.{{ $key }} is required: auth.mode is mtls
{{- end }}
{{- end }}
{{- end }}
{{- if and $tls (not .root.Values.tls.existingSecret) }}
{{ .name }}.tlsConfig is set, and zxp speaks plain HTTP: set tls.existingSecret, or leave it out
{{- end }}
{{- end -}}

{{- define "zxp.check.pods" -}}
{{- if lt (int .Values.terminationGracePeriodSeconds) 21 }}
terminationGracePeriodSeconds is {{ .Values.terminationGracePeriodSeconds }}, which is not more than the drain timeout of 20 s: scrapes in flight would be cut
{{- end }}
{{- if and .Values.autoscaling.enabled (ne (int .Values.replicas) 1) }}
replicas and autoscaling.enabled cannot both be set: use autoscaling.minReplicas
{{- end }}
{{- if and .Values.autoscaling.enabled (lt (int .Values.autoscaling.maxReplicas) (int .Values.autoscaling.minReplicas)) }}
autoscaling.maxReplicas is less than autoscaling.minReplicas
{{- end }}
{{- range .Values.extraEnv }}
{{- if and (eq .name "NODE_OPTIONS") (ne (include "zxp.nodeOptions" $) "") }}
extraEnv has NODE_OPTIONS, which the chart sets for extraVolumeMounts and --web.workers: leave it out
{{- end }}
{{- end }}
{{- $budget := .Values.podDisruptionBudget }}
{{- $has := list (not (kindIs "invalid" $budget.minAvailable)) (not (kindIs "invalid" $budget.maxUnavailable)) }}
{{- if and $budget.enabled (eq (first $has) (last $has)) }}
podDisruptionBudget needs one of minAvailable and maxUnavailable
{{- end }}
{{- if and (not .Values.serviceAccount.create) .Values.serviceAccount.annotations }}
serviceAccount.annotations is set, and serviceAccount.create is false: the chart creates no account to annotate
{{- end }}
{{- end -}}
