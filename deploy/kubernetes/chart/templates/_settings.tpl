{{/* From values to the environment of Kurir. */}}

{{/* A value as Kurir reads it. YAML takes on and off for booleans, and Helm whole numbers for
     floating ones: 25000000 would become 2.5e+07. */}}
{{- define "kurir.value" -}}
{{- if kindIs "bool" . -}}
{{- ternary "on" "off" . -}}
{{- else if kindIs "float64" . -}}
{{- int64 . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{/* A duration of Kurir (90s, 1h30m, 500ms, 0) in milliseconds. */}}
{{- define "kurir.milliseconds" -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000 -}}
{{- $total := 0 -}}
{{- range regexFindAll "[0-9]+(ms|s|m|h|d)" . -1 -}}
{{- $total = add $total (mul (regexFind "^[0-9]+" . | int64) (get $units (regexFind "[a-z]+$" .))) -}}
{{- end -}}
{{- $total -}}
{{- end -}}

{{/* What Kurir may take to end: both settings, twice five seconds for last words (relay/app/service.cpp),
     and ten for the store to be closed and the process to go. */}}
{{- define "kurir.gracePeriod" -}}
{{- $settings := .Values.settings -}}
{{- $delay := include "kurir.milliseconds" (toString $settings.KURIR_SHUTDOWN_DELAY) | int64 -}}
{{- $grace := include "kurir.milliseconds" (toString $settings.KURIR_SHUTDOWN_GRACE) | int64 -}}
{{- add (div (add $delay $grace 999) 1000) 20 -}}
{{- end -}}

{{/* The names of all settings that are given as files, and who gives them: one line each. */}}
{{- define "kurir.fileSettings" -}}
{{- range $name, $_ := .Values.files }}{{ $name }}=/etc/kurir/settings
{{ end -}}
{{- range $name, $_ := .Values.secrets }}{{ $name }}=/etc/kurir/secrets
{{ end -}}
{{- range .Values.existingSecrets }}{{ range $name, $_ := .settings }}{{ $name }}=/etc/kurir/secrets
{{ end }}{{ end -}}
{{- end -}}

{{/* Refuses what would leave the choice to chance. */}}
{{- define "kurir.check" -}}
{{- $seen := dict -}}
{{- range $name, $_ := .Values.settings }}{{ $_ := set $seen $name "settings" }}{{ end -}}
{{- range splitList "\n" (include "kurir.fileSettings" .) -}}
{{- $name := splitList "=" . | first -}}
{{- if and $name (hasKey $seen $name) -}}
{{- fail (printf "%s is given twice: it may stand in one of settings, files, secrets and existingSecrets" $name) -}}
{{- end -}}
{{- $_ := set $seen $name "files" -}}
{{- end -}}
{{- include "kurir.checkStore" (dict "Values" .Values "seen" $seen) -}}
{{- if .Values.handover.enabled -}}
{{- if hasKey $seen "KURIR_ADMIN_LISTEN" }}{{ fail "KURIR_ADMIN_LISTEN is given twice: the value handover sets it by itself" }}{{ end -}}
{{- range list "KURIR_HANDOVER" "KURIR_ADMIN_TOKEN" -}}
{{- if ne (get $seen .) "files" }}{{ fail (printf "handover.enabled needs %s in secrets or existingSecrets" .) }}{{ end -}}
{{- end -}}
{{- if not (include "kurir.certificate" .) }}{{ fail "handover.enabled needs a certificate: tls.existingSecret or tls.certManager.enabled" }}{{ end -}}
{{- end -}}
{{- $given := ternary (list "KURIR_TLS_CERT" "KURIR_TLS_KEY") list (ne (include "kurir.certificate" .) "") -}}
{{- if .Values.dkim.existingSecret }}{{ $given = append $given "KURIR_DKIM_KEY_DIR" }}{{ end -}}
{{- range $given -}}
{{- if hasKey $seen . -}}
{{- fail (printf "%s is given twice: the values tls and dkim set it by themselves" .) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.tls.existingSecret .Values.tls.certManager.enabled -}}
{{- fail "tls.existingSecret and tls.certManager.enabled exclude each other" -}}
{{- end -}}
{{- $ports := .Values.service.ports -}}
{{- if not (or $ports.smtp $ports.submission $ports.submissions) }}{{ fail "service.ports: all are null, and a Service needs one" }}{{ end -}}
{{- $outside := ne .Values.service.type "ClusterIP" -}}
{{- if and (not $outside) (or .Values.service.nodePorts .Values.service.loadBalancerClass) }}{{ fail "service.nodePorts and service.loadBalancerClass need service.type: NodePort or LoadBalancer" }}{{ end -}}
{{- include "kurir.checkListeners" . -}}
{{- end -}}

{{/* Refuses a Service that leads nowhere, and one that makes strangers trusted. */}}
{{- define "kurir.checkListeners" -}}
{{- $service := .Values.service -}}
{{- $listen := or .Values.settings.KURIR_LISTEN .Values.files.KURIR_LISTEN "" | toString -}}
{{- $proxied := ne $listen "" -}}
{{- if $listen -}}
{{- $led := dict -}}
{{- range $name, $pod := dict "smtp" "2525" "submission" "2587" "submissions" "2465" -}}
{{- if get $service.ports $name }}{{ $_ := set $led $pod $name }}{{ end -}}
{{- end -}}
{{- $met := false -}}
{{- range regexSplit "[,\\s]+" $listen -1 -}}
{{- if . -}}
{{- if hasKey $led (regexFind ":[0-9]+([?]|$)" . | regexFind "[0-9]+") }}{{ $met = true }}{{ end -}}
{{- if not (contains "proxy=" .) }}{{ $proxied = false }}{{ end -}}
{{- end -}}
{{- end -}}
{{- if not $met -}}
{{- fail (printf "KURIR_LISTEN has none of the ports that the Service leads to: %s. The ports in service.ports are the Service's, those of the pods stay (2525, 2587, 2465)" (keys $led | sortAlpha | join ", ")) -}}
{{- end -}}
{{- end -}}
{{- $trusted := default "loopback" .Values.settings.KURIR_TRUSTED_NETWORKS -}}
{{- if hasKey .Values.files "KURIR_TRUSTED_NETWORKS" }}{{ $trusted = .Values.files.KURIR_TRUSTED_NETWORKS }}{{ end -}}
{{- $hidden := and (ne $service.type "ClusterIP") (eq $service.externalTrafficPolicy "Cluster") (not $proxied) -}}
{{- if and $hidden (not (has (trim $trusted) (list "loopback" "none"))) -}}
{{- fail "service.externalTrafficPolicy: Cluster hides the clients' addresses, so everybody who reaches the Service would be trusted. Use Local, or a load balancer that sends PROXY headers (proxy= at all listeners of KURIR_LISTEN), or KURIR_TRUSTED_NETWORKS: none and passwords" -}}
{{- end -}}
{{- end -}}

{{/* Refuses what does not go with the place of the queue. `seen`: settings, and how each is given. */}}
{{- define "kurir.checkStore" -}}
{{- $scaling := .Values.autoscaling -}}
{{- $certificates := or .Values.externalDatabase.caSecret .Values.externalDatabase.clientSecret -}}
{{- if eq .Values.store "postgresql" -}}
{{- if not (hasKey .seen "KURIR_DATABASE_URL") }}{{ fail "store: postgresql needs KURIR_DATABASE_URL in secrets or existingSecrets" }}{{ end -}}
{{- if or .Values.handover.enabled (hasKey .seen "KURIR_HANDOVER") }}{{ fail "store: postgresql and a hand-over exclude each other: the pods share the queue, and one that stops gives its mail back to the others" }}{{ end -}}
{{- else -}}
{{- if hasKey .seen "KURIR_DATABASE_URL" }}{{ fail "KURIR_DATABASE_URL is given, but the queue is on volumes: set store: postgresql" }}{{ end -}}
{{- if $certificates }}{{ fail "externalDatabase has certificates, but the queue is on volumes: set store: postgresql" }}{{ end -}}
{{- if $scaling.enabled }}{{ fail "autoscaling.enabled needs store: postgresql: a pod that is scaled away would leave its mail on its volume" }}{{ end -}}
{{- end -}}
{{- if $scaling.enabled -}}
{{- if gt (int64 $scaling.minReplicas) (int64 $scaling.maxReplicas) }}{{ fail "autoscaling.minReplicas is larger than autoscaling.maxReplicas" }}{{ end -}}
{{- if not (or $scaling.targetCPUUtilizationPercentage $scaling.targetMemoryUtilizationPercentage $scaling.metrics) }}{{ fail "autoscaling.enabled needs something to scale by: targetCPUUtilizationPercentage, targetMemoryUtilizationPercentage or metrics" }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* The environment of the container. */}}
{{- define "kurir.environment" -}}
- name: KURIR_QUEUE_DIR
  value: /var/lib/kurir/queue
- name: KURIR_HTTP_LISTEN
  value: "[::]:9925"
- name: KURIR_STORE
  value: {{ .Values.store }}
{{- /* A pod that ends would be started again at ever longer intervals. */}}
{{- if and (eq .Values.store "postgresql") (not (hasKey .Values.settings "KURIR_DATABASE_WAIT")) }}
- name: KURIR_DATABASE_WAIT
  value: 1h
{{- end }}
{{- /* Of libpq; parameters in the URL count more. */}}
{{- if .Values.externalDatabase.caSecret }}
- name: PGSSLMODE
  value: verify-full
- name: PGSSLROOTCERT
  value: /etc/kurir/database/ca.crt
{{- end }}
{{- if .Values.externalDatabase.clientSecret }}
- name: PGSSLCERT
  value: /etc/kurir/database/tls.crt
- name: PGSSLKEY
  value: /etc/kurir/database/tls.key
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ include "kurir.value" $value | quote }}
{{- end }}
{{- range splitList "\n" (include "kurir.fileSettings" .) }}
{{- with splitList "=" . }}
{{- if first . }}
- name: {{ first . }}_FILE
  value: {{ last . }}/{{ first . }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.handover.enabled }}
- name: KURIR_ADMIN_LISTEN
  value: "[::]:9926"
{{- end }}
{{- if include "kurir.certificate" . }}
- name: KURIR_TLS_CERT
  value: /etc/kurir/tls/tls.crt
- name: KURIR_TLS_KEY
  value: /etc/kurir/tls/tls.key
{{- end }}
{{- if .Values.dkim.existingSecret }}
- name: KURIR_DKIM_KEY_DIR
  value: /etc/kurir/dkim
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
