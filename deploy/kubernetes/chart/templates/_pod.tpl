{{/* What a pod is, for the StatefulSet and for the Deployment. */}}
{{- define "kurir.pod" -}}
{{- $name := include "kurir.fullname" . -}}
{{- $certificate := include "kurir.certificate" . -}}
{{- $secrets := or .Values.secrets .Values.existingSecrets -}}
{{- $database := or .Values.externalDatabase.caSecret .Values.externalDatabase.clientSecret -}}
metadata:
  labels:
    {{- include "kurir.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: kurir
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "kurir.serviceAccount" . }}
  automountServiceAccountToken: false
  # Kubernetes would set KURIR_PORT and the like beside a Service called kurir.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ include "kurir.gracePeriod" . }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.topologySpread.topologyKeys }}
  topologySpreadConstraints:
    {{- range . }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: {{ $.Values.topologySpread.whenUnsatisfiable }}
      labelSelector:
        matchLabels:
          {{- include "kurir.selector" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  containers:
    - name: kurir
      image: {{ include "kurir.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve]
      securityContext:
        {{- toYaml .Values.securityContext | nindent 8 }}
      env:
        {{- include "kurir.environment" . | nindent 8 }}
      ports:
        - {name: smtp, containerPort: 2525, protocol: TCP}
        - {name: submission, containerPort: 2587, protocol: TCP}
        - {name: submissions, containerPort: 2465, protocol: TCP}
        - {name: http-metrics, containerPort: 9925, protocol: TCP}
        {{- if .Values.handover.enabled }}
        - {name: admin, containerPort: 9926, protocol: TCP}
        {{- end }}
      # Neither DNS nor remote servers count: starting again would not mend them. While the queue is opened
      # /livez answers and /readyz says that it is not ready, so that a long migration is not killed.
      startupProbe:
        httpGet: {path: /livez, port: http-metrics}
        periodSeconds: 2
        timeoutSeconds: 5
        failureThreshold: {{ div (add (int64 .Values.probes.startupSeconds) 1) 2 }}
      livenessProbe:
        httpGet: {path: /livez, port: http-metrics}
        periodSeconds: 20
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet: {path: /readyz, port: http-metrics}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 1
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        # The folder above the queue: Kurir makes the queue's own, which nobody else can read.
        - {name: queue, mountPath: /var/lib/kurir}
        {{- if .Values.files }}
        - {name: settings, mountPath: /etc/kurir/settings, readOnly: true}
        {{- end }}
        {{- if $database }}
        - {name: database, mountPath: /etc/kurir/database, readOnly: true}
        {{- end }}
        {{- if $secrets }}
        - {name: secrets, mountPath: /etc/kurir/secrets, readOnly: true}
        {{- end }}
        {{- if $certificate }}
        - {name: tls, mountPath: /etc/kurir/tls, readOnly: true}
        {{- end }}
        {{- if .Values.dkim.existingSecret }}
        - {name: dkim, mountPath: /etc/kurir/dkim, readOnly: true}
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- $postgresql := eq .Values.store "postgresql" }}
  {{- if or $postgresql .Values.files $secrets $certificate .Values.dkim.existingSecret .Values.extraVolumes }}
  # Whole folders, never a subPath: only these are exchanged when their source changes.
  volumes:
    {{- if $postgresql }}
    # No mail is here, it is in the database. What is here is the pod's own: the operators' socket, and
    # what it keeps from one start to the next (deploy/kubernetes/VOLUMES.md).
    # It outlives a restart of the container, also by kill -9, and goes with the pod.
    - name: queue
      emptyDir:
        sizeLimit: {{ .Values.emptyDir.sizeLimit }}
    {{- end }}
    {{- if $database }}
    # Only these keys: the Secrets of database operators have more in them, such as the authority's key.
    - name: database
      projected:
        defaultMode: 0440
        sources:
          {{- with .Values.externalDatabase.caSecret }}
          - secret:
              name: {{ . }}
              items:
                - {key: ca.crt, path: ca.crt}
          {{- end }}
          {{- with .Values.externalDatabase.clientSecret }}
          - secret:
              name: {{ . }}
              items:
                - {key: tls.crt, path: tls.crt}
                - {key: tls.key, path: tls.key}
          {{- end }}
    {{- end }}
    {{- if .Values.files }}
    - name: settings
      configMap:
        name: {{ $name }}
    {{- end }}
    {{- if $secrets }}
    - name: secrets
      projected:
        defaultMode: 0440
        sources:
          {{- if .Values.secrets }}
          - secret:
              name: {{ $name }}
          {{- end }}
          {{- range .Values.existingSecrets }}
          - secret:
              name: {{ .name }}
              items:
                {{- range $setting, $key := .settings }}
                - key: {{ $key }}
                  path: {{ $setting }}
                {{- end }}
          {{- end }}
    {{- end }}
    {{- if $certificate }}
    - name: tls
      secret:
        secretName: {{ $certificate }}
        defaultMode: 0440
    {{- end }}
    {{- with .Values.dkim }}
    {{- if .existingSecret }}
    - name: dkim
      secret:
        secretName: {{ .existingSecret }}
        defaultMode: 0440
        {{- with .items }}
        items:
          {{- toYaml . | nindent 10 }}
        {{- end }}
    {{- end }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end -}}
